/* SPDX-License-Identifier: MIT */
/* commands: has the manager's commands run by whoever knows commands, and tells the manager their results. */
#include "internal.h"

#include "base/log.h"

#include <string.h>

void provisioning_set_runner(struct provisioning *p, provisioning_runner *run, void *arg)
{
	p->commands.run = run;
	p->commands.run_arg = arg;
	p->commands.running = 0;
	doc_free(p->commands.held);
	p->commands.held = NULL;
	loop_timer_stop(p->commands.wait);
	documents_release(p->documents);
}

/* To the address asked for, or, when that cannot be, with the next event. */
static void tell_results(struct provisioning *p, struct doc *results)
{
	struct manager_feedback *to = &p->commands.results_to;
	struct documents_request r = { .location = "/CommandResponse",
				       .url = to->url,
				       .results = results,
				       .user = to->user[0] ? to->user : NULL,
				       .password = to->user[0] ? to->password : NULL };
	struct err e;
	if (to->url[0] && documents_ask(p->documents, &r, &e) == 0)
		results = NULL;
	else if (to->url[0])
		log_warning("manager: results of its commands go with the next event, and not to the address "
			    "asked for: %s",
			    e.text);
	heartbeat_tell(p->heartbeat, results);
	explicit_bzero(to, sizeof *to);
}

static void ran(void *arg, struct doc *results)
{
	struct provisioning *p = arg;
	size_t n = 0, failed = 0;
	p->commands.running = 0;
	documents_release(p->documents);
	for (const struct doc *r = results->first; r; r = r->next) {
		const char *status = doc_attr(r, "status");
		n++;
		failed += !status || strcmp(status, "OK") != 0;
	}
	p->commands.run_count += n;
	p->commands.failed += failed;
	tell_results(p, results);
	results_keep(p);
	log_notice("manager: %zu command%s run, %zu failed", n, n == 1 ? "" : "s", failed);
	p->o.changed(p->o.arg);
}

static void refuse(struct provisioning *p, const char *why)
{
	struct doc *results = doc_new("Command");
	results_note(results, why);
	log_warning("manager: its commands are not run: %s", why);
	heartbeat_tell(p->heartbeat, results);
}

void commands_run_held(void *arg)
{
	struct provisioning *p = arg;
	struct doc *command = p->commands.held;
	loop_timer_stop(p->commands.wait);
	if (!command)
		return;
	p->commands.held = NULL;
	p->commands.run(p->commands.run_arg, command, ran, p);
	doc_free(command);
}

void commands_run(struct provisioning *p, const struct manager_answer *answer, int64_t wait_ms)
{
	if (!p->commands.run || p->commands.running) {
		refuse(p, p->commands.run ? "those before are not done yet" : "there is no terminal");
		return;
	}
	if (answer->results_to_unread)
		log_warning("manager: results of its commands go with the next event: the address asked for "
			    "is too long, or none");
	p->commands.results_to = answer->results_to;
	p->commands.running = 1;
	/* Documents that are asked for beside commands are to show what these did. */
	documents_hold(p->documents);
	p->commands.held = doc_copy(answer->command);
	if (!wait_ms) {
		commands_run_held(p);
		return;
	}
	log_notice(
		"manager: its commands wait until the time servers that it set have answered, %d s at most",
		(int)(wait_ms / 1000));
	loop_timer_in(p->commands.wait, wait_ms);
}
