/* SPDX-License-Identifier: MIT */
#include "command_audit.h"

#include "base/redact.h"
#include "base/text.h"

#include <string.h>

enum { WHAT_MAX = 1000, VALUE_MAX = 2100 };

/* Appends the command with its parameters. Secrets become ***, and parts of URLs that may be secret are left
 * out. */
static void describe(const struct command *c, struct buf *out)
{
	char value[VALUE_MAX];
	if (c->attempt || !c->row) {
		buf_adds(out, c->attempt ? c->attempt : c->verb ? c->verb->name : "a command");
		return;
	}
	buf_addf(out, "command %s", c->row->path);
	for (size_t i = 0; i < c->n_args; i++) {
		const struct command_arg *a = &c->args[i];
		buf_addf(out, " %s: ", a->param->name);
		redact_url(a->value, value, sizeof value);
		text_quote(a->param->value.flags & SCHEMA_SECRET ? "***" : value, out);
	}
}

/* Returns the reason of a failure from its answer. NULL: the answer has none. */
static const char *reason_of(const struct doc *d)
{
	const char *why = doc_attr(d, "reason");
	if (strcmp(d->name, "Reason") == 0 || strcmp(d->name, "Description") == 0)
		why = d->value;
	for (const struct doc *c = d->first; c && !why; c = c->next)
		why = reason_of(c);
	return why;
}

void command_audit(struct command *c)
{
	struct audit *au = agent_audit(command_agent(c));
	unsigned flags = c->row ? c->row->flags : 0;
	struct buf what;
	audit_look(au, &c->by.who);
	if (c->is_audited)
		return;
	int is_refusal = c->status == EX_NOPERM ||
			 (c->status && c->status != COMMAND_FOUND_FAULT &&
			  (c->attempt || flags & (COMMAND_AUDITED | COMMAND_AUDITED_REFUSAL)));
	if (!is_refusal && (c->status || !(flags & COMMAND_AUDITED)))
		return;
	const char *why = c->doc ? reason_of(c->doc) : NULL;
	buf_init(&what, WHAT_MAX);
	describe(c, &what);
	if (is_refusal)
		audit_refused(au, &c->by.who, buf_str(&what), why ? why : "it failed");
	else
		audit_did(au, &c->by.who, buf_str(&what));
	buf_done(&what);
}
