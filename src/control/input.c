/* SPDX-License-Identifier: MIT */
#include "input.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "base/text.h"
#include "input_line.h"
#include "control_internal.h"
#include "command/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The byte CAN: a line with only this byte cancels the command whose body is being typed, or that is
 * running. */
enum { CANCEL = '\030' };

static const char too_long[] = "the body is longer than 4194304 bytes, or has a line longer than 65536";

static const char *pending(const struct session *s)
{
	return s->in.data + s->in_at;
}

static size_t left(const struct session *s)
{
	return s->in.len - s->in_at;
}

static void consume(struct session *s, size_t n)
{
	s->in_at += n;
	s->in_seen = s->in_at;
}

void input_forget_held(struct session *s)
{
	mem_wipe(s->held);
	s->held = NULL;
}

/* --- commands --- */

static struct command *begin(struct session *s, unsigned long number)
{
	const struct command_caller by = { .roles = s->roles,
					   .uid = s->uid,
					   .is_remote = s->person != NULL,
					   .hides_urls = s->hides_urls,
					   .who = s->who,
					   .mode = s->mode,
					   .done = session_on_answer,
					   .arg = s };
	struct request *r = mem_new(sizeof *r);
	*r = (struct request){ .command = command_new(s->control->commands, &by), .number = number };
	if (s->last)
		s->last->next = r;
	else
		s->first = r;
	s->last = r;
	s->in_flight++;
	return r->command;
}

static void refuse(struct session *s, unsigned long number, const char *reason)
{
	struct command *c = begin(s, number);
	s->running++;
	command_refuse(c, EX_DATAERR, reason);
	s->running--;
}

/* A command as the client sent it: its line and its body. */
struct unit {
	const char *line, *body; /* body NULL: there is none */
	size_t line_len, body_len;
	unsigned long number;
};

static void run(struct session *s, const struct unit *u)
{
	struct command *c = begin(s, u->number);
	struct err e;
	s->running++;
	c->body = u->body;
	c->body_len = u->body_len;
	if (line_parse(u->line, u->line_len, &c->line, &e) < 0)
		command_refuse(c, EX_DATAERR, e.text);
	else
		verb_run(c);
	c->body = NULL;
	s->running--;
}

/* Runs a command whose body is a part of the input buffer. A command expects a NUL after its body, so the
 * byte after the body is replaced by a NUL until the command's function has returned. */
static void run_in_place(struct session *s, const struct unit *u)
{
	char *end = s->in.data + (u->body - s->in.data) + u->body_len, kept = *end;
	*end = '\0';
	run(s, u);
	*end = kept;
}

static int is_pipelined(const struct request *r)
{
	return r->command->verb && r->command->verb->flags & VERB_PIPELINED;
}

/* Returns 1 if the line must wait until all commands before it are answered. It need not wait if it is a
 * publication and all commands before it are publications. */
static int must_wait(struct session *s, const char *line, size_t len)
{
	if (s->in_flight == 0)
		return 0;
	return s->in_flight >= SESSION_IN_FLIGHT_MAX || !is_pipelined(s->last) ||
	       !verb_is_pipelined(s->control->commands, line, len);
}

/* --- lines --- */

/* Returns the end of the line that begins at in_at, an LF or a CR; NULL if the line is not complete yet. */
static const char *line_end(struct session *s)
{
	size_t unseen = s->in.len - s->in_seen;
	const char *from = s->in.data + s->in_seen, *end = unseen ? memchr(from, '\n', unseen) : NULL;
	const char *cr = unseen ? memchr(from, '\r', end ? (size_t)(end - from) : unseen) : NULL;
	s->in_seen = s->in.len;
	return cr ? cr : end;
}

/* Consumes the line of len bytes and its end; end NULL: the line is not complete. The LF of a CRLF is
 * consumed later, since it may not have arrived yet. */
static void consume_line(struct session *s, size_t len, const char *end)
{
	s->after_cr = end && *end == '\r';
	consume(s, end ? len + 1 : len);
}

static size_t without_cr(const char *line, size_t len)
{
	return len && line[len - 1] == '\r' ? len - 1 : len;
}

static void hold(struct session *s, const char *line, size_t len)
{
	s->held = mem_dup_n(line, len);
	s->held_number = s->number;
	s->input = INPUT_BODY;
	s->body_begun_ms = loop_now_ms(s->control->loop);
	buf_reset(&s->body);
	if (s->framing)
		buf_adds(&s->out, SESSION_MARK ">\n");
}

/* Writes the line back to the client. Bytes that are not text, that control a terminal or that could be
 * mistaken for framing become dots. */
static void echo(struct session *s, const char *line, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t point = 0;
		n = text_utf8(line + i, &point);
		if (n && n <= len - i && !text_is_hidden(point))
			buf_add(&s->out, line + i, n);
		else
			n = 1, buf_addc(&s->out, '.');
	}
	buf_addc(&s->out, '\n');
}

/* Gives an empty line or a comment an empty answer, so that a program that counts lines is not left
 * waiting. */
static void answer_silently(struct session *s)
{
	if (!s->framing)
		return;
	struct command *c = begin(s, s->number);
	c->kind = ANSWER_SILENT;
	s->running++;
	command_finish(c, EX_OK);
	s->running--;
}

/* Ends the work of the running command, if it can be ended. */
static void give_up_running(struct session *s)
{
	struct command *c = s->in_flight == 1 ? s->first->command : NULL;
	if (!c || c->done || !c->forget)
		return;
	void (*forget)(struct command *) = c->forget;
	c->forget = NULL;
	forget(c);
	c->work = NULL;
	command_refuse(c, EX_TEMPFAIL, "the command was given up before it had its answer");
}

static void take_line(struct session *s, const char *line, size_t len)
{
	/* editors begin a file with a byte order mark, and the file may be a script */
	size_t mark = len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	line += mark;
	len -= mark;
	s->number++;
	size_t n = input_line_counted(line, len);
	if (n) {
		s->counted = n;
		s->body_begun_ms = loop_now_ms(s->control->loop);
		s->input = n > CONTROL_LINE_MAX + COMMAND_BODY_MAX ? INPUT_SKIP_COUNTED : INPUT_COUNTED;
		if (s->input == INPUT_SKIP_COUNTED)
			refuse(s, s->number, too_long);
	} else if (input_line_says_nothing(line, len)) {
		answer_silently(s);
	} else {
		if (s->echo)
			echo(s, line, len);
		if (verb_wants_body(s->control->commands, line, len))
			hold(s, line, len);
		else
			run(s, &(struct unit){ line, NULL, len, 0, s->number });
	}
}

static int step_line(struct session *s)
{
	const char *end = line_end(s);
	if (!end && left(s) <= CONTROL_LINE_MAX)
		return 0;
	size_t len = end ? (size_t)(end - pending(s)) : left(s);
	if (len > CONTROL_LINE_MAX) {
		if (s->in_flight) {
			s->must_wait = 1;
			s->in_seen = s->in_at;
			return 0;
		}
		refuse(s, ++s->number, "the line is longer than 65536 bytes");
		s->input = end ? INPUT_LINE : INPUT_SKIP_LINE;
		consume_line(s, len, end);
		return 1;
	}
	if (end && len == 1 && *pending(s) == CANCEL) {
		consume_line(s, len, end);
		s->number++;
		give_up_running(s);
		answer_silently(s);
		return 1;
	}
	if (!input_line_counted(pending(s), len) && must_wait(s, pending(s), len)) {
		s->must_wait = 1;
		s->in_seen = s->in_at;
		return 0;
	}
	const char *line = pending(s);
	consume_line(s, len, end);
	take_line(s, line, len);
	return 1;
}

static int step_skip_line(struct session *s)
{
	const char *end = line_end(s);
	consume_line(s, end ? (size_t)(end - pending(s)) : left(s), end);
	if (end)
		s->input = INPUT_LINE;
	return end != NULL;
}

/* --- bodies --- */

static struct unit held_with(const struct session *s, const char *body, size_t len)
{
	return (struct unit){ s->held, body, strlen(s->held), len, s->held_number };
}

static void forget_body(struct session *s)
{
	s->input = INPUT_LINE;
	input_forget_held(s);
	buf_wipe(&s->body);
}

static void end_body(struct session *s)
{
	struct unit u = held_with(s, buf_str(&s->body), s->body.len);
	s->input = INPUT_LINE;
	run(s, &u);
	forget_body(s);
}

/* Reads one more line of the body. A line with only "." ends the body; a line with only CAN cancels the
 * command. */
static int step_body(struct session *s)
{
	const char *end = line_end(s);
	if (!end && left(s) <= CONTROL_LINE_MAX)
		return 0;
	size_t len = end ? (size_t)(end - pending(s)) : left(s);
	size_t n = end && s->input == INPUT_BODY && !s->body.len ? input_line_counted(pending(s), len) : 0;
	int is_last = end && len == 1 && *pending(s) == '.',
	    is_cancelled = end && len == 1 && *pending(s) == CANCEL;
	if (n) {
		s->number++;
		consume_line(s, len, end);
		s->counted = n;
		s->input = n > COMMAND_BODY_MAX ? INPUT_SKIP_COUNTED : INPUT_COUNTED_BODY;
		if (s->input == INPUT_SKIP_COUNTED) {
			input_forget_held(s);
			refuse(s, s->held_number, too_long);
		}
		return 1;
	}
	int skips = s->input == INPUT_SKIP_BODY;
	if (end)
		s->number++;
	if (!skips && !is_last && !is_cancelled &&
	    (!end || buf_add(&s->body, pending(s), len) < 0 || buf_addc(&s->body, '\n') < 0)) {
		s->input = INPUT_SKIP_BODY;
		s->body.full = 0;
		buf_done(&s->body);
	}
	consume_line(s, len, end);
	if (is_cancelled) {
		forget_body(s);
		refuse(s, s->held_number,
		       "the command was cancelled while its body was typed: it was not run");
	} else if (is_last && skips) {
		input_forget_held(s);
		s->input = INPUT_LINE;
		refuse(s, s->held_number, too_long);
	} else if (is_last) {
		end_body(s);
	}
	return 1;
}

/* Runs the command in the next s->counted bytes, which are its line, its body, and the end of a line. */
static int step_counted(struct session *s)
{
	if (left(s) < s->counted)
		return 0;
	const char *all = pending(s), *end = memchr(all, '\n', s->counted);
	size_t len = end ? (size_t)(end - all) : s->counted, text = without_cr(all, len);
	if (must_wait(s, all, text)) {
		s->must_wait = 1;
		return 0;
	}
	struct unit u = { all, NULL, text, 0, s->number + 1 };
	if (end) {
		u.body = end + 1;
		u.body_len = s->counted - len - 1;
		if (u.body_len && u.body[u.body_len - 1] == '\n')
			u.body_len--;
	}
	for (const char *at = all; (at = memchr(at, '\n', s->counted - (size_t)(at - all))); at++)
		s->number++;
	consume(s, s->counted);
	s->input = INPUT_LINE;
	if (u.body)
		run_in_place(s, &u);
	else
		run(s, &u);
	return 1;
}

/* Runs the line in s->held with the next s->counted bytes as its body. */
static int step_counted_body(struct session *s)
{
	if (left(s) < s->counted)
		return 0;
	const char *body = pending(s);
	for (const char *at = body; (at = memchr(at, '\n', s->counted - (size_t)(at - body))); at++)
		s->number++;
	consume(s, s->counted);
	struct unit u = held_with(s, body, s->counted);
	s->input = INPUT_LINE;
	run_in_place(s, &u);
	input_forget_held(s);
	return 1;
}

static int step_skip_counted(struct session *s)
{
	size_t n = s->counted < left(s) ? s->counted : left(s);
	consume(s, n);
	s->counted -= n;
	if (s->counted)
		return 0;
	s->input = INPUT_LINE;
	return 1;
}

static int step(struct session *s)
{
	if (s->after_cr) {
		s->after_cr = 0;
		if (*pending(s) == '\n' || *pending(s) == '\0') {
			consume(s, 1);
			return 1;
		}
	}
	switch (s->input) {
	case INPUT_LINE: return step_line(s);
	case INPUT_BODY:
	case INPUT_SKIP_BODY: return step_body(s);
	case INPUT_COUNTED: return step_counted(s);
	case INPUT_COUNTED_BODY: return step_counted_body(s);
	case INPUT_SKIP_LINE: return step_skip_line(s);
	case INPUT_SKIP_COUNTED: return step_skip_counted(s);
	}
	return 0;
}

/* Removes consumed bytes from the buffer, and frees it when it is empty. */
static void tidy(struct session *s)
{
	if (s->in_at == s->in.len && s->in.data) {
		explicit_bzero(s->in.data, s->in.len); /* the input may have contained a secret */
		buf_done(&s->in);
	} else if (s->in_at) {
		buf_drop(&s->in, s->in_at);
	}
	s->in_seen -= s->in_at;
	s->in_at = 0;
}

int input_take(struct session *s, unsigned *budget)
{
	int finished = 0;
	s->must_wait = 0;
	while (*budget && !finished && !s->closing && !s->dead && left(s) && step(s)) {
		if (!s->last || s->last->command->done || !is_pipelined(s->last))
			--*budget;
		if (monotonic_ms() >= s->turn_ends_ms)
			*budget = 0;
		finished = s->first && s->first->command->done;
	}
	if (!finished)
		tidy(s);
	return finished;
}
