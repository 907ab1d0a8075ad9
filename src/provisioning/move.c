/* SPDX-License-Identifier: MIT */
/* heartbeat_move: another server, on trial. */
#include "heartbeat_internal.h"

#include "base/log.h"
#include "provisioning/answer.h"

#include <stdio.h>
#include <string.h>

static void stay(struct heartbeat *m, const char *why)
{
	snprintf(m->status.stayed, sizeof m->status.stayed, "asked to move to \"%s\": %.300s",
		 m->trial.target.address, why);
	log_warning("manager: stays with %s; %s", m->servers[m->current].url, m->status.stayed);
	server_drop(&m->trial.server);
	m->o.changed(m->o.arg);
}

static void trial_answered(void *arg, const struct https_reply *r)
{
	struct heartbeat *m = arg;
	struct manager_answer a;
	struct answer_failure v;
	if (answer_classify(r, &a, &v) < 0) {
		stay(m, v.reason);
		return;
	}
	m->status.stayed[0] = '\0';
	log_notice("manager: moves to %s, which verified and answered", m->trial.server.url);
	server_drop(&m->trial.server);
	/* The settings change, and with them the servers: a Register goes to the new one, whose answer is
	 * then carried out. */
	manager_answer_done(&a);
	m->wanted = MANAGER_REGISTER;
	const struct server_target *t = &m->trial.target;
	m->o.moved(m->o.arg, &(struct heartbeat_place){ t->address, t->path, t->user, t->password });
}

void heartbeat_trial_end(struct heartbeat *m, const char *why)
{
	if (m->trial.server.peer)
		stay(m, why);
}

static void take_text(char *ret, size_t size, const char *text)
{
	if (text)
		snprintf(ret, size, "%s", text);
}

void heartbeat_move(struct heartbeat *m, const struct heartbeat_place *to)
{
	struct server_target *t = &m->trial.target;
	struct err e;
	server_drop(&m->trial.server);
	*t = m->target;
	take_text(t->address, sizeof t->address, to->address);
	take_text(t->path, sizeof t->path, to->path);
	take_text(t->user, sizeof t->user, to->user);
	take_text(t->password, sizeof t->password, to->password);
	if (!t->address[0] || strcmp(t->address, "127.0.0.1") == 0)
		err_set(&e, ERR_CONFIG, 0, "it is no server's address");
	else if (server_open(m->o.https, t, t->address, &m->trial.server, &e) == 0) {
		heartbeat_write(m, MANAGER_REGISTER, &m->trial.message);
		if (https_post(m->trial.server.peer, buf_str(&m->trial.message), m->trial.message.len, NULL,
			       0, trial_answered, m, &e) == 0)
			return;
	}
	stay(m, e.text);
}
