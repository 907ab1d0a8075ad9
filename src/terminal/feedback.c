/* feedback: xFeedback, what a session wants to hear of. */
#include "base/mem.h"
#include "parts.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads "/Status/Audio", "status/audio" into path and its listed form. */
static int parse(const char *typed, struct doc_path *path, struct buf *listed, struct err *e)
{
	static const char *const roots[] = { "Status", "Event", "Configuration" };
	if (doc_path_parse(typed, path, e) < 0)
		return -1;
	for (size_t i = 0; path->n && i < sizeof roots / sizeof *roots; i++)
		if (strcasecmp(path->steps[0].name, roots[i]) == 0) {
			snprintf(path->steps[0].name, sizeof path->steps[0].name, "%s", roots[i]);
			buf_addc(listed, '/');
			doc_path_print(path, listed);
			return 0;
		}
	return err_set(e, ERR_INPUT, 0, "expected an expression that begins with /Status, /Event or /Configuration");
}

/* Where the expression stands in the sorted list, or would stand. */
static size_t place(const struct session *s, const char *listed, int *is_there)
{
	size_t i = 0;
	int order = 1;
	while (i < s->n_expressions && (order = strcasecmp(s->expressions[i].text, listed)) < 0)
		i++;
	*is_there = i < s->n_expressions && order == 0;
	return i;
}

static int add(struct session *s, const struct doc_path *path, const char *listed, struct err *e)
{
	int is_there;
	size_t at = place(s, listed, &is_there);
	if (is_there)
		return 0;
	if (s->n_expressions == SESSION_EXPRESSIONS_MAX)
		return err_set(e, ERR_FULL, 0, "a session may have %d expressions", SESSION_EXPRESSIONS_MAX);
	if (!s->expressions)
		s->expressions = mem_array(SESSION_EXPRESSIONS_MAX, sizeof *s->expressions);
	memmove(s->expressions + at + 1, s->expressions + at, (s->n_expressions - at) * sizeof *s->expressions);
	s->expressions[at] = (struct session_expression){ .text = mem_dup(listed), .path = *path };
	s->n_expressions++;
	return 0;
}

static int drop(struct session *s, const char *listed, struct err *e)
{
	int is_there;
	size_t at = place(s, listed, &is_there);
	if (!is_there)
		return err_set(e, ERR_NOTFOUND, 0, "%.200s is not registered", listed);
	free(s->expressions[at].text);
	s->n_expressions--;
	memmove(s->expressions + at, s->expressions + at + 1, (s->n_expressions - at) * sizeof *s->expressions);
	return 0;
}

static void change(struct command *c, const char *typed, int is_register)
{
	struct doc_path path;
	struct buf listed;
	struct err e = { .kind = ERR_NONE };
	buf_init(&listed, 2048);
	if (parse(typed, &path, &listed, &e) == 0) {
		if (is_register)
			add(c->session, &path, buf_str(&listed), &e);
		else
			drop(c->session, buf_str(&listed), &e);
	}
	buf_done(&listed);
	command_done(c, &e);
}

static void list(struct command *c)
{
	c->kind = ANSWER_LIST;
	for (size_t i = 0; i < c->session->n_expressions; i++)
		buf_addf(&c->text, "%s\n", c->session->expressions[i].text);
	command_done(c, NULL);
}

static void drop_all(struct session *s)
{
	while (s->n_expressions)
		free(s->expressions[--s->n_expressions].text);
	free(s->expressions);
	s->expressions = NULL;
}

void feedback_run(struct command *c)
{
	static const char *const words[] = { "Register", "Deregister", "DeregisterAll", "List", NULL };
	char word[32];
	verb_word(&c->line.rest, word, sizeof word);
	char *typed = c->line.rest + strspn(c->line.rest, " \t");
	int what = verb_choice(word, words);
	if (what < 0 || (what < 2 && !*typed) || (what >= 2 && *typed)) {
		verb_misused(c);
		return;
	}
	if (what < 2) {
		change(c, typed, what == 0);
	} else if (what == 2) {
		drop_all(c->session);
		command_done(c, NULL);
	} else {
		list(c);
	}
}
