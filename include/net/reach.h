/* SPDX-License-Identifier: MIT */
/* reach: finds out for a diagnosis whether a server listens: makes a TCP connection and closes it at once,
 * without sending anything. */
#ifndef NET_REACH_H
#define NET_REACH_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/dns.h"

struct reach;

/* Calls fn(arg, err) once, never before reach_start has returned and not after reach_free. ERR_NONE: a server
 * listens; ERR_NET or ERR_TIMEOUT: it cannot be reached, and the text says why. fn may free the reach. */
struct reach *reach_start(struct loop *l, const struct dns_address *address, int port, int timeout_ms,
			  void (*fn)(void *arg, const struct err *e), void *arg);
/* NULL is allowed. */
void reach_free(struct reach *r);

#endif
