/* SPDX-License-Identifier: MIT */
#include "params.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SPLIT_MAX = 2,            /* words before the last word of a split name */
	VALUE_MAX = 4 * 2048 + 1, /* bytes of the longest value of a parameter in UTF-8, with its NUL */
};

const char *command_arg(const struct command *c, const char *name)
{
	for (size_t i = 0; i < c->n_args; i++)
		if (strcmp(c->args[i].param->name, name) == 0)
			return c->args[i].value;
	for (const struct command_param *p = c->row->params; p && p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p->default_text;
	return NULL;
}

int64_t command_arg_number(const struct command *c, const char *name)
{
	const char *text = command_arg(c, name);
	int64_t n = 0;
	if (text)
		num_parse(text, INT64_MIN, INT64_MAX, &n, NULL);
	return n;
}

int command_arg_is(const struct command *c, const char *name, const char *value)
{
	const char *text = command_arg(c, name);
	return text && strcmp(text, value) == 0;
}

size_t command_arg_all(const struct command *c, const char *name, const char **list, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_args && n < max; i++)
		if (strcmp(c->args[i].param->name, name) == 0)
			list[n++] = c->args[i].value;
	return n;
}

/* Returns the parameter with this name, in full or by a unique beginning; case does not matter. */
const struct command_param *command_param(const struct command_row *row, const char *name)
{
	const struct command_param *found = NULL;
	size_t len = strlen(name), n = 0;
	for (const struct command_param *p = row->params; p && p->name; p++) {
		if (strcasecmp(p->name, name) == 0)
			return p;
		if (strncasecmp(p->name, name, len) == 0)
			found = p, n++;
	}
	return n == 1 ? found : NULL;
}

static unsigned given(const struct command *c, const struct command_param *p)
{
	unsigned n = 0;
	for (size_t i = 0; i < c->n_args; i++)
		n += c->args[i].param == p;
	return n;
}

static int has_room(const struct command *c, const struct command_param *p)
{
	return given(c, p) < (p->many ? p->many : 1);
}

/* Returns 1 if the word is one of the parameter's fixed set of values. */
static int is_in_set(const struct command_param *p, const char *word)
{
	char value[VALUE_MAX];
	return p->value.kind == SCHEMA_LITERAL &&
	       schema_value_parse(&p->value, word, value, sizeof value, NULL) == 0;
}

/* Returns the parameter to which a word without a name belongs: the first one that has no value yet. But if
 * that parameter has a fixed set of values without this word, and the set of only one other parameter has it,
 * it is the other one: "Phonebook Search Corporate". */
static const struct command_param *by_position(const struct command *c, const char *word)
{
	const struct command_param *first = NULL, *fits = NULL;
	size_t n = 0;
	for (const struct command_param *p = c->row->params; p && p->name; p++) {
		if (given(c, p))
			continue;
		first = first ? first : p;
		if (is_in_set(p, word))
			fits = p, n++;
	}
	if (!first || first->value.kind != SCHEMA_LITERAL || is_in_set(first, word))
		return first;
	return n == 1 ? fits : NULL;
}

static int ends_with(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);
	return b && a >= b && strcasecmp(name + a - b, end) == 0;
}

/* Sets the error for a name that no parameter has. It lists the parameters whose names begin or end with that
 * name, or else the one with the most similar name, or else all of them. */
static int unknown_param(const struct command_row *row, const char *name, struct err *e)
{
	struct text_nearest near = text_nearest_to(name);
	char list[400] = "", all[400] = "";
	for (const struct command_param *p = row->params; p && p->name; p++) {
		int is_part = strncasecmp(p->name, name, strlen(name)) == 0 || ends_with(p->name, name);
		char *to = is_part ? list : all;
		size_t at = strlen(to);
		snprintf(to + at, sizeof list - at, "%s%s", at ? ", " : "", p->name);
		text_nearest_see(&near, p->name);
	}
	if (*list)
		return err_set(e, ERR_INPUT, 0, "%.64s is ambiguous or incomplete: it may be %s", name, list);
	if (*near.best)
		return err_set(e, ERR_INPUT, 0, "there is no parameter %.64s; the nearest is %s", name,
			       near.best);
	return err_set(e, ERR_INPUT, 0, "there is no parameter %.64s%s%s", name, *all ? "; there are " : "",
		       all);
}

/* Sets an error and returns -1 if the word, which was taken for a value, begins with a parameter's name: then
 * its colon is missing, or something else stands in its place. */
static int lacks_colon(const struct command *c, const char *word, struct err *e)
{
	size_t len = strcspn(word, "=");
	for (const struct command_param *p = c->row->params; p && p->name; p++)
		if (strlen(p->name) == len && strncasecmp(p->name, word, len) == 0)
			return err_set(e, ERR_INPUT, 0, "a value comes after a colon: %s: value", p->name);
	return 0;
}

static int stray_word(const struct command *c, const char *word, struct err *e)
{
	char all[400] = "";
	if (lacks_colon(c, word, e) < 0)
		return -1;
	for (const struct command_param *p = c->row->params; p && p->name; p++) {
		size_t at = strlen(all);
		if (has_room(c, p))
			snprintf(all + at, sizeof all - at, "%s%s", at ? ", " : "", p->name);
	}
	if (!*all)
		return err_set(e, ERR_INPUT, 0, "\"%.64s\": the command takes no such word", word);
	return err_set(
		e, ERR_INPUT, 0,
		"\"%.64s\" does not say whose value it is: %s; before each further value, write one of these "
		"names and a colon: %s",
		word,
		c->row->flags & COMMAND_MULTILINE ? "a file is not named, its contents are the body (in a "
						    "shell: < FILE)"
						  : "put a value with blanks in double quotes",
		all);
}

static int take_param(struct command *c, const struct line_word *w, struct err *e)
{
	const struct command_param *p = w->name ? command_param(c->row, w->name) : by_position(c, w->value);
	char value[VALUE_MAX];
	if (!p && !w->name)
		return stray_word(c, w->value, e);
	if (!p)
		return unknown_param(c->row, w->name, e);
	if (p->value.flags & SCHEMA_SECRET)
		c->secret = 1;
	if (!has_room(c, p))
		return err_set(e, ERR_INPUT, 0, "%s: may be given at most %u times", p->name,
			       p->many ? p->many : 1);
	if (schema_value_parse(&p->value, w->value, value, sizeof value, e) < 0)
		return !w->name && lacks_colon(c, w->value, e) < 0 ? -1 : err_prefix(e, "%s", p->name);
	c->args[c->n_args++] = (struct command_arg){ .param = p, .index = w->index, .value = mem_dup(value) };
	explicit_bzero(value, sizeof value);
	return 0;
}

/* Sorts repeated parameters by their indices, since Expression[2] may come before Expression[1]. */
static void sort_args(struct command *c)
{
	for (size_t i = 1; i < c->n_args; i++)
		for (size_t k = i; k > 0 && c->args[k].index && c->args[k].index < c->args[k - 1].index;
		     k--) {
			struct command_arg swap = c->args[k];
			c->args[k] = c->args[k - 1];
			c->args[k - 1] = swap;
		}
}

/* Handles parameter names that the vendor's guides split: "Phonebook Type: Corporate" means PhonebookType.
 * Returns how many words before the word with the colon belong to the parameter's name, and writes the joined
 * name to name; returns 0 if the name is not split. */
static size_t split_name(const struct command *c, const struct line_word *w, size_t n, char *name,
			 size_t size)
{
	size_t words = 0, at = 0;
	while (words < n && words < SPLIT_MAX && !w[words].name && !w[words].quoted)
		at += (size_t)snprintf(name + at, size - at, "%.40s", w[words++].value);
	if (!words || words == n || !w[words].name)
		return 0;
	snprintf(name + at, size - at, "%.40s", w[words].name);
	for (const struct command_param *p = c->row->params; p && p->name; p++)
		if (strcasecmp(p->name, name) == 0)
			return words;
	return 0;
}

int params_take(struct command *c, const struct line_word *words, size_t n, struct err *e)
{
	c->args = mem_array(n, sizeof *c->args);
	for (size_t i = 0; i < n; i++) {
		struct line_word w = words[i];
		char name[40 * (SPLIT_MAX + 1) + 1];
		size_t split = split_name(c, &words[i], n - i, name, sizeof name);
		if (split) {
			w = words[i += split];
			w.name = name;
		}
		if (take_param(c, &w, e) < 0)
			return -1;
	}
	for (const struct command_param *p = c->row->params; p && p->name; p++)
		if (p->flags & PARAM_REQUIRED && !given(c, p))
			return err_set(e, ERR_INPUT, 0, "%s is missing", p->name);
	sort_args(c);
	return 0;
}
