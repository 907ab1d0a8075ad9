/* SPDX-License-Identifier: MIT */
/* trickle: answers that come slowly, late, without end, or not at all. */
#ifndef LAB_TRICKLE_H
#define LAB_TRICKLE_H

#include <event2/event.h>
#include <event2/http.h>

struct reply;

/* Sends (or does not send) the answer; returns the status that the client will have seen in the end, 0 for
 * none. */
typedef int trickle_sender(struct event_base *base, struct evhttp_request *request, const struct reply *r);
trickle_sender trickle_slow, trickle_late, trickle_hang, trickle_reset, trickle_huge, trickle_truncated;

#endif
