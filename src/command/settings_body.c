/* SPDX-License-Identifier: MIT */
#include "settings_body.h"

#include "command/command_set.h"
#include "provisioning/provisioning.h"
#include "wire/xml.h"

#include <string.h>

struct mistakes {
	struct doc *list; /* a root whose children are Mistake nodes */
	unsigned n;
	struct buf first;
};

static void note_mistake(void *arg, const struct settings_complaint *m)
{
	struct mistakes *all = arg;
	struct doc *d = doc_add(all->list, "Mistake", ++all->n);
	d->max_occurrence = DOC_UNBOUNDED;
	if (m->line) {
		doc_add_int(d, "Line", m->line);
		doc_add_int(d, "Column", m->column);
	}
	doc_add_value(d, "Text", DOC_STRING, m->text);
	if (all->n == 1 && m->line)
		buf_addf(&all->first, "line %u, column %u: ", m->line, m->column);
	if (all->n == 1)
		buf_adds(&all->first, m->text);
}

/* Finishes the command: nothing is set, since there are mistakes, each of which the answer lists. */
static void refuse(struct command *c, struct mistakes *m)
{
	struct err e;
	err_set(&e, ERR_INPUT, 0, "nothing is changed, since the settings have %u mistake%s; %s", m->n,
		m->n == 1 ? "" : "s", buf_str(&m->first));
	command_done(c, &e);
	for (struct doc *d; (d = m->list->first);) {
		doc_detach(d);
		doc_adopt(c->doc, d);
	}
}

/* Reads the body as a document if it is one. */
static int read_document(struct command *c, struct doc **ret, struct err *e)
{
	const struct xml_limits limits = { .bytes = COMMAND_BODY_MAX, .value = COMMAND_BODY_MAX };
	*ret = NULL;
	if (!c->body_len || c->body[strspn(c->body, " \t\r\n")] != '<')
		return 0;
	if (xml_read(c->set->reader, c->body, c->body_len, &limits, ret, e) < 0)
		return -1;
	return strcmp((*ret)->name, "Configuration") == 0
		       ? 0
		       : err_set(e, ERR_INPUT, 0, "<%s>: expected a document whose root is Configuration",
				 (*ret)->name);
}

struct settings_plan *settings_body_read(struct command *c)
{
	struct mistakes mistakes = { .list = doc_new("Mistakes") };
	struct doc *all = agent_configuration(command_agent(c)), *document;
	struct settings_plan *p = NULL;
	struct err e;
	buf_init(&mistakes.first, 1000);
	if (read_document(c, &document, &e) < 0)
		command_done(c, &e);
	else
		p = settings_plan_new(agent_settings(command_agent(c)),
				      &(struct settings_plan_request){ .text = c->body,
								       .len = c->body_len,
								       .document = document,
								       .shown = all,
								       .complain = note_mistake,
								       .arg = &mistakes });
	if (p && p->mistakes) {
		refuse(c, &mistakes);
		settings_plan_free(p);
		p = NULL;
	}
	doc_wipe(document); /* values may be secrets */
	doc_free(document);
	doc_free(all);
	doc_free(mistakes.list);
	buf_done(&mistakes.first);
	return p;
}

int settings_body_check(const struct command *c, const struct settings_pair *set, size_t n, struct err *e)
{
	for (size_t i = 0; i < n && c->by.origin == SETTINGS_FROM_MANAGER; i++)
		if (provisioning_may_set(agent_provisioning(command_agent(c)), set[i].path, set[i].value, e) <
		    0)
			return -1;
	return 0;
}

int settings_body_list(const struct command *c, const struct settings_plan *p, struct settings_pair *set,
		       size_t *ret_n, struct err *e)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++)
		set[i] = (struct settings_pair){ p->items[i].path, p->items[i].value,
						 c->by.origin == SETTINGS_FROM_MANAGER
							 ? SETTINGS_FROM_MANAGER
							 : SETTINGS_FROM_TERMINAL };
	if (settings_body_check(c, set, p->n, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].differs)
			set[n++] = set[i];
	*ret_n = n;
	return 0;
}
