/* SPDX-License-Identifier: MIT */
#include "sender.h"

#include "base/mem.h"
#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sender_new(struct https *h, const struct service_endpoint *server, struct sender **ret, struct err *e)
{
	struct sender *c = mem_new(sizeof *c);
	if (service_open(h, server, NULL, &c->endpoint, e) < 0) {
		free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void sender_free(struct sender *c)
{
	if (!c)
		return;
	https_endpoint_free(c->endpoint);
	sender_drop(c);
	free(c);
}

void sender_drop(struct sender *c)
{
	free(c->post.body);
	c->post.body = NULL;
	c->is_gap = 0;
}

static void answered(void *arg, const struct https_reply *r)
{
	struct sender *c = arg;
	c->done(c->arg, c, r);
}

int sender_send(struct sender *c, const struct store_post *p, int64_t now, const struct hmac_key *key,
		struct err *e)
{
	const char *headers[5];
	size_t n = 0;
	c->post = *p;
	stpcpy(stpcpy(c->id, "webhook-id: "), p->id);
	headers[n++] = c->id;
	num_print(p->sequence, stpcpy(c->sequence, c->is_gap ? "Sealpost-Gap: " : "Sealpost-Sequence: "));
	headers[n++] = c->sequence;
	if (now) {
		num_print(now, stpcpy(c->stamp, "webhook-timestamp: "));
		headers[n++] = c->stamp;
	}
	if (now && key) {
		char signature[HMAC_SIGNATURE];
		hmac_sign_webhook(key, p->id, now, p->body, p->len, signature);
		snprintf(c->signature, sizeof c->signature, "webhook-signature: %s", signature);
		headers[n++] = c->signature;
	}
	if (p->merged) {
		snprintf(c->coalesced, sizeof c->coalesced, "Sealpost-Coalesced: first=%lld, count=%llu",
			 (long long)p->merged_from, (unsigned long long)p->merged);
		headers[n++] = c->coalesced;
	}
	return https_post(c->endpoint, c->post.body, c->post.len, headers, n, answered, c, e);
}
