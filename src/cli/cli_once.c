/* SPDX-License-Identifier: MIT */
/* cli_once: runs one line, prints its answer, and returns its exit status. */
#include "link.h"
#include "shell_words.h"

#include "ctl/ctl_text.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void show(const struct cli_options *o, const struct ctl_block *b)
{
	char reason[LINK_REASON_MAX];
	struct buf text;
	if (o->json) {
		fwrite(b->text, 1, b->len, stdout);
	} else if (b->status == EX_OK || b->status == CTL_FOUND_FAULT) {
		buf_init(&text, LINK_ANSWER_MAX);
		link_add_answer(&text, b->text, b->len);
		fwrite(buf_str(&text), 1, text.len, stdout);
		buf_wipe(&text);
	} else {
		ctl_text_reason(b->text, reason, sizeof reason);
		fprintf(stderr, "sealpost: %s\n", *reason ? reason : b->text);
	}
}

/* Sends standard input as the body. Returns 0, or an exit status. */
static int send_body(const struct cli_options *o, struct ctl *c)
{
	struct buf body;
	int is_typed = isatty(STDIN_FILENO);
	if (is_typed)
		fprintf(stderr, "Type the body; Ctrl-D, or a line with only a full stop, ends it.\n");
	int status = link_read_input(&body, is_typed || o->is_login ? LINK_INPUT_TYPED : LINK_INPUT_WHOLE);
	if (!status && !body.len) {
		fprintf(stderr,
			"sealpost: this command takes a body, and standard input is empty: give the body on "
			"standard input, as with < FILE\n");
		status = EX_NOINPUT;
	}
	if (!status && ctl_send_body(c, body.data, body.len) < 0) {
		fprintf(stderr, "sealpost: the agent closed the connection before it had the whole body\n");
		status = EX_UNAVAILABLE;
	}
	buf_wipe(&body);
	return status;
}

/* Shows feedback and log lines until the agent ends the connection or nobody reads standard output. */
static int follow(struct ctl *c)
{
	struct ctl_block b;
	do {
		ctl_next(c, &b);
		fwrite(b.text, 1, b.len, stdout);
		if (fflush(stdout) != 0)
			return EX_OK; /* standard output is closed */
	} while (b.kind != CTL_CLOSED);
	return EX_UNAVAILABLE;
}

/* Waits for the answer to the line that was sent, and prints it. Returns the exit status. */
static int await_answer(const struct cli_options *o, struct ctl *c)
{
	struct ctl_block b;
	int status = EX_OK;
	for (;;) {
		ctl_next(c, &b);
		switch (b.kind) {
		case CTL_PUSHED:
			if (o->follow)
				fwrite(b.text, 1, b.len, stdout);
			break;
		case CTL_PART: show(o, &b); break;
		case CTL_BODY_WANTED:
			status = send_body(o, c);
			if (status)
				return status;
			break;
		case CTL_ENDED:
		case CTL_CLOSED:
			fprintf(stderr, "sealpost: the agent closed the connection\n");
			return EX_UNAVAILABLE;
		case CTL_ANSWER:
			show(o, &b);
			fflush(stdout);
			return b.status || !o->follow ? b.status : follow(c);
		}
	}
}

/* Returns the length of the text without the line ends after it. */
static size_t line_length(const char *text)
{
	size_t len = strlen(text);
	while (len && strchr("\r\n", text[len - 1]))
		len--;
	return len;
}

int cli_once(const struct cli_options *o, char *const *words, size_t n)
{
	struct ctl c;
	struct buf line;
	int status;
	if (n == 1 && strcspn(words[0], "\r\n") < line_length(words[0]))
		return cli_script(o, words[0]);
	if (n == 1 && (cli_doctor_typed(o, words[0], &status) || cli_report_typed(o, words[0], &status)))
		return status;
	status = link_open(o, &c, NULL);
	if (status)
		return status;
	buf_init(&line, 1 << 20);
	if (n == 1) /* the word is a complete line, with its own quotes */
		buf_add(&line, words[0], line_length(words[0]));
	else
		shell_words_to_line(words, n, &line);
	if (buf_addc(&line, '\n') < 0) {
		fprintf(stderr, "sealpost: the line is longer than %zu bytes\n", line.max);
		status = EX_DATAERR;
	} else if (ctl_send(&c, line.data, line.len) < 0) {
		fprintf(stderr, "sealpost: the agent closed the connection\n");
		status = EX_UNAVAILABLE;
	} else {
		status = await_answer(o, &c);
	}
	buf_wipe(&line);
	ctl_close(&c);
	return status;
}
