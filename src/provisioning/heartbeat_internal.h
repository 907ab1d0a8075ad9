/* SPDX-License-Identifier: MIT */
/* heartbeat_internal: struct heartbeat, for heartbeat.c, heartbeat_results.c and move.c. */
#ifndef PROVISIONING_HEARTBEAT_INTERNAL_H
#define PROVISIONING_HEARTBEAT_INTERNAL_H

#include "base/episode.h"
#include "base/retry.h"
#include "heartbeat.h"
#include "service/service.h"

/* The main server is at the setting Provisioning ExternalManager Address, the alternate one at
 * AlternateAddress. */
enum { HEARTBEAT_MAIN, HEARTBEAT_ALTERNATE, HEARTBEAT_SERVERS };
enum { HEARTBEAT_MESSAGE_MAX = 128 << 10 /* bytes of an event with the results of commands */ };
enum { HEARTBEAT_IDENTITY = 320 /* bytes of the text whose hash is a device's offset in a period */ };

/* The states that heartbeat.h draws. */
enum heartbeat_phase {
	HEARTBEAT_BEFORE_START,
	HEARTBEAT_NO_SERVER,     /* status.state and status.reason say why */
	HEARTBEAT_WAITING,       /* the timer `due` is armed */
	HEARTBEAT_SENDING,       /* an event was sent and not answered yet */
	HEARTBEAT_SENDING_ASKED, /* as SENDING, and a person has asked for a Register, which is sent next */
};

struct heartbeat {
	struct heartbeat_options o;
	enum heartbeat_phase phase;
	int mode;         /* enum settings_provisioning_mode */
	char written[80]; /* the manager's address as it is written in the settings */
	/* the alternate server's URL is "" if there is none */
	struct service_endpoint endpoints[HEARTBEAT_SERVERS];
	struct https_endpoint *servers[HEARTBEAT_SERVERS]; /* NULL: none, or its address cannot be used */
	int current;                        /* the server in use, HEARTBEAT_MAIN or _ALTERNATE */
	enum manager_event wanted;          /* the next event that is sent */
	struct wire_identity sent_identity; /* the device's identity in the last event sent */
	struct loop_timer *due;             /* armed in WAITING: the next event is due */
	struct loop_timer *probe; /* armed while the alternate server is used: the main one is probed */
	/* limits how often events are sent, so that a server cannot make the device send them without end */
	struct retry_pace pace;
	struct buf message; /* the event under way */
	/* results of commands that no server has accepted yet; the next event has them */
	struct doc *results;
	int post_has_results;     /* 1: the event under way was written with all these results */
	struct episode failures;  /* events that fail */
	struct episode too_long;  /* results of commands that are too long to be sent */
	struct episode accepting; /* acceptances of events by each server, and returns to the main server */
	struct heartbeat_status status;
	struct { /* a move to another server; it is made only once that server has answered */
		struct https_endpoint *server; /* NULL: no move is under way */
		struct service_endpoint endpoint;
		char address[sizeof((struct settings *)0)->provisioning.address];
		char path[SETTINGS_URL], user[SERVICE_LOGIN], password[SERVICE_LOGIN];
		struct buf message;
		struct episode failures, moves; /* moves that were not made, and that were made */
	} move;
};

/* Writes the event's whole message to b, which it empties first. The message has the waiting results of
 * commands. */
void heartbeat_write(struct heartbeat *h, enum manager_event event, struct buf *b);
/* Ends a move that is under way without making it. why: the reason for the log and the status. */
void heartbeat_move_end(struct heartbeat *h, const char *why);

#endif
