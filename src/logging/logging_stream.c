/* SPDX-License-Identifier: MIT */
/* logging_stream: the connection to the log server, and the lines that were written to it and are not
 * acknowledged. */
#include "logging_internal.h"

#include "base/log.h"
#include "base/retry.h"

#include <stdio.h>

void logging_disconnect(struct logging *l)
{
	tls_stream_free(l->stream);
	l->stream = NULL;
	l->n_sent = 0;
	l->written = 0;
	l->written_up_to = l->acknowledged_up_to; /* later lines are written again on the next stream */
}

/* Counts the lines that the server's TCP has acknowledged. */
static void note_acknowledged(struct logging *l)
{
	uint64_t taken = tls_stream_acknowledged(l->stream);
	for (; l->n_sent && l->sent[l->first_sent].end <= taken; l->n_sent--) {
		l->acknowledged_up_to = l->sent[l->first_sent].n;
		l->first_sent = (l->first_sent + 1) % LOGGING_SENT_MAX;
		l->n_acknowledged++;
		logging_delete_soon(l);
	}
}

void logging_write(struct logging *l)
{
	struct buf message;
	struct err e;
	int64_t n;
	int r = 0;
	if (l->state != LOGGING_OPEN)
		return;
	buf_init(&message, SYSLOG_MESSAGE_MAX + 16);
	while (l->n_sent < LOGGING_SENT_MAX &&
	       (r = store_syslog_next(l->o.store, l->written_up_to, &n, &message, &e)) == 0) {
		/* a line that is too long is damaged, and is left out */
		if (message.len && tls_stream_write(l->stream, message.data, message.len) < 0)
			break;
		l->written += message.len;
		l->written_up_to = n;
		l->sent[(l->first_sent + l->n_sent++) % LOGGING_SENT_MAX] =
			(struct logging_sent){ n, l->written };
	}
	buf_done(&message);
	if (r < 0)
		logging_not_read(l, &e);
	else
		episode_ended(&l->not_read, loop_now_ms(l->o.world.loop));
}

static void on_opened(void *arg)
{
	struct logging *l = arg;
	l->state = LOGGING_OPEN;
	l->trouble[0] = '\0';
	l->is_own = 1;
	if (episode_ended(&l->episode, loop_now_ms(l->o.world.loop)))
		log_notice("logging: lines are sent to %s port %d again", l->server.host, l->server.port);
	l->is_own = 0;
	logging_write(l);
}

static void on_progressed(void *arg)
{
	struct logging *l = arg;
	note_acknowledged(l);
	if (l->n_sent == 0)
		l->failures = 0; /* a server that receives nothing after the handshake counts as failed */
	logging_write(l);
}

/* A syslog server sends nothing; it is ignored. */
static void on_received(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data, (void)len;
}

static void on_ended(void *arg, const struct err *e)
{
	struct logging *l = arg;
	int64_t now = loop_now_ms(l->o.world.loop);
	int was_open = l->state == LOGGING_OPEN;
	note_acknowledged(l);
	logging_disconnect(l);
	if (was_open && !logging_waits(l)) {
		l->state = LOGGING_IDLE; /* the next line makes a new connection */
		return;
	}
	const char *why = e->kind == ERR_NONE ? "it has closed the connection" : e->text;
	const struct retry_rule *rule = e->kind == ERR_TLS ? &retry_until_administrator : &retry_feedback;
	struct retry_tries tries = { .attempts = ++l->failures, .now_ms = now };
	snprintf(l->trouble, sizeof l->trouble, "%s", why);
	l->state = LOGGING_WAITING;
	loop_timer_in(l->retry_timer, retry_next_ms(rule, &tries, 0));
	if (e->kind == ERR_CONFIG || !episode_failed(&l->episode, (uint64_t)e->kind, 1, now))
		return;
	l->is_own = 1;
	log_warning("logging: no lines are sent to %s port %d: %s; they are kept", l->server.host,
		    l->server.port, why);
	l->is_own = 0;
}

/* Logs the verdict on the log server. This line is not sent to the log server: otherwise each connection
 * would make the line for which the next one is opened. */
static void on_verdict(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct logging *l = arg;
	l->is_own = 1;
	l->o.world.on_verdict(l->o.world.arg, v, c);
	l->is_own = 0;
}

void logging_connect(struct logging *l)
{
	static const struct tls_stream_events events = {
		.opened = on_opened, .received = on_received, .progressed = on_progressed, .ended = on_ended
	};
	struct tls_stream_world world = l->o.world;
	const struct tls_stream_request r = service_stream(&l->server);
	world.on_verdict = on_verdict;
	world.arg = l;
	logging_disconnect(l);
	l->state = LOGGING_CONNECTING;
	l->stream = tls_stream_open(&world, &r, &events, l);
}

void logging_on_retry(void *arg)
{
	logging_connect(arg);
}
