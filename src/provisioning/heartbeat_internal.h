/* SPDX-License-Identifier: MIT */
/* heartbeat_internal: what heartbeat.c and move.c share. */
#ifndef PROVISIONING_HEARTBEAT_INTERNAL_H
#define PROVISIONING_HEARTBEAT_INTERNAL_H

#include "base/episode.h"
#include "base/retry.h"
#include "heartbeat.h"
#include "service/service.h"

enum { HEARTBEAT_MAIN, HEARTBEAT_ALTERNATE, HEARTBEAT_SERVERS };
enum { HEARTBEAT_MESSAGE_MAX = 128 << 10 };

/* The states of heartbeat.h. */
enum heartbeat_phase {
	HEARTBEAT_BEFORE_START,
	HEARTBEAT_NO_SERVER,     /* status.state and status.reason say why */
	HEARTBEAT_WAITING,       /* the timer `due` is armed */
	HEARTBEAT_SENDING,       /* an event is under way */
	HEARTBEAT_SENDING_ASKED, /* the same, and a registration was asked for meanwhile, which follows it */
};

struct heartbeat {
	struct heartbeat_options o;
	enum heartbeat_phase phase;
	int mode;         /* enum settings_provisioning_mode */
	char written[80]; /* the manager's address as it is written in the settings */
	struct service_endpoint
		endpoints[HEARTBEAT_SERVERS]; /* the alternate one's URL is "" if there is none */
	struct https_endpoint *servers[HEARTBEAT_SERVERS]; /* NULL: none, or its address cannot be used */
	int current;                                       /* the one in use */
	enum manager_event wanted;                         /* what the next post says */
	struct wire_identity told;                         /* the identity as the server knows it */
	struct loop_timer *due, *probe;
	struct retry_pace pace;
	struct buf message;  /* of the post under way */
	struct doc *results; /* to be told with the next event */
	int telling;         /* the post under way has all of them */
	struct episode episode;
	struct heartbeat_status status;
	struct {                               /* to another server, which has to answer first */
		struct https_endpoint *server; /* NULL: no move is under way */
		struct service_endpoint endpoint;
		char address[sizeof((struct settings *)0)->provisioning.address];
		char path[SETTINGS_URL], user[SERVICE_LOGIN], password[SERVICE_LOGIN];
		struct buf message;
	} move;
};

/* Replaces what is in b by the whole message. */
void heartbeat_write(struct heartbeat *m, enum manager_event event, struct buf *b);
/* A move under way comes to nothing. */
void heartbeat_move_end(struct heartbeat *m, const char *why);

#endif
