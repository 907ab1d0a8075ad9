/* SPDX-License-Identifier: MIT */
/* subscriptions: the verb xFeedback, with which a session chooses the changes that are written to it. */
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "control_internal.h"
#include "command/verbs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void forget(struct session_expression *x)
{
	free(x->text);
	free(x->canonical);
	free(x->tag);
}

static int has_tag(const struct session_expression *x, const char *tag)
{
	return x->tag && tag ? strcmp(x->tag, tag) == 0 : x->tag == tag;
}

/* Returns the index of the session's expression with the same canonical form and tag; n_expressions if there
 * is none. */
static size_t find(const struct session *s, const struct session_expression *x)
{
	size_t i = 0;
	while (i < s->n_expressions && (strcasecmp(s->expressions[i].canonical, x->canonical) != 0 ||
					!has_tag(&s->expressions[i], x->tag)))
		i++;
	return i;
}

/* Adds the expression to the list, which is sorted by the typed text. Returns 1 if it was added, and 0 if the
 * list has it already. */
static int add(struct session *s, const struct session_expression *new, struct err *e)
{
	size_t at = 0;
	if (find(s, new) < s->n_expressions)
		return 0;
	if (s->n_expressions == SESSION_EXPRESSIONS_MAX)
		return err_set(e, ERR_FULL, 0, "a session may have %d expressions", SESSION_EXPRESSIONS_MAX);
	if (!s->expressions)
		s->expressions = mem_array(SESSION_EXPRESSIONS_MAX, sizeof *s->expressions);
	while (at < s->n_expressions && strcasecmp(s->expressions[at].text, new->text) < 0)
		at++;
	memmove(s->expressions + at + 1, s->expressions + at,
		(s->n_expressions - at) * sizeof *s->expressions);
	s->expressions[at] = *new;
	s->n_expressions++;
	return 1;
}

static int drop(struct session *s, const struct session_expression *old, struct err *e)
{
	size_t at = find(s, old);
	if (at == s->n_expressions)
		return err_set(e, ERR_NOTFOUND, 0, "%.200s is not registered", old->text);
	forget(&s->expressions[at]);
	s->n_expressions--;
	memmove(s->expressions + at, s->expressions + at + 1,
		(s->n_expressions - at) * sizeof *s->expressions);
	return 0;
}

/* Logs an expression that names no document. Drivers register such ones at every connect, so the answer has
 * nothing about it, and few of them are logged. */
static void log_stray(struct session *s, const char *text)
{
	enum { LOGGED = 3 };
	char why[200], more[EPISODE_TEXT], quoted[600];
	struct control *t = s->control;
	if (!doc_path_is_stray(text, why, sizeof why))
		return;
	uint64_t happened =
		episode_happened(&t->strays, episode_key(text) + s->uid, LOGGED, loop_now_ms(t->loop));
	if (happened)
		log_notice(
			"control: a session of uid %ld has registered for feedback with the expression %s, "
			"which %s%s",
			(long)s->uid, text_quoted(text, quoted, sizeof quoted), why,
			episode_text(happened, more));
}

static void change(struct command *c, const char *typed, int is_register)
{
	struct session_expression x;
	struct buf canonical;
	struct err e = { .kind = ERR_NONE };
	int kept = 0;
	buf_init(&canonical, 2048);
	if (doc_path_expression(typed, &x.path, &e) == 0) {
		doc_path_print(&x.path, &canonical);
		x.text = mem_dup(typed);
		x.canonical = mem_dup(buf_str(&canonical));
		x.tag = session_from(c)->mode == OUTPUT_TYPED ? mem_dup(c->line.result_id) : NULL;
		kept = is_register ? add(session_from(c), &x, &e) : drop(session_from(c), &x, &e);
		if (kept < 1)
			forget(&x);
		else if (is_register)
			log_stray(session_from(c), typed);
	}
	buf_done(&canonical);
	command_done(c, &e);
}

/* Returns 1 if a further word begins with a slash, as an expression does: as a part of the first one it would
 * never match anything. */
static int has_several(const char *typed)
{
	for (const char *s = typed; *s; s++)
		if ((*s == ' ' || *s == '\t') && s[1] == '/' && s[2] != '/')
			return 1;
	return 0;
}

static void list(struct command *c)
{
	c->kind = ANSWER_LIST;
	for (size_t i = 0; i < session_from(c)->n_expressions; i++)
		buf_addf(&c->text, "%s\n", session_from(c)->expressions[i].text);
	command_done(c, NULL);
}

void subscriptions_drop_all(struct session *s)
{
	while (s->n_expressions)
		forget(&s->expressions[--s->n_expressions]);
	free(s->expressions);
	s->expressions = NULL;
}

void subscriptions_run(struct command *c)
{
	static const char *const words[] = { "Register", "Deregister", "DeregisterAll", "List", NULL };
	char word[32];
	verb_word(&c->line.rest, word, sizeof word);
	char *typed = verb_unquoted(c->line.rest);
	int what = verb_choice(word, words);
	if (what < 0 || (what < 2 && !*typed) || (what >= 2 && *typed)) {
		verb_misused(c);
		return;
	}
	if (what < 2 && has_several(typed)) {
		command_refuse(c, EX_USAGE, "expected one expression: register each in a line of its own");
	} else if (what < 2) {
		change(c, typed, what == 0);
	} else if (what == 2) {
		subscriptions_drop_all(session_from(c));
		command_done(c, NULL);
	} else {
		list(c);
	}
}
