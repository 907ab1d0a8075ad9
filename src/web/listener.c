/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include "base/log.h"
#include "base/mem.h"
#include "exchange.h"
#include "web_connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128, PAUSE_S = 1 };

struct listener {
	int fd[WEB_ADDRESSES_MAX];
	struct evconnlistener *of[WEB_ADDRESSES_MAX];
	size_t n;
	struct server *server;
	struct event *again; /* armed while nothing is accepted because of missing descriptors or memory */
};

/* --- binding --- */

static int parse(const char *address, int port, struct sockaddr_storage *ret, socklen_t *len)
{
	struct sockaddr_in *four = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		*len = sizeof *four;
		return 0;
	}
	if (inet_pton(AF_INET6, address, &six->sin6_addr) != 1)
		return -1;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((uint16_t)port);
	*len = sizeof *six;
	return 0;
}

/* is_only_six 0: the socket also accepts IPv4. */
static int bind_one(const char *address, int port, int is_only_six, struct err *e)
{
	struct sockaddr_storage at;
	socklen_t len;
	if (parse(address, port, &at, &len) < 0)
		return err_set(e, ERR_INPUT, 0, "%.60s: expected an IP address", address);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, "%s port %d: cannot make a socket", address, port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_only_six, sizeof is_only_six);
	if (bind(fd, (struct sockaddr *)&at, len) < 0 || listen(fd, BACKLOG) < 0) {
		err_errno(e, "%s port %d: cannot listen there", address, port);
		close(fd);
		return -1;
	}
	return fd;
}

/* Binds to all addresses; if the kernel has no IPv6, to all IPv4 addresses. */
static int bind_all(struct listener *l, int port, struct err *e)
{
	l->fd[0] = bind_one("::", port, 0, e);
	if (l->fd[0] < 0 && (e->code == EAFNOSUPPORT || e->code == EADDRNOTAVAIL))
		l->fd[0] = bind_one("0.0.0.0", port, 0, e);
	l->n = l->fd[0] >= 0;
	return l->n ? 0 : -1;
}

int listener_open(const struct web_settings *s, struct listener **ret, struct err *e)
{
	struct listener *l = mem_new(sizeof *l);
	int status = s->n_addresses ? 0 : bind_all(l, s->port, e);
	for (size_t i = 0; status == 0 && i < s->n_addresses; i++) {
		l->fd[i] = bind_one(s->addresses[i], s->port, 1, e);
		status = l->fd[i] < 0 ? -1 : 0;
		l->n += status == 0;
	}
	if (status < 0)
		listener_free(l);
	else
		*ret = l;
	return status;
}

/* --- accepting --- */

/* Writes the address as text. An IPv4 address mapped to IPv6 is written as an IPv4 address. */
static void print(const struct sockaddr *a, char *ret, size_t size)
{
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	*ret = '\0';
	if (a->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, ret,
			  (socklen_t)size);
	else if (a->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six))
		inet_ntop(AF_INET, six->s6_addr + 12, ret, (socklen_t)size);
	else if (a->sa_family == AF_INET6)
		inet_ntop(AF_INET6, six, ret, (socklen_t)size);
}

void listener_describe(int fd, const struct sockaddr *from, struct server_peer *ret)
{
	const unsigned char *six = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr.s6_addr;
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof at;
	memset(ret, 0, sizeof *ret);
	print(from, ret->text, sizeof ret->text);
	getsockname(fd, (struct sockaddr *)&at, &len);
	print((const struct sockaddr *)&at, ret->local, sizeof ret->local);
	ret->key[0] = strchr(ret->text, ':') ? 6 : 4;
	if (ret->key[0] == 6)
		memcpy(ret->key + 1, six, 8);
	else
		inet_pton(AF_INET, ret->text, ret->key + 1);
}

static void on_accept(struct evconnlistener *of, evutil_socket_t fd, struct sockaddr *from, int len,
		      void *arg)
{
	struct listener *l = arg;
	struct web_connection_start start = { .fd = fd, .work = &exchange_work };
	(void)of;
	(void)len;
	listener_describe(fd, from, &start.peer);
	web_connection_new(l->server, &start);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	(void)fd;
	(void)what;
	for (size_t i = 0; i < l->n; i++)
		evconnlistener_enable(l->of[i]);
}

/* No descriptor or memory is left. Trying again at once would only use up the processor, so it waits. */
static void on_error(struct evconnlistener *of, void *arg)
{
	struct listener *l = arg;
	evconnlistener_disable(of);
	if (!event_pending(l->again, EV_TIMEOUT, NULL)) {
		log_warning("web: no connection can be accepted: %s; tried again in a second",
			    strerror(errno));
		event_add(l->again, &(struct timeval){ PAUSE_S, 0 });
	}
}

void listener_start(struct listener *l, struct server *s)
{
	l->server = s;
	l->again = evtimer_new(s->base, on_again, l);
	for (size_t i = 0; i < l->n; i++) {
		l->of[i] = evconnlistener_new(s->base, on_accept, l,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, l->fd[i]);
		if (!l->of[i])
			abort();
		evconnlistener_set_error_cb(l->of[i], on_error);
	}
}

void listener_free(struct listener *l)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (l->of[i])
			evconnlistener_free(l->of[i]);
		else
			close(l->fd[i]);
	if (l && l->again)
		event_free(l->again);
	free(l);
}
