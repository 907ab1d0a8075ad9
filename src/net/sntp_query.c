/* SPDX-License-Identifier: MIT */
/* sntp_query: sends one request, and waits for the answer to it. */
#include "base/mem.h"
#include "base/random.h"
#include "net/sntp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	DEFAULT_PORT = 123,
	DEFAULT_TIMEOUT_MS = 6000, /* half of it is the greatest allowed distance */
	IGNORED_PER_TURN = 16,
};

struct sntp_query {
	struct loop *loop;
	struct loop_watch *watch; /* NULL if the socket could not be opened */
	struct loop_timer *timer; /* the deadline */
	void (*fn)(void *arg, const struct sntp_answer *answer, const struct err *e);
	void *arg;
	struct sntp_key key;
	struct nts_association *nts;      /* NULL: none */
	unsigned char unique[NTS_UNIQUE]; /* with nts */
	int is_unknown;                   /* 1: an NTS NAK was received */
	uint64_t transmit;
	int64_t sent_ms, max_distance_us;
	int timeout_ms;
	int fd;
	unsigned ignored;
	/* the error at the deadline, if there is a better one than that there was no answer */
	struct err err;
};

void sntp_cancel(struct sntp_query *q)
{
	if (!q)
		return;
	loop_watch_free(q->watch);
	loop_timer_free(q->timer);
	if (q->fd >= 0)
		close(q->fd);
	explicit_bzero(&q->key, sizeof q->key);
	free(q);
}

static void finish(struct sntp_query *q, const struct sntp_answer *answer, const struct err *e)
{
	void (*fn)(void *, const struct sntp_answer *, const struct err *) = q->fn;
	void *arg = q->arg;
	struct err copy = *e;
	sntp_cancel(q);
	fn(arg, answer, &copy);
}

static void on_deadline(void *arg)
{
	struct sntp_query *q = arg;
	struct err e = q->err;
	struct sntp_answer nak = { .kiss = SNTP_KISS_NTS_NAK };
	if (q->is_unknown) {
		finish(q, &nak, &e);
		return;
	}
	if (q->ignored)
		err_set(&e, ERR_TIMEOUT, 0,
			"no valid answer within %d ms; packets ignored: %u; why the last was: %s",
			q->timeout_ms, q->ignored, q->err.text);
	else if (e.kind == ERR_NONE)
		err_set(&e, ERR_TIMEOUT, 0, "no answer within %d ms", q->timeout_ms);
	finish(q, NULL, &e);
}

static void on_packet(void *arg, unsigned ready)
{
	(void)ready;
	struct sntp_query *q = arg;
	unsigned char packet[SNTP_RECEIVED_MAX];
	/* limits the packets that are read in one turn, in case of a flood of packets to this socket */
	for (int i = 0; i < IGNORED_PER_TURN; i++) {
		ssize_t len = recv(q->fd, packet, sizeof packet, MSG_TRUNC);
		if (len < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			struct err e;
			err_set(&e, ERR_NET, errno, "the network refuses: %s", strerror(errno));
			finish(q, NULL, &e);
			return;
		}
		struct sntp_answer answer;
		struct err e = { .kind = ERR_NONE };
		struct nts_expected nts = { q->nts, q->unique };
		struct sntp_exchange x = { .key = &q->key,
					   .nts = q->nts ? &nts : NULL,
					   .transmit = q->transmit,
					   .sent_ms = q->sent_ms,
					   .received_ms = loop_now_ms(q->loop),
					   .max_distance_us = q->max_distance_us };
		int failed = sntp_read(packet, (size_t)len, &x, &answer, &e);
		if (q->nts && (!failed || e.kind == ERR_DATE))
			nts_keep(q->nts, &answer.cookies);
		if (!failed || e.kind == ERR_DATE) {
			finish(q, failed && answer.kiss == SNTP_KISS_NONE ? NULL : &answer, &e);
			return;
		}
		q->ignored++;
		if (q->is_unknown)
			continue; /* keeps the first reason */
		q->is_unknown = answer.kiss == SNTP_KISS_NTS_NAK;
		q->err = e;
	}
}

static int open_and_send(struct sntp_query *q, const struct sntp_request *r, struct err *e)
{
	struct sockaddr_storage to;
	socklen_t to_len;
	dns_sockaddr(&r->address, r->port ? r->port : DEFAULT_PORT, &to, &to_len);
	q->fd = socket(to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* The socket is connected, so that the kernel drops packets from other addresses, and reports if no
	 * server listens. */
	if (q->fd < 0 || connect(q->fd, (struct sockaddr *)&to, to_len) < 0)
		return err_set(e, ERR_NET, errno, "no socket to the server: %s", strerror(errno));
	unsigned char packet[NTS_PACKET_MAX];
	size_t len = sntp_build(&q->key, q->transmit, packet);
	if (q->nts)
		len = nts_request(q->nts, q->unique, packet, len);
	if (!len)
		return err_set(e, ERR_PROTOCOL, 0, "no cookie is left, so there is nothing to ask with");
	q->sent_ms = loop_now_ms(q->loop);
	if (send(q->fd, packet, len, 0) < 0)
		return err_set(e, ERR_NET, errno, "nothing can be sent to the server: %s", strerror(errno));
	q->watch = loop_watch(q->loop, q->fd, LOOP_READ, on_packet, q);
	return 0;
}

struct sntp_query *sntp_query(struct loop *l, const struct sntp_request *r,
			      void (*fn)(void *arg, const struct sntp_answer *answer, const struct err *e),
			      void *arg)
{
	struct sntp_query *q = mem_new(sizeof *q);
	*q = (struct sntp_query){
		.loop = l, .fn = fn, .arg = arg, .fd = -1, .max_distance_us = r->max_distance_us
	};
	q->nts = r->nts;
	q->timeout_ms = r->timeout_ms ? r->timeout_ms : DEFAULT_TIMEOUT_MS;
	if (r->key && !r->nts)
		q->key = *r->key;
	random_fill(&q->transmit, sizeof q->transmit);
	q->timer = loop_timer_new(l, on_deadline, q);
	int failed = open_and_send(q, r, &q->err);
	loop_timer_in(q->timer, failed ? 0 : q->timeout_ms);
	return q;
}
