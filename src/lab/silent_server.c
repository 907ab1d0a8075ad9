/* SPDX-License-Identifier: MIT */
#include "silent_server.h"

#include "base/mem.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct guest {
	struct guest *next;
	struct silent_server *silent;
	struct bufferevent *stream;
};

struct silent_server {
	struct evconnlistener *v4, *v6;
	struct guest *guests;
	enum tls_serve serve;
	uint64_t *count;
};

static void leave(struct guest *g)
{
	struct guest **at = &g->silent->guests;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	bufferevent_free(g->stream);
	free(g);
}

static void on_end(struct bufferevent *b, short what, void *arg)
{
	(void)b, (void)what;
	leave(arg);
}

static void on_written(struct bufferevent *b, void *arg)
{
	(void)b;
	leave(arg);
}

static const char garbage[] = "\377\376\375 this is not TLS\r\n";

static void on_read(struct bufferevent *b, void *arg)
{
	struct guest *g = arg;
	switch (g->silent->serve) {
	case SERVE_HANG: return;
	case SERVE_GARBAGE:
		bufferevent_disable(b, EV_READ);
		bufferevent_setcb(b, NULL, on_written, on_end, g);
		bufferevent_write(b, garbage, sizeof garbage);
		return;
	case SERVE_RESET:
		setsockopt(bufferevent_getfd(b), SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
			   sizeof(struct linger));
		break;
	case SERVE_CLOSE:
	case SERVE_TLS:
	case SERVE_PLAIN: break;
	}
	leave(g);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int size,
		      void *arg)
{
	(void)from, (void)size;
	struct silent_server *m = arg;
	++*m->count;
	struct guest *g = mem_new(sizeof *g);
	*g = (struct guest){ .next = m->guests,
			     .silent = m,
			     .stream = bufferevent_socket_new(evconnlistener_get_base(l), fd,
							      BEV_OPT_CLOSE_ON_FREE) };
	m->guests = g;
	bufferevent_setcb(g->stream, on_read, NULL, on_end, g);
	bufferevent_enable(g->stream, EV_READ | EV_WRITE);
}

static struct evconnlistener *listen_on(struct event_base *base, struct silent_server *m, const void *address,
					int size)
{
	return evconnlistener_new_bind(base, on_accept, m, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16,
				       address, size);
}

struct silent_server *silent_server_new(struct event_base *base, int port, enum tls_serve serve,
					uint64_t *count, struct err *e)
{
	struct silent_server *m = mem_new(sizeof *m);
	*m = (struct silent_server){ .serve = serve, .count = count };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = v4.sin_port,
				   .sin6_addr = in6addr_loopback };
	m->v4 = listen_on(base, m, &v4, sizeof v4);
	if (!m->v4) {
		err_errno(e, "cannot listen on 127.0.0.1 port %d", port);
		free(m);
		return NULL;
	}
	m->v6 = listen_on(base, m, &v6, sizeof v6);
	return m;
}

void silent_server_free(struct silent_server *m)
{
	if (!m)
		return;
	while (m->guests)
		leave(m->guests);
	evconnlistener_free(m->v4);
	if (m->v6)
		evconnlistener_free(m->v6);
	free(m);
}
