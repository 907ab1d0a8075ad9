/* SPDX-License-Identifier: MIT */
#include "delivery/queue.h"

#include "base/log.h"
#include "date/date.h"
#include "delivery_internal.h"

#include <stdlib.h>

static int check_slot(const struct delivery *d, int slot, struct err *e)
{
	return feedback_get(d->feedback, slot)
		       ? 0
		       : err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
}

/* Reads the first post after this sequence, from the queue or the dead letters. Returns 0; 1 if there is
 * none; -1 on failure. A post from the queue has no status and no reason. */
static int next(struct delivery *d, const struct queue_request *r, int64_t after, struct store_dead *ret,
		struct err *e)
{
	if (r->which == QUEUE_DEAD)
		return store_dead_next(d->o.store, r->slot, after, ret, e);
	ret->status = 0;
	ret->reason[0] = '\0';
	return store_post_next(d->o.store, r->slot, after, &ret->post, e);
}

static void describe(const struct store_dead *d, struct doc *ret)
{
	char created[32];
	doc_add_int(ret, "Bytes", (int64_t)d->post.len);
	if (d->post.merged) {
		doc_add_int(ret, "Coalesced", (int64_t)d->post.merged);
		doc_add_int(ret, "CoalescedFrom", d->post.merged_from);
	}
	if (d->post.created_at) {
		date_format(d->post.created_at, created, sizeof created);
		doc_add_value(ret, "Created", DOC_STRING, created);
	}
	doc_add_value(ret, "Format", DOC_LITERAL, d->post.json ? "JSON" : "XML");
	doc_add_value(ret, "Id", DOC_STRING, d->post.id);
	if (d->status)
		doc_add_int(ret, "LastStatus", d->status);
	if (d->reason[0])
		doc_add_value(ret, "Reason", DOC_STRING, d->reason);
	doc_add_int(ret, "Sequence", d->post.sequence);
}

int queue_list(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e)
{
	struct store_dead post;
	int found = check_slot(d, r->slot, e);
	int64_t after = r->sequence - 1;
	for (int64_t i = 0; found == 0 && i < r->max && (found = next(d, r, after, &post, e)) == 0; i++) {
		struct doc *item = doc_add(result, "Post", (uint32_t)i + 1);
		item->max_occurrence = DOC_UNBOUNDED;
		describe(&post, item);
		after = post.post.sequence;
		free(post.post.body);
	}
	return found < 0 ? -1 : 0;
}

int queue_show(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e)
{
	struct store_dead post;
	if (check_slot(d, r->slot, e) < 0)
		return -1;
	int found = next(d, r, r->sequence - 1, &post, e);
	if (found < 0)
		return -1;
	if (found == 0 && post.post.sequence == r->sequence) {
		describe(&post, result);
		doc_add_value(result, "Body", DOC_STRING, post.post.body);
	} else {
		found = 1;
	}
	free(post.post.body);
	return found ? err_set(e, ERR_NOTFOUND, 0, "slot %d: no such post: %lld", r->slot,
			       (long long)r->sequence)
		     : 0;
}

/* Commits a change of the slot's queue and has the courier read it again; result is what the change itself
 * returned. If it failed, the store rolls back what it left in the open transaction. */
static int commit(struct delivery *d, int slot, int result, struct err *e)
{
	int committed = d->o.commit(d->o.arg, result < 0 ? NULL : e);
	courier_reread(d->courier, 1u << slot);
	return result < 0 ? result : committed;
}

/* Counts the posts in the queue. ERR_CONFIG if the slot is parked: they cannot be sent. */
static int count_waiting(struct delivery *d, int slot, int64_t *ret_n, struct err *e)
{
	struct courier_status c;
	struct store_slot s;
	courier_status(d->courier, slot, &c);
	if (c.state == SLOT_PARKED)
		return err_set(
			e, ERR_CONFIG, 0,
			"slot %d is parked: its server said that it is gone for good (HTTP 410); xCommand "
			"HttpFeedback Enable FeedbackSlot: %d tries it again",
			slot, slot);
	store_slot_get(d->o.store, slot, &s);
	*ret_n = (int64_t)s.queued;
	return 0;
}

int queue_replay(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e)
{
	int64_t n;
	if (check_slot(d, r->slot, e) < 0)
		return -1;
	if (r->which == QUEUE_WAITING) {
		if (count_waiting(d, r->slot, &n, e) < 0)
			return -1;
	} else {
		if (commit(d, r->slot, store_dead_replay(d->o.store, r->slot, r->sequence, &n, e), e) < 0)
			return -1;
		delivery_log(d, LOG_LEVEL_INFO, "HttpFeedback %d: %lld dead letters wait again", r->slot,
			     (long long)n);
	}
	https_ask_anew(d->o.https);
	courier_try_now(d->courier, 1u << r->slot);
	doc_add_int(result, "Count", n);
	return 0;
}

int queue_purge(struct delivery *d, const struct queue_request *r, struct err *e)
{
	if (check_slot(d, r->slot, e) < 0)
		return -1;
	int purged = r->which == QUEUE_DEAD ? store_dead_purge(d->o.store, r->slot, r->sequence, e)
					    : store_post_purge(d->o.store, r->slot, r->sequence, e);
	if (commit(d, r->slot, purged, e) < 0)
		return -1;
	const char *from = r->which == QUEUE_DEAD ? "dead letters" : "queue";
	if (r->sequence)
		delivery_log(d, LOG_LEVEL_NOTICE, "HttpFeedback %d: post %lld was purged from the %s",
			     r->slot, (long long)r->sequence, from);
	else
		delivery_log(d, LOG_LEVEL_NOTICE, "HttpFeedback %d: all posts were purged from the %s",
			     r->slot, from);
	return 0;
}
