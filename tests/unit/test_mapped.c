#include "base/mapped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAR = 1 << 16, SIZE = FAR + 4000 };	/* no page is larger */

static int new_file(off_t size)
{
	char name[] = "/tmp/test-mapped-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void expect_bytes(int fd, off_t at, const char *text)
{
	char got[32] = "";
	assert_int_equal(pread(fd, got, strlen(text), at), strlen(text));
	assert_string_equal(got, text);
}

static void what_is_written_is_in_the_file(void **state)
{
	(void)state;
	int fd = new_file(SIZE);
	char *p = mapped_open(fd, SIZE);
	assert_non_null(p);
	assert_int_equal(mapped_write(p, "first", 5), 0);
	assert_int_equal(mapped_write(p + SIZE - 4, "last", 4), 0);
	expect_bytes(fd, 0, "first");
	expect_bytes(fd, SIZE - 4, "last");
	mapped_close(p, SIZE);
	mapped_close(NULL, SIZE);
	expect_bytes(fd, 0, "first");
	close(fd);
}

/* The file is cut while it is mapped, and two of them know nothing of each other. */
static void a_file_that_is_cut_is_told(void **state)
{
	(void)state;
	int fd = new_file(SIZE), other = new_file(SIZE);
	char *p = mapped_open(fd, SIZE), *q = mapped_open(other, SIZE);
	assert_int_equal(mapped_write(p + FAR, "x", 1), 0);
	assert_int_equal(ftruncate(fd, 100), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(mapped_write(p + FAR, "gone", 4), -1);
		assert_int_equal(mapped_write(p, "here", 4), 0);
		assert_int_equal(mapped_write(q + FAR, "here", 4), 0);
	}
	expect_bytes(fd, 0, "here");
	expect_bytes(other, FAR, "here");
	assert_int_equal(lseek(fd, 0, SEEK_END), 100);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	assert_int_equal(mapped_write(p + FAR, "back", 4), 0);
	expect_bytes(fd, FAR, "back");
	mapped_close(p, SIZE);
	mapped_close(q, SIZE);
	close(fd);
	close(other);
}

static void what_cannot_be_mapped_is_told(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_null(mapped_open(ends[0], SIZE));
	assert_null(mapped_open(-1, SIZE));
	close(ends[0]);
	close(ends[1]);
}

static void touch_what_is_not_there(char *p)
{
	*(volatile char *)(p + FAR) = 'x';
}

static void send_it(char *p)
{
	(void)p;
	raise(SIGBUS);
}

/* A fault of anybody else's ends the process, as if nobody had asked. */
static void a_fault_that_is_not_ours_is_fatal(void **state)
{
	(void)state;
	static void (*const faults[])(char *p) = { touch_what_is_not_there, send_it };
	for (size_t i = 0; i < 2; i++) {
		int status;
		pid_t child = fork();
		assert_true(child >= 0);
		if (!child) {
			int fd = new_file(SIZE);
			char *p = mapped_open(fd, SIZE);
			if (ftruncate(fd, 0) < 0 || mapped_write(p, "x", 1) != -1)
				_exit(0);
			faults[i](p);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_in_the_file),
		cmocka_unit_test(a_file_that_is_cut_is_told),
		cmocka_unit_test(what_cannot_be_mapped_is_told),
		cmocka_unit_test(a_fault_that_is_not_ours_is_fatal),
	};
	return cmocka_run_group_tests_name("mapped", tests, NULL, NULL);
}
