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

int cli_metrics(const struct cli_options *o, const char *path)
{
	struct buf line, text;
	struct link_answer a;
	struct err e;
	buf_init(&line, 16);
	buf_init(&text, LINK_ANSWER_MAX);
	buf_adds(&line, "xMetrics\n");
	int status = link_ask(o, &(struct link_question){ "metrics", &line, NULL }, &a);
	if (!status && a.status)
		status = link_show_refusal("metrics", a.text, a.status);
	else if (!status)
		link_add_answer(&text, a.text, a.len);
	if (!status && !path) {
		fwrite(buf_str(&text), 1, text.len, stdout);
	} else if (!status && file_replace(path, buf_str(&text), text.len, MODE, &e) < 0) {
		fprintf(stderr, "sealpost: metrics: %s\n", e.text);
		status = EX_CANTCREAT;
	}
	buf_done(&line);
	buf_done(&text);
	free(a.text);
	return status;
}
