/* SPDX-License-Identifier: MIT */
/* internal: what the sessions share. */
#ifndef INTERNAL_H
#define INTERNAL_H

#include "command/command_set.h"
#include "control/control.h"
#include "session.h"

struct control {
	struct agent *agent;
	struct loop *loop;
	char *path;
	int fd;
	int is_kept; /* fd outlives this terminal */
	struct loop_watch *watch;
	struct loop_timer *check; /* armed while time may end a session, or for another try to accept one */
	int is_choked;            /* there were too many descriptors to accept another session */
	struct loop_timer *sweep; /* frees dropped sessions */
	struct agent_listener *listener;
	/* the groups of administrators and of who may publish, (gid_t)-1 if there is none */
	gid_t admins, publishers;
	struct session *sessions;
	size_t n_log;
	/* sessions that were not let in since the last line about it, with the one it told of */
	size_t refused;
	int64_t refused_ms; /* when that was */
	struct command_set *commands;
	struct loop_timer *boot;      /* armed when the agent shall begin anew */
	const struct session *booter; /* who asked for that; it may end in order before */
};

/* A session wants the log, or does not any more. */
void control_want_log(struct control *t, struct session *s, int want);
/* The agent begins anew when this session has ended, or soon: it has its answer first, and a script its
 * end. NULL: no session asked for it. */
void control_boot(struct control *t, const struct session *s);
/* The verbs that belong to a session, a table as command_set takes it. */
extern const struct verb session_verbs[];
/* xFeedback, syslog. */
void subscriptions_run(struct command *c);
void syslog_run(struct command *c);
/* A session has to be looked at after a while; or the time it is given has changed. */
void control_check(struct control *t);
/* Dropped sessions are freed in the next turn. */
void control_sweep(struct control *t);

#endif
