/* SPDX-License-Identifier: MIT */
/* session_verbs: the verbs about the session itself: the form of answers, and the session's end. */
#include "base/text.h"
#include "base/version.h"
#include "command/verbs.h"
#include "control_internal.h"

/* Returns 1 if it is a preference of codecs that has no effect here: there are no internal commands, and all
 * answers have one level of detail. Scripts begin with them. */
static int is_without_effect(const char *word, const char *value)
{
	static const char *const words[] = { "accessmode", "detaillevel", NULL };
	static const char *const modes[] = { "internal", "public", NULL }, *const levels[] = { "1", "2",
											       NULL };
	int what = verb_choice(word, words);
	return what >= 0 && verb_choice(value, what ? levels : modes) >= 0;
}

static void preferences_run(struct command *c)
{
	enum { OUTPUT_MODE, ECHO, FRAMING, HIDE_URLS, STOP_ON_ERROR, PUBLISH };
	static const char *const words[] = { "outputmode",  "echo",    "framing", "hideurls",
					     "stoponerror", "publish", NULL };
	static const char *const modes[] = { "terminal", "xml", "json", "typed", NULL }, *const switches[] = {
		"off", "on", NULL
	};
	char *rest = c->line.rest, word[32], value[32], more[2];
	verb_word(&rest, word, sizeof word);
	verb_word(&rest, value, sizeof value);
	verb_word(&rest, more, sizeof more);
	int what = verb_choice(word, words), to = verb_choice(value, what == OUTPUT_MODE ? modes : switches);
	if (what == OUTPUT_MODE && !*value) {
		c->kind = ANSWER_TEXT;
		buf_addf(&c->text, "xpreferences outputmode: %s\n", modes[session_from(c)->mode]);
		command_done(c, NULL);
		return;
	}
	int is_ignored = what < 0 && !*more && is_without_effect(word, value);
	if (!is_ignored && (what < 0 || to < 0 || *more || (what == PUBLISH && to))) {
		verb_misused(c);
		return;
	}
	if (what == OUTPUT_MODE)
		session_from(c)->mode = (enum output_mode)to;
	else if (what == ECHO)
		session_from(c)->echo = to;
	else if (what == FRAMING)
		session_from(c)->framing = to;
	else if (what == HIDE_URLS)
		session_from(c)->hides_urls = to;
	else if (what == STOP_ON_ERROR)
		session_from(c)->stop_on_error = to;
	else if (what == PUBLISH && !(session_from(c)->roles & ROLE_ADMIN))
		session_from(c)->roles &= ~(unsigned)ROLE_PUBLISHER;
	c->kind = ANSWER_MODE;
	command_done(c, NULL);
}

static void echo_run(struct command *c)
{
	int to = verb_switch(c->line.rest);
	if (to < 0) {
		verb_misused(c);
		return;
	}
	session_from(c)->echo = to;
	c->kind = ANSWER_TEXT;
	command_done(c, NULL);
}

static void bye_run(struct command *c)
{
	session_from(c)->closing = 1;
	c->kind = ANSWER_TEXT;
	command_done(c, NULL);
}

/* Prints the banner that a codec prints after a log-in; clients wait for its OK. */
static void welcome_run(struct command *c)
{
	const struct settings *s = settings_get(agent_settings(command_agent(c)));
	c->kind = ANSWER_TEXT;
	buf_adds(&c->text, "Welcome to ");
	/* the manager may have set the name to any text */
	text_escape(*s->system_name ? s->system_name : "sealpost", &c->text);
	buf_adds(&c->text, "\nsealpost " VERSION "\n*r Login successful\n");
	command_done(c, NULL);
}

const struct verb session_verbs[] = {
	{ "bye", "bye: ends the session\n", NULL, ROLE_USER | ROLE_WEB, 0, bye_run, NULL },
	{ "echo", "echo <on/off>: lines are repeated before their answers\n", "on|off", ROLE_USER, 0,
	  echo_run, NULL },
	{ "exit", "exit: the same as bye\n", NULL, ROLE_USER, VERB_HIDDEN, bye_run, NULL },
	{ "logout", "logout: the same as bye\n", NULL, ROLE_USER, VERB_HIDDEN, bye_run, NULL },
	{ "quit", "quit: the same as bye\n", NULL, ROLE_USER, VERB_HIDDEN, bye_run, NULL },
	{ "syslog", "syslog <on/off>: log lines appear in this session\n", "on|off", ROLE_ADMIN, 0,
	  syslog_run, NULL },
	{ "xFeedback", "xFeedback Register|Deregister <expression>, DeregisterAll, List\n",
	  "Register|Deregister|DeregisterAll|List", ROLE_USER, 0, subscriptions_run, NULL },
	{ "xPreferences", "xpreferences usage:\n  xpreferences outputmode <terminal/xml/json/typed>\n",
	  "outputmode terminal|outputmode xml|outputmode json|outputmode typed", ROLE_USER | ROLE_WEB, 0,
	  preferences_run, NULL },
	{ "xLogin", "xLogin Name: <name> Passphrase: <password> Address: <from where>\n", NULL, ROLE_WEB,
	  VERB_HIDDEN, login_run, NULL },
	{ "xWeb", "xWeb Get Generation: <number>\n", NULL, ROLE_WEB, VERB_HIDDEN, login_web_run, NULL },
	{ "xWelcome", "xWelcome: the banner\n", NULL, ROLE_USER, VERB_HIDDEN, welcome_run, NULL },
	{ .name = NULL },
};
