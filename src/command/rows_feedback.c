/* SPDX-License-Identifier: MIT */
/* rows_feedback: the commands HttpFeedback, about registrations of servers to which changes are posted
 * (wire-formats.md 3.1). */
#include "delivery/registrations.h"
#include "doc/doc_path.h"
#include "command_rows.h"

#include <stdio.h>

enum { OLD_SLOTS = 3 }; /* older systems have three slots */

static const struct command_param register_params[] = {
	{ "FeedbackSlot", SCHEMA_INT(1, 4), NULL,
	  "The slot to register; if it is left out, the one that has the same URL, Format and Expressions "
	  "already, else the first vacant one. Slot 3 is the manager's if a manager is set.",
	  0, 0 },
	{ "ServerUrl", SCHEMA_STR(1, 2048), NULL, "An https URL.", PARAM_REQUIRED, 0 },
	{ "Format", SCHEMA_LIT("XML/JSON"), "XML", "Format of the posts.", 0, 0 },
	{ "Expression", SCHEMA_STR(1, 255), NULL,
	  "Which changes are sent: /Status/Call, /Event/CallDisconnect.", 0, 15 },
	{ "Coalesce", SCHEMA_LIT("Off/Status"), "Off",
	  "Status: while the server is away, changes of the status are merged into one post; events never "
	  "are.",
	  0, 0 },
	{ "Force", SCHEMA_LIT("False/True"), "False",
	  "True ends the registration of another URL in this slot, and drops its waiting posts.", 0, 0 },
	{ .name = NULL },
};

static const struct command_param slot_params[] = {
	{ "FeedbackSlot", SCHEMA_INT(1, 4), NULL, "The slot.", PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

static const struct command_param old_register_params[] = {
	{ "ID", SCHEMA_INT(1, OLD_SLOTS), NULL,
	  "The slot to register; if it is left out, the one that has the same URL and Expressions already, "
	  "else the first vacant one.",
	  0, 0 },
	{ "URL", SCHEMA_STR(1, 256), NULL, "An https URL.", PARAM_REQUIRED, 0 },
	{ "Expression", SCHEMA_STR(1, 256), NULL, "Which changes are sent.", 0, 15 },
	{ .name = NULL },
};

static const struct command_param old_slot_params[] = {
	{ "ID", SCHEMA_INT(1, OLD_SLOTS), NULL, "The slot.", PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

/* A slot belongs to who has registered it. */
static int may_change(const struct command *c, int slot, struct err *e)
{
	return c->by.origin != SETTINGS_FROM_MANAGER ||
			       registrations_manager_may(agent_delivery(command_agent(c)), slot, e) == 0
		       ? 0
		       : -1;
}

/* Adds a warning to the result for each expression that names no document. The registration is made all the
 * same, as on codecs. */
static void warn_of_strays(struct command *c, const struct registrations_request *r)
{
	uint32_t item = 0;
	char why[200], text[600];
	for (size_t i = 0; i < r->n; i++) {
		if (!doc_path_is_stray(r->expressions[i], why, sizeof why))
			continue;
		snprintf(text, sizeof text, "the expression %s %s", r->expressions[i], why);
		struct doc *warning = doc_add(command_result(c), "Warning", ++item);
		warning->max_occurrence = DOC_UNBOUNDED;
		doc_set_value(warning, DOC_STRING, text);
	}
}

static void register_in(struct command *c, struct registrations_request *r, const char *slot_name)
{
	const char *expressions[15];
	struct err e = { .kind = ERR_NONE };
	int slot;
	r->n = command_arg_all(c, "Expression", expressions, 15);
	r->expressions = expressions;
	r->slot = (int)command_arg_number(c, slot_name);
	r->by_manager = c->by.origin == SETTINGS_FROM_MANAGER;
	if (may_change(c, r->slot, &e) == 0 &&
	    registrations_add(agent_delivery(command_agent(c)), r, &slot, &e) == 0) {
		doc_add_int(command_result(c), slot_name, slot);
		warn_of_strays(c, r);
	}
	command_done(c, &e);
}

static void register_run(struct command *c)
{
	struct registrations_request r = { .url = command_arg(c, "ServerUrl") };
	r.json = command_arg_is(c, "Format", "JSON");
	r.coalesce = command_arg_is(c, "Coalesce", "Status");
	r.force = command_arg_is(c, "Force", "True");
	register_in(c, &r, "FeedbackSlot");
}

static void old_register_run(struct command *c)
{
	struct registrations_request r = { .url = command_arg(c, "URL"), .last = OLD_SLOTS };
	register_in(c, &r, "ID");
}

static void deregister_run(struct command *c)
{
	const char *slot_name = c->row->flags & COMMAND_OLD_FORM ? "ID" : "FeedbackSlot";
	struct err e = { .kind = ERR_NONE };
	int slot = (int)command_arg_number(c, slot_name);
	if (may_change(c, slot, &e) == 0 &&
	    registrations_remove(agent_delivery(command_agent(c)), slot, &e) == 0)
		doc_add_int(command_result(c), slot_name, slot);
	command_done(c, &e);
}

static void enable_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct agent *a = command_agent(c);
	int slot = (int)command_arg_number(c, "FeedbackSlot");
	int result = registrations_enable(agent_delivery(a), slot, &e);
	if (result == 0 && c->verb) { /* a person has typed it and wants to see its effect in the log */
		registrations_log_anew(agent_delivery(a), slot);
		agent_log_verdicts_anew(a);
	}
	command_done(c, &e);
}

const struct command_row rows_feedback[ROWS_FEEDBACK_N] = {
	{ "HttpFeedback Deregister", "Ends a registration; posts that wait for its server are dropped.",
	  slot_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, deregister_run, 0 },
	{ "HttpFeedback Enable", "Retries a failed or parked slot at once.", slot_params, ROLE_ADMIN,
	  COMMAND_AUDITED, enable_run, 0 },
	{ "HttpFeedback Register",
	  "Registers a server for HTTPS feedback; it stays until it is deregistered.", register_params,
	  ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, register_run, 0 },
	{ "FeedbackRegister", "What MXP, MPS and VCS call HttpFeedback Register.", old_register_params,
	  ROLE_ADMIN, COMMAND_OLD_FORM | COMMAND_OLDER_NAME | COMMAND_AUDITED_REFUSAL, old_register_run, 0 },
	{ "FeedbackDeregister", "What MXP, MPS and VCS call HttpFeedback Deregister.", old_slot_params,
	  ROLE_ADMIN, COMMAND_OLD_FORM | COMMAND_OLDER_NAME | COMMAND_AUDITED_REFUSAL, deregister_run, 0 },
};
