/* SPDX-License-Identifier: MIT */
/* cli_script: sends lines from standard input to the agent, and prints the answers on standard output. It
 * sends a line without waiting for the answer to the previous one. */
#include "link.h"

#include "ctl/ctl_text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum { CHUNK = 65536 };

struct script {
	const struct cli_options *o;
	const char *text; /* the rest of the lines; NULL: lines are read from standard input */
	struct ctl ctl;
	char chunk[CHUNK]; /* bytes that were read and have not been sent yet */
	size_t at, len;
	char last; /* the last byte that was read */
	int input_ended, is_closed;
	/* lines that this program sent before the user's; the agent counts them, too */
	unsigned long set_up_lines;
	int status; /* exit status of the first line that failed */
};

static void complain(struct script *s, const struct ctl_block *b)
{
	char reason[LINK_REASON_MAX];
	ctl_text_reason(b->text, reason, sizeof reason);
	if (!s->o->welcome)
		fprintf(stderr, "sealpost: line %lu: %s\n", b->number - s->set_up_lines,
			b->status == CTL_FOUND_FAULT ? "a check failed: its answer says which"
			: *reason                    ? reason
						     : "refused");
	if (!s->status)
		s->status = b->status;
}

/* To be called when the session has ended, normally or because the agent closed the connection. */
static void on_end(struct script *s, const struct ctl_block *b)
{
	int status = b->kind == CTL_ENDED ? b->status : EX_UNAVAILABLE;
	if (status)
		fprintf(stderr, "sealpost: %s\n",
			b->kind == CTL_ENDED
				? "the input ended in the middle of a command: it was not run (a body ends "
				  "with a line that is only a full stop)"
				: "the agent closed the connection before it had answered everything");
	if (!s->status)
		s->status = status;
}

static void show_blocks(struct script *s)
{
	struct ctl_block b;
	while (!s->is_closed && ctl_take(&s->ctl, &b)) {
		fwrite(b.text, 1, b.len, stdout);
		s->is_closed = b.kind == CTL_CLOSED || b.kind == CTL_ENDED;
		if (s->is_closed)
			on_end(s, &b);
		else if (b.kind == CTL_ANSWER && b.status)
			complain(s, &b);
	}
	if (fflush(stdout) != 0)
		s->is_closed = 1; /* standard output is closed */
}

/* Reads the next bytes of the text, or of standard input if there is no text. Returns 0 at the end; -1 with
 * errno. */
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
	/* the input ended normally, so its last line counts even without a line end */
	if (s->last && s->last != '\n')
		s->chunk[s->len++] = '\n';
}

static void send_input(struct script *s)
{
	ssize_t n = send(s->ctl.fd, s->chunk + s->at, s->len - s->at, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		s->at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		/* the output that the agent sent before it closed the connection is read below */
		s->at = s->len, s->input_ended = 1;
}

static void turn(struct script *s)
{
	int has_input = s->at < s->len;
	struct pollfd p[] = {
		{ .fd = s->ctl.fd, .events = (short)(POLLIN | (has_input ? POLLOUT : 0)) },
		{ .fd = has_input || s->input_ended || s->text ? -1 : STDIN_FILENO, .events = POLLIN },
	};
	if (!has_input && !s->input_ended && s->text)
		read_input(s);
	else if (poll(p, 2, -1) < 0)
		return;
	if (p[0].revents & (POLLIN | POLLHUP | POLLERR)) {
		ctl_fill(&s->ctl);
		show_blocks(s);
	}
	if (p[0].revents & POLLOUT && !s->is_closed)
		send_input(s);
	if (p[1].revents)
		read_input(s);
	if (s->input_ended && s->at == s->len && !s->is_closed)
		ctl_end(&s->ctl);
}

int cli_script(const struct cli_options *o, const char *text)
{
	static const char welcome[] = "xWelcome\n";
	struct script s = { .o = o, .text = text };
	int status = link_open(o, &s.ctl, &s.set_up_lines);
	if (status)
		return status;
	if (o->welcome) {
		s.set_up_lines++;
		if (ctl_send(&s.ctl, welcome, sizeof welcome - 1) < 0)
			s.is_closed = 1;
	}
	while (!s.is_closed)
		turn(&s);
	ctl_close(&s.ctl);
	explicit_bzero(s.chunk, sizeof s.chunk);
	return s.status;
}
