/* SPDX-License-Identifier: MIT */
/* link_watch: reports that the device's network has changed: a link, an address or a route has come or gone.
 * The kernel reports changes at once (rtnetlink(7)). Addresses that reach beyond the link and configured
 * routes count, both of interfaces that are up, and whether these have a carrier. */
#ifndef NET_LINK_WATCH_H
#define NET_LINK_WATCH_H

#include "loop/loop.h"

struct link_watch;

enum { LINK_CAME = 1, LINK_GONE = 2 };

/* Calls fn(arg, what) a fifth of a second after the first of several changes; `what` is a sum of LINK_CAME
 * and LINK_GONE. fn must not free the watch. Returns NULL if the kernel provides no such socket. */
struct link_watch *link_watch_new(struct loop *l, void (*fn)(void *arg, unsigned what), void *arg);
/* NULL is allowed. */
void link_watch_free(struct link_watch *w);

#endif
