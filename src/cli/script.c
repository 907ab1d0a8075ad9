/* SPDX-License-Identifier: MIT */
/* script: standard input to the agent, its answers to standard output, both as they come: many lines may be
 * under way. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum { CHUNK = 65536 };

struct script {
	const struct cli *o;
	const char *text; /* what is left of the lines; NULL: they come from standard input */
	struct link link;
	char chunk[CHUNK]; /* read and not yet sent */
	size_t at, len;
	char last; /* byte that was read */
	int input_ended, is_closed;
	unsigned long skip; /* input lines that we sent ourselves */
	int status;         /* of the first line that failed */
};

static void complain(struct script *s, const struct link_block *b)
{
	struct buf reason;
	buf_init(&reason, 8192);
	cli_reason(b->text, &reason);
	if (!s->o->welcome)
		fprintf(stderr, "sealpost: line %lu: %s\n", b->number - s->skip,
			reason.len ? buf_str(&reason) : "refused");
	buf_done(&reason);
	if (!s->status)
		s->status = b->status;
}

/* The end: of the session, or of the agent. */
static void part(struct script *s, const struct link_block *b)
{
	int status = b->kind == LINK_PARTED ? b->status : EX_UNAVAILABLE;
	if (status)
		fprintf(stderr, "sealpost: %s\n",
			b->kind == LINK_PARTED
				? "the input ended in the middle of a command: it was not run"
				: "the agent closed the connection before it had answered everything");
	if (!s->status)
		s->status = status;
}

static void show_blocks(struct script *s)
{
	struct link_block b;
	while (!s->is_closed && link_take(&s->link, &b)) {
		fwrite(b.text, 1, b.len, stdout);
		s->is_closed = b.kind == LINK_CLOSED || b.kind == LINK_PARTED;
		if (s->is_closed)
			part(s, &b);
		else if (b.kind == LINK_ANSWER && b.status)
			complain(s, &b);
	}
	if (fflush(stdout) != 0)
		s->is_closed = 1; /* nobody reads any more */
}

/* The next bytes of the text, or of standard input when there is none. 0 at the end; -1 with errno. */
static ssize_t next_bytes(struct script *s)
{
	ssize_t n;
	if (s->text) {
		size_t left = strnlen(s->text, CHUNK);
		memcpy(s->chunk, s->text, left);
		s->text += left;
		return (ssize_t)left;
	}
	do
		n = read(STDIN_FILENO, s->chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	return n;
}

static void read_input(struct script *s)
{
	ssize_t n = next_bytes(s);
	s->at = 0;
	s->len = n > 0 ? (size_t)n : 0;
	if (n > 0) {
		s->last = s->chunk[n - 1];
		return;
	}
	s->input_ended = 1;
	if (n < 0) {
		fprintf(stderr, "sealpost: standard input: %s\n", strerror(errno));
		s->status = s->status ? s->status : EX_NOINPUT;
	}
	if (s->last && s->last != '\n') /* the input ended in order, so its last line counts */
		s->chunk[s->len++] = '\n';
}

static void send_input(struct script *s)
{
	ssize_t n = send(s->link.fd, s->chunk + s->at, s->len - s->at, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		s->at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		s->at = s->len, s->input_ended = 1; /* what it said before it closed is read below */
}

static void turn(struct script *s)
{
	int has_input = s->at < s->len;
	struct pollfd p[] = {
		{ .fd = s->link.fd, .events = (short)(POLLIN | (has_input ? POLLOUT : 0)) },
		{ .fd = has_input || s->input_ended || s->text ? -1 : STDIN_FILENO, .events = POLLIN },
	};
	if (!has_input && !s->input_ended && s->text)
		read_input(s);
	else if (poll(p, 2, -1) < 0)
		return;
	if (p[0].revents & (POLLIN | POLLHUP | POLLERR)) {
		link_fill(&s->link);
		show_blocks(s);
	}
	if (p[0].revents & POLLOUT && !s->is_closed)
		send_input(s);
	if (p[1].revents)
		read_input(s);
	if (s->input_ended && s->at == s->len && !s->is_closed)
		link_end(&s->link);
}

int cli_script(const struct cli *o, const char *text)
{
	static const char welcome[] = "xWelcome\n";
	struct script s = { .o = o, .text = text };
	struct err e;
	int status = cli_open(o, &s.link);
	if (status)
		return status;
	s.skip = 1 + (o->is_login != 0) + (o->json != 0) + (o->stop_on_error != 0);
	if (o->welcome) {
		s.skip++;
		if (link_send(&s.link, welcome, sizeof welcome - 1, &e) < 0)
			s.is_closed = 1;
	}
	while (!s.is_closed)
		turn(&s);
	link_close(&s.link);
	explicit_bzero(s.chunk, sizeof s.chunk);
	return s.status;
}
