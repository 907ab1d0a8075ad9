/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include "base/mem.h"
#include "batch.h"
#include "provisioning/provisioning.h"

#include <stdlib.h>
#include <unistd.h>

struct runner {
	struct command_set *set;
	void (*restart)(void *arg);
	void *restart_arg;
	struct batch *batch; /* the batch under way; NULL: none is. provisioning never begins a second one */
	/* called with the results when the batch has ended, with the argument done_arg */
	provisioning_ran *done;
	void *done_arg;
};

static int guard(void *arg, const struct command_row *row, const struct doc *params, struct err *e)
{
	const struct runner *r = arg;
	/* The administrator's lists of guarded commands have current names, so the same command under its
	 * older name would pass them. Therefore an older name is answered like an unknown one. */
	if (row->flags & COMMAND_OLDER_NAME)
		return err_set(e, ERR_NOTFOUND, 0, "Unknown command");
	return provisioning_may_run(agent_provisioning(r->set->agent), row->path, params, e);
}

static void on_done(void *arg, const struct batch_results *results)
{
	struct runner *r = arg;
	r->batch = NULL;
	r->done(r->done_arg, results->answers, results->refused);
	if (results->restarts && r->restart)
		r->restart(r->restart_arg);
}

static void run(void *arg, const struct doc *command, provisioning_ran *done, void *done_arg)
{
	struct runner *r = arg;
	struct batch_options o = {
		.set = r->set,
		.by = { .roles = ROLE_USER | ROLE_PUBLISHER | ROLE_ADMIN,
			.uid = geteuid(),
			.origin = SETTINGS_FROM_MANAGER,
			.who = { .by = AUDIT_BY_MANAGER } },
		.guard = guard,
		.done = on_done,
		.arg = r,
	};
	r->done = done;
	r->done_arg = done_arg;
	r->batch = batch_new(&o, command);
}

struct runner *runner_new(struct command_set *set, void (*restart)(void *arg), void *arg)
{
	struct runner *r = mem_new(sizeof *r);
	*r = (struct runner){ .set = set, .restart = restart, .restart_arg = arg };
	provisioning_set_runner(agent_provisioning(set->agent), run, r);
	return r;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	r->restart = NULL; /* the agent is ending already, so a command cannot restart it */
	if (r->batch)
		batch_stop(r->batch);
	provisioning_set_runner(agent_provisioning(r->set->agent), NULL, NULL);
	free(r);
}
