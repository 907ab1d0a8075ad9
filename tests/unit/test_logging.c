/* SPDX-License-Identifier: MIT */
/* logging: what a message looks like, and which lines are kept. tests/integration/test_log_server.py has
 * real log servers. */
#include "logging/logging.h"
#include "logging/logging_status.h"
#include "../../src/logging/syslog_message.h"

#include "base/log.h"
#include "world_https.h"

#include <fcntl.h>
#include <sys/stat.h>

struct logger {
	struct world *w;
	struct store *store;
	struct logging *logging;
	struct settings *settings;
	struct err refusal; /* of commits; ERR_NONE: they are made */
	int verdicts;
};

static void host_name(void *arg, char *ret, size_t size)
{
	(void)arg;
	snprintf(ret, size, "codec 1\n.example");
}

static int commit(void *arg, struct err *e)
{
	struct logger *l = arg;
	if (l->refusal.kind == ERR_NONE)
		return store_commit(l->store, e);
	store_rollback(l->store);
	if (e)
		*e = l->refusal;
	return -1;
}

/* As the agent does it: the verdict is logged. */
static void verdict_logged(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct logger *l = arg;
	l->verdicts++;
	log_notice("verdict %ld on the log server %s", v->code, c->host);
}

static struct logger begin(struct world *w, const char *path)
{
	struct logger l = { .w = w, .settings = calloc(1, sizeof(struct settings)) };
	struct err e;
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent" });
	assert_int_equal(store_open(&(struct store_options){ .path = path }, &l.store, NULL, &e), 0);
	l.settings->logging.external.mode = l.settings->logging.external.tls_verify = 1;
	l.settings->logging.external.port = w->server.port ? w->server.port : 1;
	l.settings->logging.external.max_count = 100;
	snprintf(l.settings->logging.external.address, sizeof l.settings->logging.external.address,
		 "good.test");
	return l;
}

static void start(struct logger *l)
{
	l->logging = logging_new(&(struct logging_options){ .world = { .loop = l->w->loop,
								       .dns = l->w->dns,
								       .date = l->w->date,
								       .anchors = l->w->anchors,
								       .on_verdict = verdict_logged,
								       .arg = l },
							    .store = l->store,
							    .app_name = "sealpostd",
							    .host_name = host_name,
							    .commit = commit,
							    .arg = l });
	logging_configure(l->logging, l->settings);
}

static void end(struct logger *l)
{
	logging_free(l->logging);
	store_close(l->store);
	free(l->settings);
	log_close();
}

static void lines(int n)
{
	for (int i = 0; i < n; i++)
		log_info("line %d", i);
}

static void run_until(struct logger *l, uint64_t count)
{
	for (int i = 0; i < 200 && store_syslog_count(l->store, 0) != count; i++)
		loop_run_for(l->w->loop, 20);
	assert_int_equal(store_syslog_count(l->store, 0), count);
}

/* No line waits any more, as the status says it. */
static int is_done(struct logging *l)
{
	struct buf value;
	const struct status_row *row = logging_status_rows;
	while (strcmp(row->path, "Logging External Queued") != 0)
		row++;
	buf_init(&value, 64);
	row->read(l, (const unsigned[STATUS_LISTS]){ 0 }, &value);
	int done = strcmp(buf_str(&value), "0") == 0;
	buf_done(&value);
	return done;
}

static void assert_message(const struct syslog_message *m, const char *expected)
{
	struct buf b;
	char whole[512];
	buf_init(&b, 2 * SYSLOG_MESSAGE_MAX);
	syslog_message_print(m, &b);
	snprintf(whole, sizeof whole, "%zu %s", strlen(expected), expected);
	assert_string_equal(buf_str(&b), whole);
	buf_done(&b);
}

static void a_message(void **state)
{
	(void)state;
	static const struct log_about none = { .kind = LOG_KIND_NONE };
	struct syslog_message m = { .about = &none,
				    .facility = 3,
				    .severity = 5,
				    .host_name = "codec.example",
				    .app_name = "sealpostd",
				    .process = 17,
				    .text = "clock: synchronised" };
	assert_message(&m, "<29>1 - codec.example sealpostd 17 - - clock: synchronised");
	m.now = 1800000000;
	m.host_name = "a b\x7f\n";
	assert_message(&m, "<29>1 2027-01-15T08:00:00Z ab sealpostd 17 - - clock: synchronised");
	m.host_name = " ";
	m.about = &(struct log_about){ LOG_KIND_VERDICT_REFUSED, "HttpFeedback 1", "h\"]\\", "20=X" };
	assert_message(&m, "<29>1 2027-01-15T08:00:00Z - sealpostd 17 Verdict [verdict@32473 "
			   "service=\"HttpFeedback 1\" host=\"h\\\"\\]\\\\\" result=\"20=X\"] clock: "
			   "synchronised");
	m.about = &(struct log_about){ .kind = LOG_KIND_AUDIT_REFUSED };
	m.facility = 13;
	assert_message(&m, "<109>1 2027-01-15T08:00:00Z - sealpostd 17 Audit [audit@32473 "
			   "outcome=\"refused\"] clock: synchronised");
}

static void a_message_has_a_bound(void **state)
{
	(void)state;
	struct buf b;
	char *text = malloc(3 * SYSLOG_MESSAGE_MAX);
	memset(text, 'x', 3 * SYSLOG_MESSAGE_MAX);
	text[3 * SYSLOG_MESSAGE_MAX - 1] = '\0';
	const struct syslog_message m = { .host_name = "h",
					  .app_name = "a",
					  .about = &(struct log_about){ .kind = LOG_KIND_NONE },
					  .text = text };
	buf_init(&b, 4 * SYSLOG_MESSAGE_MAX);
	syslog_message_print(&m, &b);
	assert_int_equal(strtoul(buf_str(&b), NULL, 10), SYSLOG_MESSAGE_MAX);
	assert_int_equal(b.len, SYSLOG_MESSAGE_MAX + 5);
	buf_done(&b);
	free(text);
}

static void the_oldest_are_dropped_and_counted(void **state)
{
	struct logger l = begin(*state, NULL);
	struct buf b;
	int64_t n;
	start(&l);
	lines(250);
	run_until(&l, 100);
	assert_int_equal(store_get(l.store, "syslog_dropped", 0), 150);
	buf_init(&b, 2 * SYSLOG_MESSAGE_MAX);
	assert_int_equal(store_syslog_next(l.store, 0, &n, &b, NULL), 0);
	assert_non_null(strstr(buf_str(&b), " line 150"));
	buf_done(&b);
	end(&l);
}

/* A line that had no room in memory is counted once, whatever is stored afterwards. */
static void what_memory_had_no_room_for_is_counted_once(void **state)
{
	enum { MEMORY = 1000 };
	struct logger l = begin(*state, NULL);
	l.settings->logging.external.max_count = 5 * MEMORY;
	start(&l);
	lines(MEMORY + 7);
	run_until(&l, MEMORY);
	assert_int_equal(store_get(l.store, "syslog_dropped", 0), 7);
	lines(3);
	run_until(&l, MEMORY + 3);
	assert_int_equal(store_get(l.store, "syslog_dropped", 0), 7);
	end(&l);
}

static void lines_outlive_a_restart_and_a_failing_disk(void **state)
{
	char folder[] = "/tmp/test-logging-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/store.db", folder);
	struct logger l = begin(*state, path);
	start(&l);
	lines(10);
	run_until(&l, 10);
	err_set(&l.refusal, ERR_FULL, 0, "no space");
	lines(5);
	loop_run_for(l.w->loop, 400);
	assert_int_equal(store_syslog_count(l.store, 0), 10);
	l.refusal.kind = ERR_NONE; /* what waits in memory is stored at the end */
	lines(1);
	end(&l);
	l = begin(*state, path);
	assert_int_equal(store_syslog_count(l.store, 0), 16);
	store_close(l.store);
	free(l.settings);
	unlink(path);
	char marks[80];
	snprintf(marks, sizeof marks, "%s-marks", path);
	unlink(marks);
	rmdir(folder);
}

static void takes_all(struct tls_conn *c)
{
	int n;
	while ((n = SSL_read(c->ssl, c->buf, sizeof c->buf)) > 0)
		atomic_fetch_add(&c->s->stats->bytes, n);
}

/* The verdict on the log server is logged, but makes no line for it. */
static void what_was_taken_is_deleted_and_verdicts_make_no_lines(void **state)
{
	struct world *w = *state;
	w->server.speaks = takes_all;
	serve(w, TLS_GOOD, NULL);
	struct logger l = begin(w, NULL);
	start(&l);
	lines(30);
	for (int i = 0; i < 400 && !(l.verdicts && is_done(l.logging)); i++)
		loop_run_for(w->loop, 20);
	assert_int_equal(l.verdicts, 1);
	assert_true(is_done(l.logging));
	assert_true(w->server.stats->bytes > 30 * 40);
	long before = w->server.stats->bytes;
	loop_run_for(w->loop, 600);
	assert_int_equal(w->server.stats->bytes, before); /* nothing came of the verdict */
	end(&l);
}

static void note_not_read(void *arg, enum log_level level, const char *line)
{
	int *times = arg;
	(void)level;
	*times += strstr(line, "logging: lines for the log server could not be read: ") &&
		  strstr(line, "set aside as ");
}

static void damage(const char *path)
{
	struct stat st;
	char junk[4096];
	int fd = open(path, O_WRONLY);
	assert_int_equal(fstat(fd, &st), 0);
	memset(junk, 0xa5, sizeof junk);
	assert_int_equal(pwrite(fd, junk, sizeof junk, st.st_size / 8192 * 4096), sizeof junk);
	close(fd);
}

/* A page of the stored lines is damaged while the agent runs: the log says so, and all other lines are sent,
 * although no new line comes. */
static void lines_behind_a_damaged_page_are_sent(void **state)
{
	enum { LINES = 3000, BYTES = 1000 }; /* more than the store keeps in memory */
	char folder[] = "/tmp/test-logging-XXXXXX", path[64], text[BYTES] = { 0 };
	struct world *w = *state;
	int times = 0;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/store.db", folder);
	w->server.speaks = takes_all;
	serve(w, TLS_GOOD, NULL);
	struct logger l = begin(w, path);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(store_syslog_add(l.store, text, sizeof text, NULL), 0);
	assert_int_equal(store_commit(l.store, NULL), 0);
	store_close(l.store);
	free(l.settings);
	l = begin(w, path);
	l.settings->logging.external.max_count = LINES;
	damage(path);
	log_set_tap(note_not_read, &times);
	start(&l);
	for (int i = 0; i < 3000 && !is_done(l.logging); i++)
		loop_run_for(w->loop, 20);
	assert_true(is_done(l.logging));
	assert_int_equal(times, 1);
	assert_in_range(w->server.stats->bytes, (LINES - 10) * BYTES, LINES * (BYTES + 10));
	log_set_tap(NULL, NULL);
	end(&l);
	for (const char **at = (const char *[]){ "", "-marks", ".damaged-1", ".damaged-1-wal", NULL }; *at;
	     at++) {
		char name[90];
		snprintf(name, sizeof name, "%s%s", path, *at);
		assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void a_server_that_is_not_trusted_gets_nothing(void **state)
{
	struct world *w = *state;
	w->server.speaks = takes_all;
	serve(w, TLS_GOOD, &w->certs->expired);
	struct logger l = begin(w, NULL);
	start(&l);
	lines(3);
	for (int i = 0; i < 200 && !l.verdicts; i++)
		loop_run_for(w->loop, 20);
	loop_run_for(w->loop, 500);
	assert_int_equal(l.verdicts, 1); /* and it is not tried again at once */
	assert_int_equal(w->server.stats->bytes, 0);
	assert_int_equal(store_syslog_count(l.store, 0), 3); /* the verdict's line is not among them */
	end(&l);
}

static void switched_off_it_keeps_nothing(void **state)
{
	struct logger l = begin(*state, NULL);
	l.settings->logging.external.mode = 0;
	start(&l);
	lines(10);
	loop_run_for(l.w->loop, 400);
	assert_int_equal(store_syslog_count(l.store, 0), 0);
	end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message),
		cmocka_unit_test(a_message_has_a_bound),
		in_world(the_oldest_are_dropped_and_counted),
		in_world(what_memory_had_no_room_for_is_counted_once),
		in_world(lines_outlive_a_restart_and_a_failing_disk),
		in_world(what_was_taken_is_deleted_and_verdicts_make_no_lines),
		in_world(lines_behind_a_damaged_page_are_sent),
		in_world(a_server_that_is_not_trusted_gets_nothing),
		in_world(switched_off_it_keeps_nothing),
	};
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
