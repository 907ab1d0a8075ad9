/* SPDX-License-Identifier: MIT */
/* confine: what a process can do afterwards, tried in one of its own. */
#include "../../src/web/confine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_refused(int family, int kind)
{
	int fd = socket(family, kind, 0);
	return fd < 0 && errno == EPERM;
}

/* Returns 0 if all is as it has to be; otherwise a number that says what is not. */
static int try_it(int listening, int accepted, const struct sockaddr_in *at)
{
	struct err e;
	if (confine_process(&e) < 0)
		return 1;
	if (!is_refused(AF_INET, SOCK_STREAM) || !is_refused(AF_INET6, SOCK_STREAM) ||
	    !is_refused(AF_INET, SOCK_DGRAM) || !is_refused(AF_NETLINK, SOCK_RAW) ||
	    !is_refused(AF_PACKET, SOCK_RAW) || !is_refused(AF_VSOCK, SOCK_STREAM))
		return 2;
	int unix_socket = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];
	if (unix_socket < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 3;
	if (syscall(__NR_io_uring_setup, 1, NULL) >= 0 || errno != EPERM)
		return 4;
	/* What was listening still accepts. */
	if (accept(listening, NULL, NULL) < 0)
		return 5;
	/* A connection that was accepted cannot be taken elsewhere, where the kernel has Landlock for TCP. */
	if (syscall(__NR_landlock_create_ruleset, NULL, 0, 1) >= 4) {
		struct sockaddr none = { .sa_family = AF_UNSPEC };
		connect(accepted, &none, sizeof none);
		if (connect(accepted, (const struct sockaddr *)at, sizeof *at) == 0 || errno != EACCES)
			return 6;
	}
	/* Nobody gets anything back. */
	if (setuid(0) == 0 && geteuid() == 0 && is_refused(AF_INET, SOCK_STREAM) == 0)
		return 7;
	return 0;
}

static void test_confined(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	(void)state;
	int listening = socket(AF_INET, SOCK_STREAM, 0), first = socket(AF_INET, SOCK_STREAM, 0),
	    second = socket(AF_INET, SOCK_STREAM, 0), status;
	assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listening, 5), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(connect(first, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(connect(second, (struct sockaddr *)&at, sizeof at), 0);
	int accepted = accept(listening, NULL, NULL);
	assert_true(accepted >= 0);
	pid_t child = fork();
	if (child == 0)
		_exit(try_it(listening, accepted, &at));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(listening);
	close(first);
	close(second);
	close(accepted);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_confined) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
