/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include "base/mem.h"
#include "batch.h"
#include "provisioning/provisioning.h"

#include <stdlib.h>
#include <unistd.h>

struct runner {
	struct command_set *set;
	void (*boot)(void *arg);
	void *boot_arg;
	struct batch *batch;    /* NULL: none is under way; the agent never begins a second one */
	provisioning_ran *done; /* to be called with the results; and its argument */
	void *done_arg;
};

static int guard(void *arg, const struct command_row *row, const struct doc *params, struct err *e)
{
	const struct runner *r = arg;
	/* The administrator's lists have today's names: an older name of the same command would pass them. */
	if (row->flags & COMMAND_OLDER_NAME)
		return err_set(e, ERR_NOTFOUND, 0, "an older name");
	return provisioning_may_run(agent_provisioning(r->set->agent), row->path, params, e);
}

static void on_done(void *arg, const struct batch_results *results)
{
	struct runner *r = arg;
	r->batch = NULL;
	r->done(r->done_arg, results->answers, results->refused);
	if (results->boots && r->boot)
		r->boot(r->boot_arg);
}

static void run(void *arg, const struct doc *command, provisioning_ran *done, void *done_arg)
{
	struct runner *r = arg;
	struct batch_options o = {
		.set = r->set,
		.by = { .roles = ROLE_USER | ROLE_PUBLISHER | ROLE_ADMIN, .uid = geteuid() },
		.guard = guard,
		.done = on_done,
		.arg = r,
	};
	r->done = done;
	r->done_arg = done_arg;
	r->batch = batch_new(&o, command);
}

struct runner *runner_new(struct command_set *set, void (*boot)(void *arg), void *arg)
{
	struct runner *r = mem_new(sizeof *r);
	*r = (struct runner){ .set = set, .boot = boot, .boot_arg = arg };
	provisioning_set_runner(agent_provisioning(set->agent), run, r);
	return r;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	r->boot = NULL; /* the agent is ending already */
	if (r->batch)
		batch_stop(r->batch);
	provisioning_set_runner(agent_provisioning(r->set->agent), NULL, NULL);
	free(r);
}
