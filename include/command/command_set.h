/* SPDX-License-Identifier: MIT */
/* command_set: the commands that there are, and what all of them share: the agent, trees of the words that
 * may be typed, the verbs that begin a line. It also runs the commands of the external manager (batch). */
#ifndef COMMAND_COMMAND_SET_H
#define COMMAND_COMMAND_SET_H

#include "agent/agent.h"
#include "base/buf.h"
#include "command/verbs.h"
#include "doc/doc.h"

struct command_set { /* read it; what writes it stands below */
	struct agent *agent;
	struct verb_list verbs;
	/* Each row's path, its number as the leaf's value (src/command/tree.h). */
	struct doc *settings, *aliases, *status, *commands;
	struct doc *events;        /* names of the events that have happened since the agent started */
	struct xml_reader *reader; /* of documents that come as a body */
	struct runner *runner;
};

struct command_set_options {
	struct agent *agent;      /* borrowed */
	const struct verb *verbs; /* of the layer above, beside this component's own; NULL: none */
	/* A command of the manager asked the agent to begin anew, and its answer has been handed over. */
	void (*boot)(void *arg);
	void *arg;
};

struct command_set *command_set_new(const struct command_set_options *o);
/* Ends the manager's commands and hands their results to the agent. All other commands must have been freed
 * before. */
void command_set_free(struct command_set *s);
/* Something has happened that codec software or the agent published: events are remembered by name for
 * xEvent. */
void command_set_on_change(struct command_set *s, const struct doc *change);

/* Tells the settings which commands there are, for lists of names such as Provisioning ExternalManager
 * Guarded (settings_know_commands). Once, before settings are read. */
void command_set_register_names(void);

/* docs/commands.md, from the rows of commands and status and from the verbs (verbs as in the options). */
void command_set_print_markdown(const struct verb *verbs, struct buf *out);

#endif
