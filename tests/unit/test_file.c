/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sealpost-file-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	static const char *const names[] = { "f", "f.new" };
	char path[128];
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static void replaces_and_reads(void **state)
{
	(void)state;
	char path[128];
	struct err e;
	struct buf b;
	struct stat st;
	buf_init(&b, 10);
	snprintf(path, sizeof path, "%s/f", folder);
	assert_int_equal(file_read(path, &b, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(file_replace(path, "0123456789", 10, 0600, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_string_equal(buf_str(&b), "0123456789");
	assert_int_equal(file_replace(path, "0123456789x", 11, 0600, &e), 0);
	buf_reset(&b);
	assert_int_equal(file_read(path, &b, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(file_read(folder, &b, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(file_remove(path, &e), 0);
	assert_int_equal(file_remove(path, &e), 0);
	assert_int_equal(file_replace("/nowhere/at/all", "", 0, 0600, &e), -1);
	assert_int_equal(e.code, ENOENT);
	assert_int_equal(file_folder(folder, 0700, &e), 0);
	buf_done(&b);
}

/* What is no file is named, not opened and not waited for; what lies in the way of the new file is neither
 * followed nor opened. */
static void what_is_no_file_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int kind;
		const char *said;
	} cases[] = {
		{ "FIFO", S_IFIFO, "and this is a FIFO" },
		{ "socket", S_IFSOCK, "and this is a socket" },
		{ "folder", S_IFDIR, "and this is a folder" },
		{ "link", S_IFLNK, "and this is a link to a file that is not there" },
		{ "device", 0, "and this is a device" },
	};
	char path[128], fresh[136];
	struct err e;
	struct buf b;
	struct stat st;
	buf_init(&b, 100);
	snprintf(path, sizeof path, "%s/f", folder);
	snprintf(fresh, sizeof fresh, "%s.new", path);
	assert_int_equal(file_is_regular(path, &e), 0); /* nothing is there */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int in_the_way = 0; in_the_way < 2; in_the_way++) {
			const char *at = in_the_way ? fresh : path;
			if (cases[i].kind == S_IFDIR)
				assert_int_equal(mkdir(at, 0700), 0);
			else if (cases[i].kind == S_IFLNK)
				assert_int_equal(symlink("/tmp/sealpost-file-nowhere", at), 0);
			else if (!cases[i].kind)
				assert_int_equal(symlink("/dev/zero", at), 0);
			else
				assert_int_equal(mknod(at, (mode_t)cases[i].kind | 0600, 0), 0);
		}
		assert_int_equal(file_is_regular(path, &e), -1);
		assert_int_equal(file_read(path, &b, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		if (!strstr(e.text, cases[i].said) || strncmp(e.text, path, strlen(path)) != 0)
			fail_msg("%s: %s", cases[i].name, e.text);
		if (cases[i].kind == S_IFDIR) {
			assert_int_equal(file_replace(path, "x", 1, 0600, &e), -1);
			assert_int_equal(rmdir(fresh), 0);
			assert_int_equal(file_replace(path, "x", 1, 0600, &e), -1);
			assert_int_equal(rmdir(path), 0);
		}
		assert_int_equal(file_replace(path, "x", 1, 0600, &e), 0);
		assert_int_equal(lstat(path, &st), 0);
		assert_true(S_ISREG(st.st_mode));
		assert_int_equal(access("/tmp/sealpost-file-nowhere", F_OK), -1);
		assert_int_equal(access(fresh, F_OK), -1);
		assert_int_equal(unlink(path), 0);
	}
	/* A link to a file is one; a link to itself is for the system to complain of. */
	assert_int_equal(file_replace(fresh, "x", 1, 0600, &e), 0);
	assert_int_equal(symlink(fresh, path), 0);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(path, path), 0);
	assert_int_equal(file_read(path, &b, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_int_equal(e.code, ELOOP);
	unlink(path);
	unlink(fresh);
	buf_done(&b);
}

/* Killed at any moment, the file has either content, whole. */
static void survives_kill(void **state)
{
	(void)state;
	enum { SIZE = 20000, ROUNDS = 40 };
	static char a[SIZE], b[SIZE];
	char path[128];
	struct err e;
	memset(a, 'a', SIZE);
	memset(b, 'b', SIZE);
	snprintf(path, sizeof path, "%s/f", folder);
	assert_int_equal(file_replace(path, a, SIZE, 0600, &e), 0);
	for (int round = 0; round < ROUNDS; round++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			for (;;) {
				file_replace(path, b, SIZE, 0600, NULL);
				file_replace(path, a, SIZE, 0600, NULL);
			}
		usleep((useconds_t)(500 + round * 173 % 4000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		struct buf got;
		buf_init(&got, SIZE + 1);
		assert_int_equal(file_read(path, &got, &e), 0);
		assert_int_equal(got.len, SIZE);
		assert_memory_equal(got.data, got.data[0] == 'a' ? a : b, SIZE);
		buf_done(&got);
	}
}

/* Only root can make files that belong to somebody else, and not in every user namespace. */
static void files_of_others_are_named(void **state)
{
	(void)state;
	char path[128], wanted[400], got[400] = "";
	struct buf b;
	int to_parent[2];
	if (chown(folder, 12345, 12345) < 0)
		skip();
	/* on a partition of its own the folder has one of the file system's */
	snprintf(path, sizeof path, "%s/lost+found", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/f", folder);
	assert_int_equal(file_replace(path, "x", 1, 0600, NULL), 0);
	buf_init(&b, sizeof got);
	file_describe_foreign(folder, &b);
	assert_int_equal(b.len, 0); /* root may use all of them */
	assert_int_equal(pipe(to_parent), 0);
	pid_t child = fork();
	if (child == 0) {
		if (setgid(12345) < 0 || setuid(12345) < 0)
			_exit(1);
		file_describe_foreign(folder, &b);
		_exit(write(to_parent[1], buf_str(&b), b.len) < 0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(to_parent[1]);
	assert_true(read(to_parent[0], got, sizeof got - 1) > 0);
	close(to_parent[0]);
	buf_done(&b);
	snprintf(wanted, sizeof wanted,
		 "%s belongs to root, and the user 12345 may not use it: chown -R 12345 %s", path, folder);
	assert_string_equal(got, wanted);
	snprintf(path, sizeof path, "%s/lost+found", folder);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_and_reads),
		cmocka_unit_test(what_is_no_file_is_named),
		cmocka_unit_test(survives_kill),
		cmocka_unit_test(files_of_others_are_named),
	};
	return cmocka_run_group_tests_name("file", tests, make_folder, remove_folder);
}
