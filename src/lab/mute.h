/* SPDX-License-Identifier: MIT */
/* mute: a port on which nobody speaks TLS: takes connections and ends, or keeps, them in a rude way. */
#ifndef LAB_MUTE_H
#define LAB_MUTE_H

#include "tlsfault.h"

#include <event2/event.h>

struct mute;
/* Listens on 127.0.0.1, and ::1 if there is one. serve is one of SERVE_CLOSE, _RESET, _HANG, _GARBAGE; *count
 * is raised for each connection. */
struct mute *mute_new(struct event_base *base, int port, enum tls_serve serve, uint64_t *count,
		      struct err *e);
void mute_free(struct mute *m);

#endif
