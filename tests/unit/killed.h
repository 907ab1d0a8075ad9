/* SPDX-License-Identifier: MIT */
/* kill -9 at a chosen system call: a child does something, and dies after its nth call. */
#ifndef KILLED_H
#define KILLED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* 1: it was killed; 0: it ended before, by itself; -1: nobody may be traced here. *calls: how many it made.
 * fn returns 0 when all went well. */
static int killed_at(long nth, int (*fn)(void *arg), void *arg, long *calls)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(99);
		raise(SIGSTOP);
		_exit(fn(arg) ? 98 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
		return -1;
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL,
				(void *)(intptr_t)(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)),
			 0);
	long stops = 0;
	while ((*calls = stops / 2) < nth) { /* each call stops when it begins and when it ends */
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return 0;
		}
		assert_true(WIFSTOPPED(status));
		stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
	}
	kill(child, SIGKILL); /* the nth has ended */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return 1;
}

/* CRASH_STEP 1: death after each single call; else after so many of them in turn. */
static long crash_step(long otherwise)
{
	const char *text = getenv("CRASH_STEP");
	long step = text ? strtol(text, NULL, 10) : otherwise;
	assert_true(step > 0);
	return step;
}

#endif
