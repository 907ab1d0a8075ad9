/* SPDX-License-Identifier: MIT */
/* https_pool: the connections of one endpoint in one trust epoch: a libcurl multi handle, run by the loop.
 *
 * Each endpoint has a pool of its own, because libcurl shares the connections of a multi handle by host and
 * port, whatever their verdicts are. At most one connection is kept between transfers; while one is being
 * made there may be several sockets, to several addresses of the host. The multi handle is made when a
 * transfer starts. It is closed, with all connections, by https_pool_close, or when the server has closed the
 * idle connection.
 *
 * libcurl is only called from the loop and from https_transfer_start. What it reports is stored, and the
 * transfer's `notified` is called after libcurl has returned. */
#ifndef NET_HTTPS_POOL_H
#define NET_HTTPS_POOL_H

#include "https_connection.h"
#include "loop/loop.h"

#include <curl/curl.h>
#include <stdint.h>

struct https_pool {
	struct loop *loop;
	CURLM *multi; /* NULL: no connection */
	/* the transfer under way; NULL: none, and an open connection is idle */
	struct https_transfer *transfer;
	int has_news;     /* 1: `notified` of the transfer has to be called */
	int notifying;    /* 1: it is being called */
	int closes_after; /* the epoch ended: closes at the end of the transfer */
	struct loop_timer *timer;
	/* set when an attempt to connect was abandoned: call libcurl so that it tries the next address */
	int was_given_up;
	int64_t due_ms; /* when libcurl wants to be called again; -1: never */
	/* until when the host's addresses in the multi handle are fresh; 0: it has none */
	int64_t addresses_until_ms;
	/* Unix seconds: the first end of validity among the verdicts on its connections; 0: there is none */
	int64_t valid_until;
	struct https_sockets sockets;
};

void https_pool_init(struct https_pool *p, struct loop *l);
/* Closes the pool and frees its timer. No transfer may be under way, and no callback may be running. */
void https_pool_done(struct https_pool *p);
/* Closes all connections, now or as soon as the transfer under way ends. */
void https_pool_close(struct https_pool *p);
/* Returns 1 if a connection is open, as far as is known. */
int https_pool_is_open(const struct https_pool *p);

/* For https_transfer. https_pool_add adds its handle and starts it at once; https_pool_remove removes it;
 * https_pool_notify has its `notified` called. */
void https_pool_add(struct https_pool *p, struct https_transfer *t);
void https_pool_remove(struct https_pool *p);
void https_pool_notify(struct https_pool *p);

#endif
