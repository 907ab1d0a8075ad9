/* SPDX-License-Identifier: MIT */
/* move: moves the device to another server when the manager asks for it. The device registers with that
 * server first. Only when the server's certificate is trusted and it has answered, the settings are changed
 * to name it. */
#include "heartbeat_internal.h"

#include "provisioning_answer.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* if the device is moved back and forth, this many moves are logged one by one */
enum { LOGGED = 3 };

static void close_server(struct heartbeat *h)
{
	https_endpoint_free(h->move.server);
	h->move.server = NULL;
}

/* The login is needed no more. */
static void forget_login(struct heartbeat *h)
{
	explicit_bzero(h->move.password, sizeof h->move.password);
	explicit_bzero(h->move.endpoint.password, sizeof h->move.endpoint.password);
}

static void stay(struct heartbeat *h, const char *why)
{
	char shown[SERVICE_URL];
	snprintf(h->status.stayed, sizeof h->status.stayed, "asked to move to \"%s\": %.300s",
		 h->move.address, why);
	if (episode_failed(&h->move.failures, episode_key(h->status.stayed), 1, loop_now_ms(h->o.loop)))
		log_warning("manager: stays with %s; %s", service_shown(h->endpoints[h->current].url, shown),
			    h->status.stayed);
	close_server(h);
	forget_login(h);
	h->o.changed(h->o.arg);
}

static void answered(void *arg, const struct https_reply *r)
{
	struct heartbeat *h = arg;
	struct manager_answer a;
	struct answer_failure why;
	if (answer_classify(r, &a, &why) < 0) {
		stay(h, why.reason);
		return;
	}
	h->status.stayed[0] = '\0';
	int64_t now_ms = loop_now_ms(h->o.loop);
	char more[EPISODE_TEXT], shown[SERVICE_URL];
	episode_ended(&h->move.failures, now_ms);
	uint64_t happened =
		episode_happened(&h->move.moves, episode_key(h->move.endpoint.url), LOGGED, now_ms);
	if (happened)
		log_notice("manager: moves to %s, whose certificate is trusted and which has answered%s",
			   service_shown(h->move.endpoint.url, shown), episode_text(happened, more));
	close_server(h);
	/* This answer is not carried out. `moved` changes the settings, which makes the new server the
	 * manager: it gets another Register, and the answer to that one is carried out. */
	manager_answer_done(&a);
	h->wanted = MANAGER_REGISTER;
	/* Two servers may move the device back and forth for ever, so the record of what was logged is
	 * kept. */
	struct episode failures = h->failures, accepting = h->accepting;
	h->o.moved(h->o.arg, &(struct heartbeat_place){ h->move.address, h->move.path, h->move.user,
							h->move.password });
	forget_login(h);
	h->failures = failures;
	h->accepting = accepting;
}

void heartbeat_move_end(struct heartbeat *h, const char *why)
{
	if (h->move.server)
		stay(h, why);
}

static int begin(struct heartbeat *h, const struct settings *s, struct err *e)
{
	/* The vendor's guide uses 127.0.0.1 for "no server". */
	if (!h->move.address[0] || strcmp(h->move.address, "127.0.0.1") == 0)
		return err_set(e, ERR_CONFIG, 0,
			       "expected the address of a server; 127.0.0.1 stands for none");
	service_endpoint(s,
			 &(struct service_request){ .service = SERVICE_MANAGER,
						    .address = h->move.address,
						    .path = h->move.path,
						    .user = h->move.user,
						    .password = h->move.password },
			 &h->move.endpoint);
	if (service_open(h->o.https, &h->move.endpoint, NULL, &h->move.server, e) < 0)
		return -1;
	heartbeat_write(h, MANAGER_REGISTER, &h->move.message);
	return https_post(h->move.server, buf_str(&h->move.message), h->move.message.len, NULL, 0, answered,
			  h, e);
}

/* Copies the value that the manager gave, or the setting's value if the manager gave none (NULL). */
static void take(char *ret, size_t size, const char *given, const char *set)
{
	snprintf(ret, size, "%s", given ? given : set);
}

void heartbeat_move(struct heartbeat *h, const struct settings *s, const struct heartbeat_place *to)
{
	struct err e;
	close_server(h);
	take(h->move.address, sizeof h->move.address, to->address, s->provisioning.address);
	take(h->move.path, sizeof h->move.path, to->path, s->provisioning.path);
	take(h->move.user, sizeof h->move.user, to->user, s->provisioning.login_name);
	take(h->move.password, sizeof h->move.password, to->password, s->provisioning.password);
	if (begin(h, s, &e) < 0)
		stay(h, e.text);
}
