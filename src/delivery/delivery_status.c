/* SPDX-License-Identifier: MIT */
#include "delivery/delivery.h"

#include "internal.h"

#include <inttypes.h>
#include <stdio.h>

static void put(struct doc *d, const char *path, enum doc_type type, const char *value)
{
	doc_set_value(doc_make(d, path), type, value);
}

static void put_count(struct doc *d, const char *path, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRIu64, value);
	put(d, path, DOC_INTEGER, text);
}

static void put_slot(struct delivery *delivery, struct doc *d, int slot)
{
	const struct store_registration *r = feedback_get(delivery->feedback, slot);
	struct courier_status s;
	struct store_slot q;
	courier_status(delivery->courier, slot, &s);
	store_slot_get(delivery->o.store, slot, &q);
	struct doc *h = doc_add(d, "HttpFeedback", (uint32_t)slot);
	h->max_occurrence = DOC_UNBOUNDED;
	put(h, "Coalesce", DOC_LITERAL, r->coalesce ? "Status" : "Off");
	put_count(h, "Delivery/Attempts", s.attempts);
	put_count(h, "Delivery/Coalesced", q.coalesced);
	put_count(h, "Delivery/Dead", q.dead);
	put_count(h, "Delivery/Delivered", q.delivered);
	put_count(h, "Delivery/DeliveredSinceStart", s.delivered);
	put_count(h, "Delivery/Dropped", q.dropped);
	if (s.last_error[0])
		put(h, "Delivery/LastError", DOC_STRING, s.last_error);
	if (s.last_status)
		put_count(h, "Delivery/LastStatus", (uint64_t)s.last_status);
	if (s.next_ms >= 0)
		put_count(h, "Delivery/NextAttempt", (uint64_t)(s.next_ms + 999) / 1000);
	put(h, "Delivery/Parked", DOC_LITERAL, s.state == SLOT_PARKED ? "True" : "False");
	if (s.last_verdict >= 0)
		put_count(h, "Delivery/VerifyResult", (uint64_t)s.last_verdict);
	for (size_t i = 0; i < r->n; i++) {
		struct doc *x = doc_add(h, "Expression", (uint32_t)i + 1);
		x->max_occurrence = DOC_UNBOUNDED;
		doc_set_value(x, DOC_STRING, r->expressions[i]);
	}
	put(h, "Format", DOC_STRING, r->json ? "JSON" : "XML");
	put_count(h, "Queue/Bytes", q.queued_bytes);
	put_count(h, "Queue/Count", q.queued);
	int64_t now = delivery->o.now(delivery->o.arg);
	if (q.oldest_created_at && now >= q.oldest_created_at)
		put_count(h, "Queue/OldestAge", (uint64_t)(now - q.oldest_created_at));
	put(h, "Status", DOC_LITERAL, s.has_failed ? "Failed" : "OK");
	put(h, "URL", DOC_STRING, r->url);
}

void delivery_status(struct delivery *d, struct doc *status)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (feedback_get(d->feedback, slot))
			put_slot(d, status, slot);
}

int delivery_has_failed(const struct delivery *d, int slot)
{
	struct courier_status s;
	courier_status(d->courier, slot, &s);
	return s.has_failed;
}
