/* SPDX-License-Identifier: MIT */
#include "command/verbs.h"

#include "base/text.h"
#include "command/command_set.h"
#include "runs.h"

#include "command_search.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void verb_word(char **rest, char *ret, size_t size)
{
	char *s = *rest + strspn(*rest, " \t");
	size_t len = strcspn(s, " \t");
	snprintf(ret, size, "%.*s", (int)len, s);
	*rest = s + len;
}

char *verb_unquoted(char *text)
{
	text += strspn(text, " \t");
	size_t len = strlen(text);
	if (len < 3 || *text != '"' || text[len - 1] != '"')
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

int verb_choice(const char *word, const char *const *words)
{
	int found = -1;
	size_t len = strlen(word);
	for (int i = 0; len && words[i]; i++) {
		if (strcasecmp(words[i], word) == 0)
			return i;
		if (strncasecmp(words[i], word, len) == 0)
			found = found < 0 ? i : -2;
		if (found == -2)
			return -1;
	}
	return found;
}

int verb_switch(char *rest)
{
	static const char *const words[] = { "off", "on", NULL };
	char word[32], more[2];
	verb_word(&rest, word, sizeof word);
	verb_word(&rest, more, sizeof more);
	return *more ? -1 : verb_choice(word, words);
}

void verb_misused(struct command *c)
{
	char reason[400];
	const char *line = c->verb->usage; /* the last line of usage; the lines before it are a heading */
	for (const char *next = strchr(line, '\n'); next && next[1]; next = strchr(line, '\n'))
		line = next + 1;
	line += strspn(line, " ");
	snprintf(reason, sizeof reason, "usage: %.*s", (int)strcspn(line, "\n"), line);
	command_refuse(c, EX_USAGE, reason);
}

static void say_usage(struct command *c)
{
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, c->verb->usage);
	command_done(c, NULL);
}

/* Handles "help WORD": shows the verb's usage or, if WORD is no verb, the commands, settings and status
 * values that have the word in their names. */
static void help_about(struct command *c, const char *word)
{
	const struct verb *about = verb_find(&c->set->verbs, word);
	char hint[160];
	c->kind = ANSWER_TEXT;
	if (about) {
		buf_adds(&c->text, about->usage);
		buf_adds(&c->text,
			 about->help ? "End a line in ? to see what can follow, in ?? to see it explained.\n"
				     : "");
	} else if (!search_names(word, &c->text)) {
		snprintf(hint, sizeof hint, "no command, setting or status value has \"%.64s\" in its name",
			 word);
		command_refuse(c, EX_USAGE, hint);
		return;
	}
	command_done(c, NULL);
}

static void help_run(struct command *c)
{
	const struct verb_list *l = &c->set->verbs;
	char word[80], *rest = c->line.rest;
	verb_word(&rest, word, sizeof word);
	if (*word && c->line.ask == LINE_DO) {
		help_about(c, word);
		return;
	}
	size_t column = 0, listed = 0;
	while (listed < l->n && !(l->all[listed]->flags & VERB_HIDDEN))
		listed++;
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, " - User Commands -\n");
	for (size_t i = 0; i < listed; i++) {
		column = column == 4 ? 1 : column + 1;
		buf_addf(&c->text, column == 4 || i + 1 == listed ? "%s\n" : "%-16s", l->all[i]->name);
	}
	buf_adds(&c->text, "\nEnd a line in ? to see what can follow, in ?? to see it explained.\n");
	command_done(c, NULL);
}

/* The verbs that need no session. */
static const struct verb own_verbs[] = {
	{ "certificate",
	  "certificate list [root|cert], del root|cert: MXP's and MPS' words for xCommand Security "
	  "Certificates\n",
	  "list root|list cert|del root|del cert", ROLE_USER, 0, rows_security_run, NULL },
	{ "help", "help [word]: lists these words, explains one, or lists the names that have it\n", NULL,
	  ROLE_USER, 0, help_run, help_run },
	{ "pki",
	  "pki list, inspect NAME, match NAME NAME, verify FINGERPRINT, csr NAME [CN:value ...], selfsigned "
	  "NAME [CN:value ...]: the "
	  "Meeting Server's words for waiting requests and own certificates, which stand here under their "
	  "fingerprints\n",
	  "list|inspect|match|verify|csr|selfsigned", ROLE_USER, 0, rows_pki_run, NULL },
	{ "xCommand", "xCommand <words> [Name: value]...\n", NULL, ROLE_USER, VERB_TAKES_BODY, command_run,
	  command_help },
	{ "xComplete", "xComplete \"beginning of a line\": what may follow, a candidate a line\n", NULL,
	  ROLE_USER, VERB_HIDDEN, complete_run, NULL },
	{ "xConfiguration", "xConfiguration [path][: value]\n", NULL, ROLE_USER, 0, config_run, config_help },
	{ "xConfigure", "xConfigure [path][: value]: as the guide spells xConfiguration for MPS\n", NULL,
	  ROLE_USER, VERB_HIDDEN, config_run, config_help },
	{ "xDocument",
	  "xDocument Path: <Command/Configuration/Event/Status...> [Format: JSON] [Schema: <False/True>]\n",
	  NULL, ROLE_USER, 0, document_run, NULL },
	{ "xEvent", "xEvent [name]: lists the events that have been seen\n", NULL, ROLE_USER, 0, event_run,
	  event_help },
	{ "xGetxml",
	  "xGetxml /Configuration/..., /Status/..., /Command/..., /Valuespace/...: a part of a document as "
	  "XML\n",
	  NULL, ROLE_USER, 0, getxml_run, NULL },
	{ "xMetrics", "xMetrics: the numbers of xStatus in Prometheus' text format\n", NULL, ROLE_USER,
	  VERB_HIDDEN, query_metrics, NULL },
	{ "xPublish", "xPublish [publisher number], then a Status, Event or Configuration document in XML\n",
	  NULL, ROLE_PUBLISHER, VERB_HIDDEN | VERB_PIPELINED | VERB_TAKES_BODY, publication_run, NULL },
	{ "xPutxml",
	  "xPutxml, then a Configuration document, which is set whole or not at all, or a Command document "
	  "in XML\n",
	  NULL, ROLE_USER, VERB_HIDDEN | VERB_TAKES_BODY, putxml_run, NULL },
	{ "xStatus", "xStatus [path]\n", NULL, ROLE_USER, 0, query_run, query_help },
	{ .name = NULL },
};

static int comes_before(const struct verb *a, const struct verb *b)
{
	unsigned hidden_a = a->flags & VERB_HIDDEN, hidden_b = b->flags & VERB_HIDDEN;
	return hidden_a != hidden_b ? hidden_a < hidden_b : strcasecmp(a->name, b->name) < 0;
}

static void collect(struct verb_list *l, const struct verb *table)
{
	for (const struct verb *v = table; v && v->name && l->n < VERBS_MAX; v++) {
		size_t at = l->n++;
		for (; at > 0 && comes_before(v, l->all[at - 1]); at--)
			l->all[at] = l->all[at - 1];
		l->all[at] = v;
	}
}

void verbs_collect(struct verb_list *ret, const struct verb *more)
{
	ret->n = 0;
	collect(ret, own_verbs);
	collect(ret, more);
}

const struct verb *verb_find(const struct verb_list *l, const char *word)
{
	const struct verb *found = NULL;
	size_t len = strlen(word), n = 0;
	/* the whole name first, since programs write it in full, thousands of times a second */
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->all[i]->name, word) == 0)
			return l->all[i];
	}
	for (size_t i = 0; len && i < l->n; i++) {
		const struct verb *v = l->all[i];
		if (strcasecmp(v->name, word) == 0)
			return v;
		if (!(v->flags & VERB_HIDDEN) && strncasecmp(v->name, word, len) == 0)
			found = v, n++;
	}
	return n == 1 ? found : NULL;
}

/* Returns the distance of the word from the most similar beginning of the name: a person may have abbreviated
 * the name and mistyped the abbreviation. UINT_MAX: it is not similar. */
static unsigned distance_to(const char *word, const char *name)
{
	char beginning[64];
	size_t len = strlen(word);
	struct text_nearest near = text_nearest_to(word);
	for (size_t n = len > 1 ? len - 1 : 1; n <= len + 1 && n <= strlen(name); n++) {
		snprintf(beginning, sizeof beginning, "%.*s", (int)n, name);
		text_nearest_see(&near, beginning);
	}
	text_nearest_see(&near, name);
	return *near.best ? near.distance : UINT_MAX;
}

/* Returns the most similar verb; NULL: none is similar. */
static const char *guess(const struct verb_list *l, const char *word)
{
	const char *best = NULL;
	unsigned least = UINT_MAX;
	enum { SHORT = 3 }; /* ls is no misspelt xs */
	for (size_t i = 0; i < l->n && strlen(word) >= SHORT; i++) {
		unsigned distance =
			l->all[i]->flags & VERB_HIDDEN ? UINT_MAX : distance_to(word, l->all[i]->name);
		if (distance < least) {
			least = distance;
			best = l->all[i]->name;
		}
	}
	return best;
}

/* Returns the verb that follows the first word, as in a line that was copied with a prompt or with the name
 * of this program before it; NULL: there is none. */
static const struct verb *verb_behind(const struct command *c)
{
	const struct verb_list *l = &c->set->verbs;
	const char *at = c->line.rest;
	enum { WORDS = 3 };
	for (int n = 0; n < WORDS && *at; n++) {
		size_t len = strcspn(at, " \t");
		for (size_t i = 0; i < l->n; i++)
			if (strncmp(l->all[i]->name, "x", 1) == 0 && strlen(l->all[i]->name) == len &&
			    strncasecmp(l->all[i]->name, at, len) == 0)
				return l->all[i];
		at += len + strspn(at + len, " \t");
	}
	return NULL;
}

static void unknown(struct command *c)
{
	char xpath[96], hint[400] = "";
	const struct verb *behind = verb_behind(c);
	size_t n = 0, len = strlen(c->line.verb);
	const char *near = guess(&c->set->verbs, c->line.verb);
	for (size_t i = 0; i < c->set->verbs.n; i++) {
		const struct verb *v = c->set->verbs.all[i];
		if (v->flags & VERB_HIDDEN)
			continue;
		if (strncasecmp(v->name, c->line.verb, len) == 0) {
			size_t at = strlen(hint);
			snprintf(hint + at, sizeof hint - at, "%s%s", n++ ? ", " : "it may be ", v->name);
		}
	}
	if (*c->line.verb == '*')
		snprintf(hint, sizeof hint,
			 "lines of answers begin with *: type a line without what is before its command");
	else if (!n && behind)
		snprintf(hint, sizeof hint, "a line begins with its command: leave out what is before %s",
			 behind->name);
	else if (!n && near && *c->line.verb != '/')
		snprintf(hint, sizeof hint, "did you mean %s?", near);
	else if (!n)
		snprintf(hint, sizeof hint, "help lists the words that are known");
	snprintf(xpath, sizeof xpath, "%.80s", c->line.verb);
	/* clients in terminal mode search for this sentence */
	buf_adds(&c->text, "Command not recognized.\n");
	command_fail(c, &(struct command_failure){ EX_USAGE, "Result", "Unknown command", xpath, hint });
}

void verb_run(struct command *c)
{
	if (!*c->line.verb) { /* the line is only "?" */
		help_run(c);
		return;
	}
	c->verb = verb_find(&c->set->verbs, c->line.verb);
	if (!c->verb)
		unknown(c);
	else if (!(c->by.roles & c->verb->access))
		command_denied(c);
	else if (c->body && !(c->verb->flags & VERB_TAKES_BODY))
		command_refuse(c, EX_USAGE, "this command takes no body");
	else if (c->line.ask == LINE_DO)
		c->verb->run(c);
	else if (c->verb->help)
		c->verb->help(c);
	else
		say_usage(c);
}

static const struct verb *first_word(const struct command_set *set, const char *line, size_t len)
{
	char word[32];
	while (len && (*line == ' ' || *line == '\t'))
		line++, len--;
	size_t n = 0;
	while (n < len && line[n] != ' ' && line[n] != '\t' && line[n] != '/')
		n++;
	if (n >= sizeof word)
		return NULL;
	memcpy(word, line, n);
	word[n] = '\0';
	return verb_find(&set->verbs, word);
}

int verb_is_pipelined(const struct command_set *set, const char *line, size_t len)
{
	const struct verb *v = first_word(set, line, len);
	return v && v->flags & VERB_PIPELINED;
}

int verb_wants_body(const struct command_set *set, const char *line, size_t len)
{
	const struct verb *v = first_word(set, line, len);
	struct line l;
	if (!v || !(v->flags & VERB_TAKES_BODY) || line_parse(line, len, &l, NULL) < 0)
		return 0;
	int wants = l.ask == LINE_DO && (v->run != command_run || command_wants_body(set, &l));
	line_done(&l);
	return wants;
}
