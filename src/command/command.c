/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "base/mem.h"
#include "base/text.h"
#include "doc/path.h"
#include "../control/internal.h"
#include "tree.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SPLIT_MAX = 2, VALUE_MAX = 4 * 2048 + 1 }; /* the longest string that a parameter takes, in UTF-8 */

struct agent *command_agent(const struct command *c)
{
	return c->session->control->agent;
}

void command_free(struct command *c)
{
	for (size_t i = 0; i < c->n_args; i++) {
		explicit_bzero(c->args[i].value, strlen(c->args[i].value));
		free(c->args[i].value);
	}
	free(c->args);
	line_done(&c->line);
	doc_free(c->doc);
	buf_done(&c->text);
	free(c);
}

/* --- answers --- */

static int status_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE: return EX_OK;
	case ERR_INPUT:
	case ERR_NOTFOUND:
	case ERR_EXISTS: return EX_DATAERR;
	case ERR_CONFIG: return EX_CONFIG;
	case ERR_IO: return EX_IOERR;
	case ERR_FULL: return EX_TEMPFAIL;
	case ERR_PROTOCOL: return EX_PROTOCOL;
	case ERR_DENIED: return EX_NOPERM;
	case ERR_DATE:
	case ERR_DNS:
	case ERR_NET:
	case ERR_TIMEOUT:
	case ERR_TLS:
	case ERR_HTTP: return EX_UNAVAILABLE;
	}
	return EX_SOFTWARE;
}

/* "HttpFeedback Register" answers as HttpFeedbackRegisterResult: the last two words of its path; certificate
 * as CertificateResult. */
static void result_name(const struct command *c, char *ret, size_t size)
{
	if (!c->row) {
		const char *verb = c->verb ? c->verb->name : "";
		snprintf(ret, size, "%sResult", verb + (*verb == 'x'));
		ret[0] = (char)toupper((unsigned char)ret[0]);
		return;
	}
	if (c->row->flags & COMMAND_OLD_FORM) {
		snprintf(ret, size, "Result");
		return;
	}
	const char *last = strrchr(c->row->path, ' '), *from = c->row->path;
	for (const char *s = from; last && s < last; s++)
		if (*s == ' ')
			from = s + 1;
	size_t at = 0;
	for (const char *s = from; *s && at + 7 < size; s++)
		if (*s != ' ')
			ret[at++] = *s;
	snprintf(ret + at, size - at, "Result");
}

void command_finish(struct command *c, int status)
{
	c->status = status;
	c->done = 1;
	session_answered(c->session);
}

struct doc *command_result(struct command *c)
{
	if (!c->doc) {
		char name[DOC_NAME_MAX];
		result_name(c, name, sizeof name);
		c->doc = doc_new(name);
		c->kind = ANSWER_RESULT;
		doc_set_attr(c->doc, "status", "OK");
	}
	return c->doc;
}

void command_done(struct command *c, const struct err *e)
{
	if (!e || e->kind == ERR_NONE) {
		if (c->row)
			command_result(c);
		command_finish(c, EX_OK);
		return;
	}
	char name[DOC_NAME_MAX];
	result_name(c, name, sizeof name);
	command_fail(c, &(struct command_failure){ status_of(e->kind), name, e->text, NULL, NULL });
}

void command_fail(struct command *c, const struct command_failure *f)
{
	doc_free(c->doc);
	c->doc = doc_new(f->root);
	c->kind = ANSWER_FAILED;
	doc_set_attr(c->doc, "status", "Error");
	if (c->row &&
	    c->row->flags &
		    COMMAND_OLD_FORM) { /* older systems' words; the number is ours: the exit status */
		doc_add_int(c->doc, "Cause", f->status);
		doc_add_value(c->doc, "Description", DOC_STRING, f->reason);
	} else {
		doc_add_value(c->doc, "Reason", DOC_STRING, f->reason);
	}
	if (f->xpath)
		doc_add_value(c->doc, "XPath", DOC_STRING, f->xpath);
	if (f->hint)
		doc_add_value(c->doc, "Hint", DOC_STRING, f->hint);
	command_finish(c, f->status);
}

void command_refuse(struct command *c, int status, const char *reason)
{
	command_fail(c, &(struct command_failure){ status, "Result", reason, NULL, NULL });
}

void command_no_match(struct command *c, const char *root, const char *path, const char *hint)
{
	struct doc_path p;
	struct buf xpath;
	buf_init(&xpath, 2048);
	if (doc_path_parse(path, &p, NULL) == 0 && doc_path_under(&p, root) == 0)
		doc_path_print(&p, &xpath);
	else
		buf_addf(&xpath, "%s/%.400s", root, path);
	command_fail(c, &(struct command_failure){ EX_USAGE, root, "No match on address expression",
						   buf_str(&xpath), hint });
	buf_done(&xpath);
}

void command_denied(struct command *c)
{
	static const char
		admin[] = "this needs the administrator's role: root, or the group sealpost-admin",
		publisher[] =
			"this needs the publisher's role: the group sealpost-publish, or the administrator's";
	const char *hint = c->verb->access == ROLE_PUBLISHER ? publisher : admin;
	command_fail(c, &(struct command_failure){ EX_NOPERM, "Result", "Access denied", NULL, hint });
}

void command_parameter_error(struct command *c, const char *reason)
{
	char name[DOC_NAME_MAX];
	result_name(c, name, sizeof name);
	command_fail(c, &(struct command_failure){ EX_DATAERR, name, reason, NULL, NULL });
	doc_set_attr(c->doc, "status", "ParameterError");
}

/* --- parameters --- */

const char *command_arg(const struct command *c, const char *name)
{
	for (size_t i = 0; i < c->n_args; i++)
		if (strcmp(c->args[i].param->name, name) == 0)
			return c->args[i].value;
	for (const struct command_param *p = c->row->params; p && p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p->fallback;
	return NULL;
}

size_t command_arg_all(const struct command *c, const char *name, const char **list, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_args && n < max; i++)
		if (strcmp(c->args[i].param->name, name) == 0)
			list[n++] = c->args[i].value;
	return n;
}

/* By whole name or unique beginning, in any case. */
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

/* Is the word one of the parameter's fixed set of values? */
static int is_in_set(const struct command_param *p, const char *word)
{
	char value[VALUE_MAX];
	return p->value.kind == SCHEMA_LITERAL &&
	       schema_value_parse(&p->value, word, value, sizeof value, NULL) == 0;
}

/* A word without a name is the first parameter that has no value yet. Where that one has a fixed set of
 * values and the word is not among them, it is the one parameter that does have it: "Phonebook Search
 * Corporate". */
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

/* Names that begin or end so; if there are none, the nearest; if that is none either, all. */
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
		return err_set(e, ERR_INPUT, 0, "%.64s may be %s", name, list);
	if (near.best)
		return err_set(e, ERR_INPUT, 0, "there is no parameter %.64s; the nearest is %s", name,
			       near.best);
	return err_set(e, ERR_INPUT, 0, "there is no parameter %.64s%s%s", name, *all ? "; there are " : "",
		       all);
}

static int stray_word(const struct command *c, const char *word, struct err *e)
{
	char all[400] = "";
	for (const struct command_param *p = c->row->params; p && p->name; p++) {
		size_t at = strlen(all);
		if (has_room(c, p))
			snprintf(all + at, sizeof all - at, "%s%s", at ? ", " : "", p->name);
	}
	if (!*all)
		return err_set(e, ERR_INPUT, 0, "\"%.64s\" is one word too many", word);
	return err_set(e, ERR_INPUT, 0,
		       "\"%.64s\" does not say whose value it is: write one of these names and a colon "
		       "before it: %s",
		       word, all);
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
		return err_prefix(e, "%s", p->name);
	c->args[c->n_args++] = (struct command_arg){ .param = p, .index = w->index, .value = mem_dup(value) };
	explicit_bzero(value, sizeof value);
	return 0;
}

/* Repeated parameters in the order of their indices: Expression[2] may come before Expression[1]. */
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

/* "Phonebook Type: Corporate", as a guide writes PhonebookType: how many words before the named one belong to
 * that parameter's name, which is written to name; 0 if it stands alone. */
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

static int take_params(struct command *c, const struct line_word *words, size_t n, struct err *e)
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

/* --- rows --- */

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
		err_set(e, ERR_NOTFOUND, 0, "more words are needed: end the line in ? to see them");
		return NULL;
	}
	return at ? tree_command((size_t)tree_row(at)) : NULL;
}

int command_wants_body(const struct session *s, struct line *l)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n, used;
	if (line_words(l, words, &n, NULL) < 0)
		return 0;
	const struct command_row *row = find_row(s->control->commands, words, n, &used, NULL);
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

void command_run(struct command *c)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n, used;
	struct err e;
	if (line_words(&c->line, words, &n, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	const struct command_row *row = find_row(c->session->control->commands, words, n, &used, &e);
	if (!row) {
		command_not_found(c, words, used, &e);
		return;
	}
	c->row = row;
	if (!(c->session->roles & row->access))
		command_denied(c);
	else if (take_params(c, words + used, n - used, &e) < 0)
		command_parameter_error(c, e.text);
	else if (c->body_len && !(row->flags & COMMAND_MULTILINE))
		command_parameter_error(c, "this command takes no body");
	else
		row->run(c);
}
