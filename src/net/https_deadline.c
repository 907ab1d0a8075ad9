/* SPDX-License-Identifier: MIT */
/* https_deadline: when a call has taken too long. A server is slow while bytes move, and dead when none do:
 *
 *   connecting         connect_ms for the TCP connection, which libcurl keeps; then the handshake may take
 *                      connect_ms without a byte from the server, and HANDSHAKE_MAX times that in all
 *   sending the post   stall_ms without a byte that the other side acknowledged
 *   the answer         answer_ms from when all of the post was acknowledged; 1 s more for each 4 KB of the
 *                      post, since the TCP acknowledgement may come from a device on the path (a modem or
 *                      proxy) that has not forwarded the post yet; and 1 ms more for each byte of the answer
 *                      that has come; once all headers have come, it is complete after rest_ms without a
 *                      byte, too, where a caller has set that, since it does not need the body
 *
 * total_ms, where a caller has set it, is the limit of all these together. */
#include "https_internal.h"

enum {
	HANDSHAKE_MAX = 3,
	CHECKS = 8, /* within the shortest limit */
	CHECK_MIN_MS = 10,
	CHECK_MAX_MS = 5000,
	/* the slowest rate assumed for a post beyond the device that acknowledges it */
	BYTES_PER_S = 4096,
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t check_ms(const struct https_endpoint *p)
{
	int64_t shortest = sooner(p->connect_ms, sooner(p->stall_ms, p->answer_ms));
	if (p->rest_ms)
		shortest = sooner(shortest, p->rest_ms);
	if (p->total_ms)
		shortest = sooner(shortest, p->total_ms);
	return sooner(CHECK_MAX_MS, later(CHECK_MIN_MS, shortest / CHECKS));
}

/* Records what has moved since the last check, and returns the time at which the post or its answer is too
 * late. */
static int64_t exchange_ends(struct https_endpoint *p, int64_t now, struct https_late *ret)
{
	struct https_call *c = &p->call;
	const struct https_connection *k = https_transfer_connection(&p->transfer);
	int unsent = k ? https_connection_unsent(k) : 0;
	if (unsent != c->unsent)
		c->moved_ms = now;
	else if (k && unsent)
		c->moved_ms = later(c->moved_ms, k->wrote_ms);
	c->unsent = unsent;
	if (unsent && !p->answer.header_bytes) {
		*ret = (struct https_late){ HTTPS_LATE_POST, p->stall_ms };
		return c->moved_ms + p->stall_ms;
	}
	int answer_ms = p->answer_ms + (int)(p->post_len / BYTES_PER_S) * 1000;
	int64_t end = c->moved_ms + answer_ms + (int64_t)(p->answer.header_bytes + p->answer.body.len);
	int64_t silent = k && p->rest_ms && p->answer.has_all_headers ? k->read_ms + p->rest_ms : end;
	*ret = (struct https_late){ p->answer.header_bytes ? HTTPS_LATE_REST : HTTPS_LATE_ANSWER, answer_ms };
	if (silent < end)
		*ret = (struct https_late){ HTTPS_LATE_SILENT, p->rest_ms };
	return sooner(silent, end);
}

static int64_t handshake_ends(const struct https_endpoint *p, struct https_late *ret)
{
	const struct https_connection *k = https_transfer_connection(&p->transfer);
	int64_t silent_ms = later(p->call.moved_ms, k ? k->read_ms : 0) + p->connect_ms,
		all_ms = p->call.moved_ms + (int64_t)HANDSHAKE_MAX * p->connect_ms;
	*ret = (struct https_late){ k && k->has_read ? HTTPS_LATE_HANDSHAKE : HTTPS_LATE_HELLO,
				    silent_ms < all_ms ? p->connect_ms : HANDSHAKE_MAX * p->connect_ms };
	return sooner(silent_ms, all_ms);
}

/* Returns the time at which the call is too late, unless something moves before. */
static int64_t ends(struct https_endpoint *p, int64_t now, struct https_late *ret)
{
	switch (p->call.state) {
	case HTTPS_SENT:
	case HTTPS_SENT_ON_KEPT: return exchange_ends(p, now, ret);
	case HTTPS_TRYING:
	case HTTPS_ADDRESSLESS:
	case HTTPS_CONNECTING:
		if (https_transfer_handshake_begun(&p->transfer))
			return handshake_ends(p, ret);
		break;
	case HTTPS_IDLE:
	case HTTPS_REFUSED:
	case HTTPS_RESOLVING:
	case HTTPS_LISTENING: break; /* https_listen.c has a limit of its own */
	}
	return INT64_MAX;
}

int https_deadline_passed(struct https_endpoint *p, struct https_late *ret)
{
	int64_t now = loop_now_ms(p->https->o.loop), end = ends(p, now, ret);
	if (p->total_ms && p->call.started_ms + p->total_ms < end) {
		end = p->call.started_ms + p->total_ms;
		*ret = (struct https_late){ HTTPS_LATE_ALL, p->total_ms };
	}
	if (now >= end)
		return 1;
	loop_timer_in(p->timer, sooner(check_ms(p), end - now));
	return 0;
}

/* The timer is armed once and stays armed from call to call: when it is due, it checks the deadlines of the
 * call that is then under way. */
void https_deadline_begin(struct https_endpoint *p)
{
	int64_t left = loop_timer_left(p->timer), first = check_ms(p);
	if (left < 0 || left > first)
		loop_timer_in(p->timer, first);
}

void https_deadline_connecting(struct https_endpoint *p)
{
	curl_easy_setopt(p->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)p->connect_ms);
}

void https_deadline_handshake(struct https_endpoint *p)
{
	/* libcurl's limit is for connection and handshake together; it must be longer than the limits that
	 * are enforced here. */
	curl_easy_setopt(p->easy, CURLOPT_CONNECTTIMEOUT_MS, 2L * (HANDSHAKE_MAX + 1) * p->connect_ms);
	p->call.moved_ms = loop_now_ms(p->https->o.loop);
}

void https_deadline_sent(struct https_endpoint *p)
{
	p->call.moved_ms = loop_now_ms(p->https->o.loop);
	p->call.unsent = 0;
}
