/* SPDX-License-Identifier: MIT */
/* move: the manager sends the device to another server. That one is registered with first; the settings
 * name it only when its certificate is trusted and it has answered. */
#include "heartbeat_internal.h"

#include "answer.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

static void close_server(struct heartbeat *m)
{
	https_endpoint_free(m->move.server);
	m->move.server = NULL;
}

static void stay(struct heartbeat *m, const char *why)
{
	snprintf(m->status.stayed, sizeof m->status.stayed, "asked to move to \"%s\": %.300s",
		 m->move.address, why);
	log_warning("manager: stays with %s; %s", m->endpoints[m->current].url, m->status.stayed);
	close_server(m);
	m->o.changed(m->o.arg);
}

static void answered(void *arg, const struct https_reply *r)
{
	struct heartbeat *m = arg;
	struct manager_answer a;
	struct answer_failure why;
	if (answer_classify(r, &a, &why) < 0) {
		stay(m, why.reason);
		return;
	}
	m->status.stayed[0] = '\0';
	log_notice("manager: moves to %s, which verified and answered", m->move.endpoint.url);
	close_server(m);
	/* The settings change, and with them the servers: a Register goes to the new one, whose answer is
	 * then carried out. */
	manager_answer_done(&a);
	m->wanted = MANAGER_REGISTER;
	m->o.moved(m->o.arg, &(struct heartbeat_place){ m->move.address, m->move.path, m->move.user,
							m->move.password });
}

void heartbeat_move_end(struct heartbeat *m, const char *why)
{
	if (m->move.server)
		stay(m, why);
}

static int begin(struct heartbeat *m, const struct settings *s, struct err *e)
{
	if (!m->move.address[0] || strcmp(m->move.address, "127.0.0.1") == 0)
		return err_set(e, ERR_CONFIG, 0, "it is no server's address");
	service_endpoint(s,
			 &(struct service_request){ .service = SERVICE_MANAGER,
						    .address = m->move.address,
						    .path = m->move.path,
						    .user = m->move.user,
						    .password = m->move.password },
			 &m->move.endpoint);
	if (service_open(m->o.https, &m->move.endpoint, NULL, &m->move.server, e) < 0)
		return -1;
	heartbeat_write(m, MANAGER_REGISTER, &m->move.message);
	return https_post(m->move.server, buf_str(&m->move.message), m->move.message.len, NULL, 0, answered,
			  m, e);
}

/* What the manager does not say stays as the settings have it. */
static void take(char *ret, size_t size, const char *given, const char *set)
{
	snprintf(ret, size, "%s", given ? given : set);
}

void heartbeat_move(struct heartbeat *m, const struct settings *s, const struct heartbeat_place *to)
{
	struct err e;
	close_server(m);
	take(m->move.address, sizeof m->move.address, to->address, s->provisioning.address);
	take(m->move.path, sizeof m->move.path, to->path, s->provisioning.path);
	take(m->move.user, sizeof m->move.user, to->user, s->provisioning.login_name);
	take(m->move.password, sizeof m->move.password, to->password, s->provisioning.password);
	if (begin(m, s, &e) < 0)
		stay(m, e.text);
}
