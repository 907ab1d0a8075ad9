/* SPDX-License-Identifier: MIT */
/* reach: does anybody listen there? A TCP connection that is closed as soon as it stands, and carries
 * nothing: for diagnosis. */
#ifndef NET_REACH_H
#define NET_REACH_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/dns.h"

struct reach;

/* fn(arg, err) once, never before the call returned, not after reach_free: ERR_NONE somebody does, ERR_NET or
 * ERR_TIMEOUT why not. It may free the reach. */
struct reach *reach_start(struct loop *l, const struct dns_address *address, int port, int timeout_ms,
			  void (*fn)(void *arg, const struct err *e), void *arg);
/* NULL is fine. */
void reach_free(struct reach *r);

#endif
