/* SPDX-License-Identifier: MIT */
#include "delivery/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t webhook_write(struct webhook *w, const struct webhook_post *p, const char *headers[WEBHOOK_HEADERS])
{
	char signature[HMAC_SIGNATURE];
	size_t n = 0;
	snprintf(w->id, sizeof w->id, "webhook-id: %s", p->id);
	headers[n++] = w->id;
	if (!p->now)
		return n;
	snprintf(w->stamp, sizeof w->stamp, "webhook-timestamp: %" PRId64, p->now);
	headers[n++] = w->stamp;
	if (!p->key->len)
		return n;
	hmac_sign_webhook(p->key, p->id, p->now, p->body, p->len, signature);
	snprintf(w->signature, sizeof w->signature, "webhook-signature: %s", signature);
	headers[n++] = w->signature;
	return n;
}

size_t webhook_write_test(struct webhook *w, const struct webhook_test *t,
			  const char *headers[WEBHOOK_HEADERS])
{
	struct hmac_key key = { .len = 0 };
	struct err e;
	char id[48];
	snprintf(id, sizeof id, "test-%d-%" PRId64, t->slot, t->number);
	if (*t->secret)
		hmac_key_parse(t->secret, &key, &e); /* the settings hold no other text than a key */
	size_t n =
		webhook_write(w,
			      &(struct webhook_post){
				      .id = id, .now = t->now, .key = &key, .body = t->body, .len = t->len },
			      headers);
	explicit_bzero(&key, sizeof key);
	return n;
}
