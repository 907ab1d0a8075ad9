/* SPDX-License-Identifier: MIT */
#include "agent/letters.h"

#include "base/log.h"
#include "parts.h"

#include <stdlib.h>

static int check_slot(const struct agent *a, int slot, struct err *e)
{
	return feedback_get(a->feedback, slot)
		       ? 0
		       : err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
}

/* The first one behind that sequence; as store_post_next. */
static int next(struct agent *a, int slot, enum agent_letters which, int64_t after, struct store_dead *ret,
		struct err *e)
{
	if (which == AGENT_DEAD)
		return store_dead_next(a->store, slot, after, ret, e);
	ret->status = 0;
	ret->reason[0] = '\0';
	return store_post_next(a->store, slot, after, &ret->post, e);
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

int agent_letters_list(struct agent *a, int slot, enum agent_letters which, int64_t from, int64_t max,
		       struct doc *result, struct err *e)
{
	struct store_dead d;
	int r = check_slot(a, slot, e);
	int64_t after = from - 1;
	for (int64_t i = 0; r == 0 && i < max && (r = next(a, slot, which, after, &d, e)) == 0; i++) {
		struct doc *post = doc_add(result, "Post", (uint32_t)i + 1);
		post->max_occurrence = DOC_UNBOUNDED;
		describe(&d, post);
		after = d.post.sequence;
		free(d.post.body);
	}
	return r < 0 ? -1 : 0;
}

int agent_letters_show(struct agent *a, int slot, enum agent_letters which, int64_t sequence,
		       struct doc *result, struct err *e)
{
	struct store_dead d;
	if (check_slot(a, slot, e) < 0)
		return -1;
	int r = next(a, slot, which, sequence - 1, &d, e);
	if (r < 0)
		return -1;
	if (r == 0 && d.post.sequence == sequence) {
		describe(&d, result);
		doc_add_value(result, "Body", DOC_STRING, d.post.body);
	} else {
		r = 1;
	}
	free(d.post.body);
	return r ? err_set(e, ERR_NOTFOUND, 0, "slot %d: no such post: %lld", slot, (long long)sequence) : 0;
}

/* What others read before is no more; the change is on disk now. One that failed (r) leaves no transaction
 * open either. */
static int changed(struct agent *a, int slot, int r, struct err *e)
{
	int kept = publish_commit(a, r < 0 ? NULL : e);
	courier_look_again(a->courier, 1u << slot);
	return r < 0 ? r : kept;
}

static int revive(struct agent *a, int slot, int64_t sequence, int64_t *ret_n, struct err *e)
{
	struct store_dead d;
	int r;
	if (sequence) {
		*ret_n = 1;
		return store_dead_replay(a->store, slot, sequence, e);
	}
	for (*ret_n = 0; (r = store_dead_next(a->store, slot, 0, &d, e)) == 0; ++*ret_n) {
		free(d.post.body);
		if (store_dead_replay(a->store, slot, d.post.sequence, e) < 0)
			return -1;
	}
	return r < 0 ? -1 : *ret_n ? 0 : err_set(e, ERR_NOTFOUND, 0, "slot %d: no dead letters", slot);
}

int agent_letters_replay(struct agent *a, int slot, enum agent_letters which, int64_t sequence,
			 struct doc *result, struct err *e)
{
	struct store_slot s;
	struct courier_status c;
	int64_t n;
	if (check_slot(a, slot, e) < 0)
		return -1;
	courier_status(a->courier, slot, &c);
	if (which == AGENT_WAITING && c.parked)
		return err_set(
			e, ERR_CONFIG, 0,
			"slot %d is parked: its server said that it is gone for good (HTTP 410); xCommand "
			"HttpFeedback Enable FeedbackSlot: %d tries it again",
			slot, slot);
	if (which == AGENT_WAITING) {
		store_slot_get(a->store, slot, &s);
		n = (int64_t)s.queued;
	} else if (changed(a, slot, revive(a, slot, sequence, &n, e), e) < 0) {
		return -1;
	} else {
		log_info("HttpFeedback %d: %lld dead letters wait again", slot, (long long)n);
	}
	courier_retry(a->courier, 1u << slot);
	doc_add_int(result, "Count", n);
	return 0;
}

int agent_letters_purge(struct agent *a, int slot, enum agent_letters which, int64_t sequence, struct err *e)
{
	if (check_slot(a, slot, e) < 0)
		return -1;
	int r = which == AGENT_DEAD ? store_dead_purge(a->store, slot, sequence, e)
				    : store_post_purge(a->store, slot, sequence, e);
	if (changed(a, slot, r, e) < 0)
		return -1;
	log_notice("HttpFeedback %d: %s %lld of the %s purged", slot, sequence ? "post" : "all posts, from",
		   (long long)sequence, which == AGENT_DEAD ? "dead letters" : "queue");
	return 0;
}
