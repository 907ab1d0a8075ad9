/* SPDX-License-Identifier: MIT */
/* plain_http: the management server's port for plain HTTP, on which a secure-only server answers everything
 * with 403. */
#ifndef LAB_PLAIN_HTTP_H
#define LAB_PLAIN_HTTP_H

#include "base/err.h"

#include <event2/event.h>
#include <stdint.h>

struct plain_http;
/* Listens on loopback; port 0: any free one. */
struct plain_http *plain_http_new(struct event_base *base, int port, struct err *e);
void plain_http_free(struct plain_http *p);
int plain_http_port(const struct plain_http *p);
/* Returns the number of requests that were refused. */
uint64_t plain_http_refused(const struct plain_http *p);

#endif
