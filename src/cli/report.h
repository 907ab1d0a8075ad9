/* SPDX-License-Identifier: MIT */
/* report: what an auditor asks of a device, and what support asks in addition, out of answers of the agent.
 * What a user may not read stands as refused in it. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/buf.h"
#include "ctl/ctl.h"
#include "page.h"

struct report_source {
	struct ctl *ctl; /* an open connection, in the terminal's output mode */
	int status;      /* of the first line that was refused, or 0 */
	int is_lost;     /* the agent has closed the connection */
};

/* Asks one line, without its line end. Returns its status, and appends the text of the answer without the
 * lines that only separate answers; also of a refusal. */
int report_ask(struct report_source *s, const char *line, struct buf *answer);
/* Appends the report. What is missing, because it was refused or the connection was lost, s says. */
void report_write(struct report_source *s, enum page_form form, struct buf *out);

#endif
