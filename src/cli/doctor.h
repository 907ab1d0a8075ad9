/* SPDX-License-Identifier: MIT */
/* doctor: shows the answer to xCommand Diagnostics Services to a person: the outcome first, then the first
 * failure and what to do about it, then a line for each service, and a line for each step of a service that
 * is not good. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "base/buf.h"

#include <stddef.h>
#include <stdio.h>

/* The first word of a typed line that starts a diagnosis. */
#define DOCTOR_WORD "doctor"

enum doctor_detail { DOCTOR_BAD_SERVICES, DOCTOR_ALL_SERVICES }; /* the services whose steps are shown */
enum doctor_marks { DOCTOR_WORDS, DOCTOR_SYMBOLS };
struct doctor_look {
	enum doctor_detail detail;
	enum doctor_marks marks;
	int has_colours;
	size_t columns; /* of the terminal; 0: lines are never broken or cut */
};

/* Appends the command line for the agent that diagnoses the services and URLs in the words ("HttpFeedback",
 * "2" are one service); the option --all changes *detail. Returns 0, or -1 after printing what is wrong with
 * the words on standard error. */
int doctor_line(char *const *words, size_t n, struct buf *line, enum doctor_detail *detail);
/* As doctor_line, for the words that follow DOCTOR_WORD on a typed line. */
int doctor_typed_line(const char *words, struct buf *line, enum doctor_detail *detail);
/* Returns the words that follow DOCTOR_WORD if it is the line's first word; otherwise NULL. */
const char *doctor_words(const char *line);
/* Chooses marks, colours and columns for standard output. */
struct doctor_look doctor_look_of_terminal(void);
/* Shows the answer, of len bytes. */
void doctor_show(const char *answer, size_t len, const struct doctor_look *look, FILE *out);

#endif
