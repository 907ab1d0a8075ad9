/* SPDX-License-Identifier: MIT */
#include "control_internal.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "command/hide_urls.h"
#include "input.h"
#include "limits.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	READ_CHUNK = 8 << 10,
	/* bytes read from one session in one turn of the loop, so that other sessions get their turn */
	READ_TURN_MAX = READ_CHUNK,
	RUN_TURN_MAX = 64, /* commands of one session in one turn, not counting publications */
	/* after this time in one turn no further command of the session is begun: a setting is on disk before
	 * it is answered, which may take long */
	TURN_MS = 20,
	/* while at least this many bytes of output are unread, no further command is begun and no answer
	 * continued */
	OUTPUT_PAUSE = 256 << 10,
	/* bytes of answers in one turn of the loop, so that other sessions get their turn */
	SLICE = 64 << 10,
	KEEP_MAX = 64 << 10,  /* an empty buffer larger than this is freed */
	STALL_MS = 60 * 1000, /* a client that reads nothing for this long is disconnected */
};

/* The reason for dropping a session whose client does not read its output. */
static const char not_reading[] = "the client does not read its output";

static int64_t now_ms(const struct session *s)
{
	return loop_now_ms(s->control->loop);
}

/* Continues the session's work in the next turn of the loop. */
static void advance_next_turn(struct session *s)
{
	if (!s->dead && !loop_timer_armed(s->work))
		loop_timer_in(s->work, 0);
}

void session_drop(struct session *s, const char *why)
{
	if (s->dead)
		return;
	s->dead = 1;
	if (why)
		s->why = why;
	loop_watch_free(s->watch);
	s->watch = NULL;
	loop_timer_stop(s->work);
	close(s->fd);
	s->fd = -1;
	control_free_dropped(s->control);
}

void session_leave(struct session *s, const char *why)
{
	char line[200];
	int len = snprintf(line, sizeof line, "\nConnection closed: %s\n", why);
	if (s->mode == OUTPUT_TERMINAL && !s->dead && s->out_at == s->out.len)
		(void)!send(s->fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
	session_drop(s, why);
}

void session_close(struct session *s, const char *why)
{
	char mark[16];
	int len = snprintf(mark, sizeof mark, SESSION_MARK ".%d\n", EX_UNAVAILABLE);
	if (s->person && s->framing && !s->dead && s->out_at == s->out.len)
		(void)!send(s->fd, mark, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
	session_leave(s, why);
}

/* --- output --- */

static size_t unread(const struct session *s)
{
	return s->out.len - s->out_at;
}

static void shrink(struct buf *b)
{
	if (b->cap > KEEP_MAX)
		buf_done(b);
	else
		buf_reset(b);
}

static void write_out(struct session *s)
{
	while (unread(s)) {
		ssize_t n = send(s->fd, s->out.data + s->out_at, unread(s), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (s->stalled_ms < 0) {
				s->stalled_ms = now_ms(s);
				control_check(s->control);
			}
			break;
		}
		if (n < 0) {
			session_drop(s, NULL);
			return;
		}
		s->out_at += (size_t)n;
		s->stalled_ms = -1;
	}
	if (!unread(s)) {
		if (s->has_secrets && s->out.data)
			explicit_bzero(s->out.data, s->out.cap);
		s->has_secrets = 0;
		shrink(&s->out);
		s->out_at = 0;
	} else if (s->out_at > OUTPUT_PAUSE) {
		buf_drop(&s->out, s->out_at);
		s->out_at = 0;
	}
}

static void check_output(struct session *s)
{
	if (s->out.full || s->pushed.full)
		session_drop(s, not_reading);
	else if (limits_output_is_too_much(s))
		session_drop(
			s,
			"the answers that this user's clients have not read take more than 64 MiB together");
}

void session_push(struct session *s, const char *block, size_t len)
{
	if (s->dead || s->closing)
		return;
	/* While an answer is being written, the block waits for its end. */
	struct buf *out = s->answer ? &s->pushed : &s->out;
	buf_add(out, block, len);
	if (s->framing)
		buf_adds(out, SESSION_MARK "-\n");
	check_output(s);
	advance_next_turn(s);
}

/* Writes the parts of the change that the paths select. tag NULL: they have none. */
static void push_selected(struct session *s, struct doc *wanted, const char *tag)
{
	struct buf block;
	if (!wanted || s->dead)
		return;
	if (s->hides_urls || !(s->roles & ROLE_ADMIN))
		hide_urls(wanted);
	buf_init(&block, CONTROL_OUTPUT_MAX);
	answer_print_change(wanted, s->mode, tag, &block);
	session_push(s, buf_str(&block), block.len);
	buf_done(&block);
}

void session_on_change(struct session *s, const struct doc *change)
{
	const struct doc_path *paths[SESSION_EXPRESSIONS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < s->n_expressions && !s->dead; i++) {
		const struct session_expression *x = &s->expressions[i];
		const struct doc_path *const path = &x->path;
		if (!doc_path_matches(path, change))
			continue;
		if (!x->tag) {
			paths[n++] = path;
			continue;
		}
		struct doc *wanted = doc_select(change, &path, 1);
		push_selected(s, wanted, x->tag);
		doc_free(wanted);
	}
	struct doc *wanted = n && !s->dead ? doc_select(change, paths, n) : NULL;
	push_selected(s, wanted, NULL);
	doc_free(wanted);
}

/* Ends the answer of the first command, which is complete in the output buffer. */
static void end_answer(struct session *s)
{
	struct request *r = s->first;
	struct command *c = r->command;
	answer_free(s->answer);
	s->answer = NULL;
	s->answer_size = 0;
	s->first = r->next;
	if (!s->first)
		s->last = NULL;
	s->in_flight--;
	s->active_ms = now_ms(s);
	s->has_secrets |= c->secret;
	s->publishes |= c->verb && c->verb->flags & VERB_PIPELINED;
	if (s->framing)
		buf_addf(&s->out, SESSION_MARK "%d %lu%s\n", c->status, r->number,
			 c->secret ? " secret" : "");
	buf_add(&s->out, s->pushed.data, s->pushed.len);
	shrink(&s->pushed);
	if (c->status && s->stop_on_error)
		s->closing = 1;
	if (c->restarts)
		control_restart(s->control, s);
	command_free(c);
	free(r);
}

static int has_answer(const struct session *s)
{
	return !s->dead && s->first && s->first->command->done;
}

/* Writes complete answers at the head of the queue, as far as the client reads and this turn allows. */
static void answer(struct session *s, size_t *slice)
{
	while (has_answer(s) && unread(s) < OUTPUT_PAUSE && *slice) {
		size_t before = s->out.len;
		if (!s->answer) {
			s->answer = answer_new(s->first->command, s->mode);
			s->answer_size = limits_memory_of(s->first->command->doc);
			/* all memory at once: a buffer that is moved later leaves a copy behind */
			if (s->first->command->secret)
				buf_room(&s->out, 2 * s->answer_size);
		}
		int is_more = answer_go_on(s->answer, before + *slice, &s->out);
		size_t written = s->out.len - before;
		*slice -= written < *slice ? written : *slice;
		if (!is_more)
			end_answer(s);
		check_output(s);
	}
}

struct session *session_from(const struct command *c)
{
	return c->by.arg;
}

void session_on_answer(void *arg)
{
	struct session *s = arg;
	if (!s->running)
		advance_next_turn(s);
}

/* --- life --- */

static void update_watch(struct session *s)
{
	if (s->dead)
		return;
	unsigned read = s->eof || s->closing || s->must_wait ? 0 : LOOP_READ;
	loop_watch_set(s->watch, read | (unread(s) ? LOOP_WRITE : 0U));
}

/* With framing, once all other output is in the buffer, writes the last mark, which shows the client that
 * nothing is missing. */
static void mark_end(struct session *s)
{
	if (!s->closing || s->first || s->end_is_marked)
		return;
	s->end_is_marked = 1;
	if (s->framing)
		buf_addf(&s->out, SESSION_MARK ".%d\n", s->is_broken_off ? EX_DATAERR : EX_OK);
}

/* Returns 1 if the client has closed its connection. A client that has only shut down its sending half still
 * waits for answers. */
static int has_hung_up(const struct session *s)
{
	struct pollfd p = { .fd = s->fd };
	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

/* Does everything that can be done in this turn of the loop: writes answers, begins further commands, and
 * sends output. */
static void advance(struct session *s)
{
	unsigned budget = RUN_TURN_MAX;
	size_t slice = SLICE;
	s->turn_ends_ms = monotonic_ms() + TURN_MS;
	for (;;) {
		answer(s, &slice);
		if (s->dead || s->closing)
			break;
		if (unread(s) >= OUTPUT_PAUSE || has_answer(s)) {
			s->must_wait = 1;
			break;
		}
		if (!input_take(s, &budget))
			break;
	}
	if (s->dead)
		return;
	if (s->eof && !s->closing && !s->first && !s->must_wait && budget) {
		s->closing = 1; /* a line or a body that is not complete is not run */
		s->is_broken_off = s->input != INPUT_LINE || s->in_at < s->in.len;
	}
	mark_end(s);
	write_out(s);
	if (s->dead)
		return;
	if ((s->closing && !s->first && !unread(s)) || (s->eof && s->first && has_hung_up(s))) {
		session_drop(s, NULL);
		return;
	}
	/* Work that no later event would continue is continued in the next turn. */
	int can_go_on = !budget || has_answer(s) || (s->must_wait && !s->first);
	if (can_go_on && unread(s) < OUTPUT_PAUSE)
		advance_next_turn(s);
	update_watch(s);
	if (limits_body_due_ms(s) != INT64_MAX)
		control_check(s->control);
}

static void read_in(struct session *s)
{
	for (size_t got = 0; got < READ_TURN_MAX;) {
		if (limits_input_is_too_much(s)) {
			session_close(
				s,
				"the unfinished commands in all sessions of this user take more than 16 MiB "
				"together");
			return;
		}
		char *room = buf_room(&s->in, READ_CHUNK);
		/* the buffer is full of lines that cannot be run yet: the rest stays in the socket */
		if (!room) {
			s->in.full = 0;
			return;
		}
		ssize_t n = recv(s->fd, room, READ_CHUNK, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			session_drop(s, NULL);
			return;
		}
		if (n == 0) {
			s->eof = 1;
			return;
		}
		buf_took(&s->in, (size_t)n);
		got += (size_t)n;
		if (n < READ_CHUNK)
			return;
	}
}

static void on_ready(void *arg, unsigned ready)
{
	struct session *s = arg;
	if (ready & LOOP_READ) {
		s->active_ms = now_ms(s);
		read_in(s);
	}
	if (!s->dead)
		advance(s);
}

static void on_work(void *arg)
{
	advance(arg);
}

struct session *session_new(struct control *t, int fd, unsigned roles)
{
	struct session *s = mem_new(sizeof *s);
	*s = (struct session){
		.control = t, .fd = fd, .roles = roles, .stalled_ms = -1, .active_ms = loop_now_ms(t->loop)
	};
	buf_init(&s->in, INPUT_MAX);
	buf_init(&s->body, COMMAND_BODY_MAX);
	buf_init(&s->out, CONTROL_OUTPUT_MAX);
	buf_init(&s->pushed, CONTROL_OUTPUT_MAX);
	s->watch = loop_watch(t->loop, fd, LOOP_READ, on_ready, s);
	s->work = loop_timer_new(t->loop, on_work, s);
	return s;
}

int64_t session_check(struct session *s, int64_t inactivity_ms)
{
	int64_t now = now_ms(s), next = INT64_MAX;
	if (s->dead)
		return next;
	if (s->stalled_ms >= 0)
		next = s->stalled_ms + STALL_MS;
	if (next <= now) {
		session_drop(s, not_reading);
		return INT64_MAX;
	}
	int64_t due = limits_body_due_ms(s);
	if (due <= now) {
		session_close(s, "the body of a command did not come to its end within 10 minutes");
		return INT64_MAX;
	}
	next = due < next ? due : next;
	if (!inactivity_ms || s->publishes)
		return next;
	/* a session that waits for an answer is not idle */
	int64_t idle = (s->first ? now : s->active_ms) + inactivity_ms;
	if (idle <= now) {
		session_close(s, "no input came within Security Session InactivityTimeout");
		return INT64_MAX;
	}
	return idle < next ? idle : next;
}

void session_free(struct session *s)
{
	session_drop(s, NULL);
	answer_free(s->answer);
	while (s->first) {
		struct request *r = s->first;
		s->first = r->next;
		command_free(r->command);
		free(r);
	}
	login_end(s);
	subscriptions_drop_all(s);
	syslog_follow(s->control, s, 0);
	loop_timer_free(s->work);
	buf_wipe(&s->in);
	buf_wipe(&s->body);
	buf_wipe(&s->out);
	buf_wipe(&s->pushed);
	input_forget_held(s);
	free(s);
}
