/* SPDX-License-Identifier: MIT */
#include "https_connection.h"

#include "base/mem.h"
#include "https_transfer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct https_connection *find(const struct https_lane *lane, int fd)
{
	struct https_connection *c = lane->connections;
	while (c && c->fd != fd)
		c = c->next;
	return c;
}

static void drop(struct https_connection *c)
{
	struct https_connection **at = &c->lane->connections;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	loop_watch_free(c->watch);
	free(c);
}

void https_connection_drop_all(struct https_lane *lane)
{
	while (lane->connections)
		drop(lane->connections);
}

const struct https_connection *https_connection_of(const struct https_lane *lane, const CURL *easy)
{
	const struct https_connection *found = NULL;
	for (const struct https_connection *c = lane->connections; c; c = c->next)
		if (c->easy == easy && (!found || c->moved_ms > found->moved_ms))
			found = c;
	return found;
}

int https_connection_rests(const struct https_lane *lane)
{
	const struct https_connection *c = lane->connections;
	while (c && (c->easy || c->gone))
		c = c->next;
	return c != NULL;
}

static int has_hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

int https_connection_all_gone(struct https_lane *lane)
{
	int all = lane->connections != NULL;
	for (struct https_connection *c = lane->connections; c; c = c->next) {
		if (!c->easy && !c->gone)
			c->gone = has_hung_up(c->fd);
		all &= c->gone;
	}
	return all;
}

/* A resting connection: the server hung up, or said something: its farewell, or a TLS ticket that the next
 * transfer reads. libcurl looks whether it still lives before it is used again. */
static void rests(struct https_connection *c)
{
	c->gone = has_hung_up(c->fd);
	c->events = 0;
	loop_watch_set(c->watch, 0);
	https_lane_rests(c->lane, c->gone);
}

static void on_ready(void *arg, unsigned ready)
{
	struct https_connection *c = arg;
	if (!c->easy) {
		rests(c);
		return;
	}
	c->moved_ms = loop_now_ms(c->lane->loop);
	https_lane_enter(c->lane, c->fd,
			 (ready & LOOP_READ ? CURL_CSELECT_IN : 0) |
				 (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

/* --- called by libcurl: note what it wants, never call back into it --- */

static int wants_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct https_lane *lane = arg;
	struct https_connection *c = find(lane, fd);
	(void)socket_arg;
	if (!c)
		return -1;
	/* libcurl 7.88 closes a socket that never got connected without asking closes_socket. */
	if (what == CURL_POLL_REMOVE && c->events == LOOP_WRITE && fcntl(fd, F_GETFD) < 0) {
		drop(c);
		return 0;
	}
	unsigned events = 0;
	if (what == CURL_POLL_REMOVE)
		events = LOOP_READ; /* the connection rests: hear of it when the server hangs up */
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	if (!c->watch)
		c->watch = loop_watch(lane->loop, fd, events, on_ready, c);
	else if (c->events != events)
		loop_watch_set(c->watch, events);
	c->events = events;
	if (what == CURL_POLL_REMOVE) {
		c->easy = NULL;
	} else if (c->easy != easy) {
		c->easy = easy;
		c->moved_ms = loop_now_ms(lane->loop);
	}
	return 0;
}

/* Every socket of this room comes into being here. */
static curl_socket_t opens_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct https_transfer *t = arg;
	struct https_lane *lane = t->lane;
	if (purpose != CURLSOCKTYPE_IPCXN || (a->family != AF_INET && a->family != AF_INET6))
		return CURL_SOCKET_BAD;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	struct https_connection *c = find(lane, fd);
	if (c)
		drop(c); /* the kernel gave its number anew: closed, see wants_socket */
	c = mem_new(sizeof *c);
	*c = (struct https_connection){ .lane = lane,
					.fd = fd,
					.easy = t->easy,
					.moved_ms = loop_now_ms(lane->loop),
					.next = lane->connections };
	lane->connections = c;
	https_transfer_connects(t);
	return fd;
}

static int closes_socket(void *arg, curl_socket_t fd)
{
	struct https_connection *c = find(arg, fd);
	if (c)
		drop(c);
	return close(fd);
}

int https_connection_adopt_multi(struct https_lane *lane)
{
	return curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, wants_socket) == CURLM_OK &&
			       curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane) == CURLM_OK
		       ? 0
		       : -1;
}

int https_connection_adopt(struct https_transfer *t)
{
	return curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, opens_socket) == CURLE_OK &&
			       curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
			       curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, closes_socket) ==
				       CURLE_OK
		       ? 0
		       : -1;
}
