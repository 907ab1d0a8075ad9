/* SPDX-License-Identifier: MIT */
#include "connection_report.h"

#include <string.h>

void connection_report_init(struct connection_report *r, struct doc *result)
{
	*r = (struct connection_report){ .result = result, .parts = doc_new("Parts") };
}

void connection_report_done(struct connection_report *r)
{
	doc_free(r->parts);
	r->parts = NULL;
}

static void put_text(struct doc *to, const char *name, const char *text)
{
	if (text && *text)
		doc_add_value(to, name, DOC_STRING, text);
}

void connection_report_step(struct connection_report *r, const struct connection_step *s)
{
	static const char *const outcomes[] = { "Pass", "Fail", "Skip", "Warn" };
	struct doc *to = doc_add(r->parts, "Step", ++r->steps);
	to->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(to, "Check", DOC_STRING, s->check);
	put_text(to, "Found", s->found); /* after Check, where scripts look for it */
	doc_add_value(to, "Outcome", DOC_LITERAL, outcomes[s->outcome]);
	put_text(to, "Hint", s->hint);
	if (s->ms)
		doc_add_int(to, "Milliseconds", s->ms);
	if (s->outcome == CONNECTION_FAIL && !r->first_failure)
		r->first_failure = to;
	if (s->outcome == CONNECTION_WARN && !r->first_warning)
		r->first_warning = to;
}

void connection_report_set_first(struct connection_report *r)
{
	r->first_failure = r->parts->last;
}

void connection_report_skip(struct connection_report *r, const char *check, const char *why)
{
	connection_report_step(r, &(struct connection_step){ check, CONNECTION_SKIP, why, NULL, 0 });
}

/* Moves the parts with this name (NULL: all of them) to the end of the result. */
static void move(struct connection_report *r, const char *name)
{
	for (struct doc *part = r->parts->first, *next; part; part = next) {
		next = part->next;
		if (name && strcmp(part->name, name) != 0)
			continue;
		doc_detach(part);
		doc_adopt(r->result, part);
	}
}

void connection_report_finish(struct connection_report *r, const char *url)
{
	const struct doc *first = r->first_failure ? r->first_failure : r->first_warning;
	doc_add_value(r->result, "Outcome", DOC_LITERAL, r->first_failure ? "Fail" : first ? "Warn" : "Pass");
	if (first) {
		put_text(r->result, r->first_failure ? "FirstFailure" : "FirstWarning",
			 doc_text(first, "Check", ""));
		put_text(r->result, "Found", doc_text(first, "Found", ""));
		put_text(r->result, "Hint", doc_text(first, "Hint", ""));
	}
	put_text(r->result, "Url", url);
	move(r, "Step");
	move(r, NULL);
}
