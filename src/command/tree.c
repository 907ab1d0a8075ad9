/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include "agent/agent.h"
#include "base/num.h"
#include "base/text.h"
#include "diagnostics/diagnostics_status.h"
#include "command/command.h"
#include "command_rows.h"
#include "settings/settings.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Adds the words of a row's path to the tree, without the ranges in brackets: "NetworkServices NTP
 * Server[1..3] Address". */
static void add(struct doc *at, const char *path, size_t row)
{
	for (const char *s = path; *s;) {
		char name[DOC_NAME_MAX];
		snprintf(name, sizeof name, "%.*s", (int)strcspn(s, " ["), s);
		at = doc_make(at, name);
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	char number[24];
	snprintf(number, sizeof number, "%zu", row);
	doc_set_value(at, DOC_INTEGER, number);
}

struct doc *tree_of_settings(void)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	struct doc *tree = doc_new("Configuration");
	for (size_t i = 0; i < n; i++)
		add(tree, rows[i].path, i);
	return tree;
}

struct doc *tree_of_aliases(void)
{
	size_t n;
	const struct settings_alias *aliases = settings_aliases(&n);
	struct doc *tree = doc_new("Configuration");
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(aliases[i].path, aliases[i - 1].path) != 0)
			add(tree, aliases[i].path, i);
	return tree;
}

int tree_plain(const char *path, char *ret, size_t size)
{
	size_t at = 0;
	for (const char *s = path; *s; s++) {
		if (*s == '[')
			s = strchr(s, ']');
		else if (at + 1 < size)
			ret[at++] = *s;
		else
			return -1;
	}
	ret[at] = '\0';
	return 0;
}

struct doc *tree_of_status(void)
{
	struct doc *tree = doc_new("Status");
	const struct status_row *row;
	for (size_t i = 0; (row = tree_status(i)); i++)
		add(tree, row->path, i);
	return tree;
}

const struct status_row *tree_status(size_t i)
{
	size_t n = 0;
	while (n < i && agent_status_row(n))
		n++;
	const struct status_row *row = agent_status_row(n);
	return row ? row : diagnostics_status_row(i - n);
}

const struct command_row *tree_command(size_t i)
{
	for (size_t t = 0; t < command_tables_n; i -= command_tables[t++].n)
		if (i < command_tables[t].n)
			return &command_tables[t].rows[i];
	return NULL;
}

struct doc *tree_of_commands(void)
{
	struct doc *tree = doc_new("Command");
	const struct command_row *row;
	for (size_t i = 0; (row = tree_command(i)); i++)
		add(tree, row->path, i);
	return tree;
}

static int unknown(const struct doc *level, const char *word, struct err *e)
{
	struct text_nearest near = text_nearest_to(word);
	for (const struct doc *d = level->first; d; d = d->next)
		text_nearest_see(&near, d->name);
	if (*near.best)
		return err_set(e, ERR_NOTFOUND, 0, "\"%.64s\" is not known; the nearest is %s", word,
			       near.best);
	return err_set(e, ERR_NOTFOUND, 0,
		       "\"%.64s\" is not known: ? in its place shows what can stand there, and xCommand "
		       "//word searches all commands",
		       word);
}

const struct doc *tree_pick(const struct doc *level, const char *word, struct err *e)
{
	size_t len = strlen(word), n = 0;
	const struct doc *found = NULL;
	char candidates[320] = "";
	for (const struct doc *d = level->first; d; d = d->next) {
		if (strcasecmp(d->name, word) == 0)
			return d;
		if (strncasecmp(d->name, word, len) != 0)
			continue;
		size_t at = strlen(candidates);
		snprintf(candidates + at, sizeof candidates - at, "%s%s", n ? ", " : "", d->name);
		found = d;
		n++;
	}
	if (n == 1)
		return found;
	if (n == 0)
		unknown(level, word, e);
	else
		err_set(e, ERR_INPUT, 0, "\"%.64s\" is ambiguous: it may be %s", word, candidates);
	return NULL;
}

long tree_row(const struct doc *leaf)
{
	int64_t row;
	return leaf->value && num_parse(leaf->value, 0, INT32_MAX, &row, NULL) == 0 ? (long)row : -1;
}

long tree_any_row(const struct doc *d)
{
	while (d->first)
		d = d->first;
	return tree_row(d);
}

struct walk {
	void (*fn)(void *arg, long row);
	void *arg;
};

static void walk(void *arg, const struct doc *d)
{
	const struct walk *w = arg;
	if (!d->first && tree_row(d) >= 0)
		w->fn(w->arg, tree_row(d));
	for (const struct doc *child = d->first; child; child = child->next)
		walk(arg, child);
}

int tree_find(const struct doc *tree, const char *path, void (*fn)(void *arg, long row), void *arg,
	      struct err *e)
{
	struct walk w = { fn, arg };
	struct doc_path p;
	if (!path || !*path) {
		for (const struct doc *child = tree->first; child; child = child->next)
			walk(&w, child);
		return 0;
	}
	if (doc_path_parse(path, &p, e) < 0)
		return -1;
	doc_path_below(&p, tree->name);
	for (size_t i = 0; i < p.n; i++)
		p.steps[i].item = 0; /* the tree has one node for all items of a list */
	return doc_find(tree, &p, DOC_ABBREVIATED, walk, &w, e) < 0 ? -1 : 0;
}
