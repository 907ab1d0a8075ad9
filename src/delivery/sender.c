/* SPDX-License-Identifier: MIT */
#include "sender.h"

#include "base/mem.h"
#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sender_new(struct https *h, const struct service_endpoint *server, struct sender **ret, struct err *e)
{
	struct sender *sender = mem_new(sizeof *sender);
	if (service_open(h, server, NULL, &sender->endpoint, e) < 0) {
		free(sender);
		return -1;
	}
	*ret = sender;
	return 0;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	https_endpoint_free(sender->endpoint);
	sender_drop(sender);
	free(sender);
}

void sender_drop(struct sender *sender)
{
	free(sender->post.body);
	sender->post.body = NULL;
	sender->is_gap = 0;
}

static void answered(void *arg, const struct https_reply *r)
{
	struct sender *sender = arg;
	sender->done(sender->arg, sender, r);
}

int sender_send(struct sender *sender, const struct store_post *p, int64_t now, const struct hmac_key *key,
		struct err *e)
{
	const char *headers[6];
	size_t n = 0;
	sender->post = *p;
	headers[n++] = service_feedback_type(p->json);
	n += webhook_write(
		&sender->webhook,
		&(struct webhook_post){ .id = p->id, .now = now, .key = key, .body = p->body, .len = p->len },
		headers + n);
	num_print(p->sequence,
		  stpcpy(sender->sequence, sender->is_gap ? "Sealpost-Gap: " : "Sealpost-Sequence: "));
	headers[n++] = sender->sequence;
	if (p->merged) {
		snprintf(sender->coalesced, sizeof sender->coalesced,
			 "Sealpost-Coalesced: first=%lld, count=%llu", (long long)p->merged_from,
			 (unsigned long long)p->merged);
		headers[n++] = sender->coalesced;
	}
	return https_post(sender->endpoint, sender->post.body, sender->post.len, headers, n, answered, sender,
			  e);
}
