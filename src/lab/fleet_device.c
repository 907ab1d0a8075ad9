/* SPDX-License-Identifier: MIT */
#include "fleet_device.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "base/random.h"
#include "base/retry.h"
#include "base/version.h"
#include "wire/manager.h"
#include "wire/xml.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY_MAX = 64 << 10, BUSY_MS = 20, DEFAULT_BEAT_S = 60, NUMBER_TEXT = 24, ID_TEXT = 64 };

struct activity {
	struct event *timer;
	struct fleet_line *line;
	unsigned attempts; /* failures in a row */
};

struct fleet_device {
	struct fleet *f;
	size_t number;
	struct activity events, posts; /* they share the line if both servers are the same */
	enum manager_event event;
	int is_started, is_registered;
	int64_t sequence;
	int has_post, was_sent; /* the post with this sequence waits for 2xx; it was sent before */
	int has_fault;          /* 1: `fault` is applied to the post first */
	enum fleet_fault fault;
	struct fleet_accident *accident; /* the faulty attempt that is under way; NULL: none */
	int is_parked;                   /* 1: the server answered 410 */
};

static void set_timer(const struct activity *a, int64_t ms)
{
	const struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
	evtimer_add(a->timer, &wait);
}

static void identity(const struct fleet_device *d, struct wire_identity *ret)
{
	unsigned n = (unsigned)d->number;
	*ret = (struct wire_identity){ .product_type = "Cisco Codec",
				       .product_id = "sealpost fleet",
				       .software_version = "sealpost " VERSION };
	snprintf(ret->system_name, sizeof ret->system_name, "fleet-%06u", n);
	snprintf(ret->mac_address, sizeof ret->mac_address, "02:FC:01:%02X:%02X:%02X", n >> 16 & 255,
		 n >> 8 & 255, n & 255);
	snprintf(ret->ip_address, sizeof ret->ip_address, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255,
		 n & 255);
	snprintf(ret->serial_number, sizeof ret->serial_number, "FLEET%08u", n);
}

/* Returns how long to wait after a failure, by the agent's rules. */
static int64_t wait_ms(const struct fleet_device *d, const struct activity *a, const struct retry_rule *rule,
		       int64_t retry_after_s)
{
	struct wire_identity who;
	identity(d, &who);
	struct retry_tries tries = { .attempts = a->attempts,
				     .identity = who.serial_number,
				     .now_ms = monotonic_ms() };
	return retry_next_ms(rule, &tries, retry_after_s);
}

/* --- events to the manager --- */

/* Returns the seconds until the next event, from the answer; -1: it is no valid answer. */
static int read_answer(const struct fleet_device *d, const struct fleet_answer *a)
{
	struct manager_answer answer;
	struct err e;
	if (manager_read_answer(a->body, a->len, &answer, &e) < 0)
		return -1;
	int beat = d->f->o->beat_s ? d->f->o->beat_s : answer.heartbeat_s;
	manager_answer_done(&answer);
	return beat > 0 ? beat : DEFAULT_BEAT_S;
}

static void event_answered(void *arg, const struct fleet_answer *a)
{
	struct fleet_device *d = arg;
	int is_good = a->code >= 200 && a->code < 300, beat_s = is_good ? read_answer(d, a) : -1;
	if (is_good && beat_s < 0)
		d->f->counts.unread_answers++;
	if (beat_s >= 0) {
		d->events.attempts = 0;
		d->event = MANAGER_BEAT;
		d->f->counts.registered += !d->is_registered;
		d->is_registered = 1;
	} else {
		d->events.attempts++;
	}
	if (!d->f->is_ending)
		set_timer(&d->events, beat_s >= 0 ? (int64_t)beat_s * 1000
						  : wait_ms(d, &d->events, &retry_manager, a->retry_after_s));
}

static void start(struct fleet_device *d)
{
	if (!d->is_started)
		d->f->counts.started++;
	d->is_started = 1;
}

static void on_event_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct fleet_device *d = arg;
	struct wire_identity who;
	struct buf body;
	start(d);
	if (fleet_line_is_busy(d->events.line)) {
		set_timer(&d->events, BUSY_MS);
		return;
	}
	identity(d, &who);
	buf_init(&body, BODY_MAX);
	manager_write_event(d->event, &who, &body);
	struct fleet_request r = { .service = FLEET_MANAGER,
				   .path = d->f->o->manager.path,
				   .headers = { { "Content-Type", MANAGER_CONTENT_TYPE },
						{ "SOAPAction", MANAGER_SOAP_ACTION } },
				   .body = buf_str(&body),
				   .len = body.len };
	fleet_line_send(d->events.line, &r, event_answered, d);
	buf_done(&body);
}

/* --- feedback --- */

struct post {
	char id[ID_TEXT], sequence[NUMBER_TEXT], stamp[NUMBER_TEXT], signature[HMAC_SIGNATURE];
	struct buf body;
	struct fleet_request request; /* points into the other members */
};

static void write_body(const struct fleet_device *d, struct buf *body)
{
	char text[512];
	struct wire_identity who;
	struct doc *event;
	struct err e;
	identity(d, &who);
	int n = snprintf(text, sizeof text,
			 "<Event><UserInterface><Extensions><Widget><Action><WidgetId>fleet</WidgetId>"
			 "<Value>%" PRId64
			 "</Value><Type>changed</Type></Action></Widget></Extensions></UserInterface>"
			 "</Event>",
			 d->sequence);
	if (xml_parse(text, (size_t)n, NULL, &event, &e) < 0)
		abort(); /* the text is a constant of this program */
	post_write(WIRE_XML, &who, event, body);
	doc_free(event);
}

static void write_post(const struct fleet_device *d, int is_forged, struct post *p)
{
	const struct fleet_options *o = d->f->o;
	int64_t now = (int64_t)time(NULL);
	buf_init(&p->body, BODY_MAX);
	write_body(d, &p->body);
	snprintf(p->id, sizeof p->id, "fleet-%08x-%zu-%" PRId64 "%s", (unsigned)d->f->run, d->number,
		 d->sequence, is_forged ? "-forged" : "");
	snprintf(p->sequence, sizeof p->sequence, "%" PRId64, d->sequence);
	snprintf(p->stamp, sizeof p->stamp, "%" PRId64, now);
	p->request = (struct fleet_request){ .service = FLEET_FEEDBACK,
					     .path = o->feedback.path,
					     .headers = { { "Content-Type", "text/xml; charset=utf-8" },
							  { "webhook-id", p->id },
							  { "webhook-timestamp", p->stamp },
							  { "Sealpost-Sequence", p->sequence } },
					     .body = buf_str(&p->body),
					     .len = p->body.len };
	if (!o->has_key)
		return;
	/* for a forged post, a signature with another time stamp, which is wrong */
	hmac_sign_webhook(&o->key, p->id, is_forged ? now - 1 : now, p->request.body, p->request.len,
			  p->signature);
	p->request.headers[4][0] = "webhook-signature";
	p->request.headers[4][1] = p->signature;
}

static int64_t next_post_ms(const struct fleet_device *d)
{
	int64_t mean = (int64_t)d->f->o->every_s * 1000;
	return mean / 2 + (int64_t)(random_bits() % (uint32_t)(mean + 1));
}

static void post_answered(void *arg, const struct fleet_answer *a)
{
	struct fleet_device *d = arg;
	int is_refused = a->code == 400 || a->code == 413 || a->code == 422;
	int64_t wait = 0;
	if (a->code >= 200 && a->code < 300)
		d->f->counts.accepted++;
	else if (is_refused)
		d->f->counts.refused++;
	else if (a->code == 410)
		d->is_parked = 1;
	else {
		d->posts.attempts++;
		wait = wait_ms(d, &d->posts, &retry_feedback, a->retry_after_s);
	}
	if (!wait) {
		d->has_post = 0;
		d->posts.attempts = 0;
		wait = next_post_ms(d);
	}
	if (!d->f->is_ending && !d->is_parked)
		set_timer(&d->posts, wait);
}

static void accident_over(void *arg, const struct fleet_answer *a)
{
	struct fleet_device *d = arg;
	fleet_accident_free(d->accident);
	d->accident = NULL;
	d->has_fault = 0;
	d->was_sent = d->fault == FLEET_ANSWER_LOST || d->fault == FLEET_BODY_CUT;
	if (d->fault == FLEET_FORGED && a->code >= 200 && a->code < 300)
		d->f->counts.forged_accepted++;
	set_timer(&d->posts, 0);
}

static void begin_post(struct fleet_device *d)
{
	const struct fleet_options *o = d->f->o;
	d->has_post = 1;
	d->was_sent = 0;
	d->sequence++;
	d->has_fault = (int)(random_bits() % 100) < o->faults_percent;
	d->fault = (enum fleet_fault)(random_bits() % (o->has_key ? FLEET_FAULTS : FLEET_FORGED));
}

static void on_post_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct fleet_device *d = arg;
	start(d);
	if (d->accident || fleet_line_is_busy(d->posts.line)) {
		set_timer(&d->posts, BUSY_MS);
		return;
	}
	if (!d->has_post)
		begin_post(d);
	struct post p;
	write_post(d, d->has_fault && d->fault == FLEET_FORGED, &p);
	if (d->has_fault) {
		d->accident = fleet_accident_new(
			&d->f->feedback,
			&(struct fleet_mishap){
				.request = &p.request, .fault = d->fault, .done = accident_over, .arg = d });
	} else {
		d->f->counts.repeats += d->was_sent;
		d->was_sent = 1;
		fleet_line_send(d->posts.line, &p.request, post_answered, d);
	}
	buf_done(&p.body);
}

/* --- its life --- */

struct fleet_device *fleet_device_new(struct fleet *f, size_t number, int64_t start_ms)
{
	struct fleet_device *d = mem_new(sizeof *d);
	*d = (struct fleet_device){ .f = f, .number = number, .event = MANAGER_BOOT };
	d->events.timer = evtimer_new(f->base, on_event_due, d);
	d->posts.timer = evtimer_new(f->base, on_post_due, d);
	if (f->o->manager.host[0]) {
		d->events.line = fleet_line_new(&f->manager);
		set_timer(&d->events, start_ms);
	}
	if (f->o->feedback.host[0]) {
		d->posts.line =
			fleet_args_is_one_server(f->o) ? d->events.line : fleet_line_new(&f->feedback);
		set_timer(&d->posts, start_ms + next_post_ms(d) / 2);
	}
	return d;
}

void fleet_device_free(struct fleet_device *d)
{
	if (!d)
		return;
	fleet_accident_free(d->accident);
	if (d->posts.line != d->events.line)
		fleet_line_free(d->posts.line);
	fleet_line_free(d->events.line);
	event_free(d->events.timer);
	event_free(d->posts.timer);
	free(d);
}

void fleet_device_end(struct fleet_device *d)
{
	event_del(d->events.timer);
	event_del(d->posts.timer);
	if (d->has_post && !fleet_device_is_busy(d))
		set_timer(&d->posts, 0);
}

int fleet_device_is_busy(const struct fleet_device *d)
{
	return d->accident || (d->events.line && fleet_line_is_busy(d->events.line)) ||
	       (d->posts.line && fleet_line_is_busy(d->posts.line)) || evtimer_pending(d->posts.timer, NULL);
}

int fleet_device_is_waiting(const struct fleet_device *d)
{
	return d->has_post;
}
