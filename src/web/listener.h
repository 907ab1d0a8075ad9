/* SPDX-License-Identifier: MIT */
/* listener: the sockets on which clients connect. */
#ifndef WEB_LISTENER_H
#define WEB_LISTENER_H

#include "base/err.h"
#include "server.h"

#include <sys/socket.h>

struct listener;

/* Binds and listens at the addresses of the settings, or at all addresses if there are none. Accepts nothing
 * yet. Fails with ERR_IO if an address cannot be bound. */
int listener_open(const struct web_settings *s, struct listener **ret, struct err *e);
/* Begins to accept connections. */
void listener_start(struct listener *l, struct server *s);
/* NULL is allowed. */
void listener_free(struct listener *l);

/* Fills in whom the accepted socket connects: the client's address, the key that limits are counted by, and
 * the device's own address. */
void listener_describe(int fd, const struct sockaddr *from, struct server_peer *ret);

#endif
