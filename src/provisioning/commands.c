/* SPDX-License-Identifier: MIT */
/* commands: passes the external manager's commands to the registered runner, which can run them
 * (src/command/runner.c), and sends the manager their results. */
#include "provisioning_internal.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* the first documents of commands of an episode are logged one by one; a manager may send one with every
 * answer */
enum { LOGGED = 3 };

/* Logs that the results cannot be posted to the address that the manager named for them. */
static void log_results_not_posted(struct provisioning *p, const char *why)
{
	if (episode_failed(&p->commands.results_not_posted, episode_key(why), 1, loop_now_ms(p->o.loop)))
		log_warning(
			"manager: results of its commands go with the next event and are not posted to the "
			"address asked for: %s",
			why);
}

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

/* Posts the results to the address that the manager named with its commands. If it named none, or they cannot
 * be posted there, they are sent with the next event. */
static void send_results(struct provisioning *p, struct doc *results)
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
		log_results_not_posted(p, e.text);
	heartbeat_add_results(p->heartbeat, results);
	explicit_bzero(to, sizeof *to);
}

/* Logs that commands were run. If the same commands come with every heartbeat, not all of them are logged. */
static void log_run(struct provisioning *p, const struct doc *results, const char *line)
{
	char more[EPISODE_TEXT];
	uint64_t key = episode_key(line);
	for (const struct doc *r = results->first; r; r = r->next)
		key = key * 31 + episode_key(r->name);
	uint64_t happened = episode_happened(&p->commands.runs, key, LOGGED, loop_now_ms(p->o.loop));
	if (happened)
		log_notice("manager: %s%s", line, episode_text(happened, more));
}

/* The runner's completion: results has a result for each command that was run or refused. A command that was
 * begun and not answered within the time limit of 60 s (BATCH_LIMIT_MS) has a result with an error and counts
 * as run and failed. */
static void on_results(void *arg, struct doc *results, size_t refused)
{
	struct provisioning *p = arg;
	size_t n = 0, errors = 0;
	p->commands.running = 0;
	documents_release(p->documents);
	for (const struct doc *r = results->first; r; r = r->next) {
		const char *status = doc_attr(r, "status");
		n++;
		errors += !status || strcmp(status, "OK") != 0;
	}
	/* Results of refused commands have the status Error, too, and are counted separately. */
	n -= refused;
	errors -= refused;
	p->commands.run_count += n;
	p->commands.failed += errors;
	p->commands.refused += refused;
	if (!refused)
		episode_ended(&p->commands.refusals, loop_now_ms(p->o.loop));
	char line[160], not_run[80] = "";
	if (refused)
		snprintf(not_run, sizeof not_run, "; %zu not run, for the reasons in their results", refused);
	snprintf(line, sizeof line, "%zu command%s run, %zu failed%s", n, n == 1 ? "" : "s", errors, not_run);
	log_run(p, results, line);
	send_results(p, results);
	results_keep(p);
	p->o.changed(p->o.arg);
}

static void log_refusal(struct provisioning *p, const char *what, const char *why)
{
	if (p->o.refused)
		p->o.refused(p->o.arg, "a command", why);
	if (episode_failed(&p->commands.refusals, episode_key(why), 0, loop_now_ms(p->o.loop)))
		log_warning("manager: %s: %s", what, why);
}

void commands_log_refused(struct provisioning *p, const char *why)
{
	log_refusal(p, "its command is refused", why);
}

/* Runs none of the answer's commands, and logs why. The manager gets a single result with the reason, which
 * counts as one refused command. */
static void refuse_all(struct provisioning *p, const char *why)
{
	struct doc *results = doc_new("Command");
	results_note(results, why);
	log_refusal(p, "its commands are not run", why);
	p->commands.refused++;
	heartbeat_add_results(p->heartbeat, results);
	p->o.changed(p->o.arg);
}

void commands_run_held(void *arg)
{
	struct provisioning *p = arg;
	struct doc *command = p->commands.held;
	loop_timer_stop(p->commands.wait);
	if (!command)
		return;
	p->commands.held = NULL;
	p->commands.run(p->commands.run_arg, command, on_results, p);
	doc_free(command);
}

void commands_run(struct provisioning *p, const struct manager_answer *answer, int64_t wait_ms)
{
	if (!p->commands.run || p->commands.running) {
		refuse_all(p, p->commands.run ? "the commands that it sent before are still running"
					      : "this agent has no runner of commands registered");
		return;
	}
	if (answer->results_to_unread)
		log_results_not_posted(p, "the address asked for is too long or missing");
	p->commands.results_to = answer->results_to;
	p->commands.running = 1;
	/* The answer may ask for documents as well: they are posted after the commands have been run, so that
	 * they show the commands' effects. */
	documents_hold(p->documents);
	p->commands.held = doc_copy(answer->command);
	if (!wait_ms) {
		commands_run_held(p);
		return;
	}
	if (episode_failed(&p->commands.waits, 1, 1, loop_now_ms(p->o.loop)))
		log_notice("manager: its commands wait until the time servers that it set have answered, %d "
			   "s at most",
			   (int)(wait_ms / 1000));
	loop_timer_in(p->commands.wait, wait_ms);
}
