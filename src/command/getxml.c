/* SPDX-License-Identifier: MIT */
/* getxml: the verb xGetxml, which answers with a part of the Status, Configuration, Command or Valuespace
 * document, as a video codec answers an HTTP client's getxml (wire-formats.md 6). */
#include "command/command_set.h"
#include "command_document.h"
#include "doc/doc_path.h"
#include "runs.h"
#include "settings/settings.h"

#include <string.h>
#include <strings.h>

enum { STATUS, CONFIGURATION, COMMAND, VALUESPACE, ROOTS };
static const char *const root_names[] = { "Status", "Configuration", "Command", "Valuespace" };

static struct doc *whole_document(struct command *c, int root)
{
	switch (root) {
	case STATUS: return agent_status(command_agent(c));
	case CONFIGURATION: return agent_configuration(command_agent(c));
	case COMMAND: return command_document();
	}
	return command_document_valuespace();
}

/* Returns 1 if the path may select something in the document with this root. A path that begins with // or an
 * asterisk may select something in every document. */
static int may_select(const struct doc_path *p, int root)
{
	const struct doc_step *first = &p->steps[0];
	return first->any_depth || strcmp(first->name, "*") == 0 ||
	       strcasecmp(first->name, root_names[root]) == 0;
}

/* Returns the part of this document that the path selects; NULL: nothing. */
static struct doc *select_in(struct command *c, int root, const struct doc_path *p)
{
	const struct doc_path *const paths[] = { p };
	struct doc_path below = *p;
	struct err ignored;
	if (root == STATUS && !p->steps[0].any_depth && p->steps[0].name[0] != '*') {
		doc_path_below(&below, "Status");
		return agent_status_at(command_agent(c), &below, DOC_EXACT, &ignored);
	}
	struct doc *all = whole_document(c, root), *found = doc_select(all, paths, 1);
	doc_free(all);
	return found;
}

void getxml_run(struct command *c)
{
	struct doc_path p;
	struct err e;
	const char *path = verb_unquoted(c->line.rest);
	if (!*path) {
		verb_misused(c);
		return;
	}
	if (doc_path_parse(path, &p, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	c->kind = ANSWER_DOCUMENT;
	for (int root = 0; p.n && !c->doc && root < ROOTS; root++)
		if (may_select(&p, root))
			c->doc = select_in(c, root, &p);
	if (c->doc)
		agent_set_product(command_agent(c), c->doc);
	else
		c->doc = doc_new("EmptyResult");
	command_done(c, NULL);
}
