/* SPDX-License-Identifier: MIT */
/* client_exchange: sends a link's queue, and assigns each answer to its item.
 *
 * The agent answers in the order in which items were sent (docs/terminal.md, "For programs"), so an answer
 * belongs to the oldest item that was sent. Items without an answer when a connection ends are sent again on
 * the next one. A publication has the handle's publisher id and a number, by which the agent recognises a
 * publication that it has accepted before. */
#include "client.h"

#include "ctl/ctl_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sysexits.h>

enum { SEND_AT_ONCE = 64, REFUSAL_MAX = 8192 };

/* --- sending --- */

/* Returns 1 if something can be sent now. Only one question is sent at a time; the next one is sent when it
 * has been answered. */
int client_exchange_has_work(const struct client_link *l)
{
	const struct client_item *first = l->queue.first;
	if (!l->unsent)
		return 0;
	return !l->is_serial || l->unsent == first ||
	       (first->kind == CLIENT_GREETING && l->unsent == first->next);
}

/* Fills the vector with the data to be sent next. Returns the number of entries that are used. */
static size_t gather(const struct client_link *l, struct iovec iov[SEND_AT_ONCE])
{
	size_t n = 0, skip = l->sent;
	for (const struct client_item *i = l->unsent; i && n < SEND_AT_ONCE; i = i->next, skip = 0) {
		iov[n++] = (struct iovec){ i->data + skip, i->len - skip };
		if (l->is_serial)
			break;
	}
	return n;
}

static void note_sent(struct sealpost *s, struct client_item *i)
{
	if (i->kind != CLIENT_PUBLICATION)
		return;
	if (i->sent_times++)
		s->count.sent_again++;
	else
		s->count.sent++;
}

/* To be called when the first n bytes of the gathered data have been sent. */
static void count_sent(struct sealpost *s, struct client_link *l, size_t n)
{
	for (; n && l->unsent; l->unsent = l->unsent->next, l->sent = 0) {
		if (n < l->unsent->len - l->sent) {
			l->sent += n;
			return;
		}
		n -= l->unsent->len - l->sent;
		note_sent(s, l->unsent);
	}
}

int client_exchange_send(struct sealpost *s, struct client_link *l)
{
	while (client_exchange_has_work(l) && !l->wants_room) {
		struct iovec iov[SEND_AT_ONCE];
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = gather(l, iov) };
		ssize_t n = sendmsg(l->ctl.fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			client_link_watch(s, l, 1);
			return 0;
		}
		if (n < 0) {
			/* the agent's reason for closing the connection is more useful than EPIPE */
			int code = errno;
			return client_exchange_receive(s, l) < 0
				       ? -1
				       : client_link_lose(s, l, code, strerror(code));
		}
		count_sent(s, l, (size_t)n);
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
	case EX_CANTCREAT: return EMSGSIZE;
	case EX_USAGE:
	case EX_DATAERR: return EINVAL;
	default: return EIO;
	}
}

/* Appends the text of a block, or of a part of one, to the item that it answers. Lines of watched settings
 * are handled as they arrive: those of a complete answer are for the watch that asked. The others may be
 * changes, which have the same form and are for all watches. */
static void keep_text(struct sealpost *s, struct client_link *l, const struct ctl_block *b)
{
	struct client_item *i = l->queue.first;
	if (l == &s->main && s->watches && (b->kind != CTL_ANSWER || i->kind == CLIENT_WATCH)) {
		char *lines = strdup(b->text);
		if (lines)
			client_watch_take(s, b->kind == CTL_ANSWER ? i->watch : NULL, lines);
		free(lines);
		return;
	}
	if (!i || i == l->unsent || b->kind == CTL_PUSHED || i->error)
		return;
	int is_question = i->kind == CLIENT_QUESTION;
	size_t max = is_question ? SEALPOST_ANSWER_MAX : REFUSAL_MAX;
	if (client_item_add_text(i, b->text, b->len, max) < 0 && is_question) {
		i->error = errno;
		client_item_forget_text(i);
	}
}

static void finish(struct sealpost *s, struct client_item *i, int status)
{
	int error = errno_of(status);
	char reason[CLIENT_REASON_MAX] = "";
	if (error && !i->error)
		ctl_text_reason(i->text ? i->text : "", reason, sizeof reason);
	if (error && !*reason)
		snprintf(reason, sizeof reason, "the agent refused it and gave no reason: %s",
			 strerror(error));
	if (i->kind == CLIENT_PUBLICATION) {
		client_publish_answered(s, i, error, reason);
	} else if (i->error) {
		snprintf(reason, sizeof reason,
			 i->error == EMSGSIZE ? "the answer is longer than %u bytes"
					      : "out of memory (%u bytes at most)",
			 SEALPOST_ANSWER_MAX);
		client_item_done(s, i, i->error, reason);
	} else {
		client_item_done(s, i, error, reason);
	}
}

/* Returns the reason in the agent's line "ERROR ..." when it serves no further session. */
static const char *refusal_in(const char *text, char *to, size_t size)
{
	const char *at = strstr(text, "ERROR\n");
	if (!at)
		return NULL;
	at += 6;
	snprintf(to, size, "%.*s", (int)strcspn(at, "\n"), at);
	return *to ? to : NULL;
}

/* Assigns an answer to its item. Returns -1 if nothing was asked, so that the agent and this handle disagree
 * about what was sent. */
static int on_answer(struct sealpost *s, struct client_link *l, const struct ctl_block *b)
{
	if (!l->queue.first || l->queue.first == l->unsent)
		return client_link_lose(s, l, EPROTO, "an answer came that belongs to nothing that was sent");
	keep_text(s, l, b);
	struct client_item *i = client_queue_take(&l->queue);
	if (i->kind == CLIENT_GREETING) {
		client_item_free(i);
		if (b->status)
			return client_link_lose(s, l, EPROTO, "this agent does not know framing");
		client_link_served(s, l);
	} else if (i->kind == CLIENT_WATCH) {
		client_watch_answered(s, i, b);
		client_item_free(i);
	} else {
		finish(s, i, b->status);
	}
	return 0;
}

static int on_closed(struct sealpost *s, struct client_link *l, const struct ctl_block *b, int code)
{
	char why[CLIENT_REASON_MAX];
	if (!l->is_served && refusal_in(b->text, why, sizeof why))
		return client_link_lose(s, l, EUSERS, why);
	return client_link_lose(s, l, code ? code : EPIPE,
				code ? strerror(code) : "the agent closed the connection");
}

/* Handles the received blocks. code: the error at the end of the connection, 0 if the agent closed it
 * properly. */
static int take_blocks(struct sealpost *s, struct client_link *l, int code)
{
	struct ctl_block b;
	while (l->ctl.fd >= 0 && ctl_take(&l->ctl, &b)) {
		if (b.kind == CTL_CLOSED)
			return on_closed(s, l, &b, code);
		if (b.kind == CTL_PART || b.kind == CTL_PUSHED)
			keep_text(s, l, &b);
		else if (b.kind == CTL_ANSWER && on_answer(s, l, &b) < 0)
			return -1;
	}
	return l->ctl.fd < 0 ? -1 : 0;
}

int client_exchange_receive(struct sealpost *s, struct client_link *l)
{
	for (;;) {
		int more = ctl_fill(&l->ctl), code = more < 0 ? errno : EPROTO;
		if (more == 0) {
			l->is_readable = 0;
			return 0;
		}
		if (take_blocks(s, l, code) < 0)
			return -1;
	}
}
