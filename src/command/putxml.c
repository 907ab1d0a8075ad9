/* SPDX-License-Identifier: MIT */
/* putxml: the verb xPutxml. With a Configuration document it makes all settings, or none if one is wrong;
 * with a Command document it runs the commands. The answer has the form in which video codecs answer an HTTP
 * client's putxml (wire-formats.md 6.2). */
#include "batch.h"
#include "base/mem.h"
#include "command/command_set.h"
#include "runs.h"
#include "settings/settings.h"
#include "wire/xml.h"

#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MAX = 4000 }; /* a codec has some 1,500 settings */

/* --- Configuration --- */

struct reading {
	struct doc *answer; /* errors found so far */
	/* room for SETTINGS_MAX settings; the paths are owned, the values belong to the document */
	struct settings_pair *set;
	char **paths;
	size_t n, leaves;
};

/* Adds an error to the answer, about a leaf (NULL: about the whole document), with the reason. */
static void add_error(struct reading *r, const struct doc *leaf, const char *reason)
{
	struct doc *d = doc_add(r->answer, "Error", 0);
	doc_add_value(d, "Reason", DOC_STRING, reason);
	if (!leaf)
		return;
	struct buf path;
	buf_init(&path, 2048);
	doc_path_of(leaf, &path);
	doc_add_value(d, "XPath", DOC_STRING, buf_str(&path));
	buf_done(&path);
}

static void read_leaf(struct reading *r, const struct doc *leaf)
{
	struct settings_found found[SETTINGS_FOUND_MAX];
	struct err e;
	const char *value = leaf->value ? leaf->value : "";
	size_t n = settings_find_leaf(leaf, found, &e);
	r->leaves += n ? n : 1;
	if (r->leaves > SETTINGS_MAX)
		return;
	/* *** stands for a secret that is not shown: the setting stays as it is */
	if (n && settings_is_mask(found[0].row, value))
		return;
	if (!n || settings_check_value(found[0].path, value, &e) < 0) {
		add_error(r, leaf, e.text);
		return;
	}
	for (size_t i = 0; i < n; i++, r->n++) {
		r->paths[r->n] = mem_dup(found[i].path);
		r->set[r->n] = (struct settings_pair){ r->paths[r->n], value, SETTINGS_FROM_TERMINAL };
	}
}

static void read_below(struct reading *r, const struct doc *d)
{
	for (const struct doc *c = d->first; c; c = c->next) {
		if (c->first)
			read_below(r, c);
		else
			read_leaf(r, c);
	}
}

static void put_configuration(struct command *c, const struct doc *configuration)
{
	struct reading r = { .answer = doc_new("Configuration"),
			     .set = mem_array(SETTINGS_MAX, sizeof *r.set),
			     .paths = mem_array(SETTINGS_MAX, sizeof *r.paths) };
	struct err e;
	read_below(&r, configuration);
	if (r.leaves > SETTINGS_MAX)
		add_error(&r, NULL, "more than 4000 settings");
	if (!r.answer->first && agent_configure(command_agent(c), r.set, r.n, &e) < 0)
		add_error(&r, NULL, e.text);
	int status = r.answer->first ? EX_DATAERR : EX_OK;
	c->attempt = mem_dup("a Configuration document of xPutxml");
	if (status == EX_OK) {
		doc_add(r.answer, "Success", 0);
		config_warn_in(c, r.answer);
	}
	for (size_t i = 0; i < r.n; i++)
		free(r.paths[i]);
	free(r.paths);
	free(r.set);
	c->doc = r.answer;
	c->kind = ANSWER_BATCH;
	command_finish(c, status);
}

/* --- Command --- */

static void forget(struct command *c)
{
	batch_cancel(c->work);
}

static void on_done(void *arg, const struct batch_results *r)
{
	struct command *c = arg;
	int status = r->status;
	c->work = NULL;
	c->doc = r->answers;
	c->kind = ANSWER_BATCH;
	c->restarts = r->restarts;
	if (!c->doc->first) {
		doc_add_value(doc_add(c->doc, "ActionError", 0), "Reason", DOC_STRING,
			      "No action detected in document");
		status = EX_DATAERR;
	}
	command_finish(c, status);
}

static void put_command(struct command *c, const struct doc *command)
{
	struct batch_options o = { .set = c->set, .by = c->by, .names_paths = 1, .done = on_done, .arg = c };
	c->forget = forget;
	c->work = batch_new(&o, command);
}

/* --- the verb --- */

void putxml_run(struct command *c)
{
	const struct xml_limits limits = { .bytes = COMMAND_BODY_MAX, .value = COMMAND_BODY_MAX };
	struct doc *d;
	struct err e;
	if (*c->line.rest || !c->body_len) {
		verb_misused(c);
		return;
	}
	if (xml_read(c->set->reader, c->body, c->body_len, &limits, &d, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	if (strcmp(d->name, "Command") == 0) {
		put_command(c, d);
	} else if (strcmp(d->name, "Configuration") != 0) {
		err_set(&e, ERR_INPUT, 0, "<%s>: expected a document whose root is Configuration or Command",
			d->name);
		command_refuse(c, EX_DATAERR, e.text);
	} else if (c->by.roles & ROLE_ADMIN) {
		put_configuration(c, d);
	} else {
		command_denied(c);
	}
	doc_wipe(d); /* values may be secrets */
	doc_free(d);
}
