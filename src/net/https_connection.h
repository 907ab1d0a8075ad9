/* SPDX-License-Identifier: MIT */
/* https_connection: watches the sockets that libcurl opens for a pool: in use, idle, or closed by the server.
 * It does not know the pool and its transfers, which pass callbacks. */
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
	/* called when an idle connection can be read; is_gone: because the server closed it */
	void (*on_idle_ready)(void *arg, int is_gone);
	/* libcurl gave up a socket that never got connected */
	void (*on_given_up)(void *arg);
	void *arg;
};

/* The callback for a socket that was opened for a transfer. */
struct https_opener {
	struct https_sockets *sockets;
	void (*on_open)(void *arg, const struct dns_address *to);
	void *arg;
};

struct https_connection {
	struct https_sockets *sockets;
	int fd;
	unsigned events;           /* watched for: LOOP_READ, LOOP_WRITE */
	int in_use;                /* used by the pool's transfer; 0: it is idle */
	int gone;                  /* it was idle, and the server closed it */
	int64_t read_ms, wrote_ms; /* when it could last be read, or written; else when it came into use */
	int has_read;              /* something could be read since it was opened */
	struct loop_watch *watch;
	struct https_connection *next;
};

/* Has libcurl report through this file which sockets of the multi handle are to be watched. Returns 0 or
 * -1. */
int https_connection_adopt_multi(struct https_sockets *s, CURLM *multi);
/* Has libcurl open and close the sockets of this handle through this file; `o` must live as long as the
 * handle. Returns 0 or -1. */
int https_connection_adopt(struct https_opener *o, CURL *easy);
/* The connection that the transfer uses, the one that was read last if there are several; NULL: none. */
const struct https_connection *https_connection_in_use(const struct https_sockets *s);
/* Bytes handed to the connection that the other side has not acknowledged. */
int https_connection_unsent(const struct https_connection *c);
/* Checks the idle connections. Returns 1 if there are connections, and the server has closed all of them. */
int https_connection_all_gone(struct https_sockets *s);
/* 1: there are connections, and the device has lost the network that each goes through (net/route.h). */
int https_connection_all_lost(const struct https_sockets *s);
/* After the multi handle was cleaned up: forgets those that libcurl closed without saying so. */
void https_connection_drop_all(struct https_sockets *s);

#endif
