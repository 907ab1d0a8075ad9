/* status: xStatus, xGetxml and xEvent: what is, and what happened. */
#include "help.h"
#include "parts.h"
#include "settings/settings.h"
#include "tree.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void ignore(void *arg, long row)
{
	(void)arg, (void)row;
}

/* The part of the status document that path names; NULL with *e ERR_NONE: a known place where nothing is now. */
static struct doc *select_status(struct command *c, const char *path, struct err *e)
{
	struct doc *all = agent_status(command_agent(c)), *found = NULL;
	struct doc_path p;
	e->kind = ERR_NONE;
	if (!*path)
		return all;
	if (doc_path_parse(path, &p, e) == 0) {
		doc_path_below(&p, all->name);	/* "/Status/Time/State", as feedback expressions have it */
		found = doc_subset(all, &p, DOC_ABBREVIATED, e);
		if (!found && tree_find(c->session->terminal->status, path, ignore, NULL, NULL) == 0)
			e->kind = ERR_NONE;
	}
	doc_free(all);
	return found;
}

void status_run(struct command *c)
{
	struct err e;
	char *path = c->line.rest;
	c->doc = select_status(c, path, &e);
	c->kind = ANSWER_TREE;
	if (c->doc || e.kind == ERR_NONE)
		command_done(c, NULL);
	else
		command_no_match(c, "Status", path, e.text);
}

static void explain(void *arg, long number)
{
	struct command *c = arg;
	const struct agent_status_row *row = &agent_status_rows()[number];
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
		help_columns(c->session->terminal->status, NULL, &c->text);
	} else if (tree_find(c->session->terminal->status, c->line.rest, explain, c, &e) < 0) {
		command_no_match(c, "Status", c->line.rest, e.text);
		return;
	}
	command_done(c, NULL);
}

/* xGetxml: /Configuration/..., /Status/...; whole names only, as an HTTP client would ask. */
void getxml_run(struct command *c)
{
	struct doc_path p;
	struct err e;
	struct doc *status = NULL;
	const struct doc *all = NULL;
	if (doc_path_parse(c->line.rest, &p, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	if (p.n && strcasecmp(p.steps[0].name, "Configuration") == 0)
		all = settings_doc(agent_settings(command_agent(c)));
	else if (p.n && strcasecmp(p.steps[0].name, "Status") == 0)
		all = status = agent_status(command_agent(c));
	const struct doc_path *paths[] = { &p };
	struct doc *found = all ? doc_select(all, paths, 1) : NULL;
	if (found) {
		c->doc = found;
		c->kind = ANSWER_DOCUMENT;
		command_done(c, NULL);
	} else {
		command_fail(c, &(struct command_failure){ EX_USAGE, "Result", "No match on address expression", c->line.rest,
							   "a path begins with /Configuration or /Status" });
	}
	doc_free(status);
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

/* "*es Event CallDisconnect": the events that have been seen since the agent started, or those of one name; "*" is any. */
void event_run(struct command *c)
{
	struct doc_path p;
	struct err e;
	const char *path = strcmp(c->line.rest, "*") == 0 ? "" : c->line.rest;
	c->kind = ANSWER_LIST;
	int is_path = doc_path_parse(path, &p, &e) == 0;
	if (is_path)
		doc_path_below(&p, "Event");
	if (!is_path || doc_find(c->session->terminal->events, &p, DOC_ABBREVIATED, list_event, c, &e) < 0)
		command_no_match(c, "Event", path, e.text);
	else
		command_done(c, NULL);
}

void event_help(struct command *c)
{
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, " - Events -\n");
	help_columns(c->session->terminal->events, NULL, &c->text);
	command_done(c, NULL);
}
