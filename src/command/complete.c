/* SPDX-License-Identifier: MIT */
/* complete: the verb xComplete, followed by the beginning of a line in quotes. It answers with the words that
 * can replace the last word of that line, one on each line. A word ends in a colon if a value follows it. */
#include "settings/settings.h"
#include "tree.h"
#include "command/command_set.h"
#include "command/verbs.h"
#include "runs.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int begins(const char *name, const char *with)
{
	return strncasecmp(name, with, strlen(with)) == 0;
}

static void offer(struct command *c, const char *name, const char *typed, const char *suffix)
{
	if (begins(name, typed))
		buf_addf(&c->text, "%s%s\n", name, suffix);
}

static void offer_literals(struct command *c, const struct schema_value *v, const char *typed)
{
	char literal[128];
	if (v->kind == SCHEMA_LITERAL)
		for (size_t i = 0; schema_value_literal_at(v, i, literal, sizeof literal) == 0; i++)
			offer(c, literal, typed, "");
}

static int is_index(const char *word)
{
	return *word && word[strspn(word, "0123456789[]")] == '\0';
}

/* Follows the words, without their indices, down the tree and returns the node; NULL: a word is not known. */
static const struct doc *follow(const struct doc *at, char **words, size_t n)
{
	for (size_t i = 0; at && i < n; i++)
		if (!is_index(words[i]))
			at = tree_pick(at, words[i], NULL);
	return at;
}

/* Offers the index of a list after its name. The row's path shows whether the name is that of a list:
 * "Server[1..3]". */
static void offer_index(struct command *c, const char *path, const char *name, const char *typed)
{
	char number[16];
	unsigned last = 0;
	size_t len = strlen(name);
	for (const char *s = strstr(path, name); s; s = strstr(s + 1, name)) {
		if (s[len] != '[')
			continue;
		const char *dots = strstr(s + len, "..");
		for (const char *d = dots ? dots + 2 : s + len + 1; isdigit((unsigned char)*d) && last < 100;
		     d++)
			last = last * 10 + (unsigned)(*d - '0');
		break;
	}
	for (unsigned i = 1; i <= last && i <= 32; i++) {
		snprintf(number, sizeof number, "%u", i);
		offer(c, number, typed, "");
	}
}

/* Offers the words that can come next in a path. colon is appended to the name of a leaf. */
static void offer_words(struct command *c, const struct doc *tree, char **words, size_t n, const char *typed,
			const char *colon)
{
	const struct command_set *t = c->set;
	const struct doc *at = follow(tree, words, n);
	size_t all;
	if (!at)
		return;
	if (n && !is_index(words[n - 1]) && tree_row(at) < 0 && tree != t->commands) {
		long row = tree_any_row(at);
		offer_index(c,
			    tree == t->settings ? settings_rows(&all)[row].path
						: tree_status((size_t)row)->path,
			    at->name, typed);
	}
	for (const struct doc *d = at->first; d; d = d->next)
		offer(c, d->name, typed, d->first ? "" : colon);
}

static void complete_setting(struct command *c, char **words, size_t n, const char *typed)
{
	size_t len = n ? strlen(words[n - 1]) : 0, all;
	if (!len || words[n - 1][len - 1] != ':') {
		offer_words(c, c->set->settings, words, n, typed, ":");
		return;
	}
	words[n - 1][len - 1] = '\0';
	const struct doc *at = follow(c->set->settings, words, n);
	if (at && tree_row(at) >= 0)
		offer_literals(c, &settings_rows(&all)[tree_row(at)].value, typed);
}

/* Returns 1 if the line already has the parameter as many times as it may be given. */
static int is_given(const struct command_row *row, const struct command_param *p, char **words, size_t n)
{
	size_t given = 0;
	for (size_t i = 0; i < n; i++) {
		char name[64];
		size_t len = strcspn(words[i], "[.:");
		snprintf(name, sizeof name, "%.*s", (int)len, words[i]);
		given += words[i][len] && words[i][strlen(words[i]) - 1] == ':' &&
			 command_param(row, name) == p;
	}
	return given >= (p->many ? p->many : 1);
}

static void complete_command(struct command *c, char **words, size_t n, const char *typed)
{
	const struct doc *at = c->set->commands;
	size_t i = 0;
	while (i < n && at && at->first)
		at = tree_pick(at, words[i++], NULL);
	if (!at)
		return;
	if (at->first) {
		offer_words(c, at, NULL, 0, typed, "");
		return;
	}
	const struct command_row *row = tree_command((size_t)tree_row(at));
	size_t len = i < n ? strlen(words[n - 1]) : 0;
	if (len && words[n - 1][len - 1] == ':') {
		words[n - 1][len - 1] = '\0';
		const struct command_param *p = command_param(row, words[n - 1]);
		if (p)
			offer_literals(c, &p->value, typed);
		return;
	}
	for (const struct command_param *p = row->params; p && p->name; p++)
		if (!is_given(row, p, words + i, n - i))
			offer(c, p->name, typed, ":");
}

/* Offers the next words of a verb that has no tree but a list of phrases: "list root|list cert". */
static void complete_phrase(struct command *c, const char *phrases, char **words, size_t n, const char *typed)
{
	char offered[256] = "";
	for (const char *p = phrases; p && *p; p += strcspn(p, "|"), p += *p == '|') {
		char phrase[64], *at = phrase, word[32];
		size_t i = 0;
		snprintf(phrase, sizeof phrase, "%.*s", (int)strcspn(p, "|"), p);
		for (verb_word(&at, word, sizeof word); i < n && *word && begins(word, words[i]); i++)
			verb_word(&at, word, sizeof word);
		if (i < n || !*word || strstr(offered, word))
			continue;
		size_t len = strlen(offered);
		snprintf(offered + len, sizeof offered - len, " %s", word);
		offer(c, word, typed, "");
	}
}

/* Splits text into words at blanks, and after each colon. */
static size_t cut(char *text, char **words, size_t max)
{
	size_t n = 0;
	for (char *s = text; n < max;) {
		s += strspn(s, " \t");
		if (!*s)
			break;
		words[n++] = s;
		s += *s == '"' ? 1 + strcspn(s + 1, "\"") : 0;
		s += strcspn(s, " \t");
		if (!*s)
			break;
		*s++ = '\0';
	}
	return n;
}

static void complete(struct command *c, char *text)
{
	char *words[LINE_WORDS_MAX], none[] = "";
	size_t len = strlen(text);
	int open = len && text[len - 1] != ' ' && text[len - 1] != '\t';
	size_t n = cut(text, words, LINE_WORDS_MAX);
	char *typed = open && n ? words[--n] : none, *colon = strchr(typed, ':');
	if (n == 0) {
		for (size_t i = 0; i < c->set->verbs.n; i++)
			if (!(c->set->verbs.all[i]->flags & VERB_HIDDEN))
				offer(c, c->set->verbs.all[i]->name, typed, "");
		return;
	}
	if (colon) /* the last word is the beginning of a value, without a blank before it: "Mode:O" */
		return;
	const struct verb *v = verb_find(&c->set->verbs, words[0]);
	if (!v)
		return;
	if (v->run == config_run)
		complete_setting(c, words + 1, n - 1, typed);
	else if (v->run == query_run)
		offer_words(c, c->set->status, words + 1, n - 1, typed, "");
	else if (v->run == command_run)
		complete_command(c, words + 1, n - 1, typed);
	else
		complete_phrase(c, v->phrases, words + 1, n - 1, typed);
}

void complete_run(struct command *c)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n;
	struct err e = { .kind = ERR_NONE };
	c->kind = ANSWER_TEXT;
	if (line_words(&c->line, words, &n, &e) == 0 && n == 1)
		complete(c, words[0].value);
	else if (e.kind == ERR_NONE)
		err_set(&e, ERR_INPUT, 0, "xComplete: expected the beginning of a line in quotes");
	command_done(c, &e);
}
