/* SPDX-License-Identifier: MIT */
/* https_connection: the sockets that libcurl opens for a lane, on our loop: ready, resting, hung up. */
#ifndef NET_HTTPS_CONNECTION_H
#define NET_HTTPS_CONNECTION_H

#include "https_lane.h"

struct https_connection {
	struct https_lane *lane;
	int fd;
	unsigned events;
	CURL *easy;       /* the transfer that it works for; NULL: it rests */
	int gone;         /* it rested, and the server hung up */
	int64_t moved_ms; /* when it was last ready */
	struct loop_watch *watch;
	struct https_connection *next;
};

/* Has the sockets of the lane's multi watched, those that are opened for this transfer made and closed here.
 * 0 or -1. */
int https_connection_adopt_multi(struct https_lane *lane);
int https_connection_adopt(struct https_transfer *t);
/* The one that works for this transfer, the one that moved last if there are several; NULL: none. */
const struct https_connection *https_connection_of(const struct https_lane *lane, const CURL *easy);
/* One rests that libcurl may take for the next transfer. */
int https_connection_rests(const struct https_lane *lane);
/* Looks at the resting ones. 1: all that the lane has are gone. */
int https_connection_all_gone(struct https_lane *lane);
/* After the multi was cleaned up: forgets what libcurl closed without a word. */
void https_connection_drop_all(struct https_lane *lane);

#endif
