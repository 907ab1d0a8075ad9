/* SPDX-License-Identifier: MIT */
/* loops KIND N: a publisher in a loop of this kind (poll, level, edge or glib), which looks at nothing but
 * the library's descriptor. It publishes N events in bursts, the next burst when all of the last are
 * acknowledged, and all of its status whenever it is connected. It says each connection that it has, and what
 * was acknowledged in the end; after half of the events it waits for a line of standard input. */
#include "sealpost.h"

#ifdef WITH_GLIB
#include <glib-unix.h>
#include <glib.h>
#endif
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BURST = 7 };

struct publisher {
	struct sealpost *s;
	long published, acknowledged, wanted;
	int has_paused, is_out_of_order;
};

static void on_durable(void *arg, int error)
{
	struct publisher *p = arg;
	if (error)
		printf("refused: %s\n", sealpost_error(p->s));
	p->acknowledged++;
}

static void on_connection(void *arg, const struct sealpost_connection *c)
{
	static const char status[] = "<Status><Audio><Volume>65</Volume></Audio></Status>";
	struct publisher *p = arg;
	if (c->state == SEALPOST_CONNECTED)
		sealpost_publish(p->s, status, strlen(status), NULL, NULL);
	puts(c->state == SEALPOST_CONNECTED ? "connected" : c->state == SEALPOST_LOST ? "lost" : "refused");
	fflush(stdout);
}

/* 0 when everything is done. */
static int go_on(struct publisher *p)
{
	char event[100];
	sealpost_process(p->s);
	if (p->acknowledged < p->published)
		return 1;
	if (p->published >= p->wanted)
		return sealpost_pending(p->s) > 0;
	if (!p->has_paused && p->published >= p->wanted / 2) {
		p->has_paused = 1;
		puts("half");
		fflush(stdout);
		while (getchar() != '\n')
			;
	}
	for (int i = 0; i < BURST && p->published < p->wanted; i++) {
		int n = snprintf(event, sizeof event, "<Event><Test><Mark>%ld</Mark></Test></Event>",
				 ++p->published);
		if (sealpost_publish(p->s, event, (size_t)n, on_durable, p) < 0)
			exit(1);
	}
	return 1;
}

static void with_poll(struct publisher *p)
{
	struct pollfd fd = { .fd = sealpost_fd(p->s), .events = POLLIN };
	while (go_on(p))
		poll(&fd, 1, -1);
}

static void with_epoll(struct publisher *p, unsigned events)
{
	struct epoll_event e = { .events = EPOLLIN | events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, sealpost_fd(p->s), &e);
	while (go_on(p))
		epoll_wait(epoll, &e, 1, -1);
	close(epoll);
}

#ifdef WITH_GLIB
static GMainLoop *loop;

static gboolean on_readable(gint fd, GIOCondition condition, gpointer arg)
{
	(void)fd, (void)condition;
	if (go_on(arg))
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static void with_glib(struct publisher *p)
{
	loop = g_main_loop_new(NULL, FALSE);
	g_unix_fd_add(sealpost_fd(p->s), G_IO_IN, on_readable, p);
	g_main_loop_run(loop);
	g_main_loop_unref(loop);
}
#endif

int main(int argc, char **argv)
{
	struct publisher p = { .s = sealpost_new(NULL), .wanted = argc == 3 ? strtol(argv[2], NULL, 10) : 0 };
	if (!p.s || !p.wanted)
		return 64;
	sealpost_on_connection(p.s, on_connection, &p);
	if (strcmp(argv[1], "poll") == 0)
		with_poll(&p);
	else if (strcmp(argv[1], "level") == 0)
		with_epoll(&p, 0);
	else if (strcmp(argv[1], "edge") == 0)
		with_epoll(&p, EPOLLET);
#ifdef WITH_GLIB
	else if (strcmp(argv[1], "glib") == 0)
		with_glib(&p);
#endif
	printf("acknowledged %ld of %ld\n", p.acknowledged, p.published);
	sealpost_free(p.s);
	return 0;
}
