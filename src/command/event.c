/* SPDX-License-Identifier: MIT */
/* event: the verb xEvent, which lists the names of events that have occurred. */
#include "command/command_set.h"
#include "help.h"
#include "runs.h"

#include <string.h>

static void list_event(void *arg, const struct doc *d)
{
	struct command *c = arg;
	if (!d->parent)
		for (const struct doc *child = d->first; child; child = child->next)
			list_event(arg, child);
	else
		buf_addf(&c->text, "*es Event %s\n", d->name);
}

/* Prints lines such as "*es Event CallDisconnect" for the events that have occurred since the agent started,
 * or only for the given name; "*" stands for all. */
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
