/* SPDX-License-Identifier: MIT */
/* shell: lines that are typed at a terminal go to the agent, answers to the screen. After "echo off", as
 * programs say it that have asked for a pseudo-terminal, nothing is on the screen but answers. */
#include "shell.h"

#include "cli.h"

#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	PLAIN_LINE_MAX = 128 << 10 /* more than the agent takes */,
	END_OF_INPUT = 4,
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

static void show(const struct shell *s, const struct link_block *b)
{
	const char *end = b->text + b->len;
	for (const char *line = b->text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t len = next ? (size_t)(next - line) : (size_t)(end - line);
		const char *colour = s->screen.has_colours && !s->is_quiet ? colour_of(line, len) : NULL;
		printf("%s%.*s%s\n", colour ? colour : "", (int)len, line, colour ? "\033[0m" : "");
		line += len + 1;
	}
	fflush(stdout);
}

static void see_end(struct shell *s, const struct link_block *b)
{
	if (b->kind != LINK_CLOSED && b->kind != LINK_PARTED)
		return;
	s->is_closed = 1;
	s->is_lost = b->kind == LINK_CLOSED;
}

/* It stands on lines of its own: the prompt and what was typed behind it are wiped, and drawn anew below. */
void shell_show_pushed(struct shell *s)
{
	struct link_block b;
	int shown = 0;
	while (!s->is_closed && link_take(&s->link, &b)) {
		if (!shown++ && s->is_editing)
			printf("%s%s\n", *s->screen.clear_line ? "\r" : "", s->screen.clear_line);
		show(s, &b);
		see_end(s, &b);
	}
	if (shown && s->is_editing && !s->is_closed)
		el_set(s->el, EL_REFRESH);
}

/* --- the answer to one line --- */

/* The next block. Who does not want to wait any longer leaves by Ctrl-C: the agent answers lines one after
 * another. */
static void next_block(struct shell *s, struct link_block *ret)
{
	while (!link_take(&s->link, ret)) {
		struct pollfd p[] = { { .fd = s->link.fd, .events = POLLIN },
				      { .fd = s->signals, .events = POLLIN } };
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			keys_take_signal(s);
		if (s->is_interrupted || s->is_closed)
			s->link.eof = 1;
		else if (p[0].revents)
			link_fill(&s->link);
	}
}

int shell_ask(struct shell *s, const char *line, size_t len, struct link_block *ret)
{
	struct err e;
	if (link_send(&s->link, line, len, &e) < 0) {
		s->is_closed = s->is_lost = 1;
		return -1;
	}
	for (next_block(s, ret); ret->kind == LINK_PUSHED; next_block(s, ret))
		show(s, ret);
	see_end(s, ret);
	return s->is_closed ? -1 : 0;
}

/* A line that was not understood may hold a secret without anyone having noticed. */
static int may_be_secret(const char *line, const struct link_block *answer)
{
	static const char *const names[] = { "passw", "secret", "key" };
	for (size_t i = 0; answer->status && i < sizeof names / sizeof *names; i++)
		if (strcasestr(line, names[i]))
			return 1;
	return answer->is_secret;
}

static void remember(struct shell *s, const char *line, const struct link_block *answer)
{
	if (line[strspn(line, " \t\r\n")] && !may_be_secret(line, answer))
		editor_remember(s, line);
}

static void forget_held(struct shell *s)
{
	if (s->held)
		explicit_bzero(s->held, strlen(s->held));
	free(s->held);
	s->held = NULL;
}

/* Sends a line, or the last one of a body, and shows its answer. */
static void run(struct shell *s, const char *line, size_t len)
{
	struct link_block b = { .text = "" };
	s->in_body = 0;
	int r = shell_ask(s, line, len, &b);
	show(s, &b);
	if (r < 0)
		return;
	s->in_body = b.kind == LINK_BODY_WANTED;
	if (s->in_body) {
		s->held = strdup(line);
	} else {
		remember(s, s->held ? s->held : line, &b);
		forget_held(s);
	}
	while (!s->is_closed && link_take(&s->link, &b)) { /* what came with it: the end, perhaps */
		show(s, &b);
		see_end(s, &b);
	}
}

/* --- lines that are typed --- */

/* Is the next word of *at this one, or a beginning of it as long as the agent needs? Then *at moves behind
 * it. */
static int takes_word(const char **at, const char *word)
{
	enum { ENOUGH = 2 };
	const char *from = *at + strspn(*at, " \t");
	size_t len = strcspn(from, " \t\r\n|");
	if (len < ENOUGH || len > strlen(word) || strncasecmp(from, word, len) != 0)
		return 0;
	*at = from + len;
	return 1;
}

/* "echo off" and "echo on", with *line behind it; -1 for anything else. */
static int echo_wanted(const char **line)
{
	if (!takes_word(line, "echo"))
		return -1;
	int on = takes_word(line, "on");
	if (!on && !takes_word(line, "off"))
		return -1;
	const char *rest = *line + strspn(*line, " \t");
	return strchr("\r\n|", *rest) ? on : -1;
}

/* Lines are echoed here and never by the agent, which answers and is told "off" at any rate. */
static void take_echo(struct shell *s, int on, const char *rest)
{
	struct buf line;
	buf_init(&line, PLAIN_LINE_MAX);
	buf_addf(&line, "echo off%s", rest);
	s->is_quiet = !on;
	run(s, buf_str(&line), line.len);
	buf_done(&line);
}

static void take_line(struct shell *s, const char *line, size_t len)
{
	struct err e;
	const char *rest = line;
	int echo = s->in_body ? -1 : echo_wanted(&rest);
	if (s->in_body && strcmp(line, ".\n") != 0) {
		if (link_send(&s->link, line, len, &e) < 0)
			s->is_closed = s->is_lost = 1;
	} else if (echo >= 0) {
		take_echo(s, echo, rest);
	} else {
		run(s, line, len);
	}
}

/* What was typed so far is given up, and with it the body and its command that it belongs to. */
static void take_interrupt(struct shell *s)
{
	static const char give_up[] = "\030\n";
	s->is_interrupted = 0;
	if (!s->is_quiet)
		printf("^C\n");
	if (s->in_body)
		run(s, give_up, sizeof give_up - 1);
}

/* What libedit gives may hold line ends that were quoted (Ctrl-V): it is one line, and gets one answer. */
static void edited_line(struct shell *s)
{
	size_t len = 0;
	const char *line = editor_line(s, &len);
	if (s->is_closed || s->is_interrupted)
		return;
	if (!line) {
		s->is_closed = 1;
		printf("\n");
		return;
	}
	char *copy = strndup(line, len);
	for (char *at = copy; copy && at[strcspn(at, "\r\n")] && at[strcspn(at, "\r\n") + 1];)
		*(at += strcspn(at, "\r\n")) = ' ';
	if (copy) {
		take_line(s, copy, strlen(copy));
		explicit_bzero(copy, strlen(copy));
	}
	free(copy);
}

static void drop_character(struct buf *line)
{
	while (line->len && ((unsigned char)line->data[--line->len] & 0xc0) == 0x80)
		;
	if (line->data)
		line->data[line->len] = '\0';
}

/* After "echo off": the bytes as they come, not shown. */
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
	if (line.data)
		explicit_bzero(line.data, line.cap);
	buf_done(&line);
}

static void converse(struct shell *s)
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

int cli_shell(const struct cli *o)
{
	struct shell s = { .is_closed = 0 };
	struct link_block b;
	/* libedit needs to know how to read UTF-8; nothing else shall change with the locale. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0),
		 before = utf8 ? uselocale(utf8) : (locale_t)0;
	int status = cli_open(o, &s.link);
	if (status)
		goto out;
	status = EX_OSERR;
	if (keys_open(&s) < 0) {
		perror("sealpost: signals");
		goto out_link;
	}
	screen_open(&s.screen);
	editor_open(&s);
	if (shell_ask(&s, "xWelcome\n", 9, &b) == 0)
		show(&s, &b);
	converse(&s);
	status = s.is_lost ? EX_UNAVAILABLE : EX_OK;
	editor_close(&s);
	forget_held(&s);
	close(s.signals);
out_link:
	link_close(&s.link);
out:
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return status;
}
