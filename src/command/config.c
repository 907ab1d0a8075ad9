/* SPDX-License-Identifier: MIT */
/* config: the verb xConfiguration, which shows and changes settings. */
#include "accounts/accounts.h"
#include "agent/cutoffs.h"
#include "base/mem.h"
#include "base/text.h"
#include "doc/doc_path.h"
#include "help.h"
#include "origins.h"
#include "settings/guarded.h"
#include "settings/settings.h"
#include "tree.h"
#include "command/command_set.h"
#include "command/verbs.h"
#include "runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* If the path is that of a setting and something behind it, says how a value is written: a value without a
 * colon looks like a part of the path. */
static void explain_value(const char *path, struct err *e)
{
	char cut[400], canonical[SETTINGS_PATH];
	snprintf(cut, sizeof cut, "%s", path);
	for (size_t len = strlen(cut); len > 0; cut[--len] = '\0') {
		if (!strchr(" =\"", path[len]) || !settings_lookup(cut, canonical, sizeof canonical, NULL))
			continue;
		err_set(e, e->kind, 0, "a value comes after a colon: xConfiguration %s: value", canonical);
		return;
	}
}

static void get(struct command *c, const char *path)
{
	struct err e = { .kind = ERR_NONE };
	c->kind = ANSWER_TREE;
	c->doc = *path ? origins_select(c, path, &e) : agent_configuration(command_agent(c));
	if (c->doc) {
		command_done(c, NULL);
	} else {
		explain_value(path, &e);
		command_no_match(c, "Configuration", path, e.text);
	}
}

/* The answer about a setting that was not changed: its path and value, an attribute that tells what happened,
 * and the reason. */
struct unchanged {
	const char *canonical, *attribute, *state, *value, *why;
};

static void answer_unchanged(struct command *c, const struct unchanged *u, int status)
{
	struct doc_path p;
	c->doc = doc_new("Configuration");
	struct doc *at = c->doc;
	if (doc_path_parse(u->canonical, &p, NULL) == 0)
		for (size_t i = 0; i < p.n; i++) {
			at = doc_add(at, p.steps[i].name, p.steps[i].item);
			if (p.steps[i].item)
				at->max_occurrence = DOC_UNBOUNDED;
		}
	doc_set_value(at, DOC_STRING, u->value);
	doc_set_attr(at, u->attribute, u->state);
	doc_set_attr(at, "reason", u->why);
	buf_adds(&c->text, u->why);
	c->kind = ANSWER_UNCHANGED;
	command_finish(c, status);
}

/* Finishes the command with an error: the setting cannot have this value (wire-formats.md 4.2). */
static void illegal(struct command *c, const char *canonical, const struct err *e)
{
	answer_unchanged(c, &(struct unchanged){ canonical, "error", "True", "Illegal value", e->text },
			 EX_DATAERR);
}

/* Handles a value ***, as xConfiguration prints it for a secret: a user has sent back printed settings, and
 * the secret stays as it is. */
static void keep_secret(struct command *c, const char *canonical)
{
	static const char why[] = "*** stands for a secret that is not shown; the setting was not changed";
	answer_unchanged(c, &(struct unchanged){ canonical, "status", "Unchanged", "***", why }, EX_OK);
}

/* Handles the setting "systemunit password" of the older system MXP, which does the same as xCommand
 * SystemUnit AdminPassword Set. A person who has logged in from the network uses that command, in which he
 * shows that nobody else uses the session. */
static void set_password(struct command *c, const struct settings_row *row, const char *canonical,
			 const char *value)
{
	char text[1024];
	struct err e;
	if (c->by.is_remote) {
		command_refuse(
			c, EX_NOPERM,
			"SystemUnit Password: you have logged in from the network: use xCommand SystemUnit "
			"AdminPassword Set, with your own password as YourPassphrase");
		return;
	}
	if (schema_value_parse(&row->value, value, text, sizeof text, &e) < 0 ||
	    accounts_set_password(agent_accounts(command_agent(c)), ACCOUNTS_ADMIN_NAME, text, &e) < 0) {
		err_prefix(&e, "%s", canonical);
		illegal(c, canonical, &e);
	} else {
		command_done(c, NULL);
	}
	explicit_bzero(text, sizeof text);
}

/* Returns 1 if the value is the shown one. xConfiguration also shows values that only the operating system
 * sets; a user who sends back such a value changes nothing, so this is no error. */
static int is_as_shown(struct command *c, const struct settings_row *row, const char *canonical,
		       const char *value)
{
	if (!row->refusal)
		return 0;
	struct doc_path p;
	if (doc_path_parse(canonical, &p, NULL) < 0)
		return 0;
	struct doc *all = agent_configuration(command_agent(c));
	const struct doc *at = all;
	for (size_t i = 0; at && i < p.n; i++)
		at = doc_child(at, p.steps[i].name, p.steps[i].item);
	int same = at && at->value && strcmp(at->value, value) == 0;
	doc_free(all);
	return same;
}

/* Records the attempt to change a setting that concerns security, for an audit line in case it is refused. */
static void note_attempt(struct command *c, const struct settings_row *row, const char *canonical,
			 const char *value)
{
	char shown[600];
	struct buf what;
	if (c->by.roles & ROLE_ADMIN && !settings_guarded_lists(settings_guarded_audited(), canonical))
		return;
	buf_init(&what, 1000);
	buf_addf(&what, "setting %s to ", canonical);
	settings_show(row, value, shown, sizeof shown);
	text_quote(shown, &what);
	c->attempt = buf_take(&what);
}

void config_warn_in(struct command *c, struct doc *to)
{
	struct buf text;
	uint32_t item = 0;
	buf_init(&text, 16 << 10);
	cutoffs_describe(command_agent(c), &text);
	for (char *line = text.data, *rest; line && *line; line = rest) {
		rest = line + strcspn(line, "\n");
		if (*rest)
			*rest++ = '\0';
		struct doc *warning = doc_add(to ? to : command_result(c), "Warning", ++item);
		warning->max_occurrence = DOC_UNBOUNDED;
		doc_set_value(warning, DOC_STRING, line);
	}
	buf_done(&text);
}

void config_warn(struct command *c)
{
	config_warn_in(c, NULL);
}

/* Answers a changed setting. */
static void answer_changed(struct command *c)
{
	config_warn(c);
	command_done(c, NULL);
}

static void set(struct command *c, const char *path, const char *value)
{
	char canonical[400];
	struct err e;
	const struct settings_row *row = settings_lookup(path, canonical, sizeof canonical, &e);
	if (!row) {
		command_no_match(c, "Configuration", path, e.text);
		return;
	}
	c->secret = (row->value.flags & SCHEMA_SECRET) != 0;
	/* the path as typed, since an older name may stand for two settings */
	struct settings_pair one = { path, value, SETTINGS_FROM_TERMINAL };
	note_attempt(c, row, canonical, value);
	if (!(c->by.roles & ROLE_ADMIN))
		command_denied(c);
	else if (settings_is_mask(row, value))
		keep_secret(c, canonical);
	else if (row->hashed)
		set_password(c, row, canonical, value);
	else if (is_as_shown(c, row, canonical, value))
		command_done(c, NULL);
	else if (agent_configure(command_agent(c), &one, 1, &e) == 0)
		answer_changed(c);
	else if (e.kind == ERR_INPUT || e.kind == ERR_CONFIG || e.kind == ERR_NOTFOUND)
		illegal(c, canonical, &e);
	else
		command_done(c, &e);
}

/* The vendor's guides wrongly write some commands (FeedbackRegister) after xConfiguration instead of
 * xCommand. Returns the row if the line is one of these; otherwise NULL. */
static const struct command_row *misplaced(const struct command *c)
{
	char *rest = c->line.rest, word[DOC_NAME_MAX];
	verb_word(&rest, word, sizeof word);
	for (const struct doc *d = c->set->commands->first; d; d = d->next) {
		const struct command_row *row = d->first ? NULL : tree_command((size_t)tree_row(d));
		if (row && row->flags & COMMAND_OLD_FORM && strcasecmp(d->name, word) == 0)
			return row;
	}
	return NULL;
}

/* Runs such a command if the line has parameters; otherwise answers how the command is written. */
static void run_misplaced(struct command *c, const struct command_row *row)
{
	char hint[160];
	if (strpbrk(c->line.rest, " \t")) {
		command_run(c);
		return;
	}
	snprintf(hint, sizeof hint, "it is a command: xCommand %s; xCommand %s ? shows its parameters",
		 row->path, row->path);
	command_no_match(c, "Configuration", c->line.rest, hint);
}

void config_run(struct command *c)
{
	char *path, *value;
	struct err e;
	const struct command_row *row = misplaced(c);
	if (row)
		run_misplaced(c, row);
	else if (line_setting(&c->line, &path, &value, &e) < 0)
		command_refuse(c, EX_DATAERR, e.text);
	else if (value)
		set(c, path, value);
	else
		get(c, path);
}

/* A question about settings: the settings that the path selects, with their values. */
struct question {
	struct command *c;
	struct origins_item *items;
	size_t n;
	/* the row that was explained last, since an older system may have two names for it */
	const struct settings_row *last;
};

/* Appends the values of the row's settings and their origins. */
static void explain_values(const struct question *q, const struct settings_row *row)
{
	struct buf *out = &q->c->text;
	for (size_t i = 0; i < q->n; i++) {
		if (q->items[i].row != row)
			continue;
		buf_adds(out, "     ");
		buf_addf(out, "%s: ", strchr(row->path, '.') ? q->items[i].path : "Value");
		origins_describe(&q->items[i], out);
		buf_addc(out, '\n');
	}
}

static void explain_row(struct question *q, const struct settings_row *row)
{
	struct command *c = q->c;
	buf_addf(&c->text, "*? xConfiguration %s: ", row->path);
	schema_value_explain(&row->value, &c->text);
	buf_addc(&c->text, '\n');
	if (c->line.ask == LINE_HELP_ALL) {
		buf_addf(&c->text, "     %s Default: %s.\n", row->help,
			 *row->default_text ? row->default_text : "\"\"");
		if (row->refusal)
			buf_addf(&c->text, "     %s\n", row->refusal);
	}
	explain_values(q, row);
}

static void explain(void *arg, long number)
{
	size_t n;
	explain_row(arg, &settings_rows(&n)[number]);
}

static void explain_older(void *arg, long number)
{
	struct question *q = arg;
	size_t n;
	char path[400];
	const struct settings_row *row = tree_plain(settings_aliases(&n)[number].row, path, sizeof path) == 0
						 ? settings_lookup(path, NULL, 0, NULL)
						 : NULL;
	if (row && row != q->last)
		explain_row(q, row);
	q->last = row;
}

/* Explains the settings that the path selects. Returns 0 if the path is known, even if only older systems
 * have it. */
static int explain_path(struct question *q, const char *path, struct err *e)
{
	const struct command_set *t = q->c->set;
	if (tree_find(t->settings, path, explain, q, e) == 0)
		return 0;
	return e->kind == ERR_NOTFOUND ? tree_find(t->aliases, path, explain_older, q, NULL) : -1;
}

/* Explains the settings that the path selects, with their values. In modes other than terminal mode the
 * answer also has a document, in which attributes have the origin of each value. */
static void explain_all(struct command *c, const char *path)
{
	struct err e;
	struct question q = { .c = c };
	struct doc *selected = *path ? origins_select(c, path, &e) : NULL;
	if (selected)
		q.items = origins_list(c, selected, &q.n);
	if (explain_path(&q, path, &e) < 0) {
		command_no_match(c, "Configuration", path, e.text);
	} else {
		for (size_t i = 0; i < q.n; i++)
			origins_set_attributes(&q.items[i]);
		if (c->by.mode != OUTPUT_TERMINAL) {
			c->doc = selected;
			selected = NULL;
		}
		command_done(c, NULL);
	}
	free(q.items);
	doc_free(selected);
}

void config_help(struct command *c)
{
	char *path, *value;
	struct err e;
	c->kind = ANSWER_TEXT;
	if (misplaced(c)) {
		command_help(c);
		return;
	}
	if (line_setting(&c->line, &path, &value, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	if (!*path && c->line.ask == LINE_HELP) {
		buf_adds(&c->text, " - User Configurations -\n");
		help_columns(c->set->settings, NULL, &c->text);
		command_done(c, NULL);
	} else { /* "xconfiguration // ?" selects everything, as on the older system MPS */
		explain_all(c, strcmp(path, "//") == 0 ? "" : path);
	}
}
