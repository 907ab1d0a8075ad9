/* SPDX-License-Identifier: MIT */
/* counters: reads a slot's counters, and records that its gap was reported. */
#include "tx.h"

#include <stdio.h>
#include <string.h>

void store_slot_get(struct store *s, int slot, struct store_slot *ret)
{
	memset(ret, 0, sizeof *ret);
	if (tx_slot(slot, NULL) < 0)
		return;
	struct store_slot_state *at = &s->slots[slot];
	*ret = (struct store_slot){
		.queued = tx_waiting(at),
		.queued_bytes = tx_waiting_bytes(at),
		.oldest_created_at = tx_waiting(at) ? tx_oldest_date(s, slot) : 0,
		.next_sequence = at->now.next,
		.delivered = at->now.delivered + at->marked - at->flushed,
		.dropped = at->now.dropped,
		.dead = at->now.dead,
		.coalesced = at->now.coalesced,
		.gap_first = at->now.gap_first,
		.gap_last = at->now.gap_last,
		.gap_count = at->now.gap_count,
	};
	if (ret->gap_first)
		snprintf(ret->gap_id, sizeof ret->gap_id, "%s-%d-g%lld-%llu", s->prefix, slot,
			 (long long)ret->gap_last, (unsigned long long)ret->gap_count);
}

uint64_t store_dropped(const struct store *s, int slot)
{
	return slot >= 1 && slot <= STORE_SLOTS ? s->slots[slot].now.dropped : 0;
}

void store_gap_report_begun(struct store *s, int slot)
{
	struct store_slot_state *at = &s->slots[slot];
	at->in_report.last = at->now.gap_last;
	at->in_report.count = at->now.gap_count;
	at->dropped_earlier = 0;
}

int store_gap_report_done(struct store *s, int slot, int64_t last, struct err *e)
{
	if (tx_slot(slot, e) < 0)
		return -1;
	struct store_slot_state *at = &s->slots[slot];
	struct counters *c = &at->now;
	if (!c->gap_first || last < c->gap_first || last != at->in_report.last)
		return 0;
	if (tx_begin(s, e) < 0)
		return -1;
	uint64_t left = c->gap_count > at->in_report.count ? c->gap_count - at->in_report.count : 0;
	/* Posts that were dropped since store_gap_report_begun have later sequences, unless an older post was
	 * purged, or an older dead letter was dropped (trim_dead). */
	c->gap_first = !left ? 0 : at->dropped_earlier ? c->gap_first : last + 1;
	c->gap_last = left ? c->gap_last : 0;
	c->gap_count = left;
	at->in_report.last = 0;
	at->changed = 1;
	return 0;
}
