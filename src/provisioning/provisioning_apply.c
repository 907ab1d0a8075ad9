/* SPDX-License-Identifier: MIT */
/* provisioning_apply: carries out what the external manager's answers ask for: settings, a move to another
 * server, documents, commands. */
#include "provisioning_internal.h"

#include "base/log.h"
#include "base/text.h"
#include "doc/doc_path.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	/* how long commands wait for new time servers: enough to resolve a server's name and to ask it,
	 * twice */
	DATE_WAIT_MS = 30000,
	/* if a manager changes settings with every answer, this many changes are logged one by one */
	LOGGED = 3,
};

/* --- settings --- */

/* Returns a key for the changes of a push: equal for the same settings with the same values. */
static uint64_t key_of(const struct push *push)
{
	uint64_t key = 0;
	for (size_t i = 0; i < push->n; i++)
		key = key * 31 + episode_key(push->set[i].path) * 7 + episode_key(push->set[i].value);
	return key;
}

static void log_push(struct provisioning *p, const struct push *push)
{
	struct buf line;
	buf_init(&line, 1500);
	buf_addf(&line, "manager: configuration: %zu set, %zu as before", push->n, push->same);
	for (int i = 0; i < PUSH_SKIPPED_COUNT; i++)
		if (push->skipped[i].n)
			buf_addf(&line, "; %zu %s (%s%s)", push->skipped[i].n, push_word(i),
				 push->skipped[i].names, push->skipped[i].cut ? ", ..." : "");
	if (push->skipped[PUSH_GUARDED].n && p->o.refused) {
		char what[PUSH_NAMES + 16];
		snprintf(what, sizeof what, "settings %s%s", push->skipped[PUSH_GUARDED].names,
			 push->skipped[PUSH_GUARDED].cut ? ", ..." : "");
		p->o.refused(p->o.arg, what, "the manager may not change them so");
	}
	/* Some servers send the same settings with every heartbeat, so the same line is logged once. Others
	 * change a setting back and forth. */
	int64_t now_ms = loop_now_ms(p->o.loop);
	char more[EPISODE_TEXT];
	uint64_t happened =
		push->n ? episode_happened(&p->pushed.changes, key_of(push), LOGGED, now_ms)
			: (uint64_t)episode_seen(&p->pushed.logged, episode_key(buf_str(&line)), 0, now_ms);
	if (happened)
		log_line(push->skipped[PUSH_GUARDED].n ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s%s",
			 buf_str(&line), episode_text(happened, more));
	buf_done(&line);
}

static void set_refusal(struct provisioning *p, const char *why)
{
	int64_t now_ms = loop_now_ms(p->o.loop);
	snprintf(p->pushed.refusal, sizeof p->pushed.refusal, "%s", why);
	if (*why && p->o.refused)
		p->o.refused(p->o.arg, "all settings of its answer", why);
	if (!*why)
		episode_ended(&p->pushed.refusals, now_ms);
	else if (episode_failed(&p->pushed.refusals, episode_key(why), 1, now_ms))
		log_warning("manager: its configuration is refused as a whole: %s", why);
}

static void configure(struct provisioning *p, const struct doc *configuration)
{
	struct push *push = push_read(p->o.settings, configuration);
	struct err e;
	if (push->bad.kind != ERR_NONE) {
		set_refusal(p, push->bad.text);
	} else if (push->n && p->o.configure(p->o.arg, push->set, push->n, &e) < 0) {
		set_refusal(p, e.text);
	} else {
		set_refusal(p, "");
		log_push(p, push);
		p->pushed.applied += push->n;
		if (push_changes_address(push))
			heartbeat_move(p->heartbeat, settings_get(p->o.settings),
				       &(struct heartbeat_place){
					       push->move[PUSH_ADDRESS], push->move[PUSH_PATH],
					       push->move[PUSH_LOGIN], push->move[PUSH_PASSWORD] });
	}
	for (int i = 0; i < PUSH_SKIPPED_COUNT; i++)
		p->pushed.skipped[i] = push->skipped[i].n;
	push_free(push);
}

void apply_move(struct provisioning *p, const struct heartbeat_place *to)
{
	const char *const values[PUSH_MOVE_COUNT] = { to->address, to->path, to->user, to->password };
	struct settings_pair set[PUSH_MOVE_COUNT];
	struct err e;
	size_t n = 0;
	for (int i = 0; i < PUSH_MOVE_COUNT; i++)
		if (strcmp(values[i], settings_value(p->o.settings, push_move_path(i))) != 0)
			set[n++] =
				(struct settings_pair){ push_move_path(i), values[i], SETTINGS_FROM_MANAGER };
	if (p->o.configure(p->o.arg, set, n, &e) < 0)
		log_error("manager: the device stays with its server: the new address cannot be set: %s",
			  e.text);
}

/* --- documents --- */

/* Logs that a document cannot be posted. Some servers ask for the same document with every heartbeat, so the
 * same failure is logged once. */
static void log_not_posted(struct provisioning *p, const char *why)
{
	if (episode_failed(&p->not_posted, episode_key(why), 1, loop_now_ms(p->o.loop)))
		log_warning("manager: a document that it asked for is not posted: %s", why);
}

static void ask_documents(struct provisioning *p, const struct manager_answer *answer)
{
	struct err e;
	for (size_t i = 0; i < answer->n_documents; i++) {
		struct documents_request r = { .location = answer->documents[i].location,
					       .url = answer->documents[i].url };
		if (documents_ask(p->documents, &r, &e) < 0)
			log_not_posted(p, e.text);
	}
	if (!answer->documents_left_out)
		return;
	err_set(&e, ERR_FULL, 0, "%zu more of them are too many, or have no location or URL",
		answer->documents_left_out);
	log_not_posted(p, e.text);
}

/* --- the whole answer --- */

/* To be called with a digest of what the manager asks for. Returns 1 if it is to be logged. */
static int is_asking_logged(struct provisioning *p, uint64_t what)
{
	return episode_seen(&p->unsupported.asked, what, 0, loop_now_ms(p->o.loop));
}

static void note_unsupported(struct provisioning *p, const struct manager_answer *answer)
{
	if (answer->software_url[0] && strcmp(answer->software_url, p->unsupported.software) != 0) {
		snprintf(p->unsupported.software, sizeof p->unsupported.software, "%s", answer->software_url);
		char url[320];
		if (is_asking_logged(p, episode_key(answer->software_url)))
			log_notice("manager: asks for software from %s: this agent replaces no software",
				   text_quoted(p->unsupported.software, url, sizeof url));
	}
	if (answer->files && answer->files != p->unsupported.files && is_asking_logged(p, 1))
		log_notice("manager: asks for %zu files to be downloaded: this agent downloads none",
			   answer->files);
	if (answer->bookings && answer->bookings != p->unsupported.bookings && is_asking_logged(p, 2))
		log_notice("manager: sends %zu bookings: this agent keeps no calendar", answer->bookings);
	if (answer->files)
		p->unsupported.files = answer->files;
	if (answer->bookings)
		p->unsupported.bookings = answer->bookings;
}

void apply_answer(struct provisioning *p, const struct manager_answer *answer)
{
	enum provisioning_date before = p->o.date(p->o.arg);
	if (answer->configuration)
		configure(p, answer->configuration);
	note_unsupported(p, answer);
	ask_documents(p, answer);
	/* The settings may name other time servers. Until one of them has answered, the date is unknown, and
	 * a command that needs the network would fail, so commands wait for the date. */
	int must_wait = before == PROVISIONING_DATE_KNOWN && p->o.date(p->o.arg) == PROVISIONING_DATE_AWAITED;
	if (answer->command)
		commands_run(p, answer, must_wait ? DATE_WAIT_MS : 0);
	/* The answered event had the earlier results, so these are delivered; and new commands may have
	 * begun. */
	results_keep(p);
	if (answer->configuration || answer->software_url[0] || answer->files || answer->bookings)
		p->o.changed(p->o.arg);
}
