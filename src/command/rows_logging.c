/* SPDX-License-Identifier: MIT */
/* rows_logging: the commands Logging Show and Security Audit Show, which show the last log lines and audit
 * lines. */
#include "audit/audit.h"
#include "base/log.h"
#include "base/mem.h"
#include "date/date.h"
#include "command_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINS                                                                                             \
	{                                                                                                    \
		"Contains", SCHEMA_STR(0, 200), "",                                                          \
			"Shows only lines with this text, in upper or lower case.", 0, 0                     \
	}

static const struct command_param log_params[] = {
	CONTAINS,
	{ "Lines", SCHEMA_INT(1, LOG_KEPT_MAX), "50", "How many to show: the last ones.", 0, 0 },
	{ .name = NULL },
};
static const struct command_param audit_params[] = {
	CONTAINS,
	{ "Lines", SCHEMA_INT(1, AUDIT_KEPT_MAX), "50", "How many to show: the last ones.", 0, 0 },
	{ .name = NULL },
};

/* One line in the form in which it is shown. */
struct shown {
	int64_t at;
	const char *clock; /* the clock of `at`; NULL: the system's clock, as for all log lines */
	uint64_t number;   /* 0: it has no number */
	const char *level; /* NULL: it has none */
	const char *text;
};

/* Adds an item Line to the answer; in terminal mode, a line of text. */
static void put(struct command *c, const struct shown *s)
{
	char when[32];
	date_format(s->at, when, sizeof when);
	if (c->by.mode == OUTPUT_TERMINAL) {
		buf_addf(&c->text, "%s%s %s\n", when, s->clock && strcmp(s->clock, "System") == 0 ? "?" : "",
			 s->text);
		return;
	}
	struct doc *result = command_result(c);
	struct doc *d = doc_add(result, "Line", result->last ? result->last->item + 1 : 1);
	d->max_occurrence = DOC_UNBOUNDED;
	if (s->clock)
		doc_add_value(d, "Clock", DOC_LITERAL, s->clock);
	if (s->level)
		doc_add_value(d, "Level", DOC_LITERAL, s->level);
	if (s->number)
		doc_add_int(d, "Number", (int64_t)s->number);
	doc_add_value(d, "Text", DOC_STRING, s->text);
	doc_add_value(d, "Time", DOC_STRING, when);
}

static void finish(struct command *c)
{
	if (c->by.mode == OUTPUT_TERMINAL)
		c->kind = ANSWER_TEXT;
	else
		command_result(c);
	command_finish(c, EX_OK);
}

/* Finds the lines to show: the last ones that contain the text. Writes their numbers, counted from the newest
 * line, to ret, and returns how many there are. text_of returns NULL after the last line. */
static size_t choose(const struct command *c, const char *(*text_of)(const struct agent *a, size_t back),
		     size_t *ret)
{
	const char *contains = command_arg(c, "Contains"), *text;
	size_t max = (size_t)command_arg_number(c, "Lines"), n = 0;
	for (size_t back = 0; n < max && (text = text_of(command_agent(c), back)); back++)
		if (!*contains || strcasestr(text, contains))
			ret[n++] = back;
	return n;
}

static const char *log_text(const struct agent *a, size_t back)
{
	const struct log_kept *k = log_kept_at(back);
	(void)a;
	return k ? k->text : NULL;
}

static void log_run(struct command *c)
{
	static const char *const levels[] = { [LOG_LEVEL_ERROR] = "Error",
					      [LOG_LEVEL_WARNING] = "Warning",
					      [LOG_LEVEL_NOTICE] = "Notice",
					      [LOG_LEVEL_INFO] = "Info",
					      [LOG_LEVEL_DEBUG] = "Debug" };
	size_t *backs = mem_array(LOG_KEPT_MAX, sizeof *backs);
	for (size_t n = choose(c, log_text, backs); n > 0; n--) {
		const struct log_kept *k = log_kept_at(backs[n - 1]);
		put(c, &(struct shown){ .at = k->at, .level = levels[k->level], .text = k->text });
	}
	free(backs);
	finish(c);
}

static const char *audit_text(const struct agent *a, size_t back)
{
	struct audit_line l;
	return audit_kept(agent_audit(a), back, &l) == 0 ? l.text : NULL;
}

static void audit_run(struct command *c)
{
	struct audit_line l;
	size_t *backs = mem_array(AUDIT_KEPT_MAX, sizeof *backs);
	for (size_t n = choose(c, audit_text, backs); n > 0; n--)
		if (audit_kept(agent_audit(command_agent(c)), backs[n - 1], &l) == 0)
			put(c, &(struct shown){ .at = l.at,
						.clock = l.is_trusted ? "Trusted" : "System",
						.number = l.number,
						.text = l.text });
	free(backs);
	finish(c);
}

const struct command_row rows_logging[ROWS_LOGGING_N] = {
	{ "Logging Show", "Shows the last log lines, of which the agent keeps 500 in memory.", log_params,
	  ROLE_ADMIN, 0, log_run, 0 },
	{ "Security Audit Show",
	  "Shows the last audit lines, of which 1,000 are kept on disk: what was changed or refused, when, "
	  "and by whom. A question mark after the time means that it comes from the system's clock, because "
	  "no date was trusted.",
	  audit_params, ROLE_ADMIN, 0, audit_run, 0 },
};
