/* SPDX-License-Identifier: MIT */
#include "slot.h"

#include "base/log.h"
#include "base/mem.h"
#include "service/failure.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	READ_AGAIN_MS = 1000, /* until the next try, after the store could not be read */
	CONNECTING_MAX = 8,   /* connections that a slot opens at the same time */
};

const char *slot_server(const struct slot *s, char ret[SERVICE_URL])
{
	return service_shown(s->target.server.url, ret);
}

void slot_discard_ahead(struct slot *s)
{
	for (; s->ahead_n; s->ahead_n--)
		free(s->ahead[s->ahead_at++].body);
	s->after = 0;
}

int slot_disk_failed(struct slot *s, const char *what)
{
	return episode_failed(&s->disk, episode_key(what), 1, loop_now_ms(s->courier->o.loop));
}

int slot_add_sender(struct slot *s, struct err *e)
{
	struct sender *sender;
	if (sender_new(s->courier->o.https, &s->target.server, &sender, e) < 0)
		return -1;
	sender->done = s->answered;
	sender->arg = s;
	sender->next = s->senders;
	s->senders = sender;
	return 0;
}

int slot_has_room(const struct slot *s)
{
	switch (s->status.state) {
	case SLOT_OPEN: return s->in_flight < s->limit;
	case SLOT_UNPROVEN: return s->in_flight < s->target.window;
	case SLOT_CLOSED:
	case SLOT_PROBING:
	case SLOT_WAITING:
	case SLOT_PARKED: break;
	}
	return 0;
}

static int is_under_way(const struct slot *s, int64_t sequence)
{
	for (const struct sender *sender = s->senders; sender; sender = sender->next)
		if (sender->post.body && !sender->is_gap && sender->post.sequence == sequence)
			return 1;
	return 0;
}

/* Reads the next posts from the store. Called when all posts that were read ahead before have been sent. */
static void read_ahead(struct slot *s)
{
	struct err e;
	s->ahead_at = 0;
	int n;
	do {
		n = store_post_read(s->courier->o.store, s->number, s->after, s->ahead, SLOT_AHEAD, &e);
		for (int i = 0; i < n; i++) {
			s->after = s->ahead[i].sequence;
			if (is_under_way(s, s->after))
				free(s->ahead[i].body);
			else
				s->ahead[s->ahead_n++] = s->ahead[i];
		}
	} while (n > 0 && !s->ahead_n);
	if (n < 0) {
		if (slot_disk_failed(s, "read"))
			log_error("HttpFeedback %d: cannot read the next post: %s", s->number, e.text);
		loop_timer_in(s->timer, READ_AGAIN_MS);
	}
}

void slot_log(const struct slot *s, enum log_kind kind, const char *fmt, ...)
{
	char line[1500], service[24];
	struct https_url url;
	enum log_level level = kind == LOG_KIND_FEEDBACK_DELIVERED ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	snprintf(service, sizeof service, "HttpFeedback %d", s->number);
	int is_url = https_url_parse(s->target.server.url, &url, NULL) == 0;
	log_about(&(struct log_about){ .kind = kind, .service = service, .host = is_url ? url.host : NULL },
		  level, "%s: %s", service, line);
}

/* Logs that posts were dropped since the last call. If a queue is full for long, this gives a few lines a
 * day. */
static void log_dropped(struct slot *s)
{
	struct store_slot now;
	char more[EPISODE_TEXT];
	store_slot_get(s->courier->o.store, s->number, &now);
	uint64_t happened =
		now.gap_first ? episode_happened(&s->gaps, 1, 1, loop_now_ms(s->courier->o.loop)) : 0;
	if (happened)
		slot_log(s, LOG_KIND_FEEDBACK_DROPPED,
			 "%" PRIu64 " posts, from sequence %" PRId64 " to %" PRId64
			 ", were dropped and will not be delivered; the server is told of the gap%s",
			 now.gap_count, now.gap_first, now.gap_last, episode_text(happened, more));
}

/* Makes the post that reports dropped posts to the server. Returns 1, and the post in *ret; 0 if there is no
 * gap, or such a post is under way. */
static int gap_post(struct slot *s, struct store_post *ret)
{
	struct store_slot in_store;
	struct buf body;
	for (const struct sender *sender = s->senders; sender; sender = sender->next)
		if (sender->post.body && sender->is_gap)
			return 0;
	store_slot_get(s->courier->o.store, s->number, &in_store);
	if (!in_store.gap_first) {
		s->may_have_gap = 0;
		return 0;
	}
	buf_init(&body, STORE_BODY_MAX);
	s->courier->o.gap(s->courier->o.arg, s->number, &in_store, &body);
	store_gap_report_begun(s->courier->o.store, s->number);
	*ret = (struct store_post){ .slot = s->number,
				    .sequence = in_store.gap_last,
				    .json = s->target.server.json,
				    .len = body.len };
	memcpy(ret->id, in_store.gap_id, sizeof ret->id);
	ret->body = buf_take(&body);
	return 1;
}

/* Returns 1, and the next post to send in *ret; *ret_is_gap says whether it reports a gap. Returns 0 if there
 * is none. */
static int next_post(struct slot *s, struct store_post *ret, int *ret_is_gap)
{
	uint64_t dropped = store_dropped(s->courier->o.store, s->number);
	if (dropped != s->dropped) {
		s->dropped = dropped;
		s->may_have_gap = 1;
		slot_discard_ahead(s);
		log_dropped(s);
	}
	*ret_is_gap = s->may_have_gap && gap_post(s, ret);
	if (*ret_is_gap)
		return 1;
	if (!s->ahead_n)
		read_ahead(s);
	if (!s->ahead_n)
		return 0;
	*ret = s->ahead[s->ahead_at++];
	s->ahead_n--;
	return 1;
}

/* Returns an idle sender, preferably one with an open connection, otherwise one that has to connect. NULL:
 * all senders are busy, or CONNECTING_MAX of them are connecting; the next post waits for an answer. */
static struct sender *idle_sender(struct slot *s)
{
	struct sender *unconnected = NULL;
	struct err e;
	int connecting = 0;
	for (struct sender *sender = s->senders; sender; sender = sender->next) {
		if (!sender->post.body && https_is_connected(sender->endpoint))
			return sender;
		if (!sender->post.body)
			unconnected = sender;
		connecting += https_is_connecting(sender->endpoint);
	}
	if (connecting >= CONNECTING_MAX)
		return NULL;
	if (unconnected)
		return unconnected;
	return slot_add_sender(s, &e) == 0 ? s->senders : NULL;
}

void slot_note_answer(struct slot *s, const struct sender *sender, const struct https_reply *r)
{
	int64_t now_ms = loop_now_ms(s->courier->o.loop);
	s->status.answers_html = failure_is_page(r);
	const char *oddity =
		s->status.answers_html
			? "and an HTML page, and counts as delivered: is that a log-in page, or another "
			  "program at this URL?"
		: r->body_err.kind == ERR_TIMEOUT
			? "and counts as delivered, but the answer did not end, and the next post had to "
			  "wait for it: does the server send Content-Length, and end each answer?"
			: NULL;
	if (!oddity)
		episode_ended(&s->odd_answers, now_ms);
	else if (episode_failed(&s->odd_answers, s->status.answers_html ? 1 : 2, 1, now_ms))
		log_warning("HttpFeedback %d: post %s to %s was answered with HTTP %d %s", s->number,
			    sender->post.id, slot_server(s, (char[SERVICE_URL]){ 0 }), r->status, oddity);
}

static int send_next(struct slot *s)
{
	struct courier *courier = s->courier;
	struct sender *sender = idle_sender(s);
	struct store_post p;
	struct err e;
	int is_gap;
	if (!sender || !next_post(s, &p, &is_gap))
		return 0;
	sender->is_gap = is_gap;
	if (!is_gap && p.sequence > s->sent)
		s->sent = p.sequence;
	sender->is_probe = s->status.state != SLOT_OPEN;
	if (sender->is_probe)
		s->status.state = SLOT_PROBING;
	s->in_flight++;
	if (sender_send(sender, &p, courier->o.now(courier->o.arg), &s->key, &e) < 0) {
		struct https_reply none = { .err = e, .retry_after_s = -1, .verify_code = -1 };
		s->answered(s, sender, &none);
		return 0;
	}
	return 1;
}

void slot_send(void *arg)
{
	struct slot *s = arg;
	if (s->courier->stopping)
		return;
	if (s->status.state == SLOT_WAITING)
		s->status.state = SLOT_UNPROVEN;
	while (slot_has_room(s) && send_next(s))
		continue;
	if (s->in_flight && !s->ahead_n) /* reads ahead while the server has not answered yet */
		read_ahead(s);
}
