/* SPDX-License-Identifier: MIT */
/* cli_doctor: `sealpost doctor`. */
#include "cli/cli.h"

#include "ctl/ctl_text.h"
#include "doctor.h"
#include "link.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1 << 16 };

/* Shows the answer to the line that was sent. Returns the exit status. */
static int await_answer(const struct cli_options *o, struct ctl *c, const struct doctor_look *look)
{
	struct ctl_block b;
	do
		ctl_next(c, &b);
	while (b.kind == CTL_PUSHED);
	if (b.kind != CTL_ANSWER) {
		fprintf(stderr, "sealpost: doctor: the agent closed the connection\n");
		return EX_UNAVAILABLE;
	}
	if (o->json)
		fwrite(b.text, 1, b.len, stdout);
	else if (b.status == EX_OK || b.status == CTL_FOUND_FAULT)
		doctor_show(b.text, b.len, look, stdout);
	else
		return link_show_refusal("doctor", b.text, b.status);
	return b.status;
}

static int ask(const struct cli_options *o, const struct buf *line, enum doctor_detail detail)
{
	struct doctor_look look = doctor_look_of_terminal();
	struct ctl c;
	look.detail = detail;
	int status = link_open(o, &c, NULL);
	if (status)
		return status;
	if (ctl_send(&c, line->data, line->len) == 0) {
		status = await_answer(o, &c, &look);
	} else {
		fprintf(stderr, "sealpost: doctor: the agent closed the connection\n");
		status = EX_UNAVAILABLE;
	}
	ctl_close(&c);
	return status;
}

int cli_doctor(const struct cli_options *o, char *const *words, size_t n)
{
	enum doctor_detail detail = DOCTOR_BAD_SERVICES;
	struct buf line;
	buf_init(&line, LINE_BYTES_MAX);
	int status = doctor_line(words, n, &line, &detail) < 0 ? EX_USAGE : ask(o, &line, detail);
	buf_done(&line);
	return status;
}

int cli_doctor_typed(const struct cli_options *o, const char *text, int *ret_status)
{
	enum doctor_detail detail = DOCTOR_BAD_SERVICES;
	const char *words = doctor_words(text);
	struct buf line;
	if (!words || strchr(words, '|'))
		return 0;
	buf_init(&line, LINE_BYTES_MAX);
	*ret_status = doctor_typed_line(words, &line, &detail) < 0 ? EX_USAGE : ask(o, &line, detail);
	buf_done(&line);
	return 1;
}
