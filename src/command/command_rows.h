/* SPDX-License-Identifier: MIT */
/* command_rows: the tables of commands; each file rows_*.c has one, but rows_pki.c, which has the verb
 * pki. */
#ifndef COMMAND_COMMAND_ROWS_H
#define COMMAND_COMMAND_ROWS_H

#include "command/command.h"

struct command_table {
	const struct command_row *rows;
	size_t n;
};
/* The tables of all these files. */
extern const struct command_table command_tables[];
extern const size_t command_tables_n;

enum {
	ROWS_CONFIGURATION_N = 4,
	ROWS_DIAGNOSE_N = 3,
	ROWS_ENFORCE_N = 3,
	ROWS_FEEDBACK_N = 5,
	ROWS_QUEUE_N = 9,
	ROWS_PHONEBOOK_N = 2,
	ROWS_PROVISIONING_N = 1,
	ROWS_REQUESTS_N = 11,
	ROWS_SECURITY_N = 7,
	ROWS_SERVICES_N = 10,
	ROWS_LOGGING_N = 2,
	ROWS_NETWORK_N = 1,
	ROWS_SYSTEM_N = 4,
	ROWS_TIME_N = 3,
	ROWS_USERS_N = 11,
};

extern const struct command_row rows_configuration[ROWS_CONFIGURATION_N];
extern const struct command_row rows_diagnose[ROWS_DIAGNOSE_N];
extern const struct command_row rows_enforce[ROWS_ENFORCE_N];
extern const struct command_row rows_feedback[ROWS_FEEDBACK_N];
extern const struct command_row rows_queue[ROWS_QUEUE_N];
extern const struct command_row rows_phonebook[ROWS_PHONEBOOK_N];
extern const struct command_row rows_provisioning[ROWS_PROVISIONING_N];
extern const struct command_row rows_requests[ROWS_REQUESTS_N];
extern const struct command_row rows_security[ROWS_SECURITY_N];
extern const struct command_row rows_services[ROWS_SERVICES_N];
extern const struct command_row rows_logging[ROWS_LOGGING_N];
extern const struct command_row rows_network[ROWS_NETWORK_N];
extern const struct command_row rows_system[ROWS_SYSTEM_N];
extern const struct command_row rows_time[ROWS_TIME_N];
extern const struct command_row rows_users[ROWS_USERS_N];

/* Parameters of commands whose change can be taken back unless it is confirmed. */
#define ROWS_CONFIRM_PARAMS                                                                                  \
	{ "ConfirmBy",                                                                                       \
	  SCHEMA_LIT("Admin/Manager"),                                                                       \
	  "Admin",                                                                                           \
	  "With ConfirmWithin. Manager: the manager can confirm the change, too, by accepting an event "     \
	  "that is sent after it.",                                                                          \
	  0,                                                                                                 \
	  0 },                                                                                               \
	{                                                                                                    \
		"ConfirmWithin", SCHEMA_INT(1, 60), NULL,                                                    \
			"Minutes after which the change is taken back unless it has been confirmed.", 0, 0   \
	}
struct confirmation_request;
/* Returns 1 if the command has the parameter ConfirmWithin, and fills *ret; otherwise 0. */
int rows_enforce_confirm(const struct command *c, struct confirmation_request *ret);

/* Adds an item Details to the result for each own certificate. */
void rows_services_list(const struct agent *a, struct doc *result);
/* Deletes all own certificates. */
int rows_services_clear(struct agent *a, struct err *e);
/* Parameters and function of Services Add; CSR Link does the same. */
extern const struct command_param rows_services_add_params[];
void rows_services_add(struct command *c);
/* To be called when certificates were appended to c->text. In output modes other than terminal lines they
 * become the value PEM of the result. */
void rows_security_put_pem(struct command *c);
/* Finishes the command; the answer is c->text: as lines in terminal mode, otherwise as the value PEM. */
void rows_security_text(struct command *c);
/* As rows_security_text, after print has written the text. */
void rows_security_pem(struct command *c, void (*print)(const struct anchors *a, struct buf *out));

#endif
