/* SPDX-License-Identifier: MIT */
/* manager_impl: the manager's parts, for its own files: manager.c, manager_move.c. */
#ifndef AGENT_MANAGER_IMPL_H
#define AGENT_MANAGER_IMPL_H

#include "base/episode.h"
#include "provisioning/manager.h"
#include "provisioning/manager_server.h"
#include "base/retry.h"

enum { MANAGER_MAIN, MANAGER_ALTERNATE, MANAGER_SERVERS };
enum { MANAGER_MESSAGE_MAX = 128 << 10 };

struct manager {
	struct manager_options o;
	struct manager_target target;
	char written[80];
	int started;
	struct manager_server servers[MANAGER_SERVERS];
	int current;
	enum manager_event wanted; /* what the next post says */
	struct wire_identity told; /* as the server knows it */
	struct loop_timer *due, *probe;
	int in_flight;
	struct retry_pace pace;
	struct buf message;  /* of the post in flight */
	struct doc *results; /* to be told with the next event */
	int telling;         /* ... and they are in the post in flight */
	struct episode episode;
	struct manager_status status;
	struct { /* another server, on trial */
		struct manager_server server;
		struct manager_target target;
		struct buf message;
	} trial;
};

/* Appends the whole message to b, which is emptied first. */
void manager_write(struct manager *m, enum manager_event event, struct buf *b);
/* A trial under way comes to nothing. */
void manager_trial_end(struct manager *m, const char *why);

#endif
