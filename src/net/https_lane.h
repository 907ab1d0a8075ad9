/* SPDX-License-Identifier: MIT */
/* https_lane: the connections of one way to a server in one trust epoch: a libcurl multi on our loop.
 *
 * Each way has a lane of its own, because libcurl shares connections of a multi by host and port and knows
 * nothing of our verdicts. Its transfers take whichever connection rests, or make one. A lane makes its multi
 * when a transfer starts and closes it, with all connections, when it is told to, when nobody holds it any
 * more or when the server hung up all resting connections. libcurl is entered from the loop and from
 * https_transfer_start only, and `turned` is called after it has returned. */
#ifndef NET_HTTPS_LANE_H
#define NET_HTTPS_LANE_H

#include "loop/loop.h"

#include <curl/curl.h>
#include <stdint.h>

struct https_lane {
	struct loop *loop;
	int refs;     /* its way's, one for each transfer under way, one while transfers are told */
	CURLM *multi; /* NULL: no connection */
	int width;    /* so many connections may rest in it */
	int running;  /* transfers under way */
	struct https_transfer *due; /* those to be told, first come, first told */
	int telling;
	struct loop_timer *timer;
	int64_t due_ms; /* when libcurl wants to be entered again; -1: not at all */
	/* the multi knows the host's addresses, fresh until then; 0: it knows none */
	int64_t addresses_until_ms;
	int64_t valid_until; /* the first end of what its good verdicts rest on, Unix seconds; 0: no such */
	struct https_connection *connections;
};

struct https_lane *https_lane_new(struct loop *l, int width);
/* Lets go of it: it closes with its last transfer. NULL is fine. */
void https_lane_release(struct https_lane *lane);
/* Closes all connections; no transfer may be under way. */
void https_lane_close(struct https_lane *lane);
void https_lane_widen(struct https_lane *lane, int width);
/* A connection is open, as far as is known. */
int https_lane_is_open(const struct https_lane *lane);

/* https_connection: libcurl is wanted for this socket; a resting connection said something, or is gone. */
void https_lane_enter(struct https_lane *lane, curl_socket_t fd, int what);
void https_lane_rests(struct https_lane *lane, int is_gone);

/* https_transfer: adds a handle, and goes on with it at once; takes it out. A transfer is to be told, or not
 * any more. */
void https_lane_add(struct https_lane *lane, CURL *easy);
void https_lane_remove(struct https_lane *lane, CURL *easy);
void https_lane_make_due(struct https_lane *lane, struct https_transfer *t);
void https_lane_take_due(struct https_lane *lane, struct https_transfer *t);

#endif
