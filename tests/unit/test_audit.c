/* SPDX-License-Identifier: MIT */
/* The files of the last audit lines, which log-ins are kept, and what is taken out of addresses. */
#include "audit/audit.h"

#include "base/redact.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sealpost-audit-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = { "audit.log", "audit.log.1", "audited" };
	char path[100];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
		rmdir(path);
	}
	return rmdir(folder);
}

static void add(struct audit_kept *k, int number)
{
	char text[64];
	struct err e;
	snprintf(text, sizeof text, "setting SystemUnit Name: to \"n%d\"", number);
	assert_int_equal(
		audit_kept_add(k, &(struct audit_line){ .at = number, .is_trusted = 1, .text = text }, &e),
		0);
}

static void expect_last(const struct audit_kept *k, size_t back, int number)
{
	struct audit_line l;
	char text[64];
	snprintf(text, sizeof text, "setting SystemUnit Name: to \"n%d\"", number);
	assert_int_equal(audit_kept_at(k, back, &l), 0);
	assert_string_equal(l.text, text);
	assert_int_equal(l.at, number);
	assert_int_equal(l.number, number);
	assert_true(l.is_trusted);
}

/* 1,000 lines are kept after any number of them, and the files do not grow for ever. */
static void bounded(void **state)
{
	enum { LINES = 2345 };
	struct err e = { .kind = ERR_NONE };
	struct audit_line l;
	(void)state;
	struct audit_kept *k = audit_kept_open(folder, &e);
	assert_int_equal(audit_kept_at(k, 0, &l), -1);
	for (int i = 1; i <= LINES; i++)
		add(k, i);
	for (int again = 0; again < 2; again++) {
		expect_last(k, 0, LINES);
		expect_last(k, AUDIT_KEPT_MAX - 1, LINES - AUDIT_KEPT_MAX + 1);
		assert_int_equal(audit_kept_at(k, AUDIT_KEPT_MAX, &l), -1);
		audit_kept_free(k);
		k = audit_kept_open(folder, &e);
		assert_int_equal(e.kind, ERR_NONE);
	}
	add(k, LINES + 1);
	expect_last(k, 1, LINES);
	audit_kept_free(k);
	char path[100];
	struct stat st;
	snprintf(path, sizeof path, "%s/audit.log.1", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 1, 100 * AUDIT_KEPT_MAX);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* A file that cannot be read is moved away and not lost, and lines are kept in memory meanwhile. */
static void unreadable(void **state)
{
	struct err e = { .kind = ERR_NONE };
	char path[100];
	(void)state;
	snprintf(path, sizeof path, "%s/audit.log", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	struct audit_kept *k = audit_kept_open(folder, &e);
	assert_int_not_equal(e.kind, ERR_NONE);
	add(k, 1);
	expect_last(k, 0, 1);
	audit_kept_free(k);
	snprintf(path, sizeof path, "%s/audit.log.1", folder);
	assert_int_equal(rmdir(path), 0);
	/* one that has gone meanwhile is no trouble, and a link that leads elsewhere is not followed */
	snprintf(path, sizeof path, "%s/audit.log", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	k = audit_kept_open(folder, &e);
	assert_int_equal(rmdir(path), 0);
	add(k, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("audited", path), 0);
	assert_int_equal(audit_kept_add(k, &(struct audit_line){ .text = "x" }, &e), -1);
	audit_kept_free(k);
	assert_int_equal(unlink(path), 0);
}

static int64_t no_date(void *arg)
{
	(void)arg;
	return 0;
}

static void log_in_twice(struct audit *au, enum log_kind kind, int user)
{
	char text[100];
	snprintf(text, sizeof text, "user u%d logged in from 192.0.2.%d", user, user);
	for (int i = 0; i < 2; i++)
		audit_log_in(au, kind, text);
}

static size_t kept_count(const struct audit *au)
{
	struct audit_line l;
	size_t n = 0;
	while (audit_kept(au, n, &l) == 0)
		n++;
	return n;
}

/* Each user's first log-in is kept however many users there are; of equal ones, some; of refused ones, which
 * strangers can cause with other names, some of all. */
static void log_ins(void **state)
{
	enum { USERS = 40 };
	struct loop *loop = loop_new_sim();
	struct audit_options o = { .loop = loop, .folder = folder, .now = no_date };
	struct buf notice;
	(void)state;
	buf_init(&notice, 1000);
	struct audit *au = audit_new(&o, &notice);
	for (int i = 0; i < USERS; i++)
		log_in_twice(au, LOG_KIND_AUDIT_CHANGED, i);
	size_t n = kept_count(au);
	assert_true(n >= USERS && n <= 2 * USERS);
	for (int i = 0; i < 1000; i++)
		audit_log_in(au, LOG_KIND_AUDIT_CHANGED, "user u0 logged in from 192.0.2.0");
	assert_true(kept_count(au) < n + 10);
	n = kept_count(au);
	for (int i = 0; i < 500; i++)
		log_in_twice(au, LOG_KIND_AUDIT_REFUSED, i);
	assert_in_range(kept_count(au) - n, 1, 20);
	audit_free(au);
	buf_done(&notice);
	loop_free(loop);
}

/* What is audited in these tests: one item of each of two kinds, which have the same key. */
struct site {
	struct loop *loop;
	int64_t date;
	char setting[16], slot[16];
};

static int64_t date_of(void *arg)
{
	return ((const struct site *)arg)->date;
}

static void read_items(void *arg, struct audit_items *l, unsigned kinds)
{
	const struct site *s = arg;
	if (kinds & 1u << AUDIT_SETTING)
		audit_items_add(l, AUDIT_SETTING, "1", s->setting);
	if (kinds & 1u << AUDIT_REGISTRATION)
		audit_items_add(l, AUDIT_REGISTRATION, "1", s->slot);
}

static void manager_of(void *arg, struct buf *out)
{
	(void)arg;
	buf_adds(out, " m.example");
}

static struct audit *begin(struct site *s)
{
	struct buf notice;
	buf_init(&notice, 1000);
	s->loop = loop_new_sim();
	struct audit *au = audit_new(&(struct audit_options){ .loop = s->loop,
							      .folder = folder,
							      .now = date_of,
							      .read = read_items,
							      .manager = manager_of,
							      .arg = s },
				     &notice);
	buf_done(&notice);
	return au;
}

static void end(struct site *s, struct audit *au)
{
	audit_free(au);
	loop_free(s->loop);
}

/* A caller who is refused again and again has some lines, and takes nobody else's. */
static void each_caller_has_his_refusals(void **state)
{
	struct site s = { .date = 0 };
	struct audit *au = begin(&s);
	struct audit_who who = { .by = AUDIT_BY_PERSON, .uid = 1 };
	struct audit_line l;
	(void)state;
	for (int i = 0; i < 500; i++) {
		char what[40];
		snprintf(what, sizeof what, "command %d", i);
		audit_refused(au, &who, what, "Access denied");
	}
	size_t n = kept_count(au);
	assert_in_range(n, 1, 20);
	who.uid = 2;
	audit_refused(au, &who, "setting X", "Access denied");
	assert_int_equal(kept_count(au), n + 1);
	assert_int_equal(audit_kept(au, 0, &l), 0);
	assert_string_equal(l.text, "refused: setting X: Access denied; by uid 2");
	who = (struct audit_who){ .by = AUDIT_BY_MANAGER, .uid = 1 };
	audit_refused(au, &who, "setting X", "Guarded");
	assert_int_equal(kept_count(au), n + 2);
	end(&s, au);
}

/* What the manager changes again and again has some lines, each item its own; what a person changes has
 * all. */
static void each_item_has_the_managers_changes(void **state)
{
	struct site s = { .date = 0 };
	struct audit *au = begin(&s);
	const struct audit_who manager = { .by = AUDIT_BY_MANAGER, .uid = -1 },
			       person = { .by = AUDIT_BY_PERSON, .uid = 1 };
	struct audit_line l;
	(void)state;
	audit_look(au, &person);
	size_t n = kept_count(au);
	for (int i = 0; i < 200; i++) {
		snprintf(s.setting, sizeof s.setting, "%d", i);
		audit_mark(au, 1u << AUDIT_SETTING);
		audit_look(au, &manager);
	}
	size_t managed = kept_count(au) - n;
	assert_in_range(managed, 1, 20);
	snprintf(s.slot, sizeof s.slot, "another");
	audit_mark(au, 1u << AUDIT_REGISTRATION);
	audit_look(au, &manager);
	assert_int_equal(kept_count(au), n + managed + 1);
	assert_int_equal(audit_kept(au, 0, &l), 0);
	assert_non_null(strstr(l.text, "; by the manager m.example"));
	for (int i = 0; i < 50; i++) {
		snprintf(s.setting, sizeof s.setting, "p%d", i);
		audit_mark(au, 1u << AUDIT_SETTING);
		audit_look(au, &person);
	}
	assert_int_equal(kept_count(au), n + managed + 1 + 50);
	end(&s, au);
	/* what was compared once is not found changed at the next start */
	au = begin(&s);
	n = kept_count(au);
	audit_mark(au, 1u << AUDIT_SETTING | 1u << AUDIT_REGISTRATION);
	audit_look(au, &(struct audit_who){ .by = AUDIT_BY_START });
	assert_int_equal(kept_count(au), n);
	end(&s, au);
}

static void a_line_says_whose_date_it_has(void **state)
{
	struct site s = { .date = 0 };
	struct audit *au = begin(&s);
	const struct audit_who who = { .by = AUDIT_BY_START };
	struct audit_line l;
	(void)state;
	audit_did(au, &who, "one");
	assert_int_equal(audit_kept(au, 0, &l), 0);
	assert_false(l.is_trusted);
	assert_true(l.at > 0);
	s.date = 1800000000;
	audit_did(au, &who, "two");
	assert_int_equal(audit_kept(au, 0, &l), 0);
	assert_true(l.is_trusted);
	assert_int_equal(l.at, 1800000000);
	/* a long one is not cut within a character, since such a line could not be read again */
	char what[602] = "x";
	for (size_t i = 1; i < sizeof what - 1; i += 2)
		memcpy(what + i, "\xc3\xa4", 2);
	audit_did(au, &who, what);
	assert_int_equal(audit_kept(au, 0, &l), 0);
	assert_true(text_is_utf8(l.text, strlen(l.text)));
	assert_non_null(strstr(l.text, "\xc3\xa4...; by"));
	end(&s, au);
}

/* The mark of a secret tells that it has changed, and nothing else: with another salt it is another one. */
static void marks_have_salt(void **state)
{
	struct audit_items l = { .salt = "0123456789abcdef0123456789abcdef" };
	struct audit_item one = { .kind = AUDIT_SETTING, .key = (char[]){ "Provisioning Password" } };
	struct audit_item other = one;
	(void)state;
	audit_items_mark(&l, &one, "secret");
	audit_items_mark(&l, &other, "secret");
	assert_int_equal(strlen(one.mark), AUDIT_MARK - 1);
	assert_string_equal(one.mark, other.mark);
	audit_items_mark(&l, &other, "Secret");
	assert_string_not_equal(one.mark, other.mark);
	l.salt[0] = 'f';
	audit_items_mark(&l, &other, "secret");
	assert_string_not_equal(one.mark, other.mark);
	/* each device has its own */
	struct audit_items mine = { .n = 0 }, yours = { .n = 0 };
	struct buf notice;
	buf_init(&notice, 1000);
	audit_items_load(&mine, folder, &notice);
	audit_items_load(&yours, folder, &notice);
	assert_int_equal(strlen(mine.salt), 32);
	assert_string_not_equal(mine.salt, yours.salt);
	buf_done(&notice);
}

static void write_file(const char *name, const char *text)
{
	char path[100];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* What a power cut has left of the older file says nothing of the newer one, which has no empty line. */
static void half_a_line_of_the_older_file(void **state)
{
	struct err e = { .kind = ERR_NONE };
	struct audit_line l;
	char path[100];
	struct stat st;
	(void)state;
	write_file("audit.log.1", "1 2026-11-29T21:50:00Z trusted one\n2 2026-11-29T2");
	struct audit_kept *k = audit_kept_open(folder, &e);
	add(k, 2);
	assert_int_equal(audit_kept_at(k, 1, &l), 0);
	assert_string_equal(l.text, "one");
	audit_kept_free(k);
	snprintf(path, sizeof path, "%s/audit.log", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size,
			 strlen("2 1970-01-01T00:00:02Z trusted setting SystemUnit Name: to \"n2\"\n"));
}

/* After half a line of the newer file the next line stands alone. */
static void half_a_line_of_the_newer_file(void **state)
{
	struct err e = { .kind = ERR_NONE };
	(void)state;
	write_file("audit.log", "1 2026-11-29T21:50:00Z trusted one\n2 2026-11-29T2");
	struct audit_kept *k = audit_kept_open(folder, &e);
	add(k, 2);
	audit_kept_free(k);
	k = audit_kept_open(folder, &e);
	expect_last(k, 0, 2);
	audit_kept_free(k);
}

static void lines_that_are_none(void **state)
{
	static const char *const none[] = {
		"",
		"1",
		"x 2026-11-29T21:50:00Z trusted t",
		"1 2026-11-29T21:50:00Z",
		"1 2026-11-29T21:50:00Z trusted",
		"1 2026-11-29T21:50:00Z  t",
		"1 2026-13-29T21:50:00Z trusted t",
		"0 2026-11-29T21:50:00Z trusted t",
		"99999999999999999999 2026-11-29T21:50:00Z trusted t",
		"1 2026-11-29T21:50:00Z trusted \xff",
	};
	struct audit_line l;
	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(audit_kept_parse(none[i], &l), -1);
	assert_int_equal(audit_kept_parse("12 2026-11-29T21:50:00Z system a: b", &l), 0);
	assert_int_equal(l.number, 12);
	assert_false(l.is_trusted);
	assert_string_equal(l.text, "a: b");
}

static void addresses(void **state)
{
	static const char *const cases[][2] = {
		{ "anything", "anything" },
		{ "https://host/path/to", "https://host/path/to" },
		{ "https://host", "https://host" },
		{ "https://u:p@ss@host:444/p", "https://***@host:444/p" },
		{ "https://host/services/T0AAAAAAA/xoxb0123456789abcdef/end",
		  "https://host/services/T0AAAAAAA/***/end" },
		{ "https://host/managementservice.asmx", "https://host/managementservice.asmx" },
		{ "https://host/p?key=1&empty&b=&c=2#frag", "https://host/p?key=***&***&b=***&c=***" },
		{ "https://host?a@b", "https://host?***" },
		{ "https://host/p?", "https://host/p?" },
	};
	char text[100], small[10];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int changed = redact_url(cases[i][0], text, sizeof text);
		assert_string_equal(text, cases[i][1]);
		assert_int_equal(changed, strcmp(cases[i][0], cases[i][1]) != 0);
	}
	assert_int_equal(redact_path("tms/0123456789abcdef/end?key=1#top", text, sizeof text), 1);
	assert_string_equal(text, "tms/***/end?key=***");
	assert_int_equal(redact_path("/0123456789abcdef", text, sizeof text), 1);
	assert_string_equal(text, "/***");
	assert_int_equal(redact_path("tms/public/managementservice.asmx", text, sizeof text), 0);
	redact_url("https://host/?a=b", small, sizeof small);
	assert_string_equal(small, "https://h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(log_ins, setup, teardown),
		cmocka_unit_test_setup_teardown(each_caller_has_his_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(each_item_has_the_managers_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_says_whose_date_it_has, setup, teardown),
		cmocka_unit_test_setup_teardown(half_a_line_of_the_older_file, setup, teardown),
		cmocka_unit_test_setup_teardown(half_a_line_of_the_newer_file, setup, teardown),
		cmocka_unit_test_setup_teardown(marks_have_salt, setup, teardown),
		cmocka_unit_test(lines_that_are_none),
		cmocka_unit_test(addresses),
	};
	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
