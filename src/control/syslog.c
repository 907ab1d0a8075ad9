/* SPDX-License-Identifier: MIT */
/* syslog: writes log lines to the sessions that asked for them. */
#include "base/log.h"
#include "control_internal.h"
#include "agent/agent.h"
#include "command/verbs.h"

#include <string.h>

/* Called for each log line (log_set_tap): it must not log itself. */
static void on_line(void *arg, enum log_level level, const char *line)
{
	struct control *t = arg;
	struct buf block;
	buf_init(&block, 16 << 10);
	for (struct session *s = t->sessions; s; s = s->next)
		if (s->log && !s->dead) {
			buf_reset(&block);
			answer_print_log(line, level, s->mode, &block);
			session_push(s, buf_str(&block), block.len);
		}
	buf_done(&block);
}

void syslog_follow(struct control *t, struct session *s, int want)
{
	if (s->log == want)
		return;
	s->log = want;
	t->n_log += want ? 1 : (size_t)-1;
	if (t->n_log == (size_t)(want ? 1 : 0))
		log_set_tap(want ? on_line : NULL, t);
}

void syslog_run(struct command *c)
{
	struct session *s = session_from(c);
	int to = verb_switch(c->line.rest);
	if (to < 0) {
		verb_misused(c);
		return;
	}
	syslog_follow(s->control, s, to);
	if (to) /* a person looks for a fault, and wants to see each server's next verdict */
		agent_log_verdicts_anew(command_agent(c));
	c->kind = ANSWER_TEXT;
	command_done(c, NULL);
}
