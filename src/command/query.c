/* SPDX-License-Identifier: MIT */
/* query: the verbs xStatus and xMetrics. */
#include "help.h"
#include "settings/settings.h"
#include "tree.h"
#include "command/command_set.h"
#include "command/verbs.h"
#include "runs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void ignore(void *arg, const struct doc *d)
{
	(void)arg, (void)d;
}

/* Returns 1 if the Status document can have this path, although it has no value there now. */
static int is_vacant(struct command *c, const struct doc_path *p)
{
	struct doc_path any = *p;
	for (size_t i = 0; i < any.n; i++)
		any.steps[i].item = 0; /* the tree of words has one node for all items of a list */
	return agent_status_is_empty_list(command_agent(c), p, DOC_ABBREVIATED) ||
	       doc_find(c->set->status, &any, DOC_ABBREVIATED, ignore, NULL, NULL) > 0;
}

/* Returns the part of the Status document that the path selects; an empty document if the path is known but
 * has no value now. */
static struct doc *select_status(struct command *c, const char *path, struct err *e)
{
	struct doc_path p;
	if (doc_path_parse(path, &p, e) < 0)
		return NULL;
	/* accepts "/Status/Time/State" as well, the form of feedback expressions */
	doc_path_below(&p, "Status");
	struct doc *found = agent_status_at(command_agent(c), &p, DOC_ABBREVIATED, e);
	return !found && is_vacant(c, &p) ? doc_new("Status") : found;
}

void query_run(struct command *c)
{
	struct err e;
	c->doc = select_status(c, c->line.rest, &e);
	c->kind = ANSWER_TREE;
	if (c->doc)
		command_done(c, NULL);
	else
		command_no_match(c, "Status", c->line.rest, e.text);
}

static void explain(void *arg, long number)
{
	struct command *c = arg;
	const struct status_row *row = tree_status((size_t)number);
	buf_addf(&c->text, "*? xStatus %s: ", row->path);
	schema_value_explain(&row->value, &c->text);
	buf_addc(&c->text, '\n');
	if (c->line.ask == LINE_HELP_ALL)
		buf_addf(&c->text, "     %s\n", row->help);
}

void query_help(struct command *c)
{
	struct err e;
	c->kind = ANSWER_TEXT;
	if (!*c->line.rest && c->line.ask == LINE_HELP) {
		buf_adds(&c->text, " - Status -\n");
		help_columns(c->set->status, NULL, &c->text);
	} else if (tree_find(c->set->status, c->line.rest, explain, c, &e) < 0) {
		command_no_match(c, "Status", c->line.rest, e.text);
		return;
	}
	command_done(c, NULL);
}

void query_metrics(struct command *c)
{
	if (*c->line.rest) {
		verb_misused(c);
		return;
	}
	c->kind = ANSWER_TEXT;
	agent_metrics(command_agent(c), &c->text);
	command_done(c, NULL);
}
