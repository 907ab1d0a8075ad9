/* SPDX-License-Identifier: MIT */
/* manager_impl: the manager's parts, for its own files: manager.c, heartbeat_move.c. */
#ifndef PROVISIONING_HEARTBEAT_INTERNAL_H
#define PROVISIONING_HEARTBEAT_INTERNAL_H

#include "base/episode.h"
#include "provisioning/heartbeat.h"
#include "provisioning/server.h"
#include "base/retry.h"

enum { HEARTBEAT_MAIN, HEARTBEAT_ALTERNATE, HEARTBEAT_SERVERS };
enum { HEARTBEAT_MESSAGE_MAX = 128 << 10 };

struct heartbeat {
	struct heartbeat_options o;
	struct server_target target;
	char written[80];
	int started;
	struct server servers[HEARTBEAT_SERVERS];
	int current;
	enum manager_event wanted; /* what the next post says */
	struct wire_identity told; /* as the server knows it */
	struct loop_timer *due, *probe;
	int in_flight;
	int asked_meanwhile; /* a registration was asked for while a post was in flight, and follows it */
	struct retry_pace pace;
	struct buf message;  /* of the post in flight */
	struct doc *results; /* to be told with the next event */
	int telling;         /* ... and they are in the post in flight */
	struct episode episode;
	struct heartbeat_status status;
	struct { /* another server, on trial */
		struct server server;
		struct server_target target;
		struct buf message;
	} trial;
};

/* Appends the whole message to b, which is emptied first. */
void heartbeat_write(struct heartbeat *m, enum manager_event event, struct buf *b);
/* A trial under way comes to nothing. */
void heartbeat_trial_end(struct heartbeat *m, const char *why);

#endif
