/* SPDX-License-Identifier: MIT */
/* one_shot: what one call of the program sealpost costs, from its start to its end.
 *     one_shot SOCKET SEALPOST ROUNDS WORD...    runs it with these words, in turns with the next; prints the
 *                                                median microseconds of both, and of the ratio in one round
 *     one_shot -c SOCKET LINE                    the bare limit: connects, sends a line, reads its answer */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 10000, WORDS_MAX = 32 };

extern char **environ;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "one_shot: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- the bare limit --- */

static int ask(const char *path, const char *line)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char text[65536], sent[4096];
	size_t len = 0;
	int sent_len = snprintf(sent, sizeof sent, "%s\n", line);
	if (strlen(path) >= sizeof to.sun_path)
		fail(path);
	memcpy(to.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
	    send(fd, sent, (size_t)sent_len, 0) != sent_len)
		fail(path);
	do {
		ssize_t n = recv(fd, text + len, sizeof text - 1 - len, 0);
		if (n <= 0)
			fail("the answer");
		len += (size_t)n;
		text[len] = '\0';
	} while (!strstr(text, "\nOK\n"));
	return fwrite(text, 1, len, stdout) == len ? 0 : 1;
}

/* --- the measurement --- */

/* Microseconds from the program's start to its end. Its output goes to /dev/null. */
static double run(char *const *argv, const posix_spawn_file_actions_t *quiet)
{
	struct timespec from, to;
	int status;
	pid_t pid;
	clock_gettime(CLOCK_MONOTONIC, &from);
	errno = posix_spawn(&pid, argv[0], quiet, NULL, argv, environ);
	if (errno || waitpid(pid, &status, 0) != pid || status != 0)
		fail(argv[0]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static double median(double *of, size_t n)
{
	qsort(of, n, sizeof *of, by_size);
	return of[n / 2];
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], bare[ROUNDS_MAX], ratio[ROUNDS_MAX];
	if (argc == 4 && strcmp(argv[1], "-c") == 0)
		return ask(argv[2], argv[3]);
	long rounds = argc > 4 && argc < WORDS_MAX ? strtol(argv[3], NULL, 10) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: one_shot SOCKET SEALPOST ROUNDS WORD...\n");
		return 64;
	}
	char line[4096] = "", option_s[] = "-s", option_c[] = "-c";
	char *program[WORDS_MAX + 4] = { argv[2], option_s, argv[1] },
				  *limit[] = { argv[0], option_c, argv[1], line, NULL };
	for (int i = 4; i < argc; i++) {
		size_t len = strlen(line);
		snprintf(line + len, sizeof line - len, "%s%s", i == 4 ? "" : " ", argv[i]);
		program[i - 1] = argv[i];
	}
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	run(program, &quiet);
	run(limit, &quiet);
	for (long i = 0; i < rounds; i++) {
		ours[i] = run(program, &quiet);
		bare[i] = run(limit, &quiet);
		ratio[i] = ours[i] / bare[i];
	}
	printf("%.0f %.0f %.2f\n", median(ours, (size_t)rounds), median(bare, (size_t)rounds),
	       median(ratio, (size_t)rounds));
	return 0;
}
