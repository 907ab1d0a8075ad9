/* SPDX-License-Identifier: MIT */
/* One line, by the grammar alone: cut up, its words found among the rows, its values checked. No session, no
 * socket: millions of lines a minute. What fuzz_line does with sessions it does slowly. */
#include "command/line.h"
#include "../../src/command/tree.h"
#include "command/command.h"
#include "command/verbs.h"

#include "base/text.h"
#include "settings/settings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trees {
	struct doc *settings, *status, *commands;
	struct verb_list verbs;
} trees;

static void require(int truth, const char *what)
{
	if (!truth) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static int is_in(const struct line *l, const char *at)
{
	return at >= l->text && at + strlen(at) < l->text + l->size;
}

/* A value is clean text wherever it came from: escapes included. */
static void check_text(const char *text)
{
	require(text_length(text) >= 0, "a value is not UTF-8");
}

static void judge(const struct schema_value *v, const char *text)
{
	char value[8200], again[8200];
	struct err e;
	if (schema_value_parse(v, text, value, sizeof value, &e) < 0) {
		require(e.kind != ERR_NONE && e.text[0], "a refusal without a reason");
		require(text_length(e.text) >= 0, "a reason that is not UTF-8");
		return;
	}
	require(schema_value_parse(v, value, again, sizeof again, NULL) == 0 && strcmp(value, again) == 0,
		"a canonical value is not its own canonical form");
}

static void try_command(struct line *l)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n, used;
	struct err e;
	if (line_words(l, words, &n, &e) < 0) {
		require(e.text[0] != '\0', "an error without a sentence");
		return;
	}
	require(n <= LINE_WORDS_MAX, "too many words");
	for (size_t i = 0; i < n; i++) {
		require(is_in(l, words[i].value) && (!words[i].name || is_in(l, words[i].name)),
			"a word outside its line");
		require(!words[i].name || words[i].name[0], "an empty name");
		check_text(words[i].value);
	}
	const struct doc *at = command_place(trees.commands, words, n, &used, &e);
	require(used <= n, "more words were used than there are");
	if (!at || at->first)
		return;
	const struct command_row *row = tree_command((size_t)tree_row(at));
	for (size_t i = used; i < n; i++) {
		const struct command_param *p =
			words[i].name ? command_param(row, words[i].name) : row->params;
		if (p && p->name)
			judge(&p->value, words[i].value);
	}
}

static void ignore(void *arg, long row)
{
	(void)arg;
	require(row >= 0, "a row that is none");
}

static void try_setting(struct line *l)
{
	char *path, *value, canonical[400], again[400];
	struct err e;
	if (line_setting(l, &path, &value, &e) < 0) {
		require(e.text[0] != '\0', "an error without a sentence");
		return;
	}
	require(is_in(l, path) && (!value || is_in(l, value)), "a value outside its line");
	if (value)
		check_text(value);
	const struct settings_row *row = settings_lookup(path, canonical, sizeof canonical, &e);
	if (row) {
		require(settings_lookup(canonical, again, sizeof again, NULL) == row &&
				strcmp(canonical, again) == 0,
			"a canonical path leads elsewhere");
		if (value)
			judge(&row->value, value);
	}
	tree_find(trees.settings, path, ignore, NULL, &e);
	tree_find(trees.status, path, ignore, NULL, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line l;
	struct err e;
	if (!trees.settings) {
		trees = (struct trees){
			tree_of_settings(), tree_of_status(), tree_of_commands(), { .n = 0 }
		};
		verbs_collect(&trees.verbs, NULL);
	}
	if (line_parse((const char *)data, size, &l, &e) < 0) {
		require(e.text[0] != '\0', "an error without a sentence");
		return 0;
	}
	require(is_in(&l, l.verb) && is_in(&l, l.rest) && (!l.result_id || is_in(&l, l.result_id)),
		"a part outside its line");
	require(!strpbrk(l.verb, " \t"), "a blank in the first word");
	check_text(l.rest);
	const struct verb *v = verb_find(&trees.verbs, l.verb);
	if (v && v->run == command_run)
		try_command(&l);
	else if (v)
		try_setting(&l);
	line_done(&l);
	return 0;
}
