/* SPDX-License-Identifier: MIT */
/* parts: what the sessions share. */
#ifndef PARTS_H
#define PARTS_H

#include "session.h"
#include "control/control.h"

struct control {
	struct agent *agent;
	struct loop *loop;
	char *path;
	int fd;
	int is_kept; /* fd outlives this terminal */
	struct loop_watch *watch;
	struct loop_timer *look;  /* armed while time may end a session, or for another try to accept one */
	int is_choked;            /* there were too many descriptors to accept another session */
	struct loop_timer *sweep; /* frees dropped sessions */
	struct agent_listener *listener;
	/* the groups of administrators and of who may publish, (gid_t)-1 if there is none */
	gid_t admins, publishers;
	struct session *sessions;
	size_t n_log;
	/* sessions that were not let in since the last line about it, with the one it told of */
	size_t refused;
	int64_t refused_ms;                                 /* when that was */
	struct doc *settings, *aliases, *status, *commands; /* trees of words */
	struct xml_reader *reader;                          /* of what is published */
	struct doc *events;                                 /* names of the events that have been seen */
	struct runner *runner;                              /* of the manager's commands */
	struct loop_timer *boot;                            /* armed when the agent shall begin anew */
	const struct session *booter; /* who asked for that; it may end in order before */
};

/* A session wants the log, or does not any more. */
void control_want_log(struct control *t, struct session *s, int want);
/* The agent begins anew when this session has ended, or soon: it has its answer first, and a script its
 * end. */
void control_boot(struct control *t, const struct session *s);
/* A session has to be looked at after a while; or the time it is given has changed. */
void control_look(struct control *t);
/* Dropped sessions are freed in the next turn. */
void control_sweep(struct control *t);

#endif
