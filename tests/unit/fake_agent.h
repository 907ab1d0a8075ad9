/* SPDX-License-Identifier: MIT */
/* fake_agent: what the terminal asks of an agent, answered from plain data, so that the terminal is tested
 * alone. A test that includes this has every agent_ function and must not need the real ones. */
#ifndef FAKE_AGENT_H
#define FAKE_AGENT_H

#include "agent/agent.h"
#include "agent/cutoffs.h"
#include "audit/audit.h"
#include "trust/fitness.h"
#include "diagnostics/candidate.h"
#include "diagnostics/checkup.h"
#include "diagnostics/connection.h"
#include "diagnostics/diagnostics_status.h"
#include "diagnostics/inspect.h"
#include "diagnostics/preflight.h"
#include "diagnostics/readiness.h"
#include "agent/security.h"
#include "diagnostics/client_preflight.h"
#include "base/mem.h"
#include "provisioning/provisioning.h"
#include "delivery/queue.h"
#include "delivery/registrations.h"
#include "delivery/testpost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAKE_WAITERS = 4096 };

struct agent_listener {
	struct agent *agent;
	void (*fn)(void *arg, const struct doc *change);
	void *arg;
};

struct agent {
	struct loop *loop;
	struct settings_db *settings;
	struct anchors *anchors;
	struct accounts *accounts;
	struct inbound *inbound;
	struct doc *status;
	struct agent_listener listener;
	int64_t now; /* the trusted date; 0: not known */
	int booted, configured, flushed;
	int publications, again; /* taken, and recognised as sent before */
	uint64_t publisher[2];   /* of the last one that was numbered */
	int64_t numbered;
	int never_ends; /* orders that take their time do not end */
	int holds;      /* publications become durable only when fake_commit is called */
	struct {
		void (*done)(void *arg, const struct err *e);
		void *arg;
	} waiters[FAKE_WAITERS];
	size_t n_waiters;
	struct loop_timer *commit;
	char registered[2048]; /* what the last registration was */
	char uploaded[4096];   /* the last upload */
	enum preflight_change upload_mode;
	struct phonebook *phonebook; /* the test's, or NULL */
	provisioning_runner *run;    /* who runs the manager's commands */
	void *run_arg;
	const char *cut_off; /* what cutoffs_describe says; NULL: nothing */
	const char *refusal; /* the sentence with which orders are refused; NULL: they are not */
};

static void fake_commit(void *arg)
{
	struct agent *a = arg;
	size_t n = a->n_waiters;
	struct err ok = { .kind = ERR_NONE };
	for (size_t i = 0; i < n; i++)
		if (a->waiters[i].done)
			a->waiters[i].done(a->waiters[i].arg, &ok);
	a->n_waiters -= n;
	memmove(a->waiters, a->waiters + n, a->n_waiters * sizeof *a->waiters);
}

static inline int64_t fake_now(void *arg)
{
	return ((struct agent *)arg)->now;
}

static inline struct agent *fake_agent_new(struct loop *loop)
{
	struct agent *a = mem_new(sizeof *a);
	struct err e;
	a->loop = loop;
	a->settings = settings_new(NULL);
	a->anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	if (accounts_open(&(struct accounts_options){ .loop = loop, .settings = a->settings }, &a->accounts,
			  &e) < 0)
		abort();
	a->inbound = inbound_new(&(struct inbound_options){ .loop = loop,
							    .settings = a->settings,
							    .anchors = a->anchors,
							    .now = fake_now,
							    .lowest_now = fake_now,
							    .arg = a });
	a->status = doc_new("Status");
	doc_set_value(doc_make(a->status, "SystemUnit/Software/Version"), DOC_STRING, "1.2 \"beta\"");
	doc_set_value(doc_make(a->status, "SystemUnit/Uptime"), DOC_INTEGER, "42");
	doc_set_value(doc_make(a->status, "Call[3]/Status"), DOC_LITERAL, "Connected");
	doc_set_value(doc_make(a->status, "Call[7]/Status"), DOC_LITERAL, "Dialling");
	a->commit = loop_timer_new(loop, fake_commit, a);
	return a;
}

static inline void fake_agent_free(struct agent *a)
{
	loop_timer_free(a->commit);
	inbound_free(a->inbound);
	accounts_free(a->accounts);
	settings_free(a->settings);
	anchors_free(a->anchors);
	doc_free(a->status);
	free(a);
}

/* As if codec software had published it. */
static inline void fake_change(struct agent *a, const char *root, const char *path, enum doc_type type,
			       const char *value)
{
	struct doc *d = doc_new(root);
	doc_set_value(doc_make(d, path), type, value);
	if (a->listener.fn)
		a->listener.fn(a->listener.arg, d);
	doc_free(d);
}

static int refused(const struct agent *a, struct err *e)
{
	return a->refusal ? err_set(e, ERR_CONFIG, 0, "%s", a->refusal) : 0;
}

struct audit *agent_audit(const struct agent *a)
{
	(void)a;
	return NULL; /* nothing is audited */
}

const char *agent_build(const struct agent *a)
{
	(void)a;
	return "sealpostd 0.0.0\n";
}

void agent_storage(const struct agent *a, struct doc *d)
{
	(void)a;
	doc_add_value(d, "State", DOC_LITERAL, "Good");
}

void agent_dns_flush(struct agent *a)
{
	a->flushed++;
}

struct loop *agent_loop(struct agent *a)
{
	return a->loop;
}

const struct settings_db *agent_settings(const struct agent *a)
{
	return a->settings;
}

struct doc *agent_configuration(struct agent *a)
{
	return doc_copy(settings_doc(a->settings));
}

int agent_configure(struct agent *a, const struct settings_pair *set, size_t n, struct err *e)
{
	struct settings_change *c = settings_begin(a->settings);
	struct doc *changed = NULL;
	for (size_t i = 0; i < n; i++)
		if (settings_change_put(c, &set[i], e) < 0) {
			settings_abandon(c);
			return -1;
		}
	if (settings_commit(c, &changed, e) < 0)
		return -1;
	a->configured++;
	inbound_update(a->inbound);
	if (changed && a->listener.fn)
		a->listener.fn(a->listener.arg, changed);
	doc_free(changed);
	return 0;
}

int agent_push(struct agent *a, const struct settings_pair *set, size_t n, struct err *e)
{
	return agent_configure(a, set, n, e);
}

/* Servers that the last change has cut off. */
void cutoffs_describe(const struct agent *a, struct buf *out)
{
	buf_adds(out, a->cut_off ? a->cut_off : "");
}

struct doc *agent_status(struct agent *a)
{
	return doc_copy(a->status);
}

struct doc *agent_status_at(struct agent *a, const struct doc_path *p, enum doc_words how, struct err *e)
{
	return doc_path_subset(a->status, p, how, e);
}

int agent_status_is_empty_list(struct agent *a, const struct doc_path *p, enum doc_words how)
{
	(void)a, (void)how;
	return p->n && strcmp(p->steps[0].name, "Zone") == 0;
}

void agent_set_product(struct agent *a, struct doc *root)
{
	(void)a;
	doc_set_attr(root, "product", "Codec \"4\"");
	doc_set_attr(root, "version", "1.2");
	doc_set_attr(root, "apiVersion", "4");
}

static int fake_read(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg, (void)item, (void)ret;
	return 0;
}

const struct status_row *agent_status_row(size_t i)
{
	static const struct status_row rows[] = {
		{ "HttpFeedback[1..4] Status", STATUS_TEXT, SCHEMA_LIT("OK/Failed"), "How delivery goes.",
		  fake_read, 0 },
		{ "SystemUnit Software Version", STATUS_TEXT, SCHEMA_STR(0, 255), "The version.", fake_read,
		  0 },
		{ "SystemUnit Uptime", STATUS_GAUGE, SCHEMA_INT(0, INT64_MAX), "Seconds since the start.",
		  fake_read, 0 },
	};
	return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

const struct status_row *diagnostics_status_row(size_t i)
{
	(void)i;
	return NULL;
}

/* Publications with a number that was seen before are told apart. */
static inline int fake_is_again(struct agent *a, const struct agent_publication *p)
{
	int again = p->number && p->number <= a->numbered &&
		    memcmp(p->publisher, a->publisher, sizeof a->publisher) == 0;
	if (p->number && !again) {
		memcpy(a->publisher, p->publisher, sizeof a->publisher);
		a->numbered = p->number;
	}
	a->again += again;
	return again;
}

int agent_publish(struct agent *a, const struct agent_publication *p, struct err *e)
{
	struct doc *change = p->change;
	int known = strcmp(change->name, "Status") == 0 || strcmp(change->name, "Event") == 0;
	if (known && a->listener.fn)
		a->listener.fn(a->listener.arg, change);
	doc_free(change);
	if (!known)
		return err_set(e, ERR_INPUT, 0, "wrong root");
	if (a->n_waiters == FAKE_WAITERS)
		return err_set(e, ERR_FULL, 0, "too many");
	a->publications += !fake_is_again(a, p);
	a->waiters[a->n_waiters].done = p->done;
	a->waiters[a->n_waiters++].arg = p->arg;
	if (!a->holds)
		loop_timer_in(a->commit, 0);
	return 0;
}

void agent_publish_forget(struct agent *a, void *arg)
{
	for (size_t i = 0; i < a->n_waiters; i++)
		if (a->waiters[i].arg == arg)
			a->waiters[i].done = NULL;
}

struct agent_listener *agent_listen(struct agent *a, void (*fn)(void *arg, const struct doc *change),
				    void *arg)
{
	a->listener = (struct agent_listener){ .agent = a, .fn = fn, .arg = arg };
	return &a->listener;
}

void agent_unlisten(struct agent_listener *l)
{
	if (l)
		l->fn = NULL;
}

/* The fake agent is its own delivery. */
struct delivery *agent_delivery(struct agent *a)
{
	return (struct delivery *)a;
}

int registrations_add(struct delivery *d, const struct registrations_request *r, int *ret_slot, struct err *e)
{
	struct agent *a = (struct agent *)d;
	*ret_slot = r->slot ? r->slot : 2;
	char last[16] = "";
	if (r->last)
		snprintf(last, sizeof last, " of %d", r->last);
	int len = snprintf(a->registered, sizeof a->registered, "%d%s %s %s force=%d", r->slot, last, r->url,
			   r->json ? "JSON" : "XML", r->force);
	if (r->coalesce)
		len += snprintf(a->registered + len, sizeof a->registered - (size_t)len, " coalesced");
	for (size_t i = 0; i < r->n; i++)
		len += snprintf(a->registered + len, sizeof a->registered - (size_t)len, " %s",
				r->expressions[i]);
	return refused(a, e);
}

int registrations_manager_may(const struct delivery *d, int slot, struct err *e)
{
	(void)d;
	return slot != 4 ? 0 : err_set(e, ERR_DENIED, 0, "slot %d is another's", slot);
}

int registrations_remove(struct delivery *d, int slot, struct err *e)
{
	struct agent *a = (struct agent *)d;
	snprintf(a->registered, sizeof a->registered, "deregistered %d", slot);
	return refused(a, e);
}

int registrations_enable(struct delivery *d, int slot, struct err *e)
{
	struct agent *a = (struct agent *)d;
	snprintf(a->registered, sizeof a->registered, "enabled %d", slot);
	return refused(a, e);
}

int queue_list(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e)
{
	struct agent *a = (struct agent *)d;
	snprintf(a->registered, sizeof a->registered, "list %d %d from %d, %d", r->slot, r->which,
		 (int)r->sequence, (int)r->max);
	struct doc *post = doc_add(result, "Post", 1);
	post->max_occurrence = DOC_UNBOUNDED;
	doc_add_int(post, "Sequence", 17);
	return refused(a, e);
}

int queue_show(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e)
{
	struct agent *a = (struct agent *)d;
	snprintf(a->registered, sizeof a->registered, "show %d %d %d", r->slot, r->which, (int)r->sequence);
	doc_add_value(result, "Body", DOC_STRING, "<Event/>");
	return refused(a, e);
}

int queue_replay(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e)
{
	struct agent *a = (struct agent *)d;
	snprintf(a->registered, sizeof a->registered, "replay %d %d %d", r->slot, r->which, (int)r->sequence);
	doc_add_int(result, "Count", 2);
	return refused(a, e);
}

int queue_purge(struct delivery *d, const struct queue_request *r, struct err *e)
{
	struct agent *a = (struct agent *)d;
	snprintf(a->registered, sizeof a->registered, "purge %d %d %d", r->slot, r->which, (int)r->sequence);
	return refused(a, e);
}

int testpost_send(struct delivery *d, const struct testpost_request *r, struct testpost **ret, struct err *e)
{
	struct agent *a = (struct agent *)d;
	(void)r;
	*ret = NULL;
	a->refusal = "no test today";
	return refused(a, e);
}

void testpost_cancel(struct testpost *t)
{
	(void)t;
}

const struct anchors *agent_anchors(const struct agent *a)
{
	return a->anchors;
}

/* Orders that take their time: told in the next turn of the loop. */
struct preflight {
	struct agent *agent;
	struct loop_timer *timer;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

void preflight_cancel(struct preflight *t)
{
	if (t)
		loop_timer_free(t->timer);
	free(t);
}

static void fake_trial_ends(void *arg)
{
	struct preflight t = *(struct preflight *)arg;
	struct err ok = { .kind = ERR_NONE };
	preflight_cancel(arg);
	t.done(t.arg, &ok);
}

static inline struct preflight *fake_trial(struct agent *a, void (*done)(void *arg, const struct err *e),
					   void *arg)
{
	struct preflight *t = mem_new(sizeof *t);
	*t = (struct preflight){
		.agent = a, .timer = loop_timer_new(a->loop, fake_trial_ends, t), .done = done, .arg = arg
	};
	if (!a->never_ends)
		loop_timer_in(t->timer, 0);
	return t;
}

int preflight_start(struct agent *a, const struct preflight_request *r, struct doc *result,
		    void (*done)(void *arg, const struct err *e), void *arg, struct preflight **ret,
		    struct err *e)
{
	if (r->what == PREFLIGHT_DELETE)
		snprintf(a->uploaded, sizeof a->uploaded, "deleted %s", r->fingerprint);
	else
		snprintf(a->uploaded, sizeof a->uploaded, "%.*s", (int)r->len, r->text);
	a->upload_mode = r->what;
	if (refused(a, e) < 0)
		return -1;
	if (r->what != PREFLIGHT_DELETE)
		doc_add_value(result, "Certificate", DOC_STRING, "added");
	*ret = fake_trial(a, done, arg);
	return 0;
}

int inspect_server(struct agent *a, const struct inspect_request *r, struct inspection **ret, struct err *e)
{
	snprintf(a->uploaded, sizeof a->uploaded, "%s %s at %lld", r->fetches ? "fetched" : "inspected",
		 r->url, (long long)r->at_unix);
	if (refused(a, e) < 0)
		return -1;
	doc_add_value(r->result, "VerifyResult", DOC_STRING, "0=OK");
	if (r->pem)
		buf_adds(r->pem, "-----BEGIN CERTIFICATE-----\n");
	*ret = (struct inspection *)fake_trial(a, r->done, r->arg);
	return 0;
}

int client_preflight_start(struct agent *a, const struct client_preflight_request *r,
			   struct client_preflight **ret, struct err *e)
{
	snprintf(a->uploaded, sizeof a->uploaded, "shown %.20s", r->own.data);
	if (refused(a, e) < 0)
		return -1;
	*ret = (struct client_preflight *)fake_trial(a, r->done, r->arg);
	return 0;
}

void client_preflight_cancel(struct client_preflight *t)
{
	preflight_cancel((struct preflight *)t);
}

void inspect_cancel(struct inspection *i)
{
	preflight_cancel((struct preflight *)i);
}

struct connection_check *connection_check(struct agent *a, const struct connection_request *r,
					  struct doc *result, void (*done)(void *arg, const struct err *e),
					  void *arg)
{
	snprintf(a->uploaded, sizeof a->uploaded, "diagnosed %d %s %d", r->service, r->url ? r->url : "",
		 r->number);
	doc_add_value(result, "Outcome", DOC_LITERAL, "Pass");
	return (struct connection_check *)fake_trial(a, done, arg);
}

void connection_check_cancel(struct connection_check *d)
{
	preflight_cancel((struct preflight *)d);
}

int checkup_start(struct agent *a, const struct checkup_request *r, struct checkup **ret, struct err *e)
{
	(void)e;
	snprintf(a->uploaded, sizeof a->uploaded, "diagnosed %zu services, %zu URLs", r->n_services,
		 r->n_urls);
	doc_add_value(r->result, "Outcome", DOC_LITERAL, "Pass");
	*ret = (struct checkup *)fake_trial(a, r->done, r->arg);
	return 0;
}

void checkup_cancel(struct checkup *c)
{
	preflight_cancel((struct preflight *)c);
}

int candidate_start(struct agent *a, const struct candidate_request *r, struct candidate **ret, struct err *e)
{
	snprintf(a->uploaded, sizeof a->uploaded, "tried %zu settings: %s=%s", r->n,
		 r->n ? r->set[0].path : "", r->n ? r->set[0].value : "");
	if (refused(a, e) < 0)
		return -1;
	doc_add_value(r->result, "Outcome", DOC_LITERAL, "Pass");
	*ret = (struct candidate *)fake_trial(a, r->done, r->arg);
	return 0;
}

void candidate_cancel(struct candidate *c)
{
	preflight_cancel((struct preflight *)c);
}

size_t candidate_level(const struct agent *a, int level, struct settings_pair set[CANDIDATE_LEVEL_SETTINGS])
{
	(void)a, (void)level, (void)set;
	return 0;
}

struct confirmation *agent_confirmation(const struct agent *a)
{
	(void)a;
	return NULL;
}

int confirmation_confirm(struct confirmation *c, const struct audit_who *who, struct doc *result,
			 struct err *e)
{
	(void)c, (void)who, (void)result;
	return err_set(e, ERR_NOTFOUND, 0, "no change waits to be confirmed");
}

int confirmation_take_back(struct confirmation *c, const struct audit_who *who, struct doc *result,
			   struct err *e)
{
	return confirmation_confirm(c, who, result, e);
}

struct readiness *readiness_check(struct agent *a, struct doc *result,
				  void (*done)(void *arg, const struct err *e), void *arg)
{
	doc_add_int(result, "Level", 3);
	return (struct readiness *)fake_trial(a, done, arg);
}

void readiness_cancel(struct readiness *r)
{
	preflight_cancel((struct preflight *)r);
}

static inline int fake_order(struct agent *a, const char *what, const char *of, struct err *e)
{
	snprintf(a->uploaded, sizeof a->uploaded, "%s %.100s", what, of);
	return refused(a, e);
}

/* Accounts and what sealpost-web is given are the real ones, kept in memory. */
struct accounts *agent_accounts(struct agent *a)
{
	return a->accounts;
}

struct inbound *agent_inbound(struct agent *a)
{
	return a->inbound;
}

int security_ca_restore(struct agent *a, struct err *e)
{
	return fake_order(a, "restored", "", e);
}

int security_ca_clear(struct agent *a, struct err *e)
{
	return fake_order(a, "cleared", "", e);
}

int security_own_put(struct agent *a, const struct security_own_request *r, struct doc *result, struct err *e)
{
	char fingerprint[41];
	snprintf(fingerprint, sizeof fingerprint, "%040d", 7);
	doc_add_value(result, "Fingerprint", DOC_STRING, fingerprint);
	return fake_order(a, "own", r->passphrase, e);
}

int security_own_activate(struct agent *a, const struct own_activation *r, struct doc *result, struct err *e)
{
	doc_add_value(result, "Replaced", DOC_STRING, own_purpose_name(r->purpose));
	return fake_order(a, "activated", r->fingerprint, e);
}

int security_own_deactivate(struct agent *a, const char *fingerprint, enum own_purpose purpose, struct err *e)
{
	(void)purpose;
	return fake_order(a, "deactivated", fingerprint, e);
}

int security_own_delete(struct agent *a, const char *fingerprint, struct err *e)
{
	return fake_order(a, "own deleted", fingerprint, e);
}

int security_own_backup(struct agent *a, const struct own_backup *r, struct buf *der, struct err *e)
{
	buf_adds(der, "secret");
	return fake_order(a, "backed up", r->fingerprint, e);
}

int security_own_self_sign(struct agent *a, const struct security_self_signed *r, struct doc *result,
			   struct err *e)
{
	doc_add_value(result, "Fingerprint", DOC_STRING, r->request.subject[0].value);
	return fake_order(a, "self-signed", r->request.subject[0].value, e);
}

int security_request_create(struct agent *a, const struct requests_order *o, struct err *e)
{
	return fake_order(a, "requested", o->name, e);
}

int security_request_delete(struct agent *a, const char *name, struct err *e)
{
	return fake_order(a, "request deleted", name, e);
}

void registrations_log_anew(struct delivery *d, int slot)
{
	(void)d, (void)slot;
}

void agent_log_verdicts_anew(struct agent *a)
{
	(void)a;
}

void agent_metrics(const struct agent *a, struct buf *ret)
{
	(void)a;
	buf_adds(ret, "sealpost_up 1\n");
}

int agent_host_name(const struct agent *a, char *ret, size_t size, struct err *e)
{
	(void)a, (void)e;
	snprintf(ret, size, "codec.example.com");
	return 0;
}

int security_own_unlock(struct agent *a, const char *fingerprint, const char *passphrase, struct err *e)
{
	(void)passphrase;
	return fake_order(a, "unlocked", fingerprint, e);
}

int security_crl_put(struct agent *a, const char *data, size_t len, struct doc *result, struct err *e)
{
	(void)len;
	doc_add_value(result, "Certificate", DOC_STRING, "added");
	return fake_order(a, "crl", data, e);
}

int security_crl_delete(struct agent *a, const char *fingerprint, struct err *e)
{
	return fake_order(a, "crl deleted", fingerprint, e);
}

/* The agent plays its provisioning, too. */
struct provisioning *agent_provisioning(struct agent *a)
{
	return (struct provisioning *)a;
}

int provisioning_register(struct provisioning *p, struct err *e)
{
	struct agent *a = (struct agent *)p;
	return fake_order(a, "registers", "now", e);
}

struct phonebook *agent_phonebook(struct agent *a)
{
	return a->phonebook;
}

void provisioning_set_runner(struct provisioning *p, provisioning_runner *run, void *arg)
{
	struct agent *a = (struct agent *)p;
	a->run = run;
	a->run_arg = arg;
}

int provisioning_may_set(struct provisioning *p, const char *path, const char *value, struct err *e)
{
	(void)p, (void)value;
	return strncmp(path, "Logging", 7) == 0 ? err_set(e, ERR_DENIED, 0, "%s: guarded", path) : 0;
}

int provisioning_may_run(struct provisioning *p, const char *path, const struct doc *params, struct err *e)
{
	const struct agent *a = (const struct agent *)p;
	(void)a;
	if (doc_child(params, "Url", 0))
		return err_set(e, ERR_DENIED, 0, "%s: no address", path);
	return strncmp(path, "Security", 8) == 0 ? err_set(e, ERR_DENIED, 0, "%s is guarded", path) : 0;
}

int agent_time_reset(struct agent *a, struct err *e)
{
	return fake_order(a, "time reset", "", e);
}

int64_t agent_now(const struct agent *a)
{
	return a->now;
}

void agent_restart(struct agent *a)
{
	a->booted = 1;
}

#endif
