#include "carrier.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int carrier_new(struct https *h, const struct https_peer_options *o, struct carrier **ret, struct err *e)
{
	struct carrier *c = mem_new(sizeof *c);
	if (https_peer_new(h, o, &c->peer, e) < 0) {
		free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void carrier_free(struct carrier *c)
{
	if (!c)
		return;
	https_peer_free(c->peer);
	carrier_drop(c);
	free(c);
}

void carrier_drop(struct carrier *c)
{
	free(c->post.body);
	c->post.body = NULL;
	c->is_gap = 0;
}

static void answered(void *arg, const struct https_reply *r)
{
	struct carrier *c = arg;
	c->done(c->arg, c, r);
}

int carrier_send(struct carrier *c, struct store_post *p, int64_t now, const struct hmac_key *key, struct err *e)
{
	const char *headers[4];
	size_t n = 0;
	c->post = *p;
	snprintf(c->id, sizeof c->id, "webhook-id: %s", p->id);
	headers[n++] = c->id;
	snprintf(c->sequence, sizeof c->sequence, "%s: %" PRId64, c->is_gap ? "Sealpost-Gap" : "Sealpost-Sequence", p->sequence);
	headers[n++] = c->sequence;
	if (now) {
		snprintf(c->stamp, sizeof c->stamp, "webhook-timestamp: %" PRId64, now);
		headers[n++] = c->stamp;
	}
	if (now && key) {
		char signature[HMAC_SIGNATURE];
		hmac_sign_webhook(key, p->id, now, p->body, p->len, signature);
		snprintf(c->signature, sizeof c->signature, "webhook-signature: %s", signature);
		headers[n++] = c->signature;
	}
	return https_post(c->peer, c->post.body, c->post.len, headers, n, answered, c, e);
}
