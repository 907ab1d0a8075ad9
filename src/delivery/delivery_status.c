/* SPDX-License-Identifier: MIT */
#include "delivery/delivery_status.h"

#include "delivery_internal.h"

#include <string.h>

#define TEXT  STATUS_ANY_TEXT
#define COUNT STATUS_ANY_NUMBER

/* The data for the functions that read status leaves. */
struct view {
	const struct store_registration *registration;
	struct courier_status courier;
	struct store_slot queue;
};

/* Fills *ret. Returns 1; 0: the slot is vacant. */
static int read_slot(struct delivery *d, int slot, struct view *ret)
{
	ret->registration = feedback_get(d->feedback, slot);
	if (!ret->registration)
		return 0;
	courier_status(d->courier, slot, &ret->courier);
	store_slot_get(d->o.store, slot, &ret->queue);
	return 1;
}

/* Defines a function that reads a leaf of a registered slot; v is the view. */
#define READER(name, returns)                                                                                \
	static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)                       \
	{                                                                                                    \
		struct view v;                                                                               \
		return read_slot(arg, (int)item[0], &v) ? (returns) : 0;                                     \
	}

READER(coalesce, status_text(ret, v.registration->coalesce ? "Status" : "Off"))
READER(format, status_text(ret, v.registration->json ? "JSON" : "XML"))
READER(state, status_text(ret, v.courier.has_failed ? "Failed" : "OK"))
READER(url, status_text(ret, v.registration->url))
READER(attempts, status_count(ret, v.courier.attempts))
READER(coalesced, status_count(ret, v.queue.coalesced))
READER(dead, status_count(ret, v.queue.dead))
READER(delivered, status_count(ret, v.queue.delivered))
READER(delivered_since_start, status_count(ret, v.courier.delivered))
READER(dropped, status_count(ret, v.queue.dropped))
READER(last_error, v.courier.last_error[0] ? status_text(ret, v.courier.last_error) : 0)
READER(last_status, v.courier.last_status ? status_count(ret, (uint64_t)v.courier.last_status) : 0)
READER(next_attempt,
       v.courier.next_ms >= 0 ? status_count(ret, (uint64_t)(v.courier.next_ms + 999) / 1000) : 0)
READER(answers_html, status_truth(ret, v.courier.answers_html))
READER(parked, status_truth(ret, v.courier.state == SLOT_PARKED))
READER(verify_result, v.courier.last_verdict >= 0 ? status_count(ret, (uint64_t)v.courier.last_verdict) : 0)
READER(queue_bytes, status_count(ret, v.queue.queued_bytes))
READER(queue_count, status_count(ret, v.queue.queued))

static int expression(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct view v;
	if (!read_slot(arg, (int)item[0], &v) || item[1] > v.registration->n)
		return -1;
	return status_text(ret, v.registration->expressions[item[1] - 1]);
}

static int oldest_age(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct delivery *d = arg;
	int64_t now = d->o.now(d->o.arg);
	struct view v;
	if (!read_slot(d, (int)item[0], &v) || !v.queue.oldest_created_at || now < v.queue.oldest_created_at)
		return 0;
	return status_count(ret, (uint64_t)(now - v.queue.oldest_created_at));
}

const struct status_row delivery_status_rows[] = {
	{ "HttpFeedback[1..4] Coalesce", STATUS_TEXT, SCHEMA_LIT("Off/Status"),
	  "Status: while the server is away, changes of the status are merged into one post that waits.",
	  coalesce, 0 },
	{ "HttpFeedback[1..4] Expression[1..15]", STATUS_TEXT, TEXT, "Which changes are posted.", expression,
	  0 },
	{ "HttpFeedback[1..4] Format", STATUS_TEXT, TEXT, "Format of the posts: XML or JSON.", format, 0 },
	{ "HttpFeedback[1..4] Status", STATUS_TEXT, SCHEMA_LIT("OK/Failed"),
	  "Failed after a try that failed, until one succeeds; xCommand HttpFeedback Enable tries at once.",
	  state, 0 },
	{ "HttpFeedback[1..4] URL", STATUS_TEXT, TEXT, "The URL of the server.", url, 0 },
	{ "HttpFeedback[1..4] Delivery Attempts", STATUS_GAUGE, COUNT,
	  "Failed tries in a row for the post at the head of the queue.", attempts, 0 },
	{ "HttpFeedback[1..4] Delivery Coalesced", STATUS_COUNTER, COUNT,
	  "Posts merged into others, counted since the slot was first used.", coalesced, 0 },
	{ "HttpFeedback[1..4] Delivery Dead", STATUS_COUNTER, COUNT,
	  "Posts that the server refused permanently, counted since the slot was first used.", dead, 0 },
	{ "HttpFeedback[1..4] Delivery Delivered", STATUS_COUNTER, COUNT,
	  "Posts delivered, counted since the slot was first used.", delivered, 0 },
	{ "HttpFeedback[1..4] Delivery DeliveredSinceStart", STATUS_COUNTER, COUNT,
	  "Posts delivered since the agent started.", delivered_since_start, 0 },
	{ "HttpFeedback[1..4] Delivery Dropped", STATUS_COUNTER, COUNT,
	  "Posts dropped from a full queue, counted since the slot was first used.", dropped, 0 },
	{ "HttpFeedback[1..4] Delivery AnsweredByPage", STATUS_TEXT, SCHEMA_LIT("False/True"),
	  "True: the last post was answered by an HTML page, so perhaps by a log-in page or another program.",
	  answers_html, 0 },
	{ "HttpFeedback[1..4] Delivery LastError", STATUS_TEXT, TEXT,
	  "Why the last try to deliver a post failed.", last_error, 0 },
	{ "HttpFeedback[1..4] Delivery LastStatus", STATUS_GAUGE, SCHEMA_INT(0, 999),
	  "HTTP status of the last answer; 0: there was none.", last_status, 0 },
	{ "HttpFeedback[1..4] Delivery NextAttempt", STATUS_SECONDS, COUNT, "Seconds until the next try.",
	  next_attempt, 0 },
	{ "HttpFeedback[1..4] Delivery Parked", STATUS_TEXT, SCHEMA_LIT("False/True"),
	  "True: the server answered that it is gone permanently (HTTP 410). Posts are kept but not sent "
	  "until xCommand HttpFeedback Enable.",
	  parked, 0 },
	{ "HttpFeedback[1..4] Delivery VerifyResult", STATUS_GAUGE, SCHEMA_INT(0, 999),
	  "OpenSSL's number of the last verdict; 0: OK.", verify_result, 0 },
	{ "HttpFeedback[1..4] Queue Bytes", STATUS_GAUGE, COUNT, "Bytes of the posts that wait.", queue_bytes,
	  0 },
	{ "HttpFeedback[1..4] Queue Count", STATUS_GAUGE, COUNT, "Posts that wait.", queue_count, 0 },
	{ "HttpFeedback[1..4] Queue OldestAge", STATUS_SECONDS, COUNT,
	  "Seconds that the oldest waiting post has waited, when that is known.", oldest_age, 0 },
	{ .path = NULL },
};
