/* SPDX-License-Identifier: MIT */
/* report: collects answers of the agent that an auditor, or support, needs from a device. What the user has
 * no right to read is listed as refused. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/buf.h"
#include "ctl/ctl.h"
#include "page.h"

struct report_source {
	struct ctl *ctl; /* an open connection, in the terminal's output mode */
	int status;      /* status of the first line that was refused; 0: none was */
	int is_lost;     /* the agent has closed the connection */
};

/* Sends one line (without its line end) to the agent. Returns its status, and appends the text of the answer,
 * also of a refusal, without the lines that only separate answers. */
int report_ask(struct report_source *s, const char *line, struct buf *answer);
/* Appends the report. s->status and s->is_lost tell whether parts are missing. */
void report_write(struct report_source *s, enum page_form form, struct buf *out);

#endif
