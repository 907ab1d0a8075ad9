/* SPDX-License-Identifier: MIT */
#include "heartbeat_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_BASE_MS = 5000,
	RETRY_AFTER_MAX_S = 3600,
	PROBE_MS = 300000, /* how often the first server is looked at while the alternate serves */
	/* A server's own answers may set off events: so many may go at once, then one each
	 * HEARTBEAT_MIN_S. */
	EVENTS_AT_ONCE = 20,
};

static void send_event(void *arg);
static void probe_main(void *arg);

struct heartbeat *heartbeat_new(const struct heartbeat_options *o)
{
	struct heartbeat *m = mem_new(sizeof *m);
	m->o = *o;
	m->due = loop_timer_new(o->loop, send_event, m);
	m->probe = loop_timer_new(o->loop, probe_main, m);
	m->status = (struct heartbeat_status){ .state = HEARTBEAT_IDLE,
					       .last_event = "",
					       .heartbeat_s = HEARTBEAT_S,
					       .next_ms = -1,
					       .last_verdict = -1,
					       .reason = "the agent waits for the time first" };
	buf_init(&m->message, HEARTBEAT_MESSAGE_MAX);
	buf_init(&m->move.message, HEARTBEAT_MESSAGE_MAX);
	return m;
}

void heartbeat_free(struct heartbeat *m)
{
	if (!m)
		return;
	for (int i = 0; i < HEARTBEAT_SERVERS; i++)
		https_endpoint_free(m->servers[i]);
	https_endpoint_free(m->move.server);
	loop_timer_free(m->due);
	loop_timer_free(m->probe);
	buf_done(&m->message);
	buf_done(&m->move.message);
	doc_free(m->results);
	explicit_bzero(m, sizeof *m); /* passwords */
	free(m);
}

void heartbeat_status(const struct heartbeat *m, struct heartbeat_status *ret)
{
	*ret = m->status;
	ret->next_ms = loop_timer_left(m->due);
	ret->alternate = m->current == HEARTBEAT_ALTERNATE;
	snprintf(ret->server, sizeof ret->server, "%.399s",
		 m->servers[m->current] ? m->endpoints[m->current].url : "");
}

static void set_state(struct heartbeat *m, enum heartbeat_state state, const char *reason)
{
	int same = m->status.state == state && strcmp(m->status.reason, reason) == 0;
	m->status.state = state;
	if (m->status.reason != reason)
		snprintf(m->status.reason, sizeof m->status.reason, "%s", reason);
	if (!same)
		m->o.changed(m->o.arg);
}

/* --- servers --- */

/* Forgets what was known of the servers: it says nothing of others. */
static void begin_anew(struct heartbeat *m)
{
	heartbeat_move_end(m, "its settings changed before that server had answered");
	for (int i = 0; i < HEARTBEAT_SERVERS; i++) {
		https_endpoint_free(m->servers[i]);
		m->servers[i] = NULL;
	}
	loop_timer_stop(m->due);
	loop_timer_stop(m->probe);
	m->phase = HEARTBEAT_NO_SERVER;
	m->current = HEARTBEAT_MAIN;
	m->status.attempts = 0;
	m->status.last_status = 0;
	m->status.last_verdict = -1;
	episode_ended(&m->episode);
}

/* No server is wanted. */
static void close_servers(struct heartbeat *m)
{
	char reason[200];
	begin_anew(m);
	if (m->results)
		log_notice("manager: results of its commands are not told: there is no manager any more");
	doc_free(m->results);
	m->results = NULL;
	if (m->mode == SETTINGS_PROVISIONING_OFF)
		snprintf(reason, sizeof reason, "Provisioning Mode is Off");
	else if (m->written[0])
		snprintf(reason, sizeof reason, "the manager's address is %s, which stands for none",
			 m->written);
	else
		snprintf(reason, sizeof reason, "no manager's address is set");
	if (strcmp(reason, m->status.reason) != 0)
		log_notice("manager: idle: %s", reason);
	int needed = m->mode == SETTINGS_PROVISIONING_TMS && !m->written[0];
	set_state(m, needed ? HEARTBEAT_NEED_CONFIG : HEARTBEAT_IDLE, reason);
}

static void open_servers(struct heartbeat *m)
{
	struct err e;
	begin_anew(m);
	for (int i = 0; i < HEARTBEAT_SERVERS; i++) {
		if (!m->endpoints[i].url[0] ||
		    service_open(m->o.https, &m->endpoints[i], NULL, &m->servers[i], &e) == 0)
			continue;
		log_error("manager: %s: %s", m->endpoints[i].url, e.text);
		if (i == HEARTBEAT_MAIN) {
			set_state(m, HEARTBEAT_CONFIG_ERROR, e.text);
			return;
		}
	}
	if (m->wanted == MANAGER_BEAT)
		m->wanted = MANAGER_REGISTER;
	m->phase = HEARTBEAT_WAITING;
	set_state(m, HEARTBEAT_PROVISIONING, "");
	loop_timer_in(m->due, 0);
}

static void open_or_close(struct heartbeat *m)
{
	if (m->mode == SETTINGS_PROVISIONING_OFF || !m->endpoints[HEARTBEAT_MAIN].url[0])
		close_servers(m);
	else
		open_servers(m);
}

void heartbeat_configure(struct heartbeat *m, const struct settings *s, const char *written)
{
	struct service_request r = { .service = SERVICE_MANAGER };
	struct service_endpoint fresh[HEARTBEAT_SERVERS];
	service_endpoint(s, &r, &fresh[HEARTBEAT_MAIN]);
	r.address = s->provisioning.alternate_address;
	service_endpoint(s, &r, &fresh[HEARTBEAT_ALTERNATE]);
	int same = memcmp(fresh, m->endpoints, sizeof fresh) == 0 && strcmp(written, m->written) == 0 &&
		   m->mode == s->provisioning.mode;
	memcpy(m->endpoints, fresh, sizeof fresh);
	explicit_bzero(fresh, sizeof fresh);
	m->mode = s->provisioning.mode;
	snprintf(m->written, sizeof m->written, "%s", written);
	if (m->phase != HEARTBEAT_BEFORE_START && !same)
		open_or_close(m);
}

void heartbeat_start(struct heartbeat *m)
{
	if (m->phase != HEARTBEAT_BEFORE_START)
		return;
	m->wanted = MANAGER_BOOT;
	open_or_close(m);
}

void heartbeat_retry(struct heartbeat *m)
{
	if (m->phase != HEARTBEAT_WAITING || !m->status.attempts)
		return;
	m->status.attempts = 0;
	m->current = HEARTBEAT_MAIN; /* the reason why it failed may have been on this side */
	loop_timer_in(m->due, 0);
}

int heartbeat_now(struct heartbeat *m, struct err *e)
{
	if (m->phase == HEARTBEAT_BEFORE_START || m->phase == HEARTBEAT_NO_SERVER)
		return err_set(e, ERR_CONFIG, 0, "%s", m->status.reason);
	if (m->phase != HEARTBEAT_WAITING)
		m->phase = HEARTBEAT_SENDING_ASKED;
	else if (m->wanted == MANAGER_BEAT)
		m->wanted = MANAGER_REGISTER;
	m->status.attempts = 0;
	loop_timer_in(m->due, 0);
	return 0;
}

/* --- when the next one is due --- */

static int64_t until_place(struct heartbeat *m, int64_t period_ms)
{
	const struct wire_identity *who = m->o.identity(m->o.arg);
	char name[sizeof who->mac_address + sizeof who->serial_number + 1];
	snprintf(name, sizeof name, "%s %s", who->mac_address, who->serial_number);
	return retry_place_ms(name, period_ms, loop_now_ms(m->o.loop), retry_random());
}

static int64_t retry_wait(struct heartbeat *m, const struct answer_failure *v, int64_t retry_after_s)
{
	/* Held: the certificate is not trusted, or the server refuses us, and an administrator has to do
	 * something first. */
	static const struct retry_rule fails = { RETRY_BASE_MS, 300000, RETRY_AFTER_MAX_S },
				       held = { 15000, 900000, RETRY_AFTER_MAX_S };
	const struct retry_rule *rule = v->hold ? &held : &fails;
	unsigned doublings = m->status.attempts - 1;
	if (doublings < 16 && rule->base_ms << doublings < rule->cap_ms)
		return retry_next_ms(rule, m->status.attempts, retry_after_s);
	return retry_not_before_ms(until_place(m, rule->cap_ms), retry_after_s, RETRY_AFTER_MAX_S);
}

/* --- events --- */

static void failed(struct heartbeat *m, const struct answer_failure *v, int64_t retry_after_s)
{
	int from = m->current, other = from == HEARTBEAT_MAIN ? HEARTBEAT_ALTERNATE : HEARTBEAT_MAIN;
	const char *event = manager_event_name(m->wanted);
	m->status.attempts++;
	int64_t delay = retry_wait(m, v, retry_after_s);
	if (m->servers[other] && retry_after_s <= 0)
		m->current = other;
	if (m->current == HEARTBEAT_MAIN)
		loop_timer_stop(m->probe);
	if (m->wanted == MANAGER_BEAT && m->current != from)
		m->wanted = MANAGER_REGISTER;
	const char *where = m->current == from       ? ""
			    : from == HEARTBEAT_MAIN ? ", at the alternate address"
						     : ", at the first address";
	if (episode_failed(&m->episode, episode_key(v->reason), 1, loop_now_ms(m->o.loop)))
		log_warning("manager: %s to %s failed: %s; attempt %u, next in %" PRId64 " s%s", event,
			    m->endpoints[from].url, v->reason, m->status.attempts, (delay + 999) / 1000,
			    where);
	loop_timer_in(m->due, delay);
	set_state(m, v->state, v->reason);
}

static void set_heartbeat(struct heartbeat *m, int asked_s)
{
	int s = asked_s ? asked_s : m->status.heartbeat_s;
	if (s < HEARTBEAT_MIN_S)
		s = HEARTBEAT_MIN_S;
	if (s > HEARTBEAT_MAX_S)
		s = HEARTBEAT_MAX_S;
	m->status.heartbeat_s = s;
}

static void succeeded(struct heartbeat *m, const struct manager_answer *a, int is_asked)
{
	enum manager_event event = m->wanted;
	const char *name = manager_event_name(event);
	uint64_t failures = episode_ended(&m->episode);
	int before_s = m->status.heartbeat_s;
	set_heartbeat(m, a->heartbeat_s);
	int news = strcmp(m->status.last_event, name) != 0 || m->status.heartbeat_s != before_s;
	m->status.attempts = 0;
	m->status.last_event = name;
	m->status.last_event_ms = loop_now_ms(m->o.loop);
	if (m->telling) {
		doc_free(m->results);
		m->results = NULL;
	}
	m->wanted = is_asked ? MANAGER_REGISTER : MANAGER_BEAT;
	loop_timer_in(m->due, is_asked ? 0 : until_place(m, (int64_t)m->status.heartbeat_s * 1000));
	if (m->current == HEARTBEAT_ALTERNATE && !loop_timer_armed(m->probe))
		loop_timer_in(m->probe, until_place(m, PROBE_MS));
	if (failures)
		log_notice("manager: recovered after %" PRIu64 " failed attempts", failures);
	if (event != MANAGER_BEAT || failures)
		log_notice("manager: %s took %s; beats every %d s", m->endpoints[m->current].url, name,
			   m->status.heartbeat_s);
	if (news && m->status.state == HEARTBEAT_PROVISIONED)
		m->o.changed(m->o.arg);
	set_state(m, HEARTBEAT_PROVISIONED, "");
	m->o.answered(m->o.arg, a);
}

static void remember(struct heartbeat *m, const struct https_reply *r)
{
	long code = service_verdict(r);
	m->status.last_status = r->status;
	if (code >= 0)
		m->status.last_verdict = code;
}

static void answered(void *arg, const struct https_reply *r)
{
	struct heartbeat *m = arg;
	struct manager_answer a;
	struct answer_failure v;
	int is_asked = m->phase == HEARTBEAT_SENDING_ASKED;
	m->phase = HEARTBEAT_WAITING;
	remember(m, r);
	if (answer_classify(r, &a, &v) < 0) {
		if (is_asked && m->wanted == MANAGER_BEAT)
			m->wanted = MANAGER_REGISTER;
		failed(m, &v, r->retry_after_s);
		return;
	}
	succeeded(m, &a, is_asked);
	manager_answer_done(&a);
}

void heartbeat_write(struct heartbeat *m, enum manager_event event, struct buf *b)
{
	buf_reset(b);
	manager_write_event_with(event, m->o.identity(m->o.arg), m->results, b);
}

static void send_event(void *arg)
{
	struct heartbeat *m = arg;
	const struct wire_identity *who = m->o.identity(m->o.arg);
	struct err e;
	if (m->phase != HEARTBEAT_WAITING)
		return;
	int64_t wait =
		retry_pace_ms(&m->pace, HEARTBEAT_MIN_S * 1000, EVENTS_AT_ONCE, loop_now_ms(m->o.loop));
	if (wait) {
		loop_timer_in(m->due, wait);
		return;
	}
	if (m->wanted == MANAGER_BEAT && memcmp(who, &m->told, sizeof *who) != 0)
		m->wanted = MANAGER_REGISTER;
	m->told = *who;
	heartbeat_write(m, m->wanted, &m->message);
	m->telling = m->results != NULL;
	if (https_post(m->servers[m->current], buf_str(&m->message), m->message.len, NULL, 0, answered, m,
		       &e) < 0) {
		struct https_reply none = { .err = e, .retry_after_s = -1, .verify_code = -1 };
		answered(m, &none);
		return;
	}
	m->phase = HEARTBEAT_SENDING;
}

void heartbeat_tell(struct heartbeat *m, struct doc *results)
{
	struct buf b;
	if (!results)
		return;
	if (!m->results)
		m->results = doc_new("Command");
	while (results->first) {
		struct doc *one = results->first;
		doc_detach(one);
		doc_adopt(m->results, one);
	}
	doc_free(results);
	m->telling = 0; /* the post that is under way does not have them all */
	buf_init(&b, HEARTBEAT_RESULTS_MAX);
	doc_print_xml(m->results, 0, &b);
	if (b.full) {
		log_warning("manager: the results of its commands are longer than %d bytes and are not told",
			    HEARTBEAT_RESULTS_MAX);
		doc_free(m->results);
		m->results = NULL;
	}
	buf_done(&b);
}

void heartbeat_untold(const struct heartbeat *m, struct doc *into)
{
	for (const struct doc *one = m->results ? m->results->first : NULL; one; one = one->next)
		doc_adopt(into, doc_copy(one));
}

/* --- back from the alternate address --- */

static void probed(void *arg, const struct https_reply *r)
{
	struct heartbeat *m = arg;
	if (m->current != HEARTBEAT_ALTERNATE)
		return;
	if (r->err.kind != ERR_NONE) {
		loop_timer_in(m->probe, until_place(m, PROBE_MS));
		return;
	}
	if (m->phase != HEARTBEAT_WAITING) { /* an event is under way: a little later, then */
		loop_timer_in(m->probe, RETRY_BASE_MS);
		return;
	}
	log_notice("manager: %s is there again", m->endpoints[HEARTBEAT_MAIN].url);
	m->current = HEARTBEAT_MAIN;
	m->wanted = MANAGER_REGISTER;
	loop_timer_in(m->due, 0);
}

static void probe_main(void *arg)
{
	struct heartbeat *m = arg;
	struct err e;
	if (m->current == HEARTBEAT_ALTERNATE && https_probe(m->servers[HEARTBEAT_MAIN], probed, m, &e) < 0)
		loop_timer_in(m->probe, PROBE_MS);
}
