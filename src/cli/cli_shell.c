/* SPDX-License-Identifier: MIT */
/* cli_shell: a session at a terminal. It sends typed lines to the agent and shows the answers on the screen.
 * After "echo off", with which programs on a pseudo-terminal begin, it writes only answers. */
#include "shell.h"

#include "base/mem.h"
#include "doctor.h"
#include "link.h"
#include "wrap.h"

#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	PLAIN_LINE_MAX = 128 << 10, /* more than the agent accepts */
	END_OF_INPUT = 4,
	HANGING_INDENT = 4,
	GIVE_UP_MS = 2000, /* time within which the agent has to end a command */
	BACKSPACE = 8,
	DELETE = 127
};

/* --- showing --- */

static const char *colour_of(const char *line, size_t len)
{
	static const char *const bad[] = { "(status=Error)", "(status=ParameterError)", "(error=True)" };
	if (len == 5 && memcmp(line, "ERROR", 5) == 0)
		return "\033[31m";
	for (size_t i = 0; i < sizeof bad / sizeof *bad && *line == '*'; i++)
		if (memmem(line, len, bad[i], strlen(bad[i])))
			return "\033[31m";
	return len > 2 && line[0] == '*' && line[1] == '?' ? "\033[36m" : NULL;
}

/* Returns 1 for lines of XML or JSON documents, which are for programs, even on a screen. */
static int is_machine_made(const char *line, size_t len)
{
	size_t blanks = 0;
	while (blanks < len && line[blanks] == ' ')
		blanks++;
	return blanks < len && strchr("{}\"<", line[blanks]);
}

/* Writes a line; on a terminal it is broken between words. */
static void show_line(const char *line, size_t len, size_t columns)
{
	struct wrap w = { .out = stdout, .columns = is_machine_made(line, len) ? 0 : columns };
	while (w.indent < len && line[w.indent] == ' ')
		w.indent++;
	w.indent += HANGING_INDENT;
	wrap_write(&w, line, len);
}

static void show(const struct shell *s, const struct ctl_block *b)
{
	const char *end = b->text + b->len;
	size_t columns = s->screen.is_read && !s->is_quiet ? wrap_columns(STDOUT_FILENO) : 0;
	for (const char *line = b->text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t len = next ? (size_t)(next - line) : (size_t)(end - line);
		const char *colour = s->screen.has_colours && !s->is_quiet ? colour_of(line, len) : NULL;
		fputs(colour ? colour : "", stdout);
		show_line(line, len, columns);
		puts(colour ? "\033[0m" : "");
		line += len + 1;
	}
	fflush(stdout);
}

static void note_end(struct shell *s, const struct ctl_block *b)
{
	if (b->kind != CTL_CLOSED && b->kind != CTL_ENDED)
		return;
	s->is_closed = 1;
	s->is_lost = b->kind == CTL_CLOSED;
}

/* Shows feedback and log lines on lines of their own: erases the prompt and the text typed after it, and
 * draws them again below. */
void cli_shell_show_pushed(struct shell *s)
{
	struct ctl_block b;
	int shown = 0;
	while (!s->is_closed && ctl_take(&s->ctl, &b)) {
		if (!shown++ && s->is_editing)
			printf("%s%s\n", *s->screen.clear_line ? "\r" : "", s->screen.clear_line);
		show(s, &b);
		note_end(s, &b);
	}
	if (shown && s->is_editing && !s->is_closed)
		el_set(s->el, EL_REFRESH);
}

/* --- the answer to one line --- */

static const char cancel[] = "\030\n"; /* the line that makes the agent end the running command */

/* Handles Ctrl-C during an answer: asks the agent to end the running command. If it was asked already, the
 * session ends. */
static void give_up(struct shell *s)
{
	if (s->gives_up++ || ctl_send(&s->ctl, cancel, sizeof cancel - 1) < 0)
		ctl_reader_end(&s->ctl.reader);
	else
		s->is_interrupted = 0;
	if (!s->is_quiet)
		printf("^C\n");
}

/* Waits for the next block. */
static void next_block(struct shell *s, struct ctl_block *ret)
{
	while (!ctl_take(&s->ctl, ret)) {
		struct pollfd p[] = { { .fd = s->ctl.fd, .events = POLLIN },
				      { .fd = s->signals, .events = POLLIN } };
		int n = poll(p, 2, s->gives_up ? GIVE_UP_MS : -1);
		if (n < 0)
			continue;
		if (p[1].revents)
			keys_take_signal(s);
		if (s->is_interrupted)
			give_up(s);
		if (s->is_closed || n == 0)
			ctl_reader_end(&s->ctl.reader);
		else if (p[0].revents)
			ctl_fill(&s->ctl);
	}
}

int cli_shell_ask(struct shell *s, const char *line, size_t len, struct ctl_block *ret)
{
	if (ctl_send(&s->ctl, line, len) < 0) {
		s->is_closed = s->is_lost = 1;
		return -1;
	}
	for (next_block(s, ret); ret->kind == CTL_PUSHED || ret->kind == CTL_PART; next_block(s, ret))
		show(s, ret);
	note_end(s, ret);
	return s->is_closed ? -1 : 0;
}

/* After the answer to a command that was to be ended, waits for the answer to the line `cancel`. */
static void end_giving_up(struct shell *s)
{
	struct ctl_block b;
	while (s->gives_up && !s->is_closed) {
		next_block(s, &b);
		note_end(s, &b);
		if (b.kind == CTL_PUSHED)
			show(s, &b);
		if (b.kind == CTL_ANSWER)
			s->gives_up = 0;
	}
	s->gives_up = 0;
}

/* Returns 1 if the line may contain a secret. The answer tells for lines that the agent understood; a line
 * that it refused counts if it has a word that looks like the name of a secret. */
static int may_be_secret(const char *line, const struct ctl_block *answer)
{
	static const char *const names[] = { "passw", "secret", "key" };
	for (size_t i = 0; answer->status && i < sizeof names / sizeof *names; i++)
		if (strcasestr(line, names[i]))
			return 1;
	return answer->is_secret;
}

static void remember(struct shell *s, const char *line, const struct ctl_block *answer)
{
	if (line[strspn(line, " \t\r\n")] && !may_be_secret(line, answer))
		editor_remember(s, line);
}

static void forget_held(struct shell *s)
{
	mem_wipe(s->held);
	s->held = NULL;
}

/* Sends a line, or the last line of a body, and shows its answer. */
static void send_line(struct shell *s, const char *line, size_t len)
{
	struct ctl_block b = { .text = "" };
	s->in_body = 0;
	int r = cli_shell_ask(s, line, len, &b);
	show(s, &b);
	if (r < 0)
		return;
	if (s->gives_up) {
		end_giving_up(s);
		forget_held(s);
		return;
	}
	s->in_body = b.kind == CTL_BODY_WANTED;
	if (s->in_body) {
		s->held = strdup(line);
	} else {
		remember(s, s->held ? s->held : line, &b);
		forget_held(s);
	}
	/* the end of the session may have been received together with the answer */
	while (!s->is_closed && ctl_take(&s->ctl, &b)) {
		show(s, &b);
		note_end(s, &b);
	}
}

/* --- lines that are typed --- */

/* If the next word of *at is this word, or an abbreviation that the agent would accept, moves *at past it and
 * returns 1. */
static int takes_word(const char **at, const char *word)
{
	enum { SHORTEST = 2 };
	const char *from = *at + strspn(*at, " \t");
	size_t len = strcspn(from, " \t\r\n|");
	if (len < SHORTEST || len > strlen(word) || strncasecmp(from, word, len) != 0)
		return 0;
	*at = from + len;
	return 1;
}

/* Returns 0 for "echo off" and 1 for "echo on", which may follow xPreferences, and moves *line past it; -1 for
 * anything else. */
static int echo_requested(const char **line)
{
	takes_word(line, "xPreferences");
	if (!takes_word(line, "echo"))
		return -1;
	int on = takes_word(line, "on");
	if (!on && !takes_word(line, "off"))
		return -1;
	const char *rest = *line + strspn(*line, " \t");
	return strchr("\r\n|", *rest) ? on : -1;
}

/* Handles a line "echo on" or "echo off". This program itself echoes lines, and the agent must not: so the
 * agent is sent "echo off" in both cases, and its answer is shown. */
static void take_echo(struct shell *s, int on, const char *rest)
{
	struct buf line;
	buf_init(&line, PLAIN_LINE_MAX);
	buf_addf(&line, "echo off%s", rest);
	s->is_quiet = !on;
	send_line(s, buf_str(&line), line.len);
	buf_done(&line);
}

/* Shows the answer to the line "doctor ..." as sealpost doctor does. */
static void take_doctor(struct shell *s, const char *typed, const char *words)
{
	struct doctor_look look = doctor_look_of_terminal();
	struct ctl_block b = { .text = "" };
	struct buf line;
	buf_init(&line, PLAIN_LINE_MAX);
	if (doctor_typed_line(words, &line, &look.detail) == 0 &&
	    cli_shell_ask(s, buf_str(&line), line.len, &b) == 0) {
		if (b.status == EX_OK || b.status == CTL_FOUND_FAULT)
			doctor_show(b.text, b.len, &look, stdout);
		else
			show(s, &b);
		remember(s, typed, &b);
	}
	end_giving_up(s);
	fflush(stdout);
	buf_done(&line);
}

static void take_line(struct shell *s, const char *line, size_t len)
{
	const char *rest = line, *doctor = s->in_body || s->is_quiet ? NULL : doctor_words(line);
	int echo = s->in_body ? -1 : echo_requested(&rest), status;
	if (s->in_body && strcmp(line, ".\n") != 0) {
		if (ctl_send(&s->ctl, line, len) < 0)
			s->is_closed = s->is_lost = 1;
	} else if (echo >= 0) {
		take_echo(s, echo, rest);
	} else if (doctor) {
		take_doctor(s, line, doctor);
	} else if (!s->in_body && !s->is_quiet && cli_report_typed(s->o, line, &status)) {
		fflush(stdout);
		editor_remember(s, line);
	} else {
		send_line(s, line, len);
	}
}

/* Handles Ctrl-C: drops the text typed so far and, within a body, cancels the body and its command. */
static void take_interrupt(struct shell *s)
{
	s->is_interrupted = 0;
	if (!s->is_quiet)
		printf("^C\n");
	if (s->in_body)
		send_line(s, cancel, sizeof cancel - 1);
}

static const char body_end[] = ".\n";

/* Sends a line that was edited with libedit. Line ends that were typed after Ctrl-V become blanks, so that it
 * remains one line with one answer. */
static void edited_line(struct shell *s)
{
	size_t len = 0;
	const char *line = editor_line(s, &len);
	if (s->is_closed || s->is_interrupted)
		return;
	if (!line && s->in_body) { /* Ctrl-D ends a body, as a full stop does */
		printf("\n");
		send_line(s, body_end, sizeof body_end - 1);
		return;
	}
	if (!line) {
		s->is_closed = 1;
		printf("\n");
		return;
	}
	char *copy = strndup(line, len);
	for (char *at = copy; copy && at[strcspn(at, "\r\n")] && at[strcspn(at, "\r\n") + 1];)
		*(at += strcspn(at, "\r\n")) = ' ';
	if (copy)
		take_line(s, copy, strlen(copy));
	mem_wipe(copy);
}

static void drop_character(struct buf *line)
{
	while (line->len && ((unsigned char)line->data[--line->len] & 0xc0) == 0x80)
		;
	if (line->data)
		line->data[line->len] = '\0';
}

/* Reads and sends a line after "echo off"; typed bytes are not shown. */
static void plain_line(struct shell *s)
{
	struct buf line;
	unsigned char c;
	int has_ended = 0;
	buf_init(&line, PLAIN_LINE_MAX);
	while (!has_ended && keys_next(s, &c)) {
		if (c == '\r' || c == '\n')
			has_ended = 1;
		else if (c == BACKSPACE || c == DELETE)
			drop_character(&line);
		else if (c == END_OF_INPUT && !line.len && s->in_body)
			has_ended = buf_addc(&line, '.') == 0;
		else if (c == END_OF_INPUT && !line.len)
			s->is_closed = 1;
		else
			buf_addc(&line, (char)c);
	}
	if (has_ended) {
		line.full = 0;
		buf_addc(&line, '\n');
		take_line(s, buf_str(&line), line.len);
	}
	buf_wipe(&line);
}

static void read_lines(struct shell *s)
{
	while (!s->is_closed) {
		if (s->is_quiet)
			plain_line(s);
		else
			edited_line(s);
		if (s->is_interrupted && !s->is_closed)
			take_interrupt(s);
	}
}

int cli_shell(const struct cli_options *o)
{
	struct shell s = { .o = o };
	struct ctl_block b;
	/* libedit has to read UTF-8; no other part of the locale may change. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0),
		 before = utf8 ? uselocale(utf8) : (locale_t)0;
	int status = link_open(o, &s.ctl, NULL);
	if (status)
		goto out;
	status = EX_OSERR;
	if (keys_open(&s) < 0) {
		perror("sealpost: signals");
		goto out_link;
	}
	screen_open(&s.screen);
	editor_open(&s);
	if (cli_shell_ask(&s, "xWelcome\n", 9, &b) == 0)
		show(&s, &b);
	read_lines(&s);
	status = s.is_lost ? EX_UNAVAILABLE : EX_OK;
	editor_close(&s);
	forget_held(&s);
	close(s.signals);
out_link:
	ctl_close(&s.ctl);
out:
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return status;
}
