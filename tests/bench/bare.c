/* SPDX-License-Identifier: MIT */
/* bare SOCKET URL ADDRESS CA LOG CONNECTIONS: the limit: what a good programmer writes in a day. Takes lines
 * from a socket, makes them durable with one fsync for all that came at once, acknowledges each with a byte,
 * and posts them through libcurl's multi interface on kept-alive connections. Durable in LOG: if its name
 * ends in .db, in a table of SQLite with the outbox's own settings; else in an append-only file, with a
 * second one that says how many were delivered. Nothing else: no names, no verdicts, no retries, no bounds,
 * and what waits stands in memory as well. */
#include "counters.h"

#include <curl/curl.h>
#include <malloc.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	CONNECTIONS_MAX = 4,
	READ_MAX = 256 << 10,
	EVENT_MAX = 2048,
	QUEUE_LOW = 64, /* more is read when so few wait: large groups, few fsyncs */
	QUEUE_MAX = READ_MAX / 64
};

struct event {
	size_t len;
	char body[EVENT_MAX];
};

struct way {
	CURL *easy;
	struct curl_slist *headers;
	char id[64], sequence[64];
	struct event *event; /* in flight */
	char error[CURL_ERROR_SIZE];
};

struct bare {
	CURLM *multi;
	struct way ways[CONNECTIONS_MAX];
	int n_ways, client, log, done;
	sqlite3 *db; /* NULL: log and done */
	sqlite3_stmt *begin, *insert, *delete, *commit;
	struct event queue[QUEUE_MAX];  /* a ring */
	uint64_t head, tail, delivered; /* events ever: taken out, put in, answered */
	char in[READ_MAX];
	size_t in_len;
};

static void die(const char *what)
{
	fprintf(stderr, "bare: %s\n", what);
	exit(1);
}

static sqlite3_stmt *prepare(struct bare *b, const char *sql)
{
	sqlite3_stmt *stmt;
	if (sqlite3_prepare_v3(b->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(b->db));
	return stmt;
}

static void open_database(struct bare *b, const char *path)
{
	if (sqlite3_open(path, &b->db) != SQLITE_OK ||
	    sqlite3_exec(
		    b->db,
		    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "CREATE TABLE post (sequence INTEGER PRIMARY KEY, body BLOB)",
		    NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(b->db));
	b->begin = prepare(b, "BEGIN IMMEDIATE");
	b->insert = prepare(b, "INSERT INTO post VALUES (?1, ?2)");
	b->delete = prepare(b, "DELETE FROM post WHERE sequence <= ?1");
	b->commit = prepare(b, "COMMIT");
}

static void step(struct bare *b, sqlite3_stmt *stmt)
{
	if (sqlite3_step(stmt) != SQLITE_DONE || sqlite3_reset(stmt) != SQLITE_OK)
		die(sqlite3_errmsg(b->db));
}

/* The newest lines, and that those delivered are gone, in one transaction. */
static void store(struct bare *b, size_t lines)
{
	step(b, b->begin);
	for (uint64_t i = b->tail - lines; i < b->tail; i++) {
		const struct event *e = &b->queue[i % QUEUE_MAX];
		sqlite3_bind_int64(b->insert, 1, (sqlite3_int64)i + 1);
		sqlite3_bind_blob(b->insert, 2, e->body, (int)e->len, SQLITE_STATIC);
		step(b, b->insert);
	}
	sqlite3_bind_int64(b->delete, 1, (sqlite3_int64)b->delivered);
	step(b, b->delete);
	step(b, b->commit);
}

/* All lines that have come: into the log, to the disk, then acknowledged. */
static void receive(struct bare *b)
{
	ssize_t n = recv(b->client, b->in + b->in_len, READ_MAX - b->in_len, MSG_DONTWAIT);
	if (n == 0)
		b->client = -1;
	if (n <= 0)
		return;
	b->in_len += (size_t)n;
	char acks[QUEUE_MAX];
	size_t lines = 0, at = 0;
	for (char *end; (end = memchr(b->in + at, '\n', b->in_len - at)); lines++) {
		struct event *e = &b->queue[b->tail++ % QUEUE_MAX];
		e->len = (size_t)(end + 1 - (b->in + at));
		memcpy(e->body, b->in + at, e->len);
		at += e->len;
	}
	if (!lines)
		return;
	if (b->db)
		store(b, lines);
	else if (write(b->log, b->in, at) != (ssize_t)at || fdatasync(b->log) < 0)
		die("the log cannot be written");
	memmove(b->in, b->in + at, b->in_len - at);
	b->in_len -= at;
	memset(acks, '\n', lines);
	if (send(b->client, acks, lines, MSG_NOSIGNAL) != (ssize_t)lines)
		die("acknowledgements cannot be written");
}

static void post(struct bare *b, struct way *w)
{
	struct event *e = w->event = &b->queue[b->head++ % QUEUE_MAX];
	curl_slist_free_all(w->headers);
	snprintf(w->id, sizeof w->id, "webhook-id: 0123456789abcdef-1-%llu", (unsigned long long)b->head);
	snprintf(w->sequence, sizeof w->sequence, "Sealpost-Sequence: %llu", (unsigned long long)b->head);
	w->headers = curl_slist_append(NULL, "Content-Type: text/xml; charset=utf-8");
	w->headers = curl_slist_append(w->headers, w->id);
	w->headers = curl_slist_append(w->headers, w->sequence);
	curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers);
	curl_easy_setopt(w->easy, CURLOPT_POSTFIELDS, e->body);
	curl_easy_setopt(w->easy, CURLOPT_POSTFIELDSIZE, (long)e->len);
	curl_multi_add_handle(b->multi, w->easy);
}

static void finish(struct bare *b)
{
	CURLMsg *m;
	int left;
	while ((m = curl_multi_info_read(b->multi, &left))) {
		struct way *w;
		long status = 0;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &w);
		curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
		if (m->data.result != CURLE_OK || status != 204)
			die(w->error);
		curl_multi_remove_handle(b->multi, w->easy);
		w->event = NULL;
		b->delivered++;
		if (!b->db && pwrite(b->done, &b->delivered, sizeof b->delivered, 0) != sizeof b->delivered)
			die("what was delivered cannot be noted");
	}
}

static void set_up(struct bare *b, char **argv)
{
	struct curl_slist *resolve = curl_slist_append(NULL, argv[3]);
	char done[4096];
	snprintf(done, sizeof done, "%s.done", argv[5]);
	if (strlen(argv[5]) > 3 && strcmp(argv[5] + strlen(argv[5]) - 3, ".db") == 0)
		open_database(b, argv[5]);
	else
		b->log = open(argv[5], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	b->done = open(done, O_WRONLY | O_CREAT, 0600);
	b->n_ways = int_of(argv[6]);
	b->multi = curl_multi_init();
	for (int i = 0; i < b->n_ways; i++) {
		struct way *w = &b->ways[i];
		w->easy = curl_easy_init();
		curl_easy_setopt(w->easy, CURLOPT_PRIVATE, w);
		curl_easy_setopt(w->easy, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(w->easy, CURLOPT_URL, argv[2]);
		curl_easy_setopt(w->easy, CURLOPT_RESOLVE, resolve);
		curl_easy_setopt(w->easy, CURLOPT_CAINFO, argv[4]);
		curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->error);
	}
}

int main(int argc, char **argv)
{
	static struct bare b;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	if (argc != 7 || int_of(argv[6]) > CONNECTIONS_MAX)
		die("expected SOCKET URL ADDRESS CA LOG CONNECTIONS");
	/* Else, where its heap happens to end behind libcurl's buffer, each post gives that back to the
	 * system and takes it again: that nearly doubles its CPU for a whole run. */
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	set_up(&b, argv);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", argv[1]);
	unlink(at.sun_path);
	if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4) < 0)
		die("cannot listen");
	for (b.client = -1;;) {
		int busy = 0, running;
		if (b.client < 0 && b.head == b.tail && b.delivered == b.head)
			b.client = accept(listener, NULL, NULL);
		int listening = b.client >= 0 && b.tail - b.head < QUEUE_LOW;
		if (listening)
			receive(&b);
		for (int i = 0; i < b.n_ways; i++) {
			if (!b.ways[i].event && b.head < b.tail)
				post(&b, &b.ways[i]);
			busy += b.ways[i].event != NULL;
		}
		curl_multi_perform(b.multi, &running);
		finish(&b);
		if (busy && running < busy)
			continue;
		struct curl_waitfd client = { .fd = b.client, .events = CURL_WAIT_POLLIN };
		curl_multi_poll(b.multi, listening ? &client : NULL, (unsigned)listening, 1000, NULL);
	}
}
