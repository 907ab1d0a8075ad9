/* SPDX-License-Identifier: MIT */
/* In which order a file is replaced and removed, and what becomes of it when a step fails: fsync, rename and
 * unlink are this file's own. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[64], path[80], fresh[90];
static char calls[2000];    /* what was done, a word each: "sync-new(10)", "rename", "sync-folder" ... */
static const char *failing; /* the beginning of the word of the call that fails */

static void note(const char *word)
{
	snprintf(calls + strlen(calls), sizeof calls - strlen(calls), "%s%s", *calls ? " " : "", word);
}

static int fails(const char *word)
{
	note(word);
	if (!failing || strncmp(word, failing, strlen(failing)) != 0)
		return 0;
	errno = EIO;
	return 1;
}

int fsync(int fd)
{
	char link[64], name[PATH_MAX] = "", word[64] = "sync-other";
	struct stat st;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	assert_true(readlink(link, name, sizeof name - 1) > 0);
	assert_int_equal(fstat(fd, &st), 0);
	if (strcmp(name, fresh) == 0)
		snprintf(word, sizeof word, "sync-new(%lld)",
			 (long long)st.st_size); /* what was written before */
	else if (strcmp(name, folder) == 0)
		snprintf(word, sizeof word, "sync-folder(%s)", access(path, F_OK) ? "gone" : "there");
	return fails(word) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	assert_string_equal(from, fresh);
	assert_string_equal(to, path);
	return fails("rename") ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void write_before(void)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("before", f) > 0);
	assert_int_equal(fclose(f), 0);
	calls[0] = '\0';
}

static void expect_content(const char *wanted)
{
	struct buf b;
	struct err e;
	buf_init(&b, 100);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_string_equal(buf_str(&b), wanted);
	buf_done(&b);
	assert_int_equal(access(fresh, F_OK), -1);
}

static void written_synced_renamed_synced(void **state)
{
	(void)state;
	struct err e;
	write_before();
	assert_int_equal(file_replace(path, "after that", 10, 0600, &e), 0);
	assert_string_equal(calls, "sync-new(10) rename sync-folder(there)");
	expect_content("after that");
	calls[0] = '\0';
	assert_int_equal(file_remove(path, &e), 0);
	assert_string_equal(calls, "sync-folder(gone)");
	calls[0] = '\0';
	assert_int_equal(file_remove(path, &e), 0); /* nothing was there */
	assert_string_equal(calls, "");
}

static void the_mode_is_as_asked_for(void **state)
{
	(void)state;
	static const mode_t modes[] = { 0600, 0644, 0400 };
	struct err e;
	struct stat st;
	mode_t before = umask(077);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		assert_int_equal(file_replace(path, "x", 1, modes[i], &e), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, modes[i]);
	}
	umask(before);
	unlink(path);
}

static void a_step_that_fails_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *step, *calls, *left;
	} cases[] = {
		{ "sync-new", "sync-new(5)", "before" },
		{ "rename", "sync-new(5) rename", "before" },
		{ "sync-folder", "sync-new(5) rename sync-folder(there)",
		  "after" }, /* nobody knows what a power cut leaves */
	};
	struct err e;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_before();
		failing = cases[i].step;
		assert_int_equal(file_replace(path, "after", 5, 0600, &e), -1);
		failing = NULL;
		assert_int_equal(e.kind, ERR_IO);
		assert_int_equal(e.code, EIO);
		assert_non_null(strstr(e.text, folder));
		assert_string_equal(calls, cases[i].calls);
		expect_content(cases[i].left);
	}
	failing = "sync-folder";
	assert_int_equal(file_remove(path, &e), -1);
	failing = NULL;
	assert_int_equal(e.code, EIO);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sealpost-order-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/f", folder);
	snprintf(fresh, sizeof fresh, "%s.new", path);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(fresh);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_synced_renamed_synced),
		cmocka_unit_test(the_mode_is_as_asked_for),
		cmocka_unit_test(a_step_that_fails_is_told),
	};
	return cmocka_run_group_tests_name("file_order", tests, make_folder, remove_folder);
}
