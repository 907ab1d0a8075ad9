/* SPDX-License-Identifier: MIT */
#include "help.h"

#include "tree.h"
#include "command/command_set.h"
#include "command/verbs.h"
#include "runs.h"

void help_columns(const struct doc *d, int (*is_listed)(const struct doc *d), struct buf *out)
{
	size_t column = 0;
	for (const struct doc *child = d->first; child; child = child->next)
		if (!is_listed || is_listed(child))
			buf_addf(out, ++column % 4 == 0 ? "%s\n" : "%-20s", child->name);
	if (column % 4)
		buf_addc(out, '\n');
}

static void explain_param(const struct command_param *p, int all, struct buf *out)
{
	buf_addf(out, "       %s", p->name);
	if (p->many)
		buf_addf(out, "[1..%u]", p->many);
	buf_addf(out, "%s: ", p->flags & PARAM_REQUIRED ? "(r)" : "");
	schema_value_explain(&p->value, out);
	if (p->default_text)
		buf_addf(out, " (default %s)", p->default_text);
	buf_addc(out, '\n');
	if (all)
		buf_addf(out, "         %s\n", p->help);
}

static void explain_row(struct command *c, const struct command_row *row, const struct command_param *only)
{
	int all = c->line.ask == LINE_HELP_ALL;
	buf_addf(&c->text, "*? xCommand %s\n", row->path);
	if (all && !only)
		buf_addf(&c->text, "     %s\n", row->help);
	for (const struct command_param *p = row->params; p && p->name; p++)
		if (!only || p == only)
			explain_param(p, all, &c->text);
	if (row->flags & COMMAND_MULTILINE && !only)
		buf_adds(&c->text, "       a body follows, which ends at a line with only a full stop\n");
}

void help_row(struct command *c, const struct command_row *row)
{
	explain_row(c, row, NULL);
}

static int is_listed(const struct doc *d)
{
	return d->first || !(tree_command((size_t)tree_row(d))->flags & COMMAND_OLDER_NAME);
}

static void explain_below(struct command *c, const struct doc *at)
{
	for (const struct doc *d = at->first; d; d = d->next) {
		if (d->first)
			explain_below(c, d);
		else if (is_listed(d))
			explain_row(c, tree_command((size_t)tree_row(d)), NULL);
	}
}

void command_help(struct command *c)
{
	struct line_word words[LINE_WORDS_MAX];
	const struct doc *tree = c->set->commands, *at = NULL;
	size_t n, used = 0;
	struct err e;
	if (line_words(&c->line, words, &n, &e) == 0)
		at = command_place(tree, words, n, &used, &e);
	c->kind = ANSWER_TEXT;
	if (!at) {
		command_not_found(c, words, used, &e);
		return;
	}
	if (at == tree && c->line.ask != LINE_HELP_ALL) {
		buf_adds(&c->text, " - User Commands -\n");
		help_columns(tree, is_listed, &c->text);
	} else if (at->first) {
		explain_below(c, at);
	} else {
		const struct command_row *row = tree_command((size_t)tree_row(at));
		explain_row(c, row,
			    n > used && words[n - 1].name ? command_param(row, words[n - 1].name) : NULL);
	}
	command_done(c, NULL);
}
