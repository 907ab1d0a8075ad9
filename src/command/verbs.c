/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include "base/text.h"
#include "base/version.h"
#include "../control/internal.h"

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

static void say_usage(struct command *c)
{
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, c->verb->usage);
	command_done(c, NULL);
}

void verb_misused(struct command *c)
{
	char reason[400];
	const char *line = c->verb->usage; /* the last line: what stands before it is a heading */
	for (const char *next = strchr(line, '\n'); next && next[1]; next = strchr(line, '\n'))
		line = next + 1;
	line += strspn(line, " ");
	snprintf(reason, sizeof reason, "usage: %.*s", (int)strcspn(line, "\n"), line);
	command_refuse(c, EX_USAGE, reason);
}

static void preferences_run(struct command *c)
{
	enum { OUTPUT_MODE, FRAMING, STOP_ON_ERROR, PUBLISH };
	static const char *const words[] = { "outputmode", "framing", "stoponerror", "publish", NULL };
	static const char *const modes[] = { "terminal", "xml", "json", NULL }, *const switches[] = { "off",
												      "on",
												      NULL };
	char *rest = c->line.rest, word[32], value[32], more[2];
	verb_word(&rest, word, sizeof word);
	verb_word(&rest, value, sizeof value);
	verb_word(&rest, more, sizeof more);
	int what = verb_choice(word, words), to = verb_choice(value, what == OUTPUT_MODE ? modes : switches);
	if (what == OUTPUT_MODE && !*value) {
		c->kind = ANSWER_TEXT;
		buf_addf(&c->text, "xpreferences outputmode: %s\n", modes[c->session->mode]);
		command_done(c, NULL);
		return;
	}
	if (what < 0 || to < 0 || *more || (what == PUBLISH && to)) {
		verb_misused(c);
		return;
	}
	if (what == OUTPUT_MODE)
		c->session->mode = (enum output_mode)to;
	else if (what == FRAMING)
		c->session->framing = to;
	else if (what == STOP_ON_ERROR)
		c->session->stop_on_error = to;
	else if (!(c->session->roles & ROLE_ADMIN))
		c->session->roles &= ~(unsigned)ROLE_PUBLISHER;
	c->kind = ANSWER_MODE;
	command_done(c, NULL);
}

static void echo_run(struct command *c)
{
	static const char *const words[] = { "off", "on", NULL };
	char *rest = c->line.rest, word[32], more[2];
	verb_word(&rest, word, sizeof word);
	verb_word(&rest, more, sizeof more);
	int to = verb_choice(word, words);
	if (to < 0 || *more) {
		verb_misused(c);
		return;
	}
	c->session->echo = to;
	c->kind = ANSWER_TEXT;
	command_done(c, NULL);
}

static void bye_run(struct command *c)
{
	c->session->closing = 1;
	c->kind = ANSWER_TEXT;
	command_done(c, NULL);
}

static void help_run(struct command *c)
{
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, " - User Commands -\n");
	size_t column = 0;
	for (const struct verb *v = verbs; v->name; v++) {
		if (v->flags & VERB_HIDDEN)
			continue;
		column = column == 4 ? 1 : column + 1;
		int is_last = column == 4 || !v[1].name || v[1].flags & VERB_HIDDEN;
		buf_addf(&c->text, is_last ? "%s\n" : "%-16s", v->name);
	}
	buf_adds(&c->text, "\nEnd a line in ? to see what can follow, in ?? to see it explained.\n");
	command_done(c, NULL);
}

/* What a codec says to whoever logs in; clients wait for its OK. */
static void welcome_run(struct command *c)
{
	const struct settings *s = settings_get(agent_settings(command_agent(c)));
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, "Welcome to ");
	text_escape(*s->system_name ? s->system_name : "sealpost",
		    &c->text); /* the manager may have set it */
	buf_adds(&c->text, "\nsealpost " VERSION "\n*r Login successful\n");
	command_done(c, NULL);
}

/* Those behind the first hidden one are not listed. */
const struct verb verbs[] = {
	{ "xPublish", "xPublish [publisher number], then a Status, Event or Configuration document in XML\n",
	  NULL, ROLE_PUBLISHER, VERB_HIDDEN | VERB_PIPELINED | VERB_TAKES_BODY, publish_run,
	  NULL }, /* first: it is sought most often */
	{ "bye", "bye: ends the session\n", NULL, ROLE_USER, 0, bye_run, NULL },
	{ "certificate",
	  "certificate list [root|cert], del root|cert: MXP's and MPS' words for xCommand Security "
	  "Certificates\n",
	  "list root|list cert|del root|del cert", ROLE_USER, 0, certificate_run, NULL },
	{ "echo", "echo <on/off>: lines are repeated before their answers\n", "on|off", ROLE_USER, 0,
	  echo_run, NULL },
	{ "help", "help: lists these words\n", NULL, ROLE_USER, 0, help_run, help_run },
	{ "syslog", "syslog <on/off>: log lines appear in this session\n", "on|off", ROLE_ADMIN, 0,
	  syslog_run, NULL },
	{ "xCommand", "xCommand <words> [Name: value]...\n", NULL, ROLE_USER, VERB_TAKES_BODY, command_run,
	  command_help },
	{ "xConfiguration", "xConfiguration [path][: value]\n", NULL, ROLE_USER, 0, config_run, config_help },
	{ "xDocument",
	  "xDocument Path: <Command/Configuration/Event/Status...> [Format: JSON] [Schema: <False/True>]\n",
	  NULL, ROLE_USER, 0, document_run, NULL },
	{ "xEvent", "xEvent [name]: lists the events that have been seen\n", NULL, ROLE_USER, 0, event_run,
	  event_help },
	{ "xFeedback", "xFeedback Register|Deregister <expression>, DeregisterAll, List\n",
	  "Register|Deregister|DeregisterAll|List", ROLE_USER, 0, feedback_run, NULL },
	{ "xGetxml", "xGetxml /Configuration/..., /Status/...: a part of a document as XML\n", NULL,
	  ROLE_USER, 0, getxml_run, NULL },
	{ "xPreferences", "xpreferences usage:\n  xpreferences outputmode <terminal/xml/json>\n",
	  "outputmode terminal|outputmode xml|outputmode json", ROLE_USER, 0, preferences_run, NULL },
	{ "xStatus", "xStatus [path]\n", NULL, ROLE_USER, 0, status_run, status_help },
	{ "xComplete", "xComplete \"beginning of a line\": what may follow, a candidate a line\n", NULL,
	  ROLE_USER, VERB_HIDDEN, complete_run, NULL },
	{ "xConfigure", "xConfigure [path][: value]: as the guide spells xConfiguration for MPS\n", NULL,
	  ROLE_USER, VERB_HIDDEN, config_run, config_help },
	{ "xWelcome", "xWelcome: the banner\n", NULL, ROLE_USER, VERB_HIDDEN, welcome_run, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL },
};

/* By its whole name or, unless it is hidden, a unique beginning. */
const struct verb *verb_find(const char *word)
{
	const struct verb *found = NULL;
	size_t len = strlen(word), n = 0;
	for (const struct verb *v = verbs; len && v->name; v++) {
		if (strcasecmp(v->name, word) == 0)
			return v;
		if (!(v->flags & VERB_HIDDEN) && strncasecmp(v->name, word, len) == 0)
			found = v, n++;
	}
	return n == 1 ? found : NULL;
}

static void unknown(struct command *c)
{
	char xpath[96], hint[400] = "";
	size_t n = 0, len = strlen(c->line.verb);
	struct text_nearest near = text_nearest_to(c->line.verb);
	for (const struct verb *v = verbs; v->name; v++) {
		if (v->flags & VERB_HIDDEN)
			continue;
		text_nearest_see(&near, v->name);
		if (strncasecmp(v->name, c->line.verb, len) == 0) {
			size_t at = strlen(hint);
			snprintf(hint + at, sizeof hint - at, "%s%s", n++ ? ", " : "it may be ", v->name);
		}
	}
	if (!n && near.best && *c->line.verb != '/')
		snprintf(hint, sizeof hint, "the nearest is %s", near.best);
	else if (!n)
		snprintf(hint, sizeof hint, "help lists the words that are known");
	snprintf(xpath, sizeof xpath, "%.80s", c->line.verb);
	buf_adds(&c->text, "Command not recognized.\n"); /* what clients of a terminal look for */
	command_fail(c, &(struct command_failure){ EX_USAGE, "Result", "Unknown command", xpath, hint });
}

void verb_run(struct command *c)
{
	if (!*c->line.verb) { /* "?" alone */
		help_run(c);
		return;
	}
	c->verb = verb_find(c->line.verb);
	if (!c->verb)
		unknown(c);
	else if (!(c->session->roles & c->verb->access))
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

static const struct verb *first_word(const char *line, size_t len)
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
	return verb_find(word);
}

int verb_is_pipelined(const char *line, size_t len)
{
	const struct verb *v = first_word(line, len);
	return v && v->flags & VERB_PIPELINED;
}

int verb_wants_body(const struct session *s, const char *line, size_t len)
{
	const struct verb *v = first_word(line, len);
	struct line l;
	if (!v || !(v->flags & VERB_TAKES_BODY) || line_parse(line, len, &l, NULL) < 0)
		return 0;
	int wants = l.ask == LINE_DO && (v->run != command_run || command_wants_body(s, &l));
	line_done(&l);
	return wants;
}
