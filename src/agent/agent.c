/* SPDX-License-Identifier: MIT */
#include "agent_internal.h"

#include "base/file.h"
#include "trust/fitness.h"
#include "base/log.h"
#include "base/mem.h"
#include "published.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000, SETTLED_MS = 3000, STORE_AGAIN_MS = 5000, STOP_LIMIT_MS = 5000 };

static const char date_key[] = "trusted_date";

int64_t agent_now(const struct agent *a)
{
	int64_t now;
	return date_now(a->date, loop_now_ms(a->loop), &now, NULL) == 0 ? now : 0;
}

int64_t agent_given_now(void *agent)
{
	return agent_now(agent);
}

const struct wire_identity *agent_given_identity(void *agent)
{
	return agent_identity(agent);
}

/* Stores the floor of the date when it has risen, which happens when a date has been trusted for some
 * time. */
static void keep_date(struct agent *a)
{
	struct err e;
	int64_t floor = date_floor(a->date, loop_now_ms(a->loop));
	if (date_state(a->date) != DATE_SYNCHRONISED || floor <= store_get(a->store, date_key, a->date_floor))
		return;
	if (store_set(a->store, date_key, floor, &e) == 0 && publish_commit(a, &e) == 0)
		episode_ended(&a->date_not_kept, loop_now_ms(a->loop));
	else if (episode_failed(&a->date_not_kept, (uint64_t)e.kind, 1, loop_now_ms(a->loop)))
		log_error("clock: the date could not be stored: %s", e.text);
}

int agent_time_reset(struct agent *a, struct err *e)
{
	if (store_set(a->store, date_key, 0, e) < 0 || publish_commit(a, e) < 0)
		return -1;
	date_reset_floor(a->date, a->date_floor);
	log_notice("clock: as requested, the floor below which no date is trusted was deleted; the time is "
		   "learned anew");
	agent_status_changed(a, "NetworkServices NTP");
	agent_status_changed(a, "Time");
	clock_poll(a->clock);
	return 0;
}

static void hourly(void *arg)
{
	struct agent *a = arg;
	keep_date(a);
	delivery_expire(a->delivery);
	loop_timer_in(a->hourly, HOUR_MS);
}

/* If the store could not be written when it was opened, because the disk was read-only or full, tries whether
 * it can be written now. */
static void try_store(void *arg)
{
	struct agent *a = arg;
	int r = store_retry(a->store);
	if (r < 0)
		loop_timer_in(a->store_again, STORE_AGAIN_MS);
	if (r <= 0)
		return;
	log_notice("store: it can be written again; changes that were refused in the meantime have to be "
		   "sent again");
	int64_t floor = store_get(a->store, date_key, 0), now = agent_now(a);
	date_raise_floor(a->date, floor);
	if (now && now < floor) { /* the date was trusted while the stored floor was not known */
		date_forget(a->date);
		clock_poll(a->clock);
	}
	delivery_reload(a->delivery);
	agent_registrations_changed(a);
	audit_look(a->audit, &(struct audit_who){ .by = AUDIT_BY_START });
	keep_date(a);
}

void agent_store_refused(struct agent *a)
{
	if (store_trouble(a->store) && !loop_timer_armed(a->store_again))
		loop_timer_in(a->store_again, STORE_AGAIN_MS);
}

static void clock_changed(void *arg)
{
	struct agent *a = arg;
	enum date_state before = a->published_date;
	a->published_date = date_state(a->date);
	agent_status_changed(a, "NetworkServices NTP");
	agent_status_changed(a, "Time");
	/* At the start, deliveries wait for the first answers about the time, so that a normal start logs no
	 * refusal. */
	if (!delivery_has_started(a->delivery) &&
	    (a->published_date == DATE_SYNCHRONISED || clock_trouble(a->clock)[0])) {
		delivery_start(a->delivery);
		provisioning_start(a->provisioning);
	}
	if (a->published_date == DATE_SYNCHRONISED)
		provisioning_date_known(a->provisioning);
	/* while the time was asked for after a change of settings, nobody counted as cut off */
	int has_failed = a->published_date != DATE_SYNCHRONISED && !clock_is_asking(a->clock);
	if (a->published_date != before || has_failed)
		cutoffs_update(a, NULL);
	inbound_update(a->inbound);
	if (a->published_date == DATE_SYNCHRONISED && before != DATE_SYNCHRONISED) {
		delivery_try_now(a->delivery);
		provisioning_retry(a->provisioning);
		logging_retry(a->logging);
	}
}

static void slot_changed(void *arg, int slot)
{
	agent_registrations_changed(arg);
	agent_status_slot_changed(arg, slot);
}

static void commit_soon(void *arg)
{
	struct agent *a = arg;
	loop_timer_in(a->commit, 0);
}

static int commit(void *arg, struct err *e)
{
	return publish_commit(arg, e);
}

/* Returns an https for a check that a person asked for. Its verdicts are logged, but not kept as verdicts of
 * a service. */
static struct https *https_for_test(void *arg)
{
	struct agent *a = arg;
	return https_new(&(struct https_options){ .loop = a->loop,
						  .dns = a->dns,
						  .date = a->date,
						  .anchors = a->anchors,
						  .on_verdict = verdicts_log,
						  .arg = a });
}

static struct delivery *start_delivery(struct agent *a)
{
	return delivery_new(&(struct delivery_options){ .loop = a->loop,
							.store = a->store,
							.https = a->https,
							.settings = a->settings,
							.now = agent_given_now,
							.identity = agent_given_identity,
							.commit = commit,
							.commit_soon = commit_soon,
							.changed = slot_changed,
							.https_for_test = https_for_test,
							.arg = a });
}

static void host_name(void *arg, char *ret, size_t size)
{
	if (agent_host_name(arg, ret, size, NULL) < 0)
		ret[0] = '\0';
}

static struct logging *start_logging(struct agent *a)
{
	return logging_new(&(struct logging_options){ .world = { .loop = a->loop,
								 .dns = a->dns,
								 .date = a->date,
								 .anchors = a->anchors,
								 .on_verdict = verdicts_note,
								 .arg = a },
						      .store = a->store,
						      .app_name = "sealpostd",
						      .host_name = host_name,
						      .commit = commit,
						      .arg = a });
}

/* Says which files of the state folder belong to somebody else: in *e, if the agent could not read its files
 * (r is -1), since that error does not say what to do; otherwise in the log. */
static void explain_foreign(const struct agent *a, int r, struct err *e)
{
	struct buf text;
	buf_init(&text, sizeof e->text);
	file_describe_foreign(a->state, &text);
	if (text.len && r < 0) {
		size_t len = strlen(e->text);
		snprintf(e->text + len, sizeof e->text - len, "; %s", buf_str(&text));
	} else if (text.len) {
		log_warning("agent: %s", buf_str(&text));
	}
	buf_done(&text);
}

int agent_reload(struct agent *a, settings_complain *complain, void *arg, struct err *e)
{
	struct doc *before = doc_copy(settings_doc(a->settings));
	const struct audit_who files = { .by = AUDIT_BY_FILES };
	int r = settings_load(a->settings, a->config, complain, arg, e);
	if (r < 0) {
		explain_foreign(a, r, e);
		audit_refused(a->audit, &files, "the settings of the files", e->text);
	} else {
		if (apply_changes(a))
			cutoffs_update(a, "undo the change of the settings file, and reload it");
		audit_look(a->audit, &files);
		publish_own(a, doc_diff(before, settings_doc(a->settings)));
	}
	doc_free(before);
	return r;
}

const struct settings_db *agent_settings(const struct agent *a)
{
	return a->settings;
}

struct servers *agent_servers(const struct agent *a)
{
	const struct store_registration *slots[STORE_SLOTS];
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		slots[slot - 1] = registrations_get(a->delivery, slot);
	return servers_list(settings_get(a->settings), slots);
}

/* --- life --- */

static void log_load_notice(const char *what, struct buf *notice)
{
	log_lines(LOG_LEVEL_WARNING, what, buf_str(notice));
	buf_reset(notice);
}

static int open_parts(struct agent *a, const struct agent_options *o, struct err *e)
{
	char path[PATH_MAX];
	struct buf notice;
	int r = -1;
	buf_init(&notice, 4096);
	if (file_folder(a->state, 0700, e) < 0)
		goto out;
	snprintf(path, sizeof path, "%s/settings.conf", a->state);
	a->settings = settings_new(path);
	if (settings_load(a->settings, a->config, o->complain, o->arg, e) < 0)
		goto out;
	const struct settings *s = settings_get(a->settings);
	snprintf(path, sizeof path, "%s/store.db", a->state);
	struct store_options so = apply_store_options(s, path);
	if (store_open(&so, &a->store, &notice, e) < 0)
		goto out;
	log_load_notice("store", &notice);
	snprintf(path, sizeof path, "%s/trust", a->state);
	a->anchors = anchors_open(path, fitness_checks(), &notice, e);
	if (!a->anchors)
		goto out;
	log_load_notice("trust", &notice);
	a->trust_lists = trust_lists_new(a->settings, a->anchors);
	if (accounts_open(&(struct accounts_options){ .loop = a->loop,
						      .settings = a->settings,
						      .state = a->state,
						      .notice = &notice,
						      .changed = agent_users_changed,
						      .keep = agent_keep_log_in,
						      .arg = a },
			  &a->accounts, e) < 0)
		goto out;
	log_load_notice("security", &notice);
	agent_audit_init(a, &notice);
	log_load_notice("audit", &notice);
	r = 0;
out:
	buf_done(&notice);
	explain_foreign(a, r, e);
	return r;
}

static int64_t lowest_now(void *arg)
{
	struct agent *a = arg;
	int64_t known = agent_now(a);
	return known ? known : date_floor(a->date, loop_now_ms(a->loop));
}

static void start_parts(struct agent *a, const struct agent_options *o)
{
	a->date = date_new(a->date_floor);
	date_raise_floor(a->date, store_get(a->store, date_key, 0));
	a->dns = dns_new(a->loop);
	struct https_options ho = { .loop = a->loop,
				    .dns = a->dns,
				    .date = a->date,
				    .anchors = a->anchors,
				    .on_verdict = verdicts_note,
				    .arg = a };
	a->https = https_new(&ho);
	struct clock_options co = { .loop = a->loop,
				    .dns = a->dns,
				    .date = a->date,
				    .anchors = a->anchors,
				    .on_verdict = verdicts_note,
				    .changed = clock_changed,
				    .arg = a };
	a->clock = clock_new(&co);
	a->logging = start_logging(a);
	a->delivery = start_delivery(a);
	a->hourly = loop_timer_new(a->loop, hourly, a);
	loop_timer_in(a->hourly, SETTLED_MS);
	a->store_again = loop_timer_new(a->loop, try_store, a);
	agent_store_refused(a);
	publish_init(a);
	agent_provisioning_init(a);
	a->inbound = inbound_new(&(struct inbound_options){ .loop = a->loop,
							    .settings = a->settings,
							    .anchors = a->anchors,
							    .state = a->state,
							    .marker = o->web_marker,
							    .now = agent_given_now,
							    .lowest_now = lowest_now,
							    .arg = a });
	a->lent = (struct agent_components){ .agent = a,
					     .loop = a->loop,
					     .state = a->state,
					     .settings = a->settings,
					     .store = a->store,
					     .anchors = a->anchors,
					     .trust_lists = a->trust_lists,
					     .date = a->date,
					     .dns = a->dns,
					     .clock = a->clock,
					     .delivery = a->delivery,
					     .provisioning = a->provisioning };
	agent_status_init(a);
	apply_all(a);
	a->network = agent_network_new(a);
	audit_look(a->audit, &(struct audit_who){ .by = AUDIT_BY_START });
}

int agent_new(const struct agent_options *o, struct agent **ret, struct err *e)
{
	struct agent *a = mem_new(sizeof *a);
	a->loop = o->loop;
	a->config = mem_dup(o->config);
	a->state = mem_dup(o->state);
	a->manager_boots = o->manager_boots;
	snprintf(a->build, sizeof a->build, "%s", o->build ? o->build : "");
	a->date_floor = o->date_floor;
	a->identity_read_ms = -1;
	a->started_ms = loop_now_ms(o->loop);
	if (open_parts(a, o, e) < 0) {
		agent_free(a);
		return -1;
	}
	start_parts(a, o);
	*ret = a;
	return 0;
}

void agent_stop(struct agent *a, void (*fn)(void *arg), void *arg)
{
	keep_date(a);
	delivery_stop(a->delivery, STOP_LIMIT_MS, fn, arg);
}

void agent_free(struct agent *a)
{
	if (!a)
		return;
	logging_free(a->logging);
	a->logging = NULL;
	if (a->commit) {
		publish_commit(a, NULL);
		publish_done(a);
	}
	agent_network_free(a->network);
	delivery_free(a->delivery);
	provisioning_free(a->provisioning);
	phonebook_free(a->phonebook);
	inbound_free(a->inbound);
	accounts_free(a->accounts);
	clock_free(a->clock);
	https_free(a->https);
	dns_free(a->dns);
	date_free(a->date);
	verdicts_done(a);
	trust_lists_free(a->trust_lists);
	anchors_free(a->anchors);
	store_close(a->store);
	settings_free(a->settings);
	doc_free(a->status);
	published_free(a->published);
	loop_timer_free(a->hourly);
	loop_timer_free(a->store_again);
	audit_free(a->audit);
	free(a->config);
	free(a->state);
	explicit_bzero(&a->last, sizeof a->last);
	free(a);
}

struct accounts *agent_accounts(struct agent *a)
{
	return a->accounts;
}

struct inbound *agent_inbound(struct agent *a)
{
	return a->inbound;
}

struct delivery *agent_delivery(struct agent *a)
{
	return a->delivery;
}

const struct agent_components *agent_components(struct agent *a)
{
	return &a->lent;
}

struct loop *agent_loop(struct agent *a)
{
	return a->loop;
}

void agent_restart(struct agent *a)
{
	log_notice("agent: restarts as asked for");
	a->restart_requested = 1;
	loop_stop(a->loop);
}

int agent_restart_requested(const struct agent *a)
{
	return a->restart_requested;
}
