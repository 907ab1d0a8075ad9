/* SPDX-License-Identifier: MIT */
/* manager_move: another server, on trial. */
#include "manager_impl.h"

#include "base/log.h"
#include "provisioning/manager_judge.h"

#include <stdio.h>
#include <string.h>

static void stay(struct manager *m, const char *why)
{
	snprintf(m->status.stayed, sizeof m->status.stayed, "asked to move to \"%s\": %.300s",
		 m->trial.target.address, why);
	log_warning("manager: stays with %s; %s", m->servers[m->current].url, m->status.stayed);
	manager_server_drop(&m->trial.server);
	m->o.changed(m->o.arg);
}

static void trial_answered(void *arg, const struct https_reply *r)
{
	struct manager *m = arg;
	struct manager_answer a;
	struct manager_verdict v;
	if (manager_judge(r, &a, &v) < 0) {
		stay(m, v.reason);
		return;
	}
	m->status.stayed[0] = '\0';
	log_notice("manager: moves to %s, which verified and answered", m->trial.server.url);
	manager_server_drop(&m->trial.server);
	/* The settings change, and with them the servers: a Register goes to the new one, whose answer is
	 * then carried out. */
	manager_answer_done(&a);
	m->wanted = MANAGER_REGISTER;
	const struct manager_target *t = &m->trial.target;
	m->o.moved(m->o.arg, &(struct manager_place){ t->address, t->path, t->user, t->password });
}

void manager_trial_end(struct manager *m, const char *why)
{
	if (m->trial.server.peer)
		stay(m, why);
}

static void take_text(char *ret, size_t size, const char *text)
{
	if (text)
		snprintf(ret, size, "%s", text);
}

void manager_move(struct manager *m, const struct manager_place *to)
{
	struct manager_target *t = &m->trial.target;
	struct err e;
	manager_server_drop(&m->trial.server);
	*t = m->target;
	take_text(t->address, sizeof t->address, to->address);
	take_text(t->path, sizeof t->path, to->path);
	take_text(t->user, sizeof t->user, to->user);
	take_text(t->password, sizeof t->password, to->password);
	if (!t->address[0] || strcmp(t->address, "127.0.0.1") == 0)
		err_set(&e, ERR_CONFIG, 0, "it is no server's address");
	else if (manager_server_open(m->o.https, t, t->address, &m->trial.server, &e) == 0) {
		manager_write(m, MANAGER_REGISTER, &m->trial.message);
		if (https_post(m->trial.server.peer, buf_str(&m->trial.message), m->trial.message.len, NULL,
			       0, trial_answered, m, &e) == 0)
			return;
	}
	stay(m, e.text);
}
