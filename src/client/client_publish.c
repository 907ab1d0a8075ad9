/* SPDX-License-Identifier: MIT */
/* client_publish: publications, and the name and the numbers by which the agent recognises them. */
#include "client.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { NAME_MAX_BYTES = 255 };

/* --- the publisher --- */

int client_publish_random_name(char ret[33])
{
	unsigned char id[16];
	ssize_t n;
	do
		n = getrandom(id, sizeof id, 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof id)
		return -1;
	for (size_t i = 0; i < sizeof id; i++)
		snprintf(ret + 2 * i, 3, "%02x", id[i]);
	return 0;
}

/* FNV-1a. Names are not secret, and the agent distinguishes those of different users. */
static uint64_t hash(const char *name, uint64_t basis)
{
	uint64_t h = basis;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return h;
}

int sealpost_identify(struct sealpost *s, const char *name, unsigned long long first)
{
	if (client_begin(s) < 0)
		return -1;
	if (!name || !*name || strlen(name) > NAME_MAX_BYTES || first < 1 || first > INT64_MAX)
		return client_fail(s, EINVAL, "expected a name of 1 to %d bytes and a number from 1 on",
				   NAME_MAX_BYTES);
	if (s->count.waiting)
		return client_fail(s, EBUSY, "%llu publications wait to be acknowledged under another name",
				   s->count.waiting);
	snprintf(s->named.id, sizeof s->named.id, "%016llx%016llx",
		 (unsigned long long)hash(name, 0xcbf29ce484222325u),
		 (unsigned long long)hash(name, 0x9ae16a3b2f90404fu));
	s->named.number = first - 1;
	return 0;
}

unsigned long long sealpost_number(const struct sealpost *s)
{
	return s->named.id[0] ? s->named.number : s->random.number;
}

size_t sealpost_pending(const struct sealpost *s)
{
	return client_is_ours(s) ? (size_t)s->count.waiting : 0;
}

/* --- publications --- */

static void deliver(struct sealpost *s, struct client_item *i)
{
	void (*on_durable)(void *arg, int error) = (void (*)(void *, int))i->fn;
	(void)s;
	on_durable(i->arg, i->error);
}

static int check(struct sealpost *s, const char *xml, size_t len, int *ret_is_status)
{
	const char *bad;
	if (len == 0)
		return client_fail(s, EINVAL, "the document is empty");
	if (len > SEALPOST_DOCUMENT_MAX)
		return client_fail(s, EMSGSIZE, "the document has %zu bytes: expected 1 to %u bytes", len,
				   SEALPOST_DOCUMENT_MAX);
	if (s->count.waiting && s->count.waiting_bytes + len > SEALPOST_PENDING_MAX)
		return client_fail(s, EAGAIN, "%llu bytes wait to be acknowledged already",
				   s->count.waiting_bytes);
	bad = client_limits_check(xml, len, ret_is_status);
	return bad ? client_fail(s, EMSGSIZE, "%s; publish it in parts", bad) : 0;
}

/* Makes the item of a publication, with its number for this publisher. Returns NULL if there is no memory. */
static struct client_item *new_publication(const struct client_publisher *p, const char *xml, size_t len)
{
	char verb[80], head[sizeof verb + 24];
	snprintf(verb, sizeof verb, "xPublish %s %llu\n", p->id, p->number + 1);
	int head_len = snprintf(head, sizeof head, "{%zu}\n%s", strlen(verb) + len, verb);
	return client_item_new(CLIENT_PUBLICATION, head, (size_t)head_len, xml, len);
}

int sealpost_publish(struct sealpost *s, const char *xml, size_t len,
		     void (*on_durable)(void *arg, int error), void *arg)
{
	int is_status = 0;
	if (client_begin(s) < 0 || check(s, xml, len, &is_status) < 0)
		return -1;
	struct client_publisher *p = s->named.id[0] && !is_status ? &s->named : &s->random;
	struct client_item *i = new_publication(p, xml, len);
	if (!i)
		return client_fail(s, ENOMEM, "out of memory");
	if (on_durable) {
		i->deliver = deliver;
		i->fn = (void (*)(void))on_durable;
		i->arg = arg;
	}
	client_queue_add(&s->main.queue, i);
	if (!s->main.unsent)
		s->main.unsent = i;
	p->number++;
	s->count.waiting++;
	s->count.waiting_bytes += i->len;
	client_rouse(s);
	return 0;
}

void client_publish_answered(struct sealpost *s, struct client_item *i, int error, const char *reason)
{
	s->count.waiting--;
	s->count.waiting_bytes -= i->len;
	if (!error) {
		s->count.acknowledged++;
	} else if (error != ECANCELED) {
		s->count.refused++;
		/* A publication with a function is reported by it. sealpost_flush also reports publications
		 * that were refused while it waited. */
		if (!s->refused && (!i->deliver || s->is_flushing)) {
			s->refused = error;
			snprintf(s->refused_reason, sizeof s->refused_reason, "%s", reason);
		}
	}
	client_item_done(s, i, error, reason);
}
