/* SPDX-License-Identifier: MIT */
/* client_exchange: the connection of a handle. The queue is sent, and each answer is given to the item
 * that it belongs to.
 *
 * The agent answers in the order of what it was sent (docs/terminal.md, "For programs"), so an answer
 * belongs to the oldest item that was sent. What has not been answered when a connection ends is sent
 * again on the next one. A publication carries the handle's name and a number, by which the agent
 * recognises one that it has taken before. */
#include "client.h"

#include "ctl/ctl_text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sysexits.h>

enum { SEND_AT_ONCE = 64 };

/* The connection is lost, or could not be made: everything that was not answered has to be sent on the
 * next one. Returns -1. */
static int lose(struct sealpost *s, int code, const char *why)
{
	ctl_close(&s->ctl);
	s->unsent = s->first;
	s->sent = 0;
	s->retry_at_ms = client_now_ms() + s->retry_ms;
	s->retry_ms = s->retry_ms * 2 > CLIENT_RETRY_MAX_MS ? CLIENT_RETRY_MAX_MS : s->retry_ms * 2;
	return client_fail(s, code, "%s: %s", s->path, why);
}

static int try_connect(struct sealpost *s)
{
	if (ctl_connect(&s->ctl, s->path, SOCK_NONBLOCK) < 0) {
		if (errno == ENAMETOOLONG)
			return client_fail(s, errno, "%s: the path is too long for a socket", s->path);
		return lose(s, errno, strerror(errno));
	}
	s->greeting_sent = 0;
	s->is_greeted = 0;
	s->is_cut = 0;
	return 0;
}

/* --- sending --- */

static size_t greeting_left(const struct sealpost *s)
{
	return sizeof s->greeting - 1 - s->greeting_sent;
}

int client_exchange_wants_to_send(const struct sealpost *s)
{
	return s->unsent || greeting_left(s);
}

/* Fills the vector with what is to be sent next; returns how many of its entries are used. */
static size_t gather(struct sealpost *s, struct iovec iov[SEND_AT_ONCE + 1])
{
	size_t n = 0, skip = s->sent;
	if (greeting_left(s))
		iov[n++] = (struct iovec){ s->greeting + s->greeting_sent, greeting_left(s) };
	for (const struct client_item *i = s->unsent; i && n < SEND_AT_ONCE; i = i->next, skip = 0)
		iov[n++] = (struct iovec){ i->data + skip, i->len - skip };
	return n;
}

/* The first n bytes of what was gathered have been sent. */
static void count_sent(struct sealpost *s, size_t n)
{
	size_t take = n < greeting_left(s) ? n : greeting_left(s);
	s->greeting_sent += take;
	n -= take;
	for (; n && s->unsent; s->unsent = s->unsent->next, s->sent = 0) {
		if (n < s->unsent->len - s->sent) {
			s->sent += n;
			return;
		}
		n -= s->unsent->len - s->sent;
	}
}

static int send_some(struct sealpost *s)
{
	while (client_exchange_wants_to_send(s)) {
		struct iovec iov[SEND_AT_ONCE + 1];
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = gather(s, iov) };
		ssize_t n = sendmsg(s->ctl.fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return lose(s, errno, strerror(errno));
		count_sent(s, (size_t)n);
	}
	return 0;
}

/* --- answers --- */

static int errno_of(int status)
{
	switch (status) {
	case EX_OK: return 0;
	case EX_NOPERM: return EACCES;
	case EX_TEMPFAIL: return ENOSPC;
	case EX_USAGE:
	case EX_DATAERR: return EINVAL;
	default: return EIO;
	}
}

/* The reason of a refusal is what sealpost_error says. */
static void keep_reason(struct sealpost *s, const char *text)
{
	char reason[sizeof s->error];
	ctl_text_reason(text, reason, sizeof reason);
	if (*reason)
		memcpy(s->error, reason, sizeof reason);
}

/* Gives an answer to the item that it belongs to. -1: nothing was asked, so the agent and this handle
 * disagree about what was sent. */
static int on_answer(struct sealpost *s, const struct ctl_block *b, int was_cut)
{
	if (!s->is_greeted) {
		s->is_greeted = 1;
		return 0;
	}
	if (!s->first || s->first == s->unsent)
		return lose(s, EPROTO, "an answer came that belongs to nothing that was sent");
	s->retry_ms = CLIENT_RETRY_FIRST_MS;
	struct client_item *i = client_take_first(s);
	int error = errno_of(b->status), is_too_long = was_cut && i->answer;
	if (is_too_long)
		client_fail(s, error = EMSGSIZE, "the answer is longer than %d bytes", CLIENT_ANSWER_MAX);
	else if (error)
		keep_reason(s, b->text);
	if (i->answer)
		i->answer(i->arg, is_too_long ? "" : b->text, error);
	else if (i->durable)
		i->durable(i->arg, error);
	client_free_item(i);
	return 0;
}

/* Takes what has been received. 0; 1 when the connection has ended; -1 when it is lost already. */
static int take_answers(struct sealpost *s)
{
	struct ctl_block b;
	while (s->ctl.fd >= 0 && ctl_take(&s->ctl, &b)) {
		int was_cut = s->is_cut;
		s->is_cut = b.kind == CTL_PART;
		if (b.kind == CTL_CLOSED)
			return 1;
		if (b.kind == CTL_ANSWER && on_answer(s, &b, was_cut) < 0)
			return -1;
	}
	return s->ctl.fd < 0 ? -1 : 0;
}

static int receive_some(struct sealpost *s)
{
	for (;;) {
		int more = ctl_fill(&s->ctl), code = more < 0 ? errno : EPROTO;
		if (more == 0)
			return 0;
		int r = take_answers(s);
		if (r < 0)
			return -1;
		if (r > 0)
			return lose(s, code ? code : EPIPE,
				    code ? strerror(code) : "the agent closed the connection");
	}
}

int client_exchange_run(struct sealpost *s)
{
	if (s->ctl.fd < 0) {
		if (!s->first)
			return 0;
		if (client_now_ms() < s->retry_at_ms) {
			errno = ENOTCONN;
			return -1;
		}
		if (try_connect(s) < 0)
			return -1;
	}
	if (send_some(s) < 0 || receive_some(s) < 0)
		return -1;
	return send_some(s); /* what the callbacks have queued */
}
