/* SPDX-License-Identifier: MIT */
/* logging: receives log lines and stores them for the log server. */
#include "logging_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "date/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STORE_MS = 200,   /* lines wait this long, so that several share one commit */
	DELETE_MS = 5000, /* the deletion of acknowledged lines waits this long */
	AGAIN_MS = 5000,  /* pause after a commit that failed */
	STORED_A_TURN = 500,
};

/* --- lines come --- */

static void add_pending(struct logging *l, const struct log_record *r)
{
	char host_name[256] = "";
	int64_t now = 0;
	/* the disk has failed for a long time: the oldest line is dropped */
	if (l->n_pending == LOGGING_PENDING_MAX) {
		buf_done(&l->pending[l->first_pending]);
		l->first_pending = (l->first_pending + 1) % LOGGING_PENDING_MAX;
		l->n_pending--;
		l->lost++;
	}
	date_now(l->o.world.date, loop_now_ms(l->o.world.loop), &now, NULL);
	l->o.host_name(l->o.arg, host_name, sizeof host_name);
	const struct syslog_message m = { .facility = r->facility,
					  .severity = (int)r->level,
					  .now = now,
					  .host_name = host_name,
					  .app_name = l->o.app_name,
					  .process = (long)getpid(),
					  .about = r->about,
					  .text = r->text };
	struct buf *b = &l->pending[(l->first_pending + l->n_pending++) % LOGGING_PENDING_MAX];
	buf_init(b, SYSLOG_MESSAGE_MAX + 16);
	syslog_message_print(&m, b);
}

/* Called for each line (log_set_forward): it must not log. */
static void on_line(void *arg, const struct log_record *r)
{
	struct logging *l = arg;
	if (l->state == LOGGING_OFF || l->is_own)
		return;
	add_pending(l, r);
	int64_t left = loop_timer_left(l->store_timer), wait = l->n_pending < STORED_A_TURN ? STORE_MS
							       : l->store_fails             ? AGAIN_MS
											    : 0;
	if (left < 0 || left > wait)
		loop_timer_in(l->store_timer, wait);
}

/* --- storing lines --- */

/* Deletes the oldest stored lines if there are too many. */
static int keep_bound(struct logging *l, struct err *e)
{
	uint64_t count = store_syslog_count(l->o.store, 0),
		 drop = count > l->max_count ? count - l->max_count : 0;
	if (drop) {
		int64_t first = 0;
		struct buf scrap;
		buf_init(&scrap, SYSLOG_MESSAGE_MAX + 16);
		int r = store_syslog_next(l->o.store, 0, &first, &scrap, e);
		buf_done(&scrap);
		if (r < 0 || (r == 0 && store_syslog_delete(l->o.store, first + (int64_t)drop - 1, e) < 0))
			return -1;
	}
	if (!drop && !l->lost)
		return 0;
	int64_t dropped = store_get(l->o.store, LOGGING_DROPPED, 0) + (int64_t)(drop + l->lost);
	return store_set(l->o.store, LOGGING_DROPPED, dropped, e);
}

static int change_store(struct logging *l, size_t n, struct err *e)
{
	if (store_syslog_delete(l->o.store, l->acknowledged_up_to, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct buf *b = &l->pending[(l->first_pending + i) % LOGGING_PENDING_MAX];
		if (store_syslog_add(l->o.store, b->data, b->len, e) < 0)
			return -1;
	}
	return keep_bound(l, e);
}

static void report_store(struct logging *l, struct episode *episode, const char *what, const struct err *e)
{
	if (!episode_failed(episode, (uint64_t)e->kind, 1, loop_now_ms(l->o.world.loop)))
		return;
	l->is_own = 1;
	log_error("logging: lines for the log server could not be %s: %s", what, e->text);
	l->is_own = 0;
}

void logging_not_read(struct logging *l, const struct err *e)
{
	report_store(l, &l->not_read, "read", e);
	if (!loop_timer_armed(l->store_timer))
		loop_timer_in(l->store_timer, AGAIN_MS);
}

/* Stores the lines that are in memory, and deletes the acknowledged ones, in one transaction. */
static void store_lines(void *arg)
{
	struct logging *l = arg;
	struct err e;
	size_t n = l->n_pending < STORED_A_TURN ? l->n_pending : STORED_A_TURN;
	int changed = change_store(l, n, &e);
	l->store_fails = l->o.commit(l->o.arg, changed < 0 ? NULL : &e) < 0 || changed < 0;
	if (l->store_fails) {
		report_store(l, &l->not_stored, "stored, and wait in memory", &e);
		loop_timer_in(l->store_timer, AGAIN_MS);
		return;
	}
	episode_ended(&l->not_stored, loop_now_ms(l->o.world.loop));
	l->lost = 0;
	for (; n > 0; n--) {
		buf_done(&l->pending[l->first_pending]);
		l->first_pending = (l->first_pending + 1) % LOGGING_PENDING_MAX;
		l->n_pending--;
	}
	if (l->n_pending)
		loop_timer_in(l->store_timer, 0);
	if (l->state == LOGGING_IDLE && logging_waits(l))
		logging_connect(l);
	logging_write(l);
}

int logging_waits(const struct logging *l)
{
	return store_syslog_count(l->o.store, l->acknowledged_up_to) > 0;
}

void logging_delete_soon(struct logging *l)
{
	if (!loop_timer_armed(l->store_timer))
		loop_timer_in(l->store_timer, DELETE_MS);
}

/* --- life --- */

struct logging *logging_new(const struct logging_options *o)
{
	struct logging *l = mem_new(sizeof *l);
	l->o = *o;
	l->max_count = 1;
	l->store_timer = loop_timer_new(o->world.loop, store_lines, l);
	l->retry_timer = loop_timer_new(o->world.loop, logging_on_retry, l);
	log_set_forward(on_line, l);
	return l;
}

void logging_free(struct logging *l)
{
	if (!l)
		return;
	log_set_forward(NULL, NULL);
	logging_disconnect(l);
	while (l->n_pending && l->state != LOGGING_OFF) {
		size_t before = l->n_pending;
		l->state = LOGGING_WAITING; /* nothing is sent any more */
		store_lines(l);
		if (l->n_pending == before)
			break;
	}
	for (; l->n_pending; l->n_pending--)
		buf_done(&l->pending[(l->first_pending + l->n_pending - 1) % LOGGING_PENDING_MAX]);
	loop_timer_free(l->store_timer);
	loop_timer_free(l->retry_timer);
	free(l);
}

void logging_configure(struct logging *l, const struct settings *s)
{
	struct service_endpoint server;
	service_endpoint(s, &(struct service_request){ .service = SERVICE_LOGGING }, &server);
	int is_wanted = server.url[0] != '\0';
	l->max_count = (uint64_t)s->logging.external.max_count;
	if (is_wanted == (l->state != LOGGING_OFF) && memcmp(&server, &l->server, sizeof server) == 0)
		return;
	logging_disconnect(l);
	loop_timer_stop(l->retry_timer);
	l->server = server;
	l->failures = 0;
	l->trouble[0] = '\0';
	episode_forget(&l->episode);
	l->state = is_wanted ? LOGGING_IDLE : LOGGING_OFF;
	if (is_wanted && logging_waits(l))
		logging_connect(l);
}

void logging_retry(struct logging *l)
{
	if (l->state != LOGGING_WAITING)
		return;
	l->failures = 0;
	loop_timer_in(l->retry_timer, 0);
}

void logging_end_lost(struct logging *l)
{
	if (l->stream)
		tls_stream_end_if_lost(l->stream);
}
