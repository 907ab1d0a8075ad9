/* SPDX-License-Identifier: MIT */
/* silent_server: a server that does not use TLS: it accepts connections, and keeps, closes or resets them, or
 * answers with garbage. */
#ifndef LAB_SILENT_SERVER_H
#define LAB_SILENT_SERVER_H

#include "tlsfault.h"

#include <event2/event.h>

struct silent_server;
/* Listens on 127.0.0.1, and on ::1 if the machine has it. serve is one of SERVE_CLOSE, _RESET, _HANG,
 * _GARBAGE; *count is increased for each connection. */
struct silent_server *silent_server_new(struct event_base *base, int port, enum tls_serve serve,
					uint64_t *count, struct err *e);
void silent_server_free(struct silent_server *m);

#endif
