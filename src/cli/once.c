/* SPDX-License-Identifier: MIT */
/* once: one line, its answer, an honest exit status; and publishing one document. */
#include "cli.h"

#include "sealpost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { BODY_MAX = 4 << 20 };

/* A line that sets the session up; its answer is of no interest. */
static int set_up(struct link *l, const char *line, struct err *e)
{
	struct link_block b;
	if (link_send(l, line, strlen(line), e) < 0)
		return -1;
	link_next(l, &b);
	return 0;
}

int cli_open(const struct cli *o, struct link *l)
{
	struct err e;
	if (link_open(l, o->socket, &e) < 0 ||
	    (o->is_login && set_up(l, "xPreferences publish off\n", &e) < 0) ||
	    (o->json && set_up(l, "xPreferences outputmode json\n", &e) < 0) ||
	    (o->stop_on_error && set_up(l, "xPreferences stoponerror on\n", &e) < 0)) {
		fprintf(stderr, "sealpost: %s\n", e.text);
		link_close(l);
		return e.kind == ERR_DENIED ? EX_NOPERM : e.kind == ERR_INPUT ? EX_USAGE : EX_UNAVAILABLE;
	}
	return EX_OK;
}

/* The value of `mark` in the answer, its quotes undone. */
static void add_value(const char *text, const char *mark, const char *before, struct buf *out)
{
	const char *at = strstr(text, mark);
	if (!at)
		return;
	buf_adds(out, before);
	for (at += strlen(mark); *at && *at != '"' && *at != '\n'; at++) {
		if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
			at++; /* other escapes stand for what had better not be seen */
		buf_addc(out, *at);
	}
}

void cli_reason(const char *text, struct buf *out)
{
	add_value(text, strstr(text, "Reason: \"") ? "Reason: \"" : "Description: \"", "",
		  out); /* as older systems say it */
	add_value(text, "XPath: \"", ": ", out);
	add_value(text, "Hint: \"", "; ", out);
}

/* The answer without what only separates answers from each other: ** end, OK, ERROR, empty lines. */
static void print_lines(const char *text, size_t len)
{
	const char *end = text + len;
	for (const char *line = text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t n = next ? (size_t)(next - line) : (size_t)(end - line);
		int is_frame = n == 0 || (n == 2 && memcmp(line, "OK", 2) == 0) ||
			       (n == 5 && memcmp(line, "ERROR", 5) == 0) ||
			       (n == 6 && memcmp(line, "** end", 6) == 0);
		if (!is_frame)
			printf("%.*s\n", (int)n, line);
		line += n + 1;
	}
}

static void show(const struct cli *o, const struct link_block *b)
{
	struct buf reason;
	if (o->json || b->status == EX_OK) {
		if (o->json)
			fwrite(b->text, 1, b->len, stdout);
		else
			print_lines(b->text, b->len);
		return;
	}
	buf_init(&reason, 8192);
	cli_reason(b->text, &reason);
	fprintf(stderr, "sealpost: %s\n", reason.len ? buf_str(&reason) : b->text);
	buf_done(&reason);
}

/* All of standard input, at most max bytes. 0, or an exit status. */
static int read_input(struct buf *in)
{
	for (;;) {
		char *room = buf_room(in, 65536);
		ssize_t n = room ? read(STDIN_FILENO, room, 65536) : -1;
		if (!room) {
			fprintf(stderr, "sealpost: standard input is longer than %zu bytes\n",
				in->max - 65536);
			return EX_DATAERR;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "sealpost: standard input: %s\n", strerror(errno));
			return EX_NOINPUT;
		}
		if (n == 0)
			return EX_OK;
		buf_took(in, (size_t)n);
	}
}

/* Whole and counted, so that nothing in it can be taken for its end. */
static int send_body(struct link *l)
{
	struct buf body;
	char head[32];
	struct err e;
	buf_init(&body, BODY_MAX + 65536);
	if (isatty(STDIN_FILENO))
		fprintf(stderr, "Type the body; Ctrl-D ends it.\n");
	int status = read_input(&body);
	if (!status && !body.len) {
		fprintf(stderr, "sealpost: this command takes a body, and standard input is empty\n");
		status = EX_NOINPUT;
	}
	if (!status) {
		snprintf(head, sizeof head, "{%zu}\n", body.len);
		if (link_send(l, head, strlen(head), &e) < 0 || link_send(l, body.data, body.len, &e) < 0) {
			fprintf(stderr, "sealpost: %s\n", e.text);
			status = EX_UNAVAILABLE;
		}
	}
	buf_done(&body);
	return status;
}

static int follow(struct link *l)
{
	struct link_block b;
	for (link_next(l, &b); b.kind != LINK_CLOSED; link_next(l, &b)) {
		fwrite(b.text, 1, b.len, stdout);
		if (fflush(stdout) != 0)
			return EX_OK; /* nobody reads any more */
	}
	fwrite(b.text, 1, b.len, stdout);
	return EX_UNAVAILABLE;
}

static int converse(const struct cli *o, struct link *l)
{
	struct link_block b;
	for (;;) {
		link_next(l, &b);
		switch (b.kind) {
		case LINK_PUSHED:
			if (o->follow)
				fwrite(b.text, 1, b.len, stdout);
			break;
		case LINK_BODY_WANTED: {
			int status = send_body(l);
			if (status)
				return status;
			break;
		}
		case LINK_PARTED:
		case LINK_CLOSED:
			fprintf(stderr, "sealpost: the agent closed the connection\n");
			return EX_UNAVAILABLE;
		case LINK_ANSWER:
			show(o, &b);
			fflush(stdout);
			return b.status || !o->follow ? b.status : follow(l);
		}
	}
}

/* How long the text is without the line ends behind it. */
static size_t line_length(const char *text)
{
	size_t len = strlen(text);
	while (len && strchr("\r\n", text[len - 1]))
		len--;
	return len;
}

int cli_once(const struct cli *o, char *const *words, size_t n)
{
	struct link l;
	struct buf line;
	struct err e;
	if (n == 1 && strcspn(words[0], "\r\n") < line_length(words[0]))
		return cli_script(o, words[0]);
	int status = cli_open(o, &l);
	if (status)
		return status;
	buf_init(&line, 1 << 20);
	if (n == 1)
		buf_add(&line, words[0],
			line_length(words[0])); /* a whole line, quoted by whoever wrote it */
	else
		cli_quote(words, n, &line);
	if (buf_addc(&line, '\n') < 0 || link_send(&l, line.data, line.len, &e) < 0) {
		fprintf(stderr, "sealpost: the line could not be sent\n");
		status = EX_UNAVAILABLE;
	} else {
		status = converse(o, &l);
	}
	if (line.data)
		explicit_bzero(line.data, line.len);
	buf_done(&line);
	link_close(&l);
	return status;
}

/* --- publish --- */

static void durable(void *arg, int error)
{
	int *result = arg;
	*result = error;
}

static int publish_status(int error)
{
	switch (error) {
	case 0: return EX_OK;
	case EINVAL: return EX_DATAERR;
	case EACCES: return EX_NOPERM;
	case ENOSPC: return EX_TEMPFAIL;
	}
	return EX_IOERR;
}

int cli_publish(const struct cli *o)
{
	enum { WAIT_MS = 30000 };
	struct buf document;
	int error = -1, status;
	struct sealpost *s = sealpost_new(o->socket);
	buf_init(&document, BODY_MAX + 65536);
	status = s ? read_input(&document) : EX_OSERR;
	if (!status && !document.len) {
		fprintf(stderr,
			"sealpost: not published: expected a document on standard input, which is empty\n");
		status = EX_NOINPUT;
	}
	if (status)
		goto out;
	if (sealpost_publish(s, buf_str(&document), document.len, durable, &error) < 0)
		status = EX_DATAERR;
	else if (sealpost_flush(s, WAIT_MS) < 0)
		status = EX_UNAVAILABLE;
	else
		status = publish_status(error);
	if (status)
		fprintf(stderr, "sealpost: not published: %s\n", sealpost_error(s));
out:
	buf_done(&document);
	sealpost_free(s);
	return status;
}
