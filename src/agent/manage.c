/* manage: carries out what the external manager's answers ask for. */
#include "parts.h"

#include "base/log.h"
#include "doc/path.h"
#include "manage_push.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- settings ------------------------------------------------------------------------------------------------- */

static void tell_push(struct agent *a, const struct manage_push *p)
{
	struct buf line;
	buf_init(&line, 1500);
	buf_addf(&line, "manager: configuration: %zu set, %zu as before", p->n, p->same);
	for (int i = 0; i < MANAGE_SKIPPED; i++)
		if (p->skipped[i].n)
			buf_addf(&line, "; %zu %s (%s%s)", p->skipped[i].n, manage_push_word(i), p->skipped[i].names,
				 p->skipped[i].cut ? ", ..." : "");
	/* The same push comes with every beat of some servers. */
	uint64_t key = episode_key(buf_str(&line));
	if (p->n || key != a->manage.told)
		log_line(p->skipped[MANAGE_GUARDED].n ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s", buf_str(&line));
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
	struct manage_push *p = manage_push_read(a->settings, configuration);
	struct err e;
	if (p->bad.kind != ERR_NONE) {
		set_refusal(a, p->bad.text);
	} else if (p->n && agent_configure(a, p->set, p->n, &e) < 0) {
		set_refusal(a, e.text);
	} else {
		set_refusal(a, "");
		tell_push(a, p);
		a->manage.applied += p->n;
		if (p->address || p->path) {
			const struct settings *s = settings_get(a->settings);
			manager_move(a->manager, p->address ? p->address : s->provisioning.address,
				     p->path ? p->path : s->provisioning.path);
		}
	}
	for (int i = 0; i < MANAGE_SKIPPED; i++)
		a->manage.skipped[i] = p->skipped[i].n;
	manage_push_free(p);
}

static void moved(void *arg, const char *address, const char *path)
{
	struct agent *a = arg;
	struct err e;
	struct agent_setting set[] = {
		{ "Provisioning ExternalManager Address", address }, { "Provisioning ExternalManager Path", path },
	};
	if (agent_configure(a, set, 2, &e) < 0)
		log_error("manager: stays where it is: %s", e.text);
}

/* --- commands ------------------------------------------------------------------------------------------------- */

void agent_set_runner(struct agent *a, agent_runner *run, void *arg)
{
	a->manage.run = run;
	a->manage.run_arg = arg;
	a->manage.running = 0;
	documents_release(a->documents);
}

int agent_manager_may_run(const struct agent *a, const char *path, struct err *e)
{
	return manage_guard_command(settings_get(a->settings), path, e);
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
	log_notice("manager: %zu command%s run, %zu failed", n, n == 1 ? "" : "s", failed);
	manager_tell(a->manager, results);
	status_provisioning_changed(a);
}

static void run(struct agent *a, const struct doc *command)
{
	if (!a->manage.run || a->manage.running) {
		log_warning("manager: its commands are not run: %s", a->manage.run ? "those before are not done yet" :
			    "there is no terminal");
		return;
	}
	a->manage.running = 1;
	/* Documents that are asked for beside commands are to show what these did. */
	documents_hold(a->documents);
	a->manage.run(a->manage.run_arg, command, ran, a);
}

/* --- documents ------------------------------------------------------------------------------------------------ */

/* "/Status", "/Configuration", "/Valuespace", or a place in them. Secrets stand as *** in the settings' document. */
static int build(void *arg, const char *location, struct buf *b, struct err *e)
{
	struct agent *a = arg;
	struct doc_path path;
	const struct doc_path *const paths[] = { &path };
	if (doc_path_parse(location, &path, e) < 0)
		return err_prefix(e, "%s", location);
	static const char *const roots[] = { "Status", "Configuration", "Valuespace" };
	size_t root = 0;
	while (root < 3 && (!path.n || strcasecmp(path.steps[0].name, roots[root]) != 0))
		root++;
	if (root == 3)
		return err_set(e, ERR_NOTFOUND, 0, "%s: this agent has no such document, but /Status, /Configuration and /Valuespace",
			       location);
	if (!b->max)
		return 0;
	struct doc *all = root == 0 ? agent_status(a) : root == 1 ? settings_doc(a->settings) : settings_valuespace();
	struct doc *part = path.n > 1 ? doc_select(all, paths, 1) : doc_copy(all);
	if (!part)
		part = doc_new(all->name);
	if (root == 1)
		settings_refer(part);
	manager_write_document(status_identity(a), location, part, b);
	doc_free(part);
	doc_free(all);
	return 0;
}

static void ask_documents(struct agent *a, const struct manager_answer *answer)
{
	struct err e;
	for (size_t i = 0; i < answer->n_documents; i++)
		if (documents_ask(a->documents, answer->documents[i].location, answer->documents[i].url, &e) < 0)
			log_warning("manager: it asks for a document that it does not get: %s", e.text);
	if (answer->documents_left_out)
		log_warning("manager: it asks for %zu more documents, which are too many, or without location or URL",
			    answer->documents_left_out);
}

/* --- all of it ------------------------------------------------------------------------------------------------ */

static void note_unsupported(struct agent *a, const struct manager_answer *answer)
{
	struct manage_state *m = &a->manage;
	if (answer->software_url[0] && strcmp(answer->software_url, m->software) != 0) {
		snprintf(m->software, sizeof m->software, "%s", answer->software_url);
		log_notice("manager: asks for software from %.300s: this agent replaces no software", m->software);
	}
	if (answer->files && answer->files != m->files)
		log_notice("manager: asks for %zu files to be downloaded: this agent downloads none", answer->files);
	if (answer->bookings && answer->bookings != m->bookings)
		log_notice("manager: sends %zu bookings: this agent keeps no calendar", answer->bookings);
	m->files = answer->files ? answer->files : m->files;
	m->bookings = answer->bookings ? answer->bookings : m->bookings;
}

void manage_answered(void *arg, const struct manager_answer *answer)
{
	struct agent *a = arg;
	if (answer->configuration)
		configure(a, answer->configuration);
	note_unsupported(a, answer);
	ask_documents(a, answer);
	if (answer->command)
		run(a, answer->command);
	if (answer->configuration || answer->n_documents || answer->software_url[0] || answer->files || answer->bookings)
		status_provisioning_changed(a);
}

static const struct wire_identity *identity(void *arg)
{
	return status_identity(arg);
}

static void changed(void *arg)
{
	struct agent *a = arg;
	struct manager_status s;
	manager_status(a->manager, &s);
	if (s.state == MANAGER_IDLE)
		documents_forget(a->documents);
	status_provisioning_changed(a);
}

void manage_init(struct agent *a)
{
	struct manager_options mo = { .loop = a->loop, .https = a->https, .identity = identity, .changed = changed,
				      .answered = manage_answered, .moved = moved, .arg = a };
	struct documents_options po = { .loop = a->loop, .https = a->https, .build = build, .arg = a };
	a->manager = manager_new(&mo);
	struct phonebook_options bo = { .loop = a->loop, .https = a->https, .identity = identity, .arg = a };
	a->documents = documents_new(&po);
	a->phonebook = phonebook_new(&bo);
}

int agent_manager_now(struct agent *a, struct err *e)
{
	return manager_now(a->manager, e);
}

struct phonebook *agent_phonebook(struct agent *a)
{
	return a->phonebook;
}

void manage_apply(struct agent *a)
{
	const struct settings *s = settings_get(a->settings);
	struct verify_policy policy = servers_policy(s);
	documents_configure(a->documents, s->provisioning.tls_verify, &policy);
	phonebook_configure(a->phonebook, s, settings_value(a->settings, "Phonebook Server 1 URL"));
	manager_configure(a->manager, s, settings_value(a->settings, "Provisioning ExternalManager Address"));
}

void manage_done(struct agent *a)
{
	manager_free(a->manager);
	documents_free(a->documents);
	phonebook_free(a->phonebook);
}
