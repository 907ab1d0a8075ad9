/* SPDX-License-Identifier: MIT */
/* cli_metrics: writes the agent's metrics in Prometheus' text format to standard output, or to a file for
 * node_exporter's textfile collector. */
#include "link.h"

#include "base/file.h"
#include "ctl/ctl_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { MODE = 0644 }; /* the collector runs as another user */

/* Receives the answer and writes its text to `to`. Returns the exit status. */
static int await_answer(struct ctl *c, FILE *to)
{
	char reason[LINK_REASON_MAX];
	struct ctl_block b;
	do {
		ctl_next(c, &b);
		if (b.kind == CTL_PART || (b.kind == CTL_ANSWER && !b.status))
			link_write_answer(to, b.text, b.len);
	} while (b.kind == CTL_PART || b.kind == CTL_PUSHED);
	if (b.kind != CTL_ANSWER) {
		fprintf(stderr, "sealpost: metrics: the agent closed the connection\n");
		return EX_UNAVAILABLE;
	}
	if (b.status) {
		ctl_text_reason(b.text, reason, sizeof reason);
		fprintf(stderr, "sealpost: metrics: %s\n", *reason ? reason : b.text);
	}
	return b.status;
}

/* Asks the agent. Returns the exit status; the caller frees the text. */
static int ask(const struct cli_options *o, char **ret, size_t *ret_len)
{
	static const char line[] = "xMetrics\n";
	struct ctl c;
	FILE *to = open_memstream(ret, ret_len);
	if (!to) {
		perror("sealpost: metrics");
		return EX_OSERR;
	}
	int status = link_open(o, &c, NULL);
	if (!status) {
		if (ctl_send(&c, line, sizeof line - 1) < 0)
			fprintf(stderr, "sealpost: metrics: the agent closed the connection\n"),
				status = EX_UNAVAILABLE;
		else
			status = await_answer(&c, to);
		ctl_close(&c);
	}
	fclose(to);
	return status;
}

int cli_metrics(const struct cli_options *o, const char *path)
{
	struct err e;
	char *text = NULL;
	size_t len = 0;
	int status = ask(o, &text, &len);
	if (!status && !path) {
		fwrite(text, 1, len, stdout);
	} else if (!status && file_replace(path, text, len, MODE, &e) < 0) {
		fprintf(stderr, "sealpost: metrics: %s\n", e.text);
		status = EX_CANTCREAT;
	}
	free(text);
	return status;
}
