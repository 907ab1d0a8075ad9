/* SPDX-License-Identifier: MIT */
/* command_run: the verb xCommand. Finds the command's row by the words of a line or in a document, reads its
 * parameters, and calls the row's function. */
#include "base/text.h"
#include "command/command_set.h"
#include "params.h"
#include "runs.h"
#include "command_search.h"
#include "tree.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const struct doc *command_place(const struct doc *tree, const struct line_word *words, size_t n, size_t *used,
				struct err *e)
{
	const struct doc *at = tree;
	for (*used = 0; *used < n && !words[*used].name && !words[*used].quoted && at->first; ++*used) {
		const struct doc *next = tree_pick(at, words[*used].value, e);
		if (!next) {
			++*used;
			return NULL;
		}
		at = next;
	}
	return at;
}

static const struct command_row *find_row(const struct doc *tree, const struct line_word *words, size_t n,
					  size_t *used, struct err *e)
{
	const struct doc *at = command_place(tree, words, n, used, e);
	if (at && at->first) {
		err_set(e, ERR_NOTFOUND, 0,
			"the command is not complete: end the line in ? to see which words can follow");
		return NULL;
	}
	return at ? tree_command((size_t)tree_row(at)) : NULL;
}

int command_wants_body(const struct command_set *set, struct line *l)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n, used;
	if (line_words(l, words, &n, NULL) < 0)
		return 0;
	const struct command_row *row = find_row(set->commands, words, n, &used, NULL);
	return row && row->flags & COMMAND_MULTILINE;
}

void command_not_found(struct command *c, const struct line_word *words, size_t used, const struct err *e)
{
	struct buf xpath;
	buf_init(&xpath, 400);
	for (size_t i = 0; i < used; i++)
		if (!words[i].name)
			buf_addf(&xpath, "/%s", words[i].value);
	command_fail(c, &(struct command_failure){ EX_USAGE, "Result", "Unknown command", buf_str(&xpath),
						   e->text });
	buf_done(&xpath);
}

static void run_row(struct command *c, const struct line_word *words, size_t n)
{
	struct err e;
	if (!(c->by.roles & c->row->access))
		command_denied(c);
	else if (params_take(c, words, n, &e) < 0)
		command_parameter_error(c, e.text);
	else if (c->body_len && !(c->row->flags & COMMAND_MULTILINE))
		command_parameter_error(c, "this command takes no body");
	else
		c->row->run(c);
}

void command_run(struct command *c)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n, used;
	struct err e;
	if (line_words(&c->line, words, &n, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	if (!n) { /* xCommand alone lists the words that can follow */
		command_help(c);
		return;
	}
	if (!words[0].name && strncmp(words[0].value, "//", 2) == 0) {
		search_commands(c, words[0].value + 2);
		return;
	}
	const struct command_row *row = find_row(c->set->commands, words, n, &used, &e);
	if (!row) {
		command_not_found(c, words, used, &e);
		return;
	}
	c->row = row;
	run_row(c, words + used, n - used);
}

/* A value in a document may contain only the characters that a line may contain: printable text, and of the
 * control characters tab, LF and CR. */
static int check_value(const struct doc *param, struct err *e)
{
	for (const char *s = param->value ? param->value : ""; *s;) {
		uint32_t point = 0;
		size_t n = text_utf8(s, &point);
		if (!n || (text_is_control(point) && !strchr("\t\n\r", (int)point)))
			return err_set(e, ERR_INPUT, 0, "%s: byte 0x%02x: expected printable UTF-8 text",
				       param->name, (unsigned char)*s);
		s += n;
	}
	return 0;
}

/* Programs write documents, so nothing is abbreviated in them. */
static int check_name(const struct command_row *row, const struct doc *param, struct err *e)
{
	const struct command_param *p = command_param(row, param->name);
	return !p || strcasecmp(p->name, param->name) == 0
		       ? 0
		       : err_set(e, ERR_INPUT, 0, "there is no parameter %s; did you mean %s?", param->name,
				 p->name);
}

void command_run_document(struct command *c, const struct command_row *row, const struct doc *params)
{
	struct line_word words[LINE_WORDS_MAX];
	char nothing[] = "", reason[80];
	size_t n = 0;
	struct err e;
	c->row = row;
	for (const struct doc *p = params->first; p; p = p->next) {
		if (row->flags & COMMAND_MULTILINE && strcasecmp(p->name, "body") == 0) {
			c->body = p->value ? p->value : nothing;
			c->body_len = strlen(c->body);
			continue;
		}
		if (n == LINE_WORDS_MAX) {
			snprintf(reason, sizeof reason, "more than %d parameters", LINE_WORDS_MAX);
			command_parameter_error(c, reason);
			return;
		}
		if (check_name(row, p, &e) < 0 || check_value(p, &e) < 0) {
			command_parameter_error(c, e.text);
			return;
		}
		words[n++] = (struct line_word){
			.name = p->name, .index = p->item, .value = p->value ? p->value : nothing, .quoted = 1
		};
	}
	run_row(c, words, n);
	c->body = NULL;
}
