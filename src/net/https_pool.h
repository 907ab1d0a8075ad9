/* SPDX-License-Identifier: MIT */
/* https_pool: the connections of one endpoint in one trust epoch: a libcurl multi handle on our loop.
 *
 * Each endpoint has a pool of its own, because libcurl shares the connections of a multi handle by host
 * and port, and knows nothing of our verdicts. At most one connection is kept between transfers; while one
 * is being made there may be several sockets, to several addresses of the host. The multi handle is made
 * when a transfer starts. It is closed, with all connections, when the endpoint says so, or when the
 * server has closed the idle connection.
 *
 * libcurl is entered from the loop and from https_transfer_start only. What it reports is noted, and the
 * transfer's `notified` is called after libcurl has returned. */
#ifndef NET_HTTPS_POOL_H
#define NET_HTTPS_POOL_H

#include "https_connection.h"
#include "loop/loop.h"

#include <curl/curl.h>
#include <stdint.h>

struct https_pool {
	struct loop *loop;
	CURLM *multi;                    /* NULL: no connection */
	struct https_transfer *transfer; /* under way; NULL: none, and an open connection is idle */
	int has_news;                    /* the transfer is to be notified */
	int notifying;                   /* its owner is being called */
	int closes_after;                /* the epoch ended: closes at the end of the transfer */
	struct loop_timer *timer;
	int was_given_up; /* an attempt to connect: libcurl is to be entered for the next address */
	int64_t due_ms;   /* when libcurl wants to be entered again; -1: not at all */
	/* the multi handle knows the host's addresses, fresh until then; 0: it knows none */
	int64_t addresses_until_ms;
	int64_t valid_until; /* Unix seconds: the first end of what its verdicts rest on; 0: no such end */
	struct https_sockets sockets;
};

void https_pool_init(struct https_pool *p, struct loop *l);
/* Closes it and frees its timer. No transfer may be under way, and its owner not be called back any more. */
void https_pool_done(struct https_pool *p);
/* Closes all connections, now or as soon as the transfer under way ends. */
void https_pool_close(struct https_pool *p);
/* 1: a connection is open, as far as is known. */
int https_pool_is_open(const struct https_pool *p);

/* For https_transfer: adds its handle, and goes on with it at once; takes it out; it is to be notified. */
void https_pool_add(struct https_pool *p, struct https_transfer *t);
void https_pool_remove(struct https_pool *p);
void https_pool_notify(struct https_pool *p);

#endif
