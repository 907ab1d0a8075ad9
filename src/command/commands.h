/* SPDX-License-Identifier: MIT */
/* commands: the tables of rows, a file each. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "command.h"

enum {
	COMMANDS_DIAGNOSE_N = 2,
	COMMANDS_FEEDBACK_N = 5,
	COMMANDS_LETTERS_N = 9,
	COMMANDS_PHONEBOOK_N = 2,
	COMMANDS_PROVISIONING_N = 1,
	COMMANDS_SECURITY_N = 6,
	COMMANDS_SERVICES_N = 9,
	COMMANDS_SYSTEM_N = 3,
	COMMANDS_TIME_N = 3,
};

extern const struct command_row commands_diagnose[COMMANDS_DIAGNOSE_N];
extern const struct command_row commands_feedback[COMMANDS_FEEDBACK_N];
extern const struct command_row commands_letters[COMMANDS_LETTERS_N];
extern const struct command_row commands_phonebook[COMMANDS_PHONEBOOK_N];
extern const struct command_row commands_provisioning[COMMANDS_PROVISIONING_N];
extern const struct command_row commands_security[COMMANDS_SECURITY_N];
extern const struct command_row commands_services[COMMANDS_SERVICES_N];
extern const struct command_row commands_system[COMMANDS_SYSTEM_N];
extern const struct command_row commands_time[COMMANDS_TIME_N];

/* What is known of a certificate; names and their order as codecs have them (wire-formats.md 5.2). */
void commands_security_details(struct doc *d, const struct cert_info *info);
/* Fills a result with every uploaded root, every own certificate: a Details item each. */
void commands_security_list(const struct agent *a, struct doc *result);
void commands_services_list(const struct agent *a, struct doc *result);
/* All own certificates go. */
int commands_services_clear(struct agent *a, struct err *e);
/* The end: what print writes, as lines, or as the one value of a document. */
void commands_security_pem(struct command *c, void (*print)(const struct anchors *a, struct buf *out));

#endif
