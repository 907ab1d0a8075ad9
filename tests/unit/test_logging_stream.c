/* SPDX-License-Identifier: MIT */
/* logging_stream: what is written to a log server, when again, and what counts as taken. The stream is
 * played: it says which bytes the other side has acknowledged, and when it ends. */
#include "logging/logging.h"
#include "logging/logging_status.h"

#include "base/log.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 2000, SECOND_MS = 1000 };

/* --- the stream that is played --- */

struct tls_stream {
	struct tls_stream_events on;
	void *arg;
	uint64_t written, acknowledged;
	int is_open;
};

static struct {
	struct tls_stream *stream; /* NULL: there is none */
	struct tls_stream_request request;
	int opened;           /* streams, in all */
	uint64_t room;        /* bytes that a stream takes */
	int lines[LINES_MAX]; /* the numbers of those that were written, in order */
	uint64_t ends[LINES_MAX];
	size_t n;
} played;

struct tls_stream *tls_stream_open(const struct tls_stream_world *w, const struct tls_stream_request *r,
				   const struct tls_stream_events *on, void *arg)
{
	struct tls_stream *s = mem_new(sizeof *s);
	(void)w;
	*s = (struct tls_stream){ .on = *on, .arg = arg };
	assert_null(played.stream);
	played.stream = s;
	played.request = *r;
	played.opened++;
	return s;
}

void tls_stream_free(struct tls_stream *s)
{
	if (!s)
		return;
	assert_ptr_equal(s, played.stream);
	played.stream = NULL;
	free(s);
}

int tls_stream_write(struct tls_stream *s, const void *data, size_t len)
{
	char text[200];
	assert_int_equal(s->is_open, 1);
	if (!len || s->written - s->acknowledged + len > played.room)
		return -1;
	s->written += len;
	snprintf(text, sizeof text, "%.*s", (int)len, (const char *)data);
	const char *at = strstr(text, " line ");
	assert_non_null(at);
	assert_in_range(played.n, 0, LINES_MAX - 1);
	played.lines[played.n] = (int)strtol(at + 6, NULL, 10);
	played.ends[played.n++] = s->written;
	return 0;
}

uint64_t tls_stream_acknowledged(struct tls_stream *s)
{
	return s->acknowledged;
}

/* Not asked for here. */
void tls_stream_end_if_lost(struct tls_stream *s)
{
	(void)s;
}

const struct dns_address *tls_stream_address(const struct tls_stream *s)
{
	(void)s;
	return NULL;
}

const struct verify_chain *tls_stream_chain(const struct tls_stream *s)
{
	(void)s;
	return NULL;
}

int tls_stream_export(struct tls_stream *s, const struct tls_stream_export *x, void *ret, size_t len)
{
	(void)s, (void)x, (void)ret, (void)len;
	return -1;
}

/* --- set-up --- */

struct world {
	struct loop *loop;
	struct date *date;
	struct store *store;
	struct logging *logging;
	struct settings settings;
	int n;              /* lines that were logged */
	struct err refusal; /* of commits */
};

static void host_name(void *arg, char *ret, size_t size)
{
	(void)arg;
	snprintf(ret, size, "codec");
}

static int commit(void *arg, struct err *e)
{
	struct world *w = arg;
	if (w->refusal.kind == ERR_NONE)
		return store_commit(w->store, e);
	store_rollback(w->store);
	if (e)
		*e = w->refusal;
	return -1;
}

static void ignore_verdict(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg, (void)v, (void)c;
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	struct err e;
	memset(&played, 0, sizeof played);
	played.room = UINT64_MAX;
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent" });
	w->loop = loop_new_sim();
	w->date = date_new(0);
	assert_int_equal(store_open(&(struct store_options){ .path = NULL }, &w->store, NULL, &e), 0);
	w->logging = logging_new(&(struct logging_options){
		.world = { .loop = w->loop, .date = w->date, .on_verdict = ignore_verdict, .arg = w },
		.store = w->store,
		.app_name = "sealpostd",
		.host_name = host_name,
		.commit = commit,
		.arg = w });
	w->settings.logging.external.mode = w->settings.logging.external.tls_verify = 1;
	w->settings.logging.external.port = 6514;
	w->settings.logging.external.max_count = 5000;
	snprintf(w->settings.logging.external.address, sizeof w->settings.logging.external.address,
		 "logs.test");
	logging_configure(w->logging, &w->settings);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	logging_free(w->logging);
	assert_null(played.stream);
	store_close(w->store);
	date_free(w->date);
	loop_free(w->loop);
	log_close();
	free(w);
	return 0;
}

/* Logs so many lines, and has them stored. */
static void lines(struct world *w, int n)
{
	for (int i = 0; i < n; i++)
		log_info("line %d", w->n++);
	for (int i = 0; i <= n / 500; i++)
		loop_sim_advance(w->loop, 250);
}

static void opens(void)
{
	assert_non_null(played.stream);
	played.stream->is_open = 1;
	played.stream->on.opened(played.stream->arg);
}

/* The other side has acknowledged so many bytes of the present stream. */
static void acknowledges(uint64_t bytes)
{
	played.stream->acknowledged = bytes;
	played.stream->on.progressed(played.stream->arg);
}

static void ends(enum err_kind kind)
{
	struct err e;
	err_set(&e, kind, 0, "so it is played");
	played.stream->on.ended(played.stream->arg, &e);
	assert_null(played.stream);
}

/* Returns the milliseconds until another stream is opened. */
static int64_t until_opened(struct world *w)
{
	int before = played.opened;
	int64_t begin = loop_now_ms(w->loop);
	while (played.opened == before) {
		loop_sim_advance(w->loop, 50);
		assert_true(loop_now_ms(w->loop) - begin < 3600 * SECOND_MS);
	}
	return loop_now_ms(w->loop) - begin;
}

static void read_status(const struct world *w, const char *path, struct buf *ret)
{
	const struct status_row *row = logging_status_rows;
	while (strcmp(row->path, path) != 0)
		row++;
	buf_init(ret, 64);
	row->read(w->logging, (const unsigned[STATUS_LISTS]){ 0 }, ret);
}

static uint64_t number(const struct world *w, const char *path)
{
	struct buf value;
	read_status(w, path, &value);
	uint64_t n = strtoull(buf_str(&value), NULL, 10);
	buf_done(&value);
	return n;
}

static void expect_connection(const struct world *w, const char *wanted)
{
	struct buf value;
	read_status(w, "Logging External Status", &value);
	assert_string_equal(buf_str(&value), wanted);
	buf_done(&value);
}

/* --- tests --- */

static void what_was_not_acknowledged_is_written_again(void **state)
{
	struct world *w = *state;
	lines(w, 10);
	opens();
	assert_int_equal(played.n, 10);
	acknowledges(played.ends[3]); /* the first four, and no byte more */
	assert_int_equal(number(w, "Logging External Sent"), 4);
	assert_int_equal(number(w, "Logging External Queued"), 6);
	acknowledges(played.ends[4] - 1); /* all of the fifth but its last byte */
	assert_int_equal(number(w, "Logging External Sent"), 4);
	played.stream->acknowledged = played.ends[4]; /* which nobody has been told when the stream ends */
	ends(ERR_NET);
	assert_int_equal(number(w, "Logging External Sent"), 5);
	until_opened(w);
	opens();
	assert_int_equal(played.n, 15);
	for (int i = 0; i < 5; i++)
		assert_int_equal(played.lines[10 + i], 5 + i);
	acknowledges(played.ends[12] - 1); /* bytes count from the beginning of each stream */
	assert_int_equal(number(w, "Logging External Sent"), 7);
	acknowledges(played.ends[14]);
	assert_int_equal(number(w, "Logging External Sent"), 10);
	loop_sim_advance(w->loop, 6 * SECOND_MS);
	assert_int_equal(store_syslog_count(w->store, 0), 0);
	ends(ERR_NONE); /* the next line makes another connection */
	loop_sim_advance(w->loop, 60 * SECOND_MS);
	assert_int_equal(played.opened, 2);
	lines(w, 1);
	assert_int_equal(played.opened, 3);
	opens();
	assert_int_equal(played.lines[15], 10);
}

/* What it does not take now is written when it has taken more; and there are never more lines under way than
 * are remembered. */
static void no_more_is_written_than_is_taken(void **state)
{
	struct world *w = *state;
	lines(w, 700);
	played.room = 1000;
	opens();
	size_t first = played.n;
	assert_in_range(first, 5, 30);
	acknowledges(played.ends[1]);
	assert_int_equal(played.n, first + 2);
	played.room = UINT64_MAX;
	acknowledges(played.ends[2]);
	assert_int_equal(played.n, 3 + 256);
	acknowledges(played.ends[3]);
	assert_int_equal(played.n, 4 + 256);
	while (number(w, "Logging External Sent") < 700)
		acknowledges(played.ends[played.n - 1]);
	assert_int_equal(played.n, 700);
	for (int i = 0; i < 700; i++)
		assert_int_equal(played.lines[i], i);
}

/* Each pause is longer than the one before, also where the server takes a line each time; for long where only
 * an administrator can help. */
static void pauses_grow_until_all_was_taken(void **state)
{
	struct world *w = *state;
	int64_t longest = 0, pause = 0;
	lines(w, 60);
	for (int i = 0; i < 8; i++) {
		opens();
		acknowledges(played.stream->written / 20);
		ends(ERR_NET);
		pause = until_opened(w);
		assert_in_range(pause, 0, (1000 << i) + 50);
		longest = pause > longest ? pause : longest;
	}
	assert_true(longest > 16 * SECOND_MS);
	opens();
	acknowledges(played.stream->written);
	lines(w, 1);
	ends(ERR_NET);
	assert_in_range(until_opened(w), 0, SECOND_MS + 50);
	for (int i = 0; i < 3; i++) {
		ends(ERR_TLS);
		pause = until_opened(w);
	}
	assert_in_range(pause, 30 * SECOND_MS, 900 * SECOND_MS);
	ends(ERR_TLS);
	logging_retry(w->logging); /* the network has come back */
	assert_in_range(until_opened(w), 0, 50);
}

/* Who looks while another attempt is under way still sees that the one before has failed. */
static void it_has_failed_until_an_attempt_succeeds(void **state)
{
	struct world *w = *state;
	expect_connection(w, "Idle");
	lines(w, 1);
	expect_connection(w, "Connecting");
	ends(ERR_NET);
	expect_connection(w, "Failed");
	until_opened(w);
	expect_connection(w, "Failed");
	opens();
	expect_connection(w, "Connected");
}

static void a_row_that_is_damaged_is_passed_over(void **state)
{
	struct world *w = *state;
	static char damaged[20000];
	struct err e;
	lines(w, 2);
	assert_int_equal(store_syslog_add(w->store, damaged, sizeof damaged, &e), 0);
	lines(w, 2);
	opens();
	assert_int_equal(played.n, 4);
	acknowledges(played.ends[3]);
	loop_sim_advance(w->loop, 6 * SECOND_MS);
	assert_int_equal(store_syslog_count(w->store, 0), 0);
}

/* Each setting of the server makes another connection, by what it says; others do not. */
static void settings_take_effect_at_once(void **state)
{
	struct world *w = *state;
	struct settings *s = &w->settings;
	lines(w, 1);
	opens();
	s->logging.external.max_count = 4000;
	logging_configure(w->logging, s);
	assert_int_equal(played.opened, 1);
	assert_int_equal(played.request.verify, TLS_STREAM_VERIFY_ON);
	s->logging.external.tls_verify = 0;
	logging_configure(w->logging, s);
	assert_int_equal(played.opened, 2);
	assert_int_equal(played.request.verify, TLS_STREAM_VERIFY_OFF);
	s->verification.profile = SETTINGS_PROFILE_STRICT;
	logging_configure(w->logging, s);
	assert_int_equal(played.opened, 3);
	assert_int_equal(played.request.policy.profile, VERIFY_STRICT);
	s->logging.external.port = 6515;
	logging_configure(w->logging, s);
	assert_int_equal(played.opened, 4);
	assert_int_equal(played.request.port, 6515);
	s->logging.external.mode = 0;
	logging_configure(w->logging, s);
	assert_null(played.stream);
	loop_sim_advance(w->loop, 3600 * SECOND_MS);
	assert_int_equal(played.opened, 4);
}

/* While nothing can be stored, a thousand lines wait in memory; of more the oldest are dropped, and counted
 * once. */
static void what_memory_does_not_hold_is_counted(void **state)
{
	struct world *w = *state;
	err_set(&w->refusal, ERR_FULL, 0, "no space");
	lines(w, 1010);
	assert_int_equal(store_syslog_count(w->store, 0), 0);
	assert_int_equal(number(w, "Logging External Dropped"), 10);
	w->refusal.kind = ERR_NONE;
	loop_sim_advance(w->loop, 10 * SECOND_MS);
	loop_sim_advance(w->loop, 10 * SECOND_MS);
	assert_int_equal(number(w, "Logging External Dropped"), 10);
	lines(w, 1);
	assert_int_equal(number(w, "Logging External Dropped"), 10);
	opens();
	while (number(w, "Logging External Queued"))
		acknowledges(played.ends[played.n - 1]);
	assert_int_equal(played.n, 1001);
	for (int i = 0; i < 1001; i++)
		assert_int_equal(played.lines[i], 10 + i);
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(what_was_not_acknowledged_is_written_again),
		in_world(no_more_is_written_than_is_taken),
		in_world(pauses_grow_until_all_was_taken),
		in_world(it_has_failed_until_an_attempt_succeeds),
		in_world(a_row_that_is_damaged_is_passed_over),
		in_world(settings_take_effect_at_once),
		in_world(what_memory_does_not_hold_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
