/* SPDX-License-Identifier: MIT */
/* dns_responder: a name server on loopback, in the test's own loop, that knows the names it is told. */
#ifndef TESTS_DNS_RESPONDER_H
#define TESTS_DNS_RESPONDER_H

#include "loop/loop.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct dns_record {
	const char *name;
	const char *addresses[4]; /* IPv4; none: the name exists without an address */
	int silent;               /* never answered */
	uint32_t ttl_s;
};

struct dns_responder {
	int fd, port;
	struct loop_watch *watch;
	struct dns_record *records; /* ends with a NULL name; other names do not exist */
	int queries;                /* for IPv4 addresses */
};

static size_t dns_question_name(const unsigned char *q, size_t len, char *ret, size_t size)
{
	size_t at = 12, n = 0;
	while (at < len && q[at] != 0 && at + 1 + q[at] < len && n + q[at] + 2 < size) {
		memcpy(ret + n, q + at + 1, q[at]);
		n += q[at];
		ret[n++] = '.';
		at += 1 + (size_t)q[at];
	}
	ret[n > 0 ? n - 1 : 0] = '\0';
	return at + 1;
}

static void dns_responder_ready(void *arg, unsigned ready)
{
	struct dns_responder *d = arg;
	unsigned char q[1024];
	char name[256];
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	ssize_t got = recvfrom(d->fd, q, 512, 0, (struct sockaddr *)&from, &from_len);
	(void)ready;
	if (got < 17)
		return;
	size_t at = dns_question_name(q, (size_t)got, name, sizeof name);
	int type = q[at] << 8 | q[at + 1];
	size_t len = at + 4;
	const struct dns_record *r = d->records;
	while (r->name && strcasecmp(r->name, name) != 0)
		r++;
	d->queries += type == 1;
	if (r->silent)
		return;
	q[2] = 0x85;
	q[3] = r->name ? 0x80 : 0x83;
	memset(q + 6, 0, 6);
	for (size_t i = 0; r->name && type == 1 && i < 4 && r->addresses[i]; i++) {
		static const unsigned char head[] = { 0xc0, 12, 0, 1, 0, 1 };
		uint32_t ttl = htonl(r->ttl_s);
		memcpy(q + len, head, sizeof head);
		memcpy(q + len + 6, &ttl, 4);
		q[len + 10] = 0;
		q[len + 11] = 4;
		inet_pton(AF_INET, r->addresses[i], q + len + 12);
		len += 16;
		q[7]++;
	}
	sendto(d->fd, q, len, 0, (struct sockaddr *)&from, from_len);
}

static void dns_responder_start(struct dns_responder *d, struct loop *l, struct dns_record *records)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(d->fd, (struct sockaddr *)&a, sizeof a) != 0)
		assert(0);
	getsockname(d->fd, (struct sockaddr *)&a, &len);
	d->port = ntohs(a.sin_port);
	d->records = records;
	d->queries = 0;
	d->watch = loop_watch(l, d->fd, LOOP_READ, dns_responder_ready, d);
}

static void dns_responder_stop(struct dns_responder *d)
{
	loop_watch_free(d->watch);
	close(d->fd);
}

#endif
