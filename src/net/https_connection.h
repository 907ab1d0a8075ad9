/* SPDX-License-Identifier: MIT */
/* https_connection: watches the sockets that libcurl opens for a pool: in use, idle, or closed by the server.
 * It does not know the pool and its transfers; these set callbacks. */
#ifndef NET_HTTPS_CONNECTION_H
#define NET_HTTPS_CONNECTION_H

#include "loop/loop.h"
#include "net/dns.h"

#include <curl/curl.h>
#include <stdint.h>

struct https_connection;

/* The sockets of one pool. */
struct https_sockets {
	struct loop *loop;
	struct https_connection *first;
	/* called when a socket is ready for libcurl; what: CURL_CSELECT_... */
	void (*on_ready)(void *arg, curl_socket_t fd, int what);
	/* called when an idle connection becomes readable: see https_connection_has_input */
	void (*on_idle_ready)(void *arg);
	/* called when libcurl gives up a socket that was never connected */
	void (*on_given_up)(void *arg);
	void *arg;
	int open_errno; /* why the last socket could not be opened; 0: it was */
};

/* The callback for each socket that is opened for a transfer. */
struct https_opener {
	struct https_sockets *sockets;
	void (*on_open)(void *arg, const struct dns_address *to);
	void *arg;
};

struct https_connection {
	struct https_sockets *sockets;
	int fd;
	unsigned events; /* events that are watched: LOOP_READ, LOOP_WRITE */
	int in_use;      /* 1: the pool's transfer uses it; 0: it is idle */
	/* loop time at which it was last readable, or writable; before that, at which its use began */
	int64_t read_ms, wrote_ms;
	int has_read;     /* 1: it was readable at least once since it was opened */
	int is_connected; /* 1: it was ready at least once */
	uint64_t gateway; /* net/route.h; 0: not known */
	struct loop_watch *watch;
	struct https_connection *next;
};

/* Makes libcurl report through this file which sockets of the multi handle are to be watched. Returns 0 or
 * -1. */
int https_connection_adopt_multi(struct https_sockets *s, CURLM *multi);
/* Makes libcurl open and close the sockets of this handle through this file; `o` must live as long as the
 * handle. Returns 0 or -1. */
int https_connection_adopt(struct https_opener *o, CURL *easy);
/* Returns the connection that the transfer uses; if there are several, the one that was read last; NULL:
 * none. */
const struct https_connection *https_connection_in_use(const struct https_sockets *s);
/* Returns the number of bytes passed to the connection that the other side has not acknowledged. */
int https_connection_unsent(const struct https_connection *c);
/* Returns 1 if the server has closed an idle connection, or sent something on it. That is no answer, since
 * nothing was asked: a second answer, the rest of one that is longer than it says, HTTP 408 before the end.
 * It would be taken for the answer to the next request. (Session tickets come before the first answer.) */
int https_connection_has_input(const struct https_sockets *s);
/* Returns 1 if there are connections, and the device has lost the network through which each of them goes
 * (net/route.h). */
int https_connection_all_lost(const struct https_sockets *s);
/* To be called after the multi handle was cleaned up: drops connections that libcurl closed without reporting
 * it. */
void https_connection_drop_all(struct https_sockets *s);

#endif
