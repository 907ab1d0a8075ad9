/* SPDX-License-Identifier: MIT */
/* heartbeat: registers with the external manager, sends heartbeats, and keeps trying (docs/wire-formats.md
 * 1). What an answer asks for is carried out by apply.c.
 *
 * The states (enum heartbeat_phase) and what leads from one to the next:
 *
 *     BEFORE_START --heartbeat_start--> is a server wanted, and can its address be used?
 *                                           | no           | yes
 *                                           v              v      the timer is due
 *                                       NO_SERVER       WAITING ------------------> SENDING
 *                                                          ^                          |
 *                                                          +--- an answer, or none ---+
 *
 * heartbeat_configure asks the same question again, from any state but BEFORE_START. SENDING_ASKED is SENDING
 * while a registration was asked for, which then follows at once.
 *
 * Each way back to WAITING sets the timer: after an answer that is good to this device's place in the
 * heartbeat's period, after any other by the retry rule, and then at the other address, if there is one.
 * While the alternate address serves, a probe looks every few minutes whether the first one is there
 * again.
 *
 * The events: Boot until one is taken, then Register until one is taken, then Beat. Register comes again
 * when the server, its settings or the device's identity change. */
#ifndef PROVISIONING_HEARTBEAT_H
#define PROVISIONING_HEARTBEAT_H

#include "heartbeat_state.h"
#include "loop/loop.h"
#include "net/https.h"
#include "settings/settings.h"
#include "wire/manager.h"

#include <stdint.h>

enum { HEARTBEAT_S = 420, HEARTBEAT_MIN_S = 10, HEARTBEAT_MAX_S = 86400 };

struct heartbeat;

/* The address of a manager and the login there. NULL: as the settings have it. */
struct heartbeat_place {
	const char *address, *path, *user, *password;
};

struct heartbeat_options {
	struct loop *loop;
	struct https *https; /* borrowed */
	const struct wire_identity *(*identity)(void *arg);
	void (*changed)(void *arg); /* the state, or another part of the status that lasts, is different */
	/* The manager took an event and answered; the callee may call any function below but
	 * heartbeat_free. */
	void (*answered)(void *arg, const struct manager_answer *answer);
	/* The server at this address (no member is NULL) is trusted and has answered: it is to become the
	 * configured one. */
	void (*moved)(void *arg, const struct heartbeat_place *to);
	void *arg;
};

struct heartbeat *heartbeat_new(const struct heartbeat_options *o);
void heartbeat_free(struct heartbeat *m);

/* Takes from the settings what concerns the manager. written is its address as the settings file has it,
 * since the snapshot has "" for 127.0.0.1. Another server, or another way of verifying it, is registered
 * with at once, but not before heartbeat_start. */
void heartbeat_configure(struct heartbeat *m, const struct settings *s, const char *written);
/* The clock had its first chance to learn the date: begins with Boot. */
void heartbeat_start(struct heartbeat *m);
/* Something that events waited for has changed (the date, the roots): tries at once unless all is well. */
void heartbeat_retry(struct heartbeat *m);
/* A person wants an event now: Register, or Boot if that was not taken yet. ERR_CONFIG: why there is no
 * server. */
int heartbeat_now(struct heartbeat *m, struct err *e);

/* Registers with another server, described by the settings and this place. Nothing changes unless its
 * certificate is trusted and it answers. Replaces a move that is under way. */
void heartbeat_move(struct heartbeat *m, const struct settings *s, const struct heartbeat_place *to);
/* Results of commands, a Command document (handed over; NULL is fine), are told with the next event. More
 * than HEARTBEAT_RESULTS_MAX bytes are not kept. */
enum { HEARTBEAT_RESULTS_MAX = 64 << 10 };
void heartbeat_tell(struct heartbeat *m, struct doc *results);
/* Adds copies of the results that no server has taken yet to the document. */
void heartbeat_untold(const struct heartbeat *m, struct doc *into);

struct heartbeat_status { /* plain data */
	enum heartbeat_state state;
	char reason[480];       /* why it is Idle, or why the last try failed; "" while all is well */
	char server[400];       /* URL in use, "" for none */
	int alternate;          /* 1: the alternate address is in use */
	const char *last_event; /* the last event that a server took: "Boot"; "" for none */
	int64_t last_event_ms;  /* when, by the loop's clock */
	int heartbeat_s;
	int64_t next_ms;   /* until the next event; -1: none is due */
	unsigned attempts; /* failed tries in a row */
	int last_status;   /* HTTP status of the last answer; 0: none came */
	long last_verdict; /* of the last handshake that was verified; -1: none yet */
	char stayed[480];  /* why the last move was not made; "" if it was, or none was asked for */
};
void heartbeat_status(const struct heartbeat *m, struct heartbeat_status *ret);

#endif
