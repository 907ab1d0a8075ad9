/* SPDX-License-Identifier: MIT */
#include "https_connection.h"

#include "base/mem.h"
#include "net/route.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct https_connection *find(const struct https_sockets *s, int fd)
{
	struct https_connection *c = s->first;
	while (c && c->fd != fd)
		c = c->next;
	return c;
}

static void drop(struct https_connection *c)
{
	struct https_connection **at = &c->sockets->first;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	loop_watch_free(c->watch);
	free(c);
}

void https_connection_drop_all(struct https_sockets *s)
{
	while (s->first)
		drop(s->first);
}

const struct https_connection *https_connection_in_use(const struct https_sockets *s)
{
	const struct https_connection *found = NULL;
	for (const struct https_connection *c = s->first; c; c = c->next)
		if (c->in_use && (!found || c->read_ms > found->read_ms))
			found = c;
	return found;
}

int https_connection_unsent(const struct https_connection *c)
{
	int n = 0;
	return ioctl(c->fd, SIOCOUTQ, &n) == 0 ? n : 0;
}

int https_connection_has_input(const struct https_sockets *s)
{
	int any = 0;
	for (const struct https_connection *c = s->first; c && !any; c = c->next) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN | POLLRDHUP };
		any = !c->in_use && poll(&p, 1, 0) == 1;
	}
	return any;
}

int https_connection_all_lost(const struct https_sockets *s)
{
	int all = s->first != NULL;
	for (const struct https_connection *c = s->first; c && all; c = c->next)
		all = route_is_lost(c->fd, c->gateway);
	return all;
}

static void on_ready(void *arg, unsigned ready)
{
	struct https_connection *c = arg;
	if (!c->in_use) {
		c->events = 0;
		loop_watch_set(c->watch, 0);
		c->sockets->on_idle_ready(c->sockets->arg);
		return;
	}
	int64_t now = loop_now_ms(c->sockets->loop);
	if (!c->is_connected) {
		c->is_connected = 1;
		c->gateway = route_gateway(c->fd);
	}
	if (ready & LOOP_READ) {
		c->read_ms = now;
		c->has_read = 1;
	}
	if (ready & LOOP_WRITE)
		c->wrote_ms = now;
	c->sockets->on_ready(c->sockets->arg, c->fd,
			     (ready & LOOP_READ ? CURL_CSELECT_IN : 0) |
				     (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

/* --- callbacks of libcurl: they store its requests, and must not call libcurl --- */

static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct https_sockets *s = arg;
	struct https_connection *c = find(s, fd);
	(void)easy;
	(void)socket_arg;
	if (!c)
		return -1;
	/* libcurl 7.88 closes a socket that was never connected without calling on_close. */
	if (what == CURL_POLL_REMOVE && c->events == LOOP_WRITE && fcntl(fd, F_GETFD) < 0) {
		drop(c);
		s->on_given_up(s->arg);
		return 0;
	}
	unsigned events = 0;
	if (what == CURL_POLL_REMOVE)
		/* the connection is idle now, and is watched to notice when the server closes it */
		events = LOOP_READ;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	if (!c->watch)
		c->watch = loop_watch(s->loop, fd, events, on_ready, c);
	else if (c->events != events)
		loop_watch_set(c->watch, events);
	c->events = events;
	if (what == CURL_POLL_REMOVE) {
		c->in_use = 0;
	} else if (!c->in_use) {
		c->in_use = 1;
		c->read_ms = c->wrote_ms = loop_now_ms(s->loop);
	}
	return 0;
}

/* Opens a socket for libcurl: the only place where sockets for HTTPS are opened. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct https_opener *o = arg;
	struct https_sockets *s = o->sockets;
	if (purpose != CURLSOCKTYPE_IPCXN || (a->family != AF_INET && a->family != AF_INET6))
		return CURL_SOCKET_BAD;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
	s->open_errno = fd < 0 ? errno : 0;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	struct https_connection *c = find(s, fd);
	if (c)
		/* the kernel has reused the number of a socket that was closed; see on_socket_wanted */
		drop(c);
	c = mem_new(sizeof *c);
	int64_t now = loop_now_ms(s->loop);
	*c = (struct https_connection){
		.sockets = s, .fd = fd, .in_use = 1, .read_ms = now, .wrote_ms = now, .next = s->first
	};
	s->first = c;
	struct dns_address to = { .family = a->family };
	if (a->family == AF_INET6)
		memcpy(to.bytes, &((const struct sockaddr_in6 *)&a->addr)->sin6_addr, 16);
	else
		memcpy(to.bytes, &((const struct sockaddr_in *)&a->addr)->sin_addr, 4);
	o->on_open(o->arg, &to);
	return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
	struct https_connection *c = find(arg, fd);
	if (c)
		drop(c);
	return close(fd);
}

int https_connection_adopt_multi(struct https_sockets *s, CURLM *multi)
{
	return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted) == CURLM_OK &&
			       curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, s) == CURLM_OK
		       ? 0
		       : -1;
}

/* Makes libcurl open and close the handle's sockets through this file. Sockets may live longer than the
 * transfer. */
int https_connection_adopt(struct https_opener *o, CURL *easy)
{
	return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) == CURLE_OK &&
			       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, o) == CURLE_OK &&
			       curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) == CURLE_OK &&
			       curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, o->sockets) == CURLE_OK
		       ? 0
		       : -1;
}
