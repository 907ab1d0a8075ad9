/* SPDX-License-Identifier: MIT */
/* status: xStatus, xGetxml and xEvent: what is, and what happened. */
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

/* Is the path one that is known, but where nothing is now? */
static int is_vacant(struct command *c, const struct doc_path *p, enum doc_words how)
{
	struct doc_path any = *p;
	for (size_t i = 0; i < any.n; i++)
		any.steps[i].item = 0; /* the tree of words has every item once */
	return agent_status_is_empty_list(command_agent(c), p, how) ||
	       doc_find(c->set->status, &any, how, ignore, NULL, NULL) > 0;
}

/* The part of the status document that path names: empty for a known place where nothing is now. */
static struct doc *select_status(struct command *c, const char *path, struct err *e)
{
	struct doc_path p;
	if (doc_path_parse(path, &p, e) < 0)
		return NULL;
	doc_path_below(&p, "Status"); /* "/Status/Time/State", as feedback expressions have it */
	struct doc *found = agent_status_at(command_agent(c), &p, DOC_ABBREVIATED, e);
	return !found && is_vacant(c, &p, DOC_ABBREVIATED) ? doc_new("Status") : found;
}

void status_run(struct command *c)
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

void status_help(struct command *c)
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

/* What the whole path, whose first step is the root, selects. */
static struct doc *select_whole(struct command *c, const struct doc_path *whole, struct err *e)
{
	struct agent *a = command_agent(c);
	struct doc_path p = *whole;
	if (strcasecmp(whole->steps[0].name, "Status") == 0) {
		doc_path_below(&p, "Status");
		struct doc *found = agent_status_at(a, &p, DOC_EXACT, e);
		return !found && is_vacant(c, &p, DOC_EXACT) ? doc_new("Status") : found;
	}
	struct doc *all = agent_configuration(a);
	doc_path_below(&p, all->name);
	struct doc *found = doc_path_subset(all, &p, DOC_EXACT, e);
	doc_free(all);
	return found;
}

/* xGetxml: /Configuration/..., /Status/...; whole names only, as an HTTP client would ask. */
void getxml_run(struct command *c)
{
	struct doc_path p;
	struct err e = { .text = "a path begins with /Configuration or /Status" };
	if (!*c->line.rest) {
		verb_misused(c);
		return;
	}
	if (doc_path_parse(c->line.rest, &p, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	const char *root = p.n ? p.steps[0].name : "";
	int is_known = strcasecmp(root, "Status") == 0 || strcasecmp(root, "Configuration") == 0;
	c->doc = is_known ? select_whole(c, &p, &e) : NULL;
	c->kind = ANSWER_DOCUMENT;
	if (c->doc) {
		agent_set_product(command_agent(c), c->doc);
		command_done(c, NULL);
	} else {
		command_fail(c,
			     &(struct command_failure){ EX_USAGE, "Result", "No match on address expression",
							c->line.rest, e.text });
	}
}

static void list_event(void *arg, const struct doc *d)
{
	struct command *c = arg;
	if (!d->parent)
		for (const struct doc *child = d->first; child; child = child->next)
			list_event(arg, child);
	else
		buf_addf(&c->text, "*es Event %s\n", d->name);
}

/* "*es Event CallDisconnect": the events that have been seen since the agent started, or those of one name;
 * "*" is any. */
void event_run(struct command *c)
{
	struct doc_path p;
	struct err e;
	const char *path = strcmp(c->line.rest, "*") == 0 ? "" : c->line.rest;
	c->kind = ANSWER_LIST;
	int is_path = doc_path_parse(path, &p, &e) == 0;
	if (is_path)
		doc_path_below(&p, "Event");
	if (!is_path || doc_find(c->set->events, &p, DOC_ABBREVIATED, list_event, c, &e) < 0)
		command_no_match(c, "Event", path, e.text);
	else
		command_done(c, NULL);
}

void event_help(struct command *c)
{
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, " - Events -\n");
	help_columns(c->set->events, NULL, &c->text);
	command_done(c, NULL);
}
