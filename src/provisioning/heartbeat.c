/* SPDX-License-Identifier: MIT */
#include "heartbeat_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "provisioning_answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PROBE_MS = 300000,    /* between probes of the main server while the alternate one is used */
	PROBE_SOON_MS = 5000, /* until the next probe, if an event was under way */
	/* A server's answer may make another event due at once. At most this many events are sent without a
	 * pause, then one every HEARTBEAT_MIN_S. */
	EVENTS_AT_ONCE = 20,
	/* after a change of the identity the event is sent after this time, or up to twice as much */
	IDENTITY_SOON_MS = 3000,
	/* number of a server's accepted events that are logged one by one, not counting Beat */
	ACCEPTING_LOGGED = 10,
};

static void send_event(void *arg);
static void probe_main(void *arg);

struct heartbeat *heartbeat_new(const struct heartbeat_options *o)
{
	struct heartbeat *h = mem_new(sizeof *h);
	h->o = *o;
	h->due = loop_timer_new(o->loop, send_event, h);
	h->probe = loop_timer_new(o->loop, probe_main, h);
	h->status = (struct heartbeat_status){ .state = HEARTBEAT_IDLE,
					       .last_event = "",
					       .heartbeat_s = HEARTBEAT_S,
					       .next_ms = -1,
					       .last_verdict = -1,
					       .reason = "the agent waits for the time first" };
	buf_init(&h->message, HEARTBEAT_MESSAGE_MAX);
	buf_init(&h->move.message, HEARTBEAT_MESSAGE_MAX);
	return h;
}

void heartbeat_free(struct heartbeat *h)
{
	if (!h)
		return;
	for (int i = 0; i < HEARTBEAT_SERVERS; i++)
		https_endpoint_free(h->servers[i]);
	https_endpoint_free(h->move.server);
	loop_timer_free(h->due);
	loop_timer_free(h->probe);
	buf_done(&h->message);
	buf_done(&h->move.message);
	doc_free(h->results);
	explicit_bzero(h, sizeof *h); /* passwords */
	free(h);
}

void heartbeat_status(const struct heartbeat *h, struct heartbeat_status *ret)
{
	*ret = h->status;
	ret->next_ms = loop_timer_left(h->due);
	ret->alternate = h->current == HEARTBEAT_ALTERNATE;
	snprintf(ret->server, sizeof ret->server, "%.399s",
		 h->servers[h->current] ? h->endpoints[h->current].url : "");
}

static void set_state(struct heartbeat *h, enum heartbeat_state state, const char *reason)
{
	int same = h->status.state == state && strcmp(h->status.reason, reason) == 0;
	h->status.state = state;
	if (h->status.reason != reason)
		snprintf(h->status.reason, sizeof h->status.reason, "%s", reason);
	if (!same)
		h->o.changed(h->o.arg);
}

/* --- servers --- */

/* Closes the servers and forgets what it knows about them, since the settings may name others now. */
static void begin_anew(struct heartbeat *h)
{
	heartbeat_move_end(h, "its settings changed before that server had answered");
	for (int i = 0; i < HEARTBEAT_SERVERS; i++) {
		https_endpoint_free(h->servers[i]);
		h->servers[i] = NULL;
	}
	loop_timer_stop(h->due);
	loop_timer_stop(h->probe);
	h->phase = HEARTBEAT_NO_SERVER;
	h->current = HEARTBEAT_MAIN;
	h->status.attempts = 0;
	h->status.last_status = 0;
	h->status.last_verdict = -1;
	episode_forget(&h->failures);
	episode_forget(&h->accepting);
}

/* To be called when the settings name no server: goes to NO_SERVER, and the status says why. */
static void close_servers(struct heartbeat *h)
{
	char reason[200];
	begin_anew(h);
	if (h->results)
		log_notice("manager: results of its commands are not sent: there is no manager any more");
	doc_free(h->results);
	h->results = NULL;
	if (h->mode == SETTINGS_PROVISIONING_OFF)
		snprintf(reason, sizeof reason, "Provisioning Mode is Off");
	else if (h->written[0])
		snprintf(reason, sizeof reason,
			 "the manager's address is %s, which means that there is no manager", h->written);
	else
		snprintf(reason, sizeof reason, "no address of a manager is set");
	if (strcmp(reason, h->status.reason) != 0)
		log_notice("manager: idle: %s", reason);
	int needed = h->mode == SETTINGS_PROVISIONING_TMS && !h->written[0];
	set_state(h, needed ? HEARTBEAT_NEED_CONFIG : HEARTBEAT_IDLE, reason);
}

/* A manager learns from Boot and Register that a device exists, and its identity; Beat only says that it
 * still exists. So if the server may not know the device's present identity, Register is sent before
 * the next Beat. A Boot that no server has accepted yet has the same effect, so it stays the next event. */
static void register_before_beat(struct heartbeat *h)
{
	if (h->wanted == MANAGER_BEAT)
		h->wanted = MANAGER_REGISTER;
}

static void open_servers(struct heartbeat *h)
{
	struct err e;
	char shown[SERVICE_URL];
	begin_anew(h);
	for (int i = 0; i < HEARTBEAT_SERVERS; i++) {
		if (!h->endpoints[i].url[0] ||
		    service_open(h->o.https, &h->endpoints[i], NULL, &h->servers[i], &e) == 0)
			continue;
		log_error("manager: %s: %s", service_shown(h->endpoints[i].url, shown), e.text);
		if (i == HEARTBEAT_MAIN) {
			set_state(h, HEARTBEAT_CONFIG_ERROR, e.text);
			return;
		}
	}
	register_before_beat(h);
	h->phase = HEARTBEAT_WAITING;
	set_state(h, HEARTBEAT_PROVISIONING, "");
	loop_timer_in(h->due, 0);
}

static void open_or_close(struct heartbeat *h)
{
	if (h->mode == SETTINGS_PROVISIONING_OFF || !h->endpoints[HEARTBEAT_MAIN].url[0])
		close_servers(h);
	else
		open_servers(h);
}

void heartbeat_configure(struct heartbeat *h, const struct settings *s, const char *written)
{
	struct service_request r = { .service = SERVICE_MANAGER };
	struct service_endpoint fresh[HEARTBEAT_SERVERS];
	service_endpoint(s, &r, &fresh[HEARTBEAT_MAIN]);
	r.address = s->provisioning.alternate_address;
	service_endpoint(s, &r, &fresh[HEARTBEAT_ALTERNATE]);
	int same = memcmp(fresh, h->endpoints, sizeof fresh) == 0 && strcmp(written, h->written) == 0 &&
		   h->mode == s->provisioning.mode;
	memcpy(h->endpoints, fresh, sizeof fresh);
	explicit_bzero(fresh, sizeof fresh);
	h->mode = s->provisioning.mode;
	snprintf(h->written, sizeof h->written, "%s", written);
	if (h->phase != HEARTBEAT_BEFORE_START && !same)
		open_or_close(h);
}

void heartbeat_start(struct heartbeat *h)
{
	if (h->phase != HEARTBEAT_BEFORE_START)
		return;
	h->wanted = MANAGER_BOOT;
	open_or_close(h);
}

void heartbeat_retry(struct heartbeat *h)
{
	if (h->phase != HEARTBEAT_WAITING || !h->status.attempts)
		return;
	h->status.attempts = 0;
	/* the cause of the main server's failure may have been on this device, and be gone now */
	h->current = HEARTBEAT_MAIN;
	loop_timer_in(h->due, 0);
}

void heartbeat_retry_unanswered(struct heartbeat *h)
{
	if (!h->status.last_status)
		heartbeat_retry(h);
}

void heartbeat_identity_changed(struct heartbeat *h)
{
	const struct wire_identity *who = h->o.identity(h->o.arg);
	if (h->phase != HEARTBEAT_WAITING || h->status.state != HEARTBEAT_PROVISIONED ||
	    memcmp(who, &h->sent_identity, sizeof *who) == 0)
		return;
	int64_t soon = IDENTITY_SOON_MS + random_bits() % IDENTITY_SOON_MS;
	if (loop_timer_left(h->due) > soon)
		loop_timer_in(h->due, soon);
}

int heartbeat_now(struct heartbeat *h, struct err *e)
{
	if (h->phase == HEARTBEAT_BEFORE_START || h->phase == HEARTBEAT_NO_SERVER)
		return err_set(e, ERR_CONFIG, 0, "%s", h->status.reason);
	if (h->phase != HEARTBEAT_WAITING)
		h->phase = HEARTBEAT_SENDING_ASKED;
	else
		register_before_beat(h);
	h->status.attempts = 0;
	episode_forget(&h->accepting); /* the person who asks for a Register finds its success in the log */
	loop_timer_in(h->due, 0);
	return 0;
}

/* --- the time of the next event --- */

/* Writes the text whose hash is this device's offset in a period. Each device has its own offset, so that the
 * events of many devices are spread over the period. */
static void hashed_identity(struct heartbeat *h, char ret[HEARTBEAT_IDENTITY])
{
	const struct wire_identity *who = h->o.identity(h->o.arg);
	snprintf(ret, HEARTBEAT_IDENTITY, "%s %s", who->mac_address, who->serial_number);
}

static int64_t until_offset(struct heartbeat *h, int64_t period_ms)
{
	char identity[HEARTBEAT_IDENTITY];
	hashed_identity(h, identity);
	return retry_until_offset_ms(identity, period_ms, loop_now_ms(h->o.loop), random_bits());
}

static int64_t retry_wait(struct heartbeat *h, const struct answer_failure *v, int64_t retry_after_s)
{
	char identity[HEARTBEAT_IDENTITY];
	hashed_identity(h, identity);
	const struct retry_tries tries = { h->status.attempts, identity, loop_now_ms(h->o.loop) };
	return retry_next_ms(v->needs_administrator ? &retry_until_administrator : &retry_manager, &tries,
			     retry_after_s);
}

/* --- events --- */

/* Writes a log line about an event to this server, which programs find by its kind, service and host. */
static __attribute__((format(printf, 4, 5))) void log_event(const struct heartbeat *h, enum log_kind kind,
							    int server, const char *fmt, ...)
{
	char line[1500];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	log_about(&(struct log_about){ .kind = kind,
				       .service = "ExternalManager",
				       .host = h->endpoints[server].host },
		  kind == LOG_KIND_MANAGER_LOST ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "manager: %s", line);
}

static void failed(struct heartbeat *h, const struct answer_failure *v, int64_t retry_after_s)
{
	int from = h->current, other = from == HEARTBEAT_MAIN ? HEARTBEAT_ALTERNATE : HEARTBEAT_MAIN;
	const char *event = manager_event_name(h->wanted);
	h->status.attempts++;
	int64_t delay = retry_wait(h, v, retry_after_s);
	if (h->servers[other] && retry_after_s <= 0)
		h->current = other;
	if (h->current == HEARTBEAT_MAIN)
		loop_timer_stop(h->probe);
	if (h->current != from)
		register_before_beat(h);
	const char *where = h->current == from       ? ""
			    : from == HEARTBEAT_MAIN ? ", at the alternate address"
						     : ", at the main address";
	char shown[SERVICE_URL];
	if (episode_failed(&h->failures, episode_key(v->reason), 1, loop_now_ms(h->o.loop)))
		log_event(h, LOG_KIND_MANAGER_LOST, from,
			  "%s to %s failed: %s; attempt %u, next in %" PRId64 " s%s", event,
			  service_shown(h->endpoints[from].url, shown), v->reason, h->status.attempts,
			  (delay + 999) / 1000, where);
	loop_timer_in(h->due, delay);
	set_state(h, v->state, v->reason);
}

static void set_heartbeat(struct heartbeat *h, int wanted_by_server_s)
{
	int s = wanted_by_server_s ? wanted_by_server_s : h->status.heartbeat_s;
	s = s < HEARTBEAT_MIN_S ? HEARTBEAT_MIN_S : s;
	h->status.heartbeat_s = s > HEARTBEAT_MAX_S ? HEARTBEAT_MAX_S : s;
}

/* To be called when the server in use accepted the event, or can be reached again. Returns 1 if that is to be
 * logged, which is not always the case while two servers alternate. */
static int is_accepting_logged(struct heartbeat *h, const char *what)
{
	char key[SERVICE_URL + 32];
	snprintf(key, sizeof key, "%s %s", what, h->endpoints[h->current].url);
	return episode_seen(&h->accepting, episode_key(key), ACCEPTING_LOGGED, loop_now_ms(h->o.loop));
}

static void succeeded(struct heartbeat *h, const struct manager_answer *a, int person_asked)
{
	enum manager_event event = h->wanted;
	const char *name = manager_event_name(event);
	uint64_t failures = episode_ended(&h->failures, loop_now_ms(h->o.loop));
	int before_s = h->status.heartbeat_s;
	set_heartbeat(h, a->heartbeat_s);
	int is_changed = strcmp(h->status.last_event, name) != 0 || h->status.heartbeat_s != before_s;
	h->status.attempts = 0;
	h->status.last_event = name;
	h->status.last_event_ms = loop_now_ms(h->o.loop);
	h->status.accepted = h->status.sent;
	if (h->post_has_results) {
		doc_free(h->results);
		h->results = NULL;
	}
	h->wanted = person_asked ? MANAGER_REGISTER : MANAGER_BEAT;
	loop_timer_in(h->due, person_asked ? 0 : until_offset(h, (int64_t)h->status.heartbeat_s * 1000));
	if (h->current == HEARTBEAT_ALTERNATE && !loop_timer_armed(h->probe))
		loop_timer_in(h->probe, until_offset(h, PROBE_MS));
	char shown[SERVICE_URL];
	if (failures)
		log_notice("manager: recovered after %" PRIu64 " failed attempt%s", failures,
			   failures == 1 ? "" : "s");
	if ((event != MANAGER_BEAT && is_accepting_logged(h, name)) || failures)
		log_event(h, LOG_KIND_MANAGER_REGISTERED, h->current,
			  "%s accepted %s; the next heartbeats follow every %d s",
			  service_shown(h->endpoints[h->current].url, shown), name, h->status.heartbeat_s);
	if (is_changed && h->status.state == HEARTBEAT_PROVISIONED)
		h->o.changed(h->o.arg);
	set_state(h, HEARTBEAT_PROVISIONED, "");
	h->o.answered(h->o.arg, a);
}

static void note_status(struct heartbeat *h, const struct https_reply *r)
{
	long code = service_verdict(r);
	h->status.last_status = r->status;
	if (code >= 0)
		h->status.last_verdict = code;
}

static void answered(void *arg, const struct https_reply *r)
{
	struct heartbeat *h = arg;
	struct manager_answer a;
	struct answer_failure v;
	int person_asked = h->phase == HEARTBEAT_SENDING_ASKED;
	h->phase = HEARTBEAT_WAITING;
	note_status(h, r);
	if (h->wanted == MANAGER_BEAT && answer_is_nothing(r)) {
		memset(&a, 0, sizeof a);
	} else if (answer_classify(r, &a, &v) < 0) {
		if (person_asked)
			register_before_beat(h);
		failed(h, &v, r->retry_after_s);
		return;
	}
	succeeded(h, &a, person_asked);
	manager_answer_done(&a);
}

void heartbeat_write(struct heartbeat *h, enum manager_event event, struct buf *b)
{
	buf_reset(b);
	manager_write_event_with(event, h->o.identity(h->o.arg), h->results, b);
}

static void send_event(void *arg)
{
	struct heartbeat *h = arg;
	const struct wire_identity *who = h->o.identity(h->o.arg);
	struct err e;
	if (h->phase != HEARTBEAT_WAITING)
		return;
	int64_t wait =
		retry_pace_ms(&h->pace, HEARTBEAT_MIN_S * 1000, EVENTS_AT_ONCE, loop_now_ms(h->o.loop));
	if (wait) {
		loop_timer_in(h->due, wait);
		return;
	}
	if (memcmp(who, &h->sent_identity, sizeof *who) != 0)
		register_before_beat(h);
	h->sent_identity = *who;
	heartbeat_write(h, h->wanted, &h->message);
	h->post_has_results = h->results != NULL;
	h->status.sent++;
	if (https_post(h->servers[h->current], buf_str(&h->message), h->message.len, NULL, 0, answered, h,
		       &e) < 0) {
		struct https_reply none = { .err = e, .retry_after_s = -1, .verify_code = -1 };
		answered(h, &none);
		return;
	}
	h->phase = HEARTBEAT_SENDING;
}

/* --- return from the alternate address to the main address --- */

static void probed(void *arg, const struct https_reply *r)
{
	struct heartbeat *h = arg;
	if (h->current != HEARTBEAT_ALTERNATE)
		return;
	if (r->err.kind != ERR_NONE) {
		loop_timer_in(h->probe, until_offset(h, PROBE_MS));
		return;
	}
	if (h->phase != HEARTBEAT_WAITING) { /* an event to the alternate server is under way */
		loop_timer_in(h->probe, PROBE_SOON_MS);
		return;
	}
	char shown[SERVICE_URL];
	h->current = HEARTBEAT_MAIN;
	if (is_accepting_logged(h, "reached"))
		log_notice("manager: %s can be reached again",
			   service_shown(h->endpoints[HEARTBEAT_MAIN].url, shown));
	h->wanted = MANAGER_REGISTER;
	loop_timer_in(h->due, 0);
}

static void probe_main(void *arg)
{
	struct heartbeat *h = arg;
	struct err e;
	if (h->current == HEARTBEAT_ALTERNATE && https_probe(h->servers[HEARTBEAT_MAIN], probed, h, &e) < 0)
		loop_timer_in(h->probe, PROBE_MS);
}
