/* SPDX-License-Identifier: MIT */
/* https_listen: waits for a server's reaction to the client certificate after the handshake. In TLS 1.3 a
 * server refuses a certificate only then, by an alert; some servers accept any, and refuse by the status of
 * their first answer. */
#ifndef NET_HTTPS_LISTEN_H
#define NET_HTTPS_LISTEN_H

#include "https_internal.h"

enum { HTTPS_LISTEN_EVERY_MS = 20 };

/* To be called when the probe's handshake is complete and its verdict is good: sends HEAD /, which contains
 * nothing about the device. */
void https_listen_begin(struct https_endpoint *p);
/* To be called every few milliseconds. Returns 1 if the server has reacted, or was silent for long enough:
 * sets *result, and the call's status (0: none). Returns 0 otherwise. */
int https_listen_is_over(struct https_endpoint *p, CURLcode *result);

#endif
