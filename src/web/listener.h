/* SPDX-License-Identifier: MIT */
/* listener: the sockets on which clients connect. */
#ifndef WEB_LISTENER_H
#define WEB_LISTENER_H

#include "base/err.h"
#include "server.h"

struct listener;

/* Binds and listens at the addresses of the settings, or on all. ERR_IO: an address cannot be bound.
 * Nothing is accepted yet. */
int listener_open(const struct web_settings *s, struct listener **ret, struct err *e);
/* Accepts from now on. */
void listener_start(struct listener *l, struct server *s);
/* NULL is fine. */
void listener_free(struct listener *l);

#endif
