/* SPDX-License-Identifier: MIT */
/* A state file: what was saved comes back, and a file that is not as it was written is set aside and told. */
#include "crypto/state_file.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96], aside[112];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sealpost-state-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/list", folder);
	snprintf(aside, sizeof aside, "%s.damaged", path);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(aside);
	return rmdir(folder);
}

static void save(const char *dir, const char *content)
{
	struct buf body;
	struct err e;
	buf_init(&body, 1000);
	buf_adds(&body, content);
	assert_int_equal(state_file_save(dir, "list", &body, &e), 0);
	buf_done(&body);
}

/* What is read back, and what is told. */
static void expect(const char *dir, const char *content, const char *told)
{
	struct buf body, notice;
	struct err e;
	buf_init(&body, 1000);
	buf_init(&notice, 1000);
	assert_int_equal(state_file_load(dir, "list", &body, &notice, &e), 0);
	assert_string_equal(buf_str(&body), content);
	if (*told)
		assert_non_null(strstr(buf_str(&notice), told));
	else
		assert_int_equal(notice.len, 0);
	buf_done(&body);
	buf_done(&notice);
}

static void test_comes_back(void **state)
{
	struct stat st;
	(void)state;
	expect(folder, "", ""); /* there is no file yet */
	save(folder, "one\ntwo\n");
	expect(folder, "one\ntwo\n", "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	save(folder, "");
	expect(folder, "", "");
	/* in memory only */
	save(NULL, "three\n");
	expect(NULL, "", "");
	expect(folder, "", "");
}

static void test_damage(void **state)
{
	struct buf file;
	struct err e;
	(void)state;
	buf_init(&file, 1000);
	save(folder, "one\ntwo\n");
	assert_int_equal(file_read(path, &file, &e), 0);
	for (size_t i = 0; i < file.len; i++) {
		file.data[i] ^= 1; /* each byte counts, of the first line, too */
		assert_int_equal(file_replace(path, file.data, file.len, 0600, &e), 0);
		file.data[i] ^= 1;
		expect(folder, "", "was damaged and is set aside as");
		assert_int_equal(access(aside, F_OK), 0);
		assert_int_equal(access(path, F_OK), -1);
		expect(folder, "", ""); /* it is told once */
	}
	for (size_t len = 0; len < file.len; len++) {
		assert_int_equal(file_replace(path, file.data, len, 0600, &e), 0);
		expect(folder, "", "was damaged");
	}
	assert_int_equal(file_replace(path, file.data, file.len, 0600, &e), 0);
	expect(folder, "one\ntwo\n", "");
	buf_done(&file);
}

/* A newer version's file is read, told and never lost. */
static void test_newer(void **state)
{
	struct buf file;
	struct err e;
	struct stat st;
	char newer[112], *digit;
	(void)state;
	snprintf(newer, sizeof newer, "%s.newer", path);
	buf_init(&file, 1000);
	save(folder, "one\ntwo\n");
	assert_int_equal(file_read(path, &file, &e), 0);
	digit = strchr(file.data, ' ') + 1;
	assert_int_equal(*digit, '1');
	*digit = '3';
	assert_int_equal(file_replace(path, file.data, file.len, 0600, &e), 0);
	for (int i = 0; i < 2; i++)
		expect(folder, "one\ntwo\n", "was written by a newer sealpost (format 3; this one knows 2)");
	assert_int_equal(stat(newer, &st), -1);
	save(folder, "three\n");
	expect(folder, "three\n", "");
	buf_reset(&file);
	assert_int_equal(file_read(newer, &file, &e), 0);
	assert_non_null(strstr(buf_str(&file), "one\ntwo\n"));
	save(folder, "four\n"); /* what is kept stays */
	buf_reset(&file);
	assert_int_equal(file_read(newer, &file, &e), 0);
	assert_non_null(strstr(buf_str(&file), "one\ntwo\n"));
	unlink(newer);
	buf_done(&file);
}

/* What older versions do not know is written in format 2, which this one reads without a word; the rest
 * stays in the format that they know. */
static void test_format_2(void **state)
{
	struct buf body, file;
	struct err e;
	(void)state;
	buf_init(&body, 1000);
	buf_init(&file, 1000);
	buf_adds(&body, "one\n");
	assert_int_equal(state_file_save_2(folder, "list", &body, &e), 0);
	assert_int_equal(file_read(path, &file, &e), 0);
	assert_memory_equal(buf_str(&file), "sealpost-trust 2 sha256 ", 24);
	expect(folder, "one\n", "");
	save(folder, "two\n");
	expect(folder, "two\n", "");
	buf_reset(&file);
	assert_int_equal(file_read(path, &file, &e), 0);
	assert_memory_equal(buf_str(&file), "sealpost-trust 1 sha256 ", 24);
	buf_done(&body);
	buf_done(&file);
}

static void test_too_large(void **state)
{
	struct buf body;
	struct err e;
	(void)state;
	save(folder, "one\n");
	buf_init(&body, 10);
	buf_adds(&body, "more than ten bytes");
	assert_int_equal(state_file_save(folder, "list", &body, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	buf_done(&body);
	expect(folder, "one\n", ""); /* what was there stays */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_comes_back, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_damage, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_newer, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_format_2, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_too_large, make_folder, drop_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
