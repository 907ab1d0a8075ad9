/* SPDX-License-Identifier: MIT */
/* relay PORT TO_PORT DELAY_MS: passes bytes on between loopback ports, each DELAY_MS after it came, both
 * ways: the round trip to a far server is twice that. */
#include "counters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { CHUNK = 64 << 10 };

struct chunk {
	struct chunk *next;
	struct way *way;
	uint64_t due_ns;
	size_t len; /* 0: the end of the stream */
	char data[];
};

struct way { /* one direction of one connection */
	int from, to;
};

static struct chunk *first, **end = &first; /* all wait equally long, so one queue serves all */
static uint64_t delay_ns;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void take(struct way *w, int epoll)
{
	static char data[CHUNK];
	ssize_t n = recv(w->from, data, sizeof data, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		n = 0;
		epoll_ctl(epoll, EPOLL_CTL_DEL, w->from, NULL);
	}
	struct chunk *c = malloc(sizeof *c + (size_t)n);
	if (!c)
		die("memory");
	*c = (struct chunk){ .way = w, .due_ns = now_ns() + delay_ns, .len = (size_t)n };
	memcpy(c->data, data, (size_t)n);
	*end = c;
	end = &c->next;
}

static void pass_on(const struct chunk *c)
{
	if (!c->len)
		shutdown(c->way->to, SHUT_WR);
	for (size_t at = 0; at < c->len;) {
		ssize_t n = send(c->way->to, c->data + at, c->len - at, MSG_NOSIGNAL);
		if (n < 0)
			return;
		at += (size_t)n;
	}
}

static void adopt(int listener, int to_port, int epoll)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)to_port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int a = accept4(listener, NULL, NULL, SOCK_CLOEXEC),
	    b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	if (a < 0 || b < 0 || connect(b, (struct sockaddr *)&to, sizeof to) < 0)
		die("connect");
	struct way *ways = calloc(2, sizeof *ways);
	if (!ways)
		die("memory");
	ways[0] = (struct way){ a, b };
	ways[1] = (struct way){ b, a };
	for (int i = 0; i < 2; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = &ways[i] };
		setsockopt(ways[i].from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		epoll_ctl(epoll, EPOLL_CTL_ADD, ways[i].from, &e);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 64;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)int_of(argv[1])),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll = epoll_create1(EPOLL_CLOEXEC),
	    on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 512) < 0)
		die("listen");
	delay_ns = (uint64_t)int_of(argv[3]) * 1000000u;
	struct epoll_event e = { .events = EPOLLIN };
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		struct epoll_event ready[64];
		struct timespec wait = { 0, 0 };
		uint64_t now = now_ns();
		if (first && first->due_ns > now)
			wait.tv_nsec = (long)(first->due_ns - now);
		int n = epoll_pwait2(epoll, ready, 64, first ? &wait : NULL, NULL);
		for (int i = 0; i < n; i++) {
			if (ready[i].data.ptr)
				take(ready[i].data.ptr, epoll);
			else
				adopt(listener, int_of(argv[2]), epoll);
		}
		for (now = now_ns(); first && first->due_ns <= now;) {
			struct chunk *c = first;
			first = c->next;
			if (!first)
				end = &first;
			pass_on(c);
			free(c);
		}
	}
}
