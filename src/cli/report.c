/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "ctl/ctl_text.h"
#include "link.h"
#include "settings_show.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum shape {
	ROWS,  /* "*r CAShowResult Details 1 Version: 3" */
	LINES, /* as they stand */
	SETTINGS,
};
static const struct section {
	const char *heading, *about, *line;
	enum shape shape;
} sections[] = {
	{ "Program", "The agent that runs, how it was built, and the libraries that it runs with.",
	  "xCommand SystemUnit Software Show", LINES },
	{ "Device", "Which device this is.", "xStatus SystemUnit", ROWS },
	{ "Date",
	  "TrustedDate is by time servers and is what certificates are checked against; SystemTime is "
	  "the clock of the operating system.",
	  "xStatus Time", ROWS },
	{ "Readiness", "The deployment guide's checklist, and the level that the device has reached.",
	  "xCommand Security Readiness Show", ROWS },
	{ "Servers",
	  "The last verdict on each server's certificate; since when, without interruption, it was good and "
	  "verified; and until when the certificate is valid.",
	  "xStatus Security", ROWS },
	{ "Verdicts in the log",
	  "The last verifications, by the operating system's clock, as far as the agent "
	  "keeps log lines in memory.",
	  "xCommand Logging Show Lines: 500 Contains: socklib_sslHandshake", LINES },
	{ "Settings that differ from their defaults",
	  "Each with where its value comes from, and what it hides. Secrets are ***.",
	  "xCommand Configuration Diff", SETTINGS },
	{ "Roots and pins", "Which certificates servers are verified with.",
	  "xCommand Security Certificates CA Show", ROWS },
	{ "Revocation lists", "Which revocation lists are loaded.", "xCommand Security Certificates CRL Show",
	  ROWS },
	{ "Own certificates", "With which the device proves who it is.",
	  "xCommand Security Certificates Services Show", ROWS },
	{ "Users", "Who may log in from the network.", "xCommand UserManagement User List", ROWS },
	{ "External manager", "To which manager the device belongs, and how that goes.",
	  "xStatus Provisioning", ROWS },
	{ "Feedback", "Which servers have registered for changes, and what waits for them.",
	  "xStatus HttpFeedback", ROWS },
	{ "Log server", "Where log lines are sent as well, what waits for it, and what was lost.",
	  "xStatus Logging", ROWS },
	{ "Messages", "What the agent says is wrong now.", "xStatus Diagnostics", ROWS },
	{ "Audit",
	  "What was changed or refused, when, and by whom; the last 1,000 lines. A question mark "
	  "behind the time: by the operating system's clock, since no date was trusted.",
	  "xCommand Security Audit Show Lines: 1000", LINES },
};

/* --- asking --- */

int report_ask(struct report_source *s, const char *line, struct buf *answer)
{
	struct buf whole;
	struct ctl_block b = { .kind = CTL_CLOSED };
	buf_init(&whole, strlen(line) + 1);
	buf_addf(&whole, "%s\n", line);
	if (!s->is_lost && ctl_send(s->ctl, whole.data, whole.len) == 0) {
		do {
			ctl_next(s->ctl, &b);
			if (b.kind == CTL_PART || b.kind == CTL_ANSWER)
				link_add_answer(answer, b.text, b.len);
		} while (b.kind == CTL_PART || b.kind == CTL_PUSHED);
	}
	buf_done(&whole);
	s->is_lost = s->is_lost || b.kind != CTL_ANSWER;
	int status = s->is_lost ? EX_UNAVAILABLE : b.status;
	if (!s->status && status != CTL_FOUND_FAULT)
		s->status = status;
	return status;
}

/* --- writing --- */

static void put_lines(struct page *p, char *text)
{
	for (char *line; (line = strsep(&text, "\n"));)
		if (*line)
			page_line(p, line);
}

/* Writes the rows of a result or a status; the row's name is "Details 1 Version" for the line "*r
 * CAShowResult Details 1 Version: 3". */
static void put_rows(struct page *p, char *text)
{
	struct ctl_text_line line;
	while (ctl_text_next_line(&text, "*", &line)) {
		char *name = strchr(line.path, ' ');
		int is_result = line.path[0] == 'r';
		name = name && is_result ? strchr(name + 1, ' ') : name;
		/* The row "Format: Text" only says how certificates are printed, which the reader sees. */
		if (name && strcmp(name + 1, "Format") != 0)
			page_row(p, name + 1, line.value);
	}
}

static void put_settings(struct page *p, char *text)
{
	char *shown = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&shown, &len);
	if (!to)
		return;
	settings_show_origins(text, "*r ConfigurationDiffResult ", to);
	fclose(to);
	put_lines(p, shown);
	free(shown);
}

static void put_section(struct report_source *s, const struct section *at, struct page *p)
{
	static void (*const put[])(struct page *, char *) = { put_rows, put_lines, put_settings };
	struct buf answer;
	char reason[LINK_REASON_MAX];
	page_section(p, at->heading, at->about);
	buf_init(&answer, LINK_ANSWER_MAX);
	int status = report_ask(s, at->line, &answer);
	char *text = buf_take(&answer);
	if (s->is_lost) {
		page_line(p, "Missing: the agent has closed the connection.");
	} else if (status && status != CTL_FOUND_FAULT) {
		ctl_text_reason(text, reason, sizeof reason);
		page_row(p, "Missing", *reason ? reason : text);
	} else {
		put[at->shape](p, text);
		if (p->in == PAGE_IN_NOTHING)
			page_line(p, "None.");
	}
	free(text);
	buf_done(&answer);
}

/* Returns the title, such as "sealpost report: rm204". */
static char *title(struct report_source *s)
{
	struct buf answer, text;
	struct ctl_text_line line;
	buf_init(&answer, LINK_ANSWER_MAX);
	buf_init(&text, 1 << 12);
	buf_adds(&text, "Report of a device with sealpost");
	if (report_ask(s, "xConfiguration SystemUnit Name", &answer) == 0) {
		char *all = buf_take(&answer), *at = all;
		if (ctl_text_next_line(&at, "*c xConfiguration SystemUnit Name", &line) && *line.value)
			buf_addf(&text, ": %s", line.value);
		free(all);
	}
	buf_done(&answer);
	return buf_take(&text);
}

void report_write(struct report_source *s, enum page_form form, struct buf *out)
{
	struct page p;
	char *name = title(s);
	page_begin(&p, form, name, out);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		put_section(s, &sections[i], &p);
	page_end(&p);
	free(name);
}
