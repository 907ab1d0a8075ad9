/* SPDX-License-Identifier: MIT */
/* rows_enforce: the commands that try settings against all servers before they take effect. */
#include "base/mem.h"
#include "command/command_set.h"
#include "diagnostics/candidate.h"
#include "diagnostics/confirmation.h"
#include "command_rows.h"
#include "settings_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct command *c)
{
	candidate_cancel(c->work);
}

int rows_enforce_confirm(const struct command *c, struct confirmation_request *ret)
{
	int is_local_admin = c->by.origin != SETTINGS_FROM_MANAGER && !c->by.is_remote;
	*ret = (struct confirmation_request){ .minutes = (int)command_arg_number(c, "ConfirmWithin"),
					      .who = c->by.who };
	if (!ret->minutes)
		return 0;
	ret->needs_manager = command_arg_is(c, "ConfirmBy", "Manager");
	ret->gives_back =
		is_local_admin && command_param(c->row, "GiveBack") && command_arg_is(c, "GiveBack", "True");
	return 1;
}

static void start(struct command *c, struct candidate_request *r)
{
	struct confirmation_request confirm;
	struct candidate *t;
	struct err e;
	r->force = command_arg_is(c, "Force", "True");
	r->result = command_result(c);
	r->confirm = rows_enforce_confirm(c, &confirm) ? &confirm : NULL;
	r->done = command_work_checked;
	r->arg = c;
	if (candidate_start(command_agent(c), r, &t, &e) < 0) {
		command_done(c, &e);
		return;
	}
	c->work = t;
	c->forget = forget;
}

static void enforce_run(struct command *c)
{
	struct settings_pair set[CANDIDATE_LEVEL_SETTINGS];
	struct candidate_request r = { .set = set, .only_tries = command_arg_is(c, "DryRun", "True") };
	struct err e;
	r.n = candidate_level(command_agent(c), (int)command_arg_number(c, "Level"), set);
	for (size_t i = 0; i < r.n && c->by.origin == SETTINGS_FROM_MANAGER; i++)
		set[i].origin = SETTINGS_FROM_MANAGER;
	if (settings_body_check(c, set, r.n, &e) < 0)
		command_done(c, &e);
	else
		start(c, &r);
}

static void try_run(struct command *c)
{
	struct candidate_request r = { .only_tries = !command_arg_number(c, "ConfirmWithin") };
	struct settings_plan *p;
	struct err e;
	if (!c->body_len) {
		command_parameter_error(
			c, "expected settings as the body: a line for each, as at the terminal, or a "
			   "Configuration document");
		return;
	}
	p = settings_body_read(c);
	if (!p)
		return;
	struct settings_pair *set = mem_array(p->n + 1, sizeof *set);
	r.set = set;
	if (settings_body_list(c, p, set, &r.n, &e) < 0)
		command_done(c, &e);
	else
		start(c, &r);
	free(set);
	settings_plan_free(p);
}

static void confirm_run(struct command *c)
{
	struct confirmation *of = agent_confirmation(command_agent(c));
	struct err e = { .kind = ERR_NONE };
	if (command_arg_is(c, "TakeBack", "True"))
		confirmation_take_back(of, &c->by.who, command_result(c), &e);
	else
		confirmation_confirm(of, &c->by.who, command_result(c), &e);
	command_done(c, &e);
}

static const struct command_param confirm_params[] = {
	{ "TakeBack", SCHEMA_LIT("False/True"), "False", "True takes the change back now.", 0, 0 },
	{ .name = NULL },
};

static const struct command_param try_params[] = {
	ROWS_CONFIRM_PARAMS,
	{ "Force", SCHEMA_LIT("False/True"), "False",
	  "With ConfirmWithin: True makes the settings even if a server that is accepted now would be cut "
	  "off.",
	  0, 0 },
	{ .name = NULL },
};

static const struct command_param enforce_params[] = {
	{ "Level", SCHEMA_INT(3, 4), NULL,
	  "4: every server's certificate has to pass verification; 3: verification is Off, except for "
	  "servers that give keys for NTS.",
	  PARAM_REQUIRED, 0 },
	ROWS_CONFIRM_PARAMS,
	{ "DryRun", SCHEMA_LIT("False/True"), "False", "True shows what would happen, and changes nothing.",
	  0, 0 },
	{ "Force", SCHEMA_LIT("False/True"), "False",
	  "True makes the step even if a server that is accepted now would be cut off.", 0, 0 },
	{ .name = NULL },
};

const struct command_row rows_enforce[ROWS_ENFORCE_N] = {
	{ "Configuration Confirm",
	  "Confirms the change that waits for confirmation (ConfirmWithin of other commands), so that it "
	  "stays. The answer shows the change and who made it.",
	  confirm_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, confirm_run, 0 },
	{ "Configuration Try",
	  "Connects to all servers with the settings in its body, sends nothing, and shows which servers "
	  "would be cut off. With ConfirmWithin the settings are made if no server would be cut off; "
	  "otherwise nothing is changed.",
	  try_params, ROLE_ADMIN, COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL, try_run, 0 },
	{ "Security Enforce",
	  "Makes the step to a level of the vendor's deployment guide, after a test with all servers: "
	  "nothing is changed if a server that is accepted now would be cut off.",
	  enforce_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, enforce_run, 0 },
};
