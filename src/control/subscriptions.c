/* SPDX-License-Identifier: MIT */
/* subscriptions: the verb xFeedback, with which a session chooses the changes that are written to it. */
#include "base/mem.h"
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
	}
	buf_done(&canonical);
	command_done(c, &e);
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
	char *typed = c->line.rest + strspn(c->line.rest, " \t");
	size_t len = strlen(typed);
	/* some clients write the expression in quotes */
	if (len > 2 && *typed == '"' && typed[len - 1] == '"') {
		typed[len - 1] = '\0';
		typed++;
	}
	int what = verb_choice(word, words);
	if (what < 0 || (what < 2 && !*typed) || (what >= 2 && *typed)) {
		verb_misused(c);
		return;
	}
	if (what < 2) {
		change(c, typed, what == 0);
	} else if (what == 2) {
		subscriptions_drop_all(session_from(c));
		command_done(c, NULL);
	} else {
		list(c);
	}
}
