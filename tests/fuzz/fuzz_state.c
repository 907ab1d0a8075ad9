/* SPDX-License-Identifier: MIT */
/* Files of the state folder: marks, roots, revocation lists and own certificates, the database as bytes and
 * as rows, the date floor. Whatever is in them, the agent's parts open them, or refuse to, and then work as
 * ever. The first byte says which file it is. */
#include "store/store.h"
#include "../../src/store/marks.h"
#include "certstore/anchors.h"
#include "trust/fitness.h"
#include "date/date.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static const char *in_folder(const char *name)
{
	static char folder[64], path[4][160];
	static unsigned next;
	if (!folder[0]) {
		snprintf(folder, sizeof folder, "%s/sealpost-fuzz-XXXXXX",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
		require(mkdtemp(folder) != NULL);
	}
	char *ret = path[next++ % 4];
	snprintf(ret, sizeof path[0], "%s/%s", folder, name);
	return ret;
}

static void put(const char *name, const char *head, const uint8_t *data, size_t size)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, head, strlen(head)) == (ssize_t)strlen(head) &&
		write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* --- marks --- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

/* Entries whose check is right, so that their numbers are read. */
static void try_marks(const uint8_t *data, size_t size)
{
	static const unsigned char id[MARKS_ID] = "0123456789abcde";
	static unsigned char file[512 + MARKS_SLOTS * MARKS_RANGES * 32];
	static struct marks m;
	struct err e;
	uint64_t ids[2];
	memset(file, 0, sizeof file);
	memcpy(file, "sealpost marks1", 16);
	memcpy(file + 16, id, sizeof id);
	memcpy(ids, id, sizeof ids);
	for (size_t i = 0; (i + 1) * 17 <= size; i++) {
		uint64_t entry[4] = { 0 };
		size_t at = data[i * 17] % (MARKS_SLOTS * MARKS_RANGES), slot = at / MARKS_RANGES + 1;
		memcpy(entry, data + i * 17 + 1, 16);
		entry[2] = mix(mix(mix(mix(mix(1, ids[0]), ids[1]), slot), entry[0]), entry[1]);
		memcpy(file + 512 + at * 32, entry, sizeof entry);
	}
	put("marks", "", file, sizeof file);
	require(marks_open(&m, in_folder("marks"), id, &e) == 0);
	for (int slot = 1; slot <= MARKS_SLOTS; slot++) {
		int64_t sequence = size > 8 ? data[8] + 1 : 1;
		for (size_t i = 0; i < m.used[slot]; i++) {
			const struct marks_range *r = &m.ranges[slot][i];
			require(!r->first || (r->first > 0 && r->first <= r->last && r->last < INT64_MAX));
			for (size_t j = 0; j < i && r->first; j++) /* no post counts twice */
				require(!m.ranges[slot][j].first || m.ranges[slot][j].last < r->first ||
					r->last < m.ranges[slot][j].first);
		}
		require(marks_add(&m, slot, sequence, &e) < 0 || marks_find(&m, slot, sequence));
	}
	marks_close(&m);
	put("marks", "", data, size);
	marks_open(&m, in_folder("marks"), id, &e);
	marks_close(&m);
}

/* --- trust --- */

static void try_trust(const char *name, int is_whole, const uint8_t *data, size_t size)
{
	static const char *const all[] = { "anchors", "crls", "own" };
	char head[100] = "";
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct buf notice;
	struct err e = { .text = "" };
	for (size_t i = 0; i < 3; i++)
		unlink(in_folder(all[i]));
	if (is_whole) {
		require(EVP_Digest(data, size, sum, &n, EVP_sha256(), NULL) == 1 && n == 32);
		int len = snprintf(head, sizeof head, "sealpost-trust 1 sha256 ");
		for (unsigned i = 0; i < n; i++)
			len += snprintf(head + len, sizeof head - (size_t)len, "%02x", sum[i]);
		snprintf(head + len, sizeof head - (size_t)len, "\n");
	}
	put(name, head, data, size);
	char folder[160];
	snprintf(folder, sizeof folder, "%s", in_folder("."));
	buf_init(&notice, 1 << 16);
	struct anchors *a = anchors_open(folder, fitness_checks(), &notice, &e);
	require(a || e.text[0]);
	anchors_free(a);
	buf_done(&notice);
}

/* --- the store --- */

static void use(struct store *s)
{
	struct err e;
	struct store_post p;
	struct store_dead d;
	struct store_slot at;
	static struct store_registration r;
	int64_t sequence;
	for (int slot = 0; slot <= STORE_SLOTS + 1; slot++) {
		store_slot_get(s, slot, &at);
		store_registration_get(s, slot, &r);
		int64_t after = 0;
		for (int i = 0; i < 5 && store_post_next(s, slot, after, &p, &e) == 0;
		     i++, after = p.sequence) {
			require(p.sequence > after && p.body && p.len <= STORE_BODY_MAX + 1u);
			free(p.body);
		}
		if (store_dead_next(s, slot, 0, &d, &e) == 0) {
			free(d.post.body);
			store_dead_replay(s, slot, d.post.sequence, &(int64_t){ 0 }, &e);
		}
		if (store_post_add(s, slot, 0, 1, "x", 1, &sequence, &e) == 0 && store_commit(s, &e) == 0)
			store_post_done(s, slot, sequence, &e);
		store_gap_report_begun(s, slot > 0 && slot <= STORE_SLOTS ? slot : 1);
		store_gap_report_done(s, slot, at.gap_last, &e);
		store_post_purge(s, slot, 0, &e);
		store_deregister(s, slot, 1, &e);
		store_set_date(s, 1800000000);
		store_commit(s, &e);
	}
	store_publication_accepted(s, &(struct store_publication){ { 1, 2 }, 3 });
	store_commit(s, &e);
}

static void open_and_use(void)
{
	static const char *const ends[] = { "-wal", "-marks", ".new", ".damaged-1", ".damaged-1-wal", "" };
	struct store_options o = {
		.path = in_folder("db"), .max_count = 100, .max_bytes = 1 << 20, .max_age_s = 1000
	};
	struct store *s;
	struct err e = { .text = "" };
	char name[180];
	if (store_open(&o, &s, NULL, &e) == 0) {
		use(s);
		store_close(s);
	} else {
		require(e.text[0] != '\0');
	}
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", in_folder("db"), ends[i]);
		unlink(name);
	}
}

static void make_first(void)
{
	struct store_registration r = {
		.slot = 1, .url = "https://a.example/", .n = 1, .expressions = { "/Status" }
	};
	struct store *s;
	struct err e;
	int64_t sequence;
	require(store_open(&(struct store_options){ .path = in_folder("db") }, &s, NULL, &e) == 0);
	require(store_register(s, &r, &e) == 0);
	for (int i = 0; i < 4; i++)
		require(store_post_add(s, 1, 0, 1, "body", 4, &sequence, &e) == 0);
	require(store_commit(s, &e) == 0 && store_post_to_dead_letters(s, 1, 2, 400, "why", &e) == 0);
	store_close(s);
}

/* Made once, copied then. */
static void make_sound(void)
{
	static uint8_t content[1 << 20];
	static ssize_t len;
	if (len) {
		put("db", "", content, (size_t)len);
		return;
	}
	make_first();
	int fd = open(in_folder("db"), O_RDONLY | O_CLOEXEC);
	len = read(fd, content, sizeof content);
	require(len > 0 && len < (ssize_t)sizeof content);
	close(fd);
}

/* A sound file, some bytes of which are others: three bytes say which, and one what it is. */
static void try_bytes(const uint8_t *data, size_t size)
{
	make_sound();
	int fd = open(in_folder("db"), O_RDWR | O_CLOEXEC);
	off_t len = lseek(fd, 0, SEEK_END);
	require(len > 0);
	for (; size >= 4; data += 4, size -= 4)
		require(pwrite(fd, data + 3, 1, (data[0] << 16 | data[1] << 8 | data[2]) % len) == 1);
	close(fd);
	open_and_use();
}

/* Rows of a sound file with any numbers in them: the table, then nine values each. */
static void try_rows(const uint8_t *data, size_t size)
{
	static const char *const rows[] = {
		"INSERT OR REPLACE INTO slot VALUES (1, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, "
		"%lld, 0)",
		"INSERT OR REPLACE INTO post_1 VALUES (%lld, %lld, %lld, 'body', %lld, %lld)",
		"INSERT OR REPLACE INTO dead VALUES (1, %lld, %lld, %lld, %lld, 'why', 'body', %lld, %lld)",
		"INSERT OR REPLACE INTO value VALUES ('trusted_date', %lld)",
		"INSERT OR REPLACE INTO publisher VALUES (%lld, x'01000000000000000200000000000000', %lld, "
		"%lld, %lld)",
		"INSERT OR REPLACE INTO registration VALUES (%lld, 'https://a.example/', %lld, %lld, %lld)",
	};
	sqlite3 *db;
	make_sound();
	require(sqlite3_open(in_folder("db"), &db) == SQLITE_OK);
	for (; size >= 73; data += 73, size -= 73) {
		long long v[9];
		char sql[600];
		memcpy(v, data + 1, sizeof v);
		for (int i = 0; i < 9; i++) /* small ones, too */
			v[i] = data[0] & 0x80 ? v[i] % 200 : v[i];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof sql, rows[(data[0] & 0x7f) % 6], v[0], v[1], v[2], v[3], v[4], v[5],
			 v[6], v[7], v[8]);
#pragma GCC diagnostic pop
		sqlite3_exec(db, sql, NULL, NULL, NULL);
	}
	sqlite3_close(db);
	open_and_use();
}

static void try_floor(const uint8_t *data, size_t size)
{
	int64_t floor = 0, now;
	char text[64];
	memcpy(&floor, data, size < sizeof floor ? size : sizeof floor);
	struct date *d = date_new(0);
	date_raise_floor(d, floor);
	struct date_sample sample = { .unix_us = 1800000000LL * 1000000, .mono_ms = 5, .distance_us = 1000 };
	struct err e;
	int r = date_offer(d, &sample, 1, &e);
	if (r == 0)
		require(date_now(d, 1000, &now, &e) == 0 && (now >= floor || floor > 253402300799));
	else
		require(floor > 1800000000LL - 10);
	date_format(date_floor(d, 4000 * 1000), text, sizeof text);
	date_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	uint8_t which = *data++;
	size--;
	switch (which % 8) {
	case 0: try_marks(data, size); break;
	case 1: try_trust("anchors", 1, data, size); break;
	case 2: try_trust("crls", 1, data, size); break;
	case 3: try_trust("own", 1, data, size); break;
	case 4: try_trust("anchors", 0, data, size); break;
	case 5: try_bytes(data, size); break;
	case 6: try_rows(data, size); break;
	default: try_floor(data, size);
	}
	return 0;
}
