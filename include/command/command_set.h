/* SPDX-License-Identifier: MIT */
/* command_set: all commands, and what they share: the agent, trees of the words that may be typed, and the
 * verbs that begin a line. It also runs the commands of the external manager (src/command/runner.c). */
#ifndef COMMAND_COMMAND_SET_H
#define COMMAND_COMMAND_SET_H

#include "agent/agent.h"
#include "base/buf.h"
#include "command/verbs.h"
#include "doc/doc.h"

enum { COMMAND_SET_PUBLISHER = 64 };

struct command_set { /* for reading; only the functions below change it */
	struct agent *agent;
	struct verb_list verbs;
	/* Trees of the words in the rows' paths; a leaf's value is the number of its row
	 * (src/command/tree.h). */
	struct doc *settings, *aliases, *status, *commands;
	struct doc *events;        /* names of the events that have happened since the agent started */
	struct xml_reader *reader; /* reads documents that come as a body */
	/* The publisher of the last publication, as its user and id, and as the agent knows it. Most
	 * publications come from the same program as the one before, and the digest costs more than the rest
	 * of the line. */
	char publisher_text[COMMAND_SET_PUBLISHER];
	uint64_t publisher[2];
	struct runner *runner;
};

struct command_set_options {
	struct agent *agent; /* borrowed */
	/* verbs of the layer above, in addition to this component's own; NULL: there are none */
	const struct verb *verbs;
	/* Called when a command of the manager asked for a restart of the agent, and its answer has been
	 * delivered. */
	void (*restart)(void *arg);
	void *arg;
};

struct command_set *command_set_new(const struct command_set_options *o);
/* Ends the manager's commands and passes their results to the agent. All other commands must have been
 * freed. */
void command_set_free(struct command_set *s);
/* To be called for each change that codec software or the agent publishes. It collects the names of events
 * for xEvent. */
void command_set_on_change(struct command_set *s, const struct doc *change);

/* Gives the settings the names of all commands, for lists of names such as Provisioning ExternalManager
 * Guarded (settings_know_commands). To be called once, before settings are read. */
void command_set_register_names(void);

/* Prints docs/commands.md, which is made from the rows of commands and status and from the verbs (verbs as in
 * the options). */
void command_set_print_markdown(const struct verb *verbs, struct buf *out);

#endif
