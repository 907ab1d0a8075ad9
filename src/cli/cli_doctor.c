/* SPDX-License-Identifier: MIT */
/* cli_doctor: `sealpost doctor`. */
#include "cli/cli.h"

#include "ctl/ctl_text.h"
#include "doctor.h"
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1 << 16 };

/* Asks the line, and shows the answer. Returns the exit status. */
static int ask(const struct cli_options *o, const struct buf *line, enum doctor_detail detail)
{
	struct doctor_look look = doctor_look_of_terminal();
	struct link_answer a;
	look.detail = detail;
	int status = link_ask(o, &(struct link_question){ "doctor", line, NULL }, &a);
	if (status)
		return status;
	if (o->json)
		fwrite(a.text, 1, a.len, stdout);
	else if (a.status == EX_OK || a.status == CTL_FOUND_FAULT)
		doctor_show(a.text, a.len, &look, stdout);
	else
		link_show_refusal("doctor", a.text, a.status);
	free(a.text);
	return a.status;
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
