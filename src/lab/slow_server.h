/* SPDX-License-Identifier: MIT */
/* slow_server: sends answers slowly, late, without end, or not at all. */
#ifndef LAB_SLOW_SERVER_H
#define LAB_SLOW_SERVER_H

#include <event2/event.h>
#include <event2/http.h>

struct reply;

/* Sends (or does not send) the answer. Returns the status that the client gets in the end; 0: none. */
typedef int slow_server_sender(struct event_base *base, struct evhttp_request *request,
			       const struct reply *r);
slow_server_sender slow_server_bytewise, slow_server_late, slow_server_hang, slow_server_reset,
	slow_server_huge, slow_server_truncated;

#endif
