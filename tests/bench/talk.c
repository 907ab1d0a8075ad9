/* SPDX-License-Identifier: MIT */
/* talk: what a terminal session costs. Sends lines to the control socket in many sessions at once and waits
 * for all answers.
 *     talk SOCKET SESSIONS LINES DEPTH LINE      each session sends LINES times LINE, at most DEPTH of them
 *     ahead of their answers;
 *                                                prints the seconds that it took
 *     talk -e SOCKET                             the bare limit: answers every line at once with 64 bytes,
 *     and knows nothing */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SESSIONS_MAX = 1024, CHUNK = 65536, MARK = 036 };

static char chunk[CHUNK];

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof a.sun_path)
		fail(path);
	memcpy(a.sun_path, path, strlen(path));
	return a;
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			fail("send");
		data += n;
		len -= (size_t)n;
	}
}

static size_t count(const char *data, size_t len, int byte)
{
	size_t n = 0;
	for (const char *at = data; (at = memchr(at, byte, len - (size_t)(at - data))); at++)
		n++;
	return n;
}

/* --- the peer --- */

static void answer(int fd, size_t lines)
{
	static const char text[] = "*s Time State: Synchronised\n** end\n\nOK\n\n*s and 64 bytes.\n\036"
				   "0 1\n";
	static char out[CHUNK];
	size_t at = 0;
	for (; lines; lines--) {
		if (at + sizeof text > sizeof out)
			send_all(fd, out, at), at = 0;
		memcpy(out + at, text, sizeof text - 1);
		at += sizeof text - 1;
	}
	send_all(fd, out, at);
}

static _Noreturn void serve(const char *path)
{
	static struct pollfd p[SESSIONS_MAX + 1];
	struct sockaddr_un a = address(path);
	nfds_t n = 1;
	p[0] = (struct pollfd){ .fd = socket(AF_UNIX, SOCK_STREAM, 0), .events = POLLIN };
	if (bind(p[0].fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(p[0].fd, SESSIONS_MAX) < 0)
		fail(path);
	for (;;) {
		poll(p, n, -1);
		for (nfds_t i = n; i-- > 1;) {
			ssize_t got = p[i].revents ? recv(p[i].fd, chunk, sizeof chunk, 0) : -1;
			if (got > 0)
				answer(p[i].fd, count(chunk, (size_t)got, '\n'));
			else if (p[i].revents)
				close(p[i].fd), p[i] = p[--n];
		}
		if (p[0].revents && n <= SESSIONS_MAX)
			p[n++] = (struct pollfd){ .fd = accept(p[0].fd, NULL, NULL), .events = POLLIN };
	}
}

/* --- the client --- */

struct session {
	size_t sent, answered;
};

static void ask(int fd, struct session *s, size_t lines, size_t depth, const char *line, size_t len)
{
	static char out[CHUNK];
	size_t at = 0;
	for (; s->sent < lines && s->sent - s->answered < depth && at + len < sizeof out;
	     s->sent++, at += len)
		memcpy(out + at, line, len);
	send_all(fd, out, at);
}

int main(int argc, char **argv)
{
	static struct session sessions[SESSIONS_MAX];
	static struct pollfd p[SESSIONS_MAX];
	static const char framing[] = "xPreferences framing on\n";
	struct timespec begun, ended;
	char line[1024];
	if (argc == 3 && strcmp(argv[1], "-e") == 0)
		serve(argv[2]);
	if (argc != 6)
		return fprintf(stderr, "usage: talk SOCKET SESSIONS LINES DEPTH LINE | talk -e SOCKET\n"), 64;
	size_t n = strtoul(argv[2], NULL, 10), lines = strtoul(argv[3], NULL, 10) + 1,
	       depth = strtoul(argv[4], NULL, 10), open = n;
	size_t len = (size_t)snprintf(line, sizeof line, "%s\n", argv[5]);
	struct sockaddr_un a = address(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (size_t i = 0; i < n && i < SESSIONS_MAX; i++) {
		p[i] = (struct pollfd){ .fd = socket(AF_UNIX, SOCK_STREAM, 0), .events = POLLIN };
		if (connect(p[i].fd, (struct sockaddr *)&a, sizeof a) < 0)
			fail(argv[1]);
		send_all(p[i].fd, framing, sizeof framing - 1);
		sessions[i].sent = 1;
	}
	while (open) {
		poll(p, n, -1);
		for (size_t i = 0; i < n; i++) {
			if (!p[i].revents)
				continue;
			ssize_t got = recv(p[i].fd, chunk, sizeof chunk, 0);
			if (got <= 0)
				fail("a session ended early");
			sessions[i].answered += count(chunk, (size_t)got, MARK);
			if (sessions[i].answered == lines)
				p[i].fd = -p[i].fd, open--;
			else
				ask(p[i].fd, &sessions[i], lines, depth, line, len);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%.6f\n",
	       (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
	return 0;
}
