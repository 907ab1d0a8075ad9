/* SPDX-License-Identifier: MIT */
/* https_connection: the sockets that libcurl opens for a pool, on our loop: in use, idle, closed by the
 * server. */
#ifndef NET_HTTPS_CONNECTION_H
#define NET_HTTPS_CONNECTION_H

#include "https_pool.h"

struct https_connection {
	struct https_pool *pool;
	int fd;
	unsigned events;  /* watched for: LOOP_READ, LOOP_WRITE */
	int in_use;       /* by the pool's transfer; 0: it is idle */
	int gone;         /* it was idle, and the server closed it */
	int64_t moved_ms; /* when it was last ready */
	struct loop_watch *watch;
	struct https_connection *next;
};

/* Has the sockets of the pool's multi handle watched. 0 or -1. */
int https_connection_adopt_multi(struct https_pool *p);
/* Sockets for this transfer's handle are opened and closed here. 0 or -1. */
int https_connection_adopt(struct https_transfer *t);
/* The connection that the transfer uses, the one that moved last if there are several; NULL: none. */
const struct https_connection *https_connection_in_use(const struct https_pool *p);
/* Looks at the idle ones. 1: there are connections, and the server has closed all of them. */
int https_connection_all_gone(struct https_pool *p);
/* After the multi handle was cleaned up: forgets those that libcurl closed without saying so. */
void https_connection_drop_all(struct https_pool *p);

#endif
