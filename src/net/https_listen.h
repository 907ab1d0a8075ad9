/* SPDX-License-Identifier: MIT */
/* https_listen: what a server says of a client's certificate when the handshake is over. In TLS 1.3 it
 * refuses one only then, by an alert; some servers take any, and refuse by the status of their first
 * answer. */
#ifndef NET_HTTPS_LISTEN_H
#define NET_HTTPS_LISTEN_H

#include "https_internal.h"

enum { HTTPS_LISTEN_EVERY_MS = 20 };

/* The probe's handshake is over and its verdict good: asks for the head of "/", which holds nothing of the
 * device. */
void https_listen_begin(struct https_endpoint *p);
/* Called every few milliseconds. 1: the server has spoken, or was silent for long enough: *result, and the
 * call's status (0: none). 0: not yet. */
int https_listen_is_over(struct https_endpoint *p, CURLcode *result);

#endif
