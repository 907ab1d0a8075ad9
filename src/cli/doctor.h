/* SPDX-License-Identifier: MIT */
/* doctor: shows the answer to xCommand Diagnostics Services to a person: the verdict first, then the first
 * failure with its cure, then a line for each service, and one for each step of a service that is not
 * well. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "base/buf.h"

#include <stddef.h>
#include <stdio.h>

/* The first word of a line that asks for it. */
#define DOCTOR_WORD "doctor"

enum doctor_detail { DOCTOR_BAD_SERVICES, DOCTOR_ALL_SERVICES }; /* whose steps are shown */
enum doctor_marks { DOCTOR_WORDS, DOCTOR_SYMBOLS };
struct doctor_look {
	enum doctor_detail detail;
	enum doctor_marks marks;
	int has_colours;
	size_t columns; /* of the terminal; 0: lines are never broken or cut */
};

/* Appends the line that asks the agent about the services and URLs in the words ("HttpFeedback", "2" are
 * one service); the option --all changes *detail. Returns 0, or -1 after printing what is wrong with the
 * words on standard error. */
int doctor_line(char *const *words, size_t n, struct buf *line, enum doctor_detail *detail);
/* The same for the words of a typed line behind DOCTOR_WORD. */
int doctor_typed_line(const char *words, struct buf *line, enum doctor_detail *detail);
/* Returns the words behind DOCTOR_WORD if that is the line's first word; otherwise NULL. */
const char *doctor_words(const char *line);
/* Chooses marks, colours and columns for standard output. */
struct doctor_look doctor_look_of_terminal(void);
/* Shows the answer, of len bytes. */
void doctor_show(const char *answer, size_t len, const struct doctor_look *look, FILE *out);

#endif
