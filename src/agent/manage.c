/* SPDX-License-Identifier: MIT */
/* manage: carries out what the external manager's answers ask for. */
#include "parts.h"

#include "base/log.h"
#include "base/text.h"
#include "doc/path.h"
#include "provisioning/push.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DATE_WAIT_MS = 30000 }; /* a name looked up, a server asked, and once more */

/* --- settings --- */

static void tell_push(struct agent *a, const struct push *p)
{
	struct buf line;
	buf_init(&line, 1500);
	buf_addf(&line, "manager: configuration: %zu set, %zu as before", p->n, p->same);
	for (int i = 0; i < PUSH_SKIPPED; i++)
		if (p->skipped[i].n)
			buf_addf(&line, "; %zu %s (%s%s)", p->skipped[i].n, push_word(i), p->skipped[i].names,
				 p->skipped[i].cut ? ", ..." : "");
	/* The same push comes with every beat of some servers. */
	uint64_t key = episode_key(buf_str(&line));
	if (p->n || key != a->manage.told)
		log_line(p->skipped[PUSH_GUARDED].n ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s",
			 buf_str(&line));
	a->manage.told = key;
	buf_done(&line);
}

static void set_refusal(struct agent *a, const char *why)
{
	if (strcmp(a->manage.refusal, why) == 0)
		return;
	snprintf(a->manage.refusal, sizeof a->manage.refusal, "%s", why);
	if (*why)
		log_warning("manager: its configuration is refused as a whole: %s", why);
}

static void configure(struct agent *a, const struct doc *configuration)
{
	struct push *p = push_read(a->settings, configuration);
	struct err e;
	if (p->bad.kind != ERR_NONE) {
		set_refusal(a, p->bad.text);
	} else if (p->n && agent_configure(a, p->set, p->n, &e) < 0) {
		set_refusal(a, e.text);
	} else {
		set_refusal(a, "");
		tell_push(a, p);
		a->manage.applied += p->n;
		if (push_moves(p))
			heartbeat_move(a->manager, &(struct heartbeat_place){
							   p->move[PUSH_ADDRESS], p->move[PUSH_PATH],
							   p->move[PUSH_LOGIN], p->move[PUSH_PASSWORD] });
	}
	for (int i = 0; i < PUSH_SKIPPED; i++)
		a->manage.skipped[i] = p->skipped[i].n;
	push_free(p);
}

static void moved(void *arg, const struct heartbeat_place *to)
{
	const char *const values[PUSH_MOVES] = { to->address, to->path, to->user, to->password };
	struct settings_pair set[PUSH_MOVES];
	struct agent *a = arg;
	struct err e;
	size_t n = 0;
	for (int i = 0; i < PUSH_MOVES; i++)
		if (strcmp(values[i], settings_value(a->settings, push_move_path(i))) != 0)
			set[n++] = (struct settings_pair){ push_move_path(i), values[i] };
	if (agent_configure(a, set, n, &e) < 0)
		log_error("manager: stays where it is: %s", e.text);
}

/* --- commands --- */

void agent_set_runner(struct agent *a, agent_runner *run, void *arg)
{
	a->manage.run = run;
	a->manage.run_arg = arg;
	a->manage.running = 0;
	doc_free(a->manage.held);
	a->manage.held = NULL;
	loop_timer_stop(a->manage.wait);
	documents_release(a->documents);
}

int agent_manager_may_run(const struct agent *a, const char *path, const struct doc *params, struct err *e)
{
	return guard_command(settings_get(a->settings), path, params, e);
}

/* To the address asked for, or, when that cannot be, with the next event. */
static void tell_results(struct agent *a, struct doc *results)
{
	struct manager_feedback *to = &a->manage.results_to;
	struct documents_request r = { .location = "/CommandResponse",
				       .url = to->url,
				       .results = results,
				       .user = to->user[0] ? to->user : NULL,
				       .password = to->user[0] ? to->password : NULL };
	struct err e;
	if (to->url[0] && documents_ask(a->documents, &r, &e) == 0)
		results = NULL;
	else if (to->url[0])
		log_warning("manager: results of its commands go with the next event, and not to the address "
			    "asked for: %s",
			    e.text);
	heartbeat_tell(a->manager, results);
	explicit_bzero(to, sizeof *to);
}

static void ran(void *arg, struct doc *results)
{
	struct agent *a = arg;
	size_t n = 0, failed = 0;
	a->manage.running = 0;
	documents_release(a->documents);
	for (const struct doc *r = results->first; r; r = r->next) {
		const char *status = doc_attr(r, "status");
		n++;
		failed += !status || strcmp(status, "OK") != 0;
	}
	a->manage.commands_run += n;
	a->manage.commands_failed += failed;
	tell_results(a, results);
	manage_keep_results(a);
	log_notice("manager: %zu command%s run, %zu failed", n, n == 1 ? "" : "s", failed);
	agent_status_changed(a, "Provisioning");
}

static void run_not(struct agent *a, const char *why)
{
	struct doc *results = doc_new("Command");
	manage_note(results, why);
	log_warning("manager: its commands are not run: %s", why);
	heartbeat_tell(a->manager, results);
}

static void run_held(void *arg)
{
	struct agent *a = arg;
	struct doc *command = a->manage.held;
	loop_timer_stop(a->manage.wait);
	if (!command)
		return;
	a->manage.held = NULL;
	a->manage.run(a->manage.run_arg, command, ran, a);
	doc_free(command);
}

void manage_date_known(struct agent *a)
{
	run_held(a);
}

static void run(struct agent *a, const struct manager_answer *answer, int64_t wait_ms)
{
	if (!a->manage.run || a->manage.running) {
		run_not(a, a->manage.run ? "those before are not done yet" : "there is no terminal");
		return;
	}
	if (answer->results_to_unread)
		log_warning("manager: results of its commands go with the next event: the address asked for "
			    "is too long, or none");
	a->manage.results_to = answer->results_to;
	a->manage.running = 1;
	/* Documents that are asked for beside commands are to show what these did. */
	documents_hold(a->documents);
	a->manage.held = doc_copy(answer->command);
	if (!wait_ms) {
		run_held(a);
		return;
	}
	log_notice(
		"manager: its commands wait until the time servers that it set have answered, %d s at most",
		DATE_WAIT_MS / 1000);
	loop_timer_in(a->manage.wait, wait_ms);
}

/* --- documents --- */

/* Under the name that the location says, as in all such documents. */
static void build_results(struct agent *a, const struct documents_request *r, struct buf *b)
{
	struct doc *root = doc_new(r->location + 1);
	for (const struct doc *c = r->results->first; c; c = c->next)
		doc_adopt(root, doc_copy(c));
	manager_write_document(agent_identity(a), r->location, root, b);
	doc_free(root);
}

/* "/Status", "/Configuration", "/Valuespace", or a place in them. Secrets stand as *** in the settings'
 * document. */
static int build_document(struct agent *a, const char *location, struct buf *b, struct err *e)
{
	struct doc_path path;
	const struct doc_path *const paths[] = { &path };
	char quoted[200];
	text_quoted(location, quoted, sizeof quoted);
	if (doc_path_parse(location, &path, e) < 0)
		return err_prefix(e, "%s", quoted);
	static const char *const roots[] = { "Status", "Configuration", "Valuespace" };
	size_t root = 0;
	while (root < 3 && (!path.n || strcasecmp(path.steps[0].name, roots[root]) != 0))
		root++;
	if (root == 3)
		return err_set(
			e, ERR_NOTFOUND, 0,
			"%s: this agent has no such document, but /Status, /Configuration and /Valuespace",
			quoted);
	if (!b->max)
		return 0;
	struct doc *all = root == 0   ? agent_status(a)
			  : root == 1 ? agent_configuration(a)
				      : settings_valuespace();
	struct doc *part = path.n > 1 ? doc_select(all, paths, 1) : doc_copy(all);
	if (!part)
		part = doc_new(all->name);
	if (root == 1)
		settings_refer(part);
	manager_write_document(agent_identity(a), location, part, b);
	doc_free(part);
	doc_free(all);
	return 0;
}

static int build(void *arg, const struct documents_request *r, struct buf *b, struct err *e)
{
	if (!r->results)
		return build_document(arg, r->location, b, e);
	build_results(arg, r, b);
	return 0;
}

static void returned(void *arg, struct doc *results)
{
	struct agent *a = arg;
	heartbeat_tell(a->manager, results);
	manage_keep_results(a);
}

/* Some servers ask for the same with every beat. */
static void tell_not_posted(struct agent *a, const char *why)
{
	if (episode_failed(&a->manage.not_posted, episode_key(why), 1, loop_now_ms(a->loop)))
		log_warning("manager: it asks for a document that it does not get: %s", why);
}

static void ask_documents(struct agent *a, const struct manager_answer *answer)
{
	struct err e;
	for (size_t i = 0; i < answer->n_documents; i++) {
		struct documents_request r = { .location = answer->documents[i].location,
					       .url = answer->documents[i].url };
		if (documents_ask(a->documents, &r, &e) < 0)
			tell_not_posted(a, e.text);
	}
	if (!answer->documents_left_out)
		return;
	err_set(&e, ERR_FULL, 0, "%zu more of them are too many, or have no location or URL",
		answer->documents_left_out);
	tell_not_posted(a, e.text);
}

/* --- all of it --- */

static void note_unsupported(struct agent *a, const struct manager_answer *answer)
{
	struct manage_state *m = &a->manage;
	if (answer->software_url[0] && strcmp(answer->software_url, m->software) != 0) {
		snprintf(m->software, sizeof m->software, "%s", answer->software_url);
		char url[320];
		log_notice("manager: asks for software from %s: this agent replaces no software",
			   text_quoted(m->software, url, sizeof url));
	}
	if (answer->files && answer->files != m->files)
		log_notice("manager: asks for %zu files to be downloaded: this agent downloads none",
			   answer->files);
	if (answer->bookings && answer->bookings != m->bookings)
		log_notice("manager: sends %zu bookings: this agent keeps no calendar", answer->bookings);
	m->files = answer->files ? answer->files : m->files;
	m->bookings = answer->bookings ? answer->bookings : m->bookings;
}

void manage_answered(void *arg, const struct manager_answer *answer)
{
	struct agent *a = arg;
	int knew_date = date_state(a->date) == DATE_SYNCHRONISED;
	if (answer->configuration)
		configure(a, answer->configuration);
	note_unsupported(a, answer);
	ask_documents(a, answer);
	/* Other time servers: they have to be asked before anything can be sent. */
	int asks_anew = knew_date && date_state(a->date) != DATE_SYNCHRONISED && !*clock_trouble(a->clock);
	if (answer->command)
		run(a, answer, asks_anew ? DATE_WAIT_MS : 0);
	manage_keep_results(a); /* those before were told, and others will come */
	if (answer->configuration || answer->software_url[0] || answer->files || answer->bookings)
		agent_status_changed(a, "Provisioning");
}

static const struct wire_identity *identity(void *arg)
{
	return agent_identity(arg);
}

static void changed(void *arg)
{
	struct agent *a = arg;
	struct heartbeat_status s;
	heartbeat_status(a->manager, &s);
	if (s.state == HEARTBEAT_IDLE) {
		documents_forget(a->documents);
		manage_keep_results(a);
	}
	agent_status_changed(a, "Provisioning");
}

void manage_init(struct agent *a)
{
	struct heartbeat_options mo = { .loop = a->loop,
					.https = a->https,
					.identity = identity,
					.changed = changed,
					.answered = manage_answered,
					.moved = moved,
					.arg = a };
	struct documents_options po = {
		.loop = a->loop, .https = a->https, .build = build, .returned = returned, .arg = a
	};
	a->manage.wait = loop_timer_new(a->loop, run_held, a);
	a->manager = heartbeat_new(&mo);
	struct phonebook_options bo = { .loop = a->loop, .https = a->https, .identity = identity, .arg = a };
	a->documents = documents_new(&po);
	a->phonebook = phonebook_new(&bo);
	manage_recall_results(a);
}

int agent_manager_now(struct agent *a, struct err *e)
{
	return heartbeat_now(a->manager, e);
}

struct phonebook *agent_phonebook(struct agent *a)
{
	return a->phonebook;
}

void manage_apply(struct agent *a)
{
	const struct settings *s = settings_get(a->settings);
	struct service_rules rules;
	service_rules(s, SERVICE_DOCUMENTS, &rules);
	documents_configure(a->documents, &rules);
	phonebook_configure(a->phonebook, s, settings_value(a->settings, "Phonebook Server 1 URL"));
	heartbeat_configure(a->manager, s,
			    settings_value(a->settings, "Provisioning ExternalManager Address"));
}

void manage_done(struct agent *a)
{
	heartbeat_free(a->manager);
	documents_free(a->documents);
	phonebook_free(a->phonebook);
	doc_free(a->manage.held);
	loop_timer_free(a->manage.wait);
}
