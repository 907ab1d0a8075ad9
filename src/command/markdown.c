/* SPDX-License-Identifier: MIT */
/* markdown: prints docs/commands.md from the rows. */
#include "base/buf.h"
#include "tree.h"
#include "command/command_set.h"

#include <string.h>

/* Prints the text of a table's cell. Bars are escaped, since they would end the cell, and < is, since it
 * would begin a tag. */
static void cell(const char *text, struct buf *out)
{
	for (const char *s = text; *s; s++) {
		if (*s == '|')
			buf_adds(out, "\\|");
		else if (*s == '\n')
			buf_adds(out, s[1] ? "<br>" : "");
		else
			buf_addc(out, *s);
	}
}

static const char *role(unsigned access)
{
	return access & ROLE_ADMIN ? "Admin" : access & ROLE_PUBLISHER ? "Publisher" : "User";
}

static void print_verbs(const struct verb *more, struct buf *out)
{
	struct verb_list l;
	buf_adds(out, "## Words that begin a line\n\n| word | what it does | role |\n|---|---|---|\n");
	verbs_collect(&l, more);
	for (size_t i = 0; i < l.n; i++) {
		const struct verb *v = l.all[i];
		buf_addf(out, "| `%s` | ", v->name);
		cell(v->usage, out);
		buf_addf(out, "%s | %s |\n",
			 v->flags & VERB_HIDDEN ? " (whole name only, not listed by help)" : "",
			 role(v->access));
	}
}

static void print_param(const struct command_param *p, struct buf *out)
{
	struct buf space;
	buf_init(&space, 4096);
	schema_value_explain(&p->value, &space);
	buf_addf(out, "| `%s%s` | `", p->name, p->flags & PARAM_REQUIRED ? "(r)" : "");
	cell(buf_str(&space), out);
	buf_adds(out, "` | ");
	if (p->many)
		buf_addf(out, "Up to %u times. ", p->many);
	if (p->default_text)
		buf_addf(out, "Default `%s`. ", p->default_text);
	cell(p->help, out);
	buf_adds(out, " |\n");
	buf_done(&space);
}

static void print_command(const struct command_row *row, struct buf *out)
{
	buf_addf(out, "\n### xCommand %s\n\n%s Role: %s.%s\n", row->path, row->help, role(row->access),
		 row->flags & COMMAND_MULTILINE
			 ? " A body follows, ended by a line with only `.`, or given by `{length}`."
			 : "");
	if (!row->params)
		return;
	buf_adds(out, "\n| parameter | value | |\n|---|---|---|\n");
	for (const struct command_param *p = row->params; p->name; p++)
		print_param(p, out);
}

static void print_leaf(void *arg, long number)
{
	struct buf *out = arg;
	const struct status_row *row = tree_status((size_t)number);
	struct buf space;
	buf_init(&space, 4096);
	schema_value_explain(&row->value, &space);
	buf_addf(out, "| `%s` | `", row->path);
	cell(buf_str(&space), out);
	buf_adds(out, "` | ");
	cell(row->help, out);
	buf_adds(out, " |\n");
	buf_done(&space);
}

static void print_status(struct buf *out)
{
	struct doc *tree = tree_of_status();
	buf_adds(out, "\n## Status\n\nThe values of the agent itself; codec software adds those that it "
		      "publishes.\n\n"
		      "| xStatus | value | |\n|---|---|---|\n");
	tree_find(tree, "", print_leaf, out, NULL);
	doc_free(tree);
}

void command_set_print_markdown(const struct verb *verbs, struct buf *out)
{
	const struct command_row *row;
	buf_adds(out,
		 "# Commands and status\n\n"
		 "`make docs` generates this page from the tables of the agent; the terminal's help comes "
		 "from the same rows.\n"
		 "`(r)` marks required parameters. Words may be abbreviated to a unique beginning, in any "
		 "case.\n\n");
	print_verbs(verbs, out);
	buf_adds(out, "\n## Commands\n");
	for (size_t i = 0; (row = tree_command(i)); i++)
		print_command(row, out);
	print_status(out);
}
