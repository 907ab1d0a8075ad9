/* SPDX-License-Identifier: MIT */
#include "command/command_set.h"

#include "base/mem.h"
#include "runner.h"
#include "tree.h"
#include "wire/xml.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 256 }; /* maximum number of event names that are collected for xEvent */

struct command_set *command_set_new(const struct command_set_options *o)
{
	struct command_set *s = mem_new(sizeof *s);
	*s = (struct command_set){
		.agent = o->agent,
		.settings = tree_of_settings(),
		.aliases = tree_of_aliases(),
		.status = tree_of_status(),
		.commands = tree_of_commands(),
		.events = doc_new("Event"),
		.reader = xml_reader_new(),
	};
	verbs_collect(&s->verbs, o->verbs);
	s->runner = runner_new(s, o->restart, o->arg);
	return s;
}

void command_set_free(struct command_set *s)
{
	if (!s)
		return;
	runner_free(s->runner);
	doc_free(s->settings);
	doc_free(s->aliases);
	doc_free(s->status);
	doc_free(s->commands);
	doc_free(s->events);
	xml_reader_free(s->reader);
	free(s);
}

void command_set_on_change(struct command_set *s, const struct doc *change)
{
	if (strcmp(change->name, "Event") == 0 && change->first &&
	    !doc_child(s->events, change->first->name, 0) && doc_count(s->events) < EVENTS_MAX)
		doc_make(s->events, change->first->name);
}
