/* SPDX-License-Identifier: MIT */
/* heartbeat: registers with the external manager, sends heartbeats, and keeps trying (docs/wire-formats.md
 * 1). src/provisioning/provisioning_apply.c carries out what an answer asks for.
 *
 * The states (enum heartbeat_phase) and what leads from one to the next:
 *
 *     BEFORE_START --heartbeat_start--> is a server wanted, and can its address be used?
 *                                           | no           | yes
 *                                           v              v      the timer is due
 *                                       NO_SERVER       WAITING ------------------> SENDING
 *                                                        ^   ^                       |   |
 *                                                        |   +--- answer, or none ---+   | heartbeat_now
 *                                                        |                               v
 *                                                        +--- answer, or none --- SENDING_ASKED
 *
 * heartbeat_configure asks the same question again, from any state but BEFORE_START, when the settings have
 * changed. SENDING_ASKED is SENDING after a person has asked for a Register: it is sent next.
 *
 * Each return to WAITING sets the timer. After an answer that accepted the event, the next event is due at
 * this device's own offset in the heartbeat's period. After a failure it is due by the retry rule, at the
 * other address if there are two: the main one (the setting Address) and the alternate one
 * (AlternateAddress). While the alternate address is used, a probe every few minutes finds out whether the
 * main server can be reached again.
 *
 * The events: Boot until a server has accepted one, and Beat from then on. When the server, its settings or
 * the device's identity have changed, Register is sent until a server has accepted one. */
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

/* The address of a manager and the login there. A member that is NULL stays as the settings have it. */
struct heartbeat_place {
	const char *address, *path, *user, *password;
};

struct heartbeat_options {
	struct loop *loop;
	struct https *https; /* borrowed */
	const struct wire_identity *(*identity)(void *arg);
	/* Called when heartbeat_status has changed in more than its counters and times. */
	void (*changed)(void *arg);
	/* Called when the manager has accepted an event and answered; the callee may call any function below
	 * except heartbeat_free. */
	void (*answered)(void *arg, const struct manager_answer *answer);
	/* Called when the server at this address (no member is NULL) is trusted and has answered: it has to
	 * become the configured one. */
	void (*moved)(void *arg, const struct heartbeat_place *to);
	void *arg;
};

struct heartbeat *heartbeat_new(const struct heartbeat_options *o);
void heartbeat_free(struct heartbeat *h);

/* Reads the settings about the manager. `written` is the manager's address as it is in the settings: the
 * struct has "" for 127.0.0.1, which means that there is no manager. If the server, or the way in which it is
 * verified, has changed, the device registers with it at once, but not before heartbeat_start. */
void heartbeat_configure(struct heartbeat *h, const struct settings *s, const char *written);
/* Sends the first event, Boot. To be called when the date is known or the first attempt to learn it has
 * failed. */
void heartbeat_start(struct heartbeat *h);
/* To be called when the date or the roots have changed: if the last event failed, the next one is sent at
 * once. */
void heartbeat_retry(struct heartbeat *h);
/* As heartbeat_retry, unless the last event was answered; to be called when the network is back. */
void heartbeat_retry_unanswered(struct heartbeat *h);
/* To be called when the device's identity may have changed: if it differs from the one in the last event that
 * a server accepted, the next event is sent within some seconds. */
void heartbeat_identity_changed(struct heartbeat *h);
/* Sends an event now, because a person asked for it: Register, or Boot if no server has accepted one yet.
 * Fails with ERR_CONFIG if there is no server; *e says why. */
int heartbeat_now(struct heartbeat *h, struct err *e);

/* Registers with another server, described by the settings and this place. Nothing changes unless its
 * certificate is trusted and it answers. Replaces a move that is under way. */
void heartbeat_move(struct heartbeat *h, const struct settings *s, const struct heartbeat_place *to);
/* Bytes of all results that wait; KEPT: including the errors that replace results that are too long. */
enum { HEARTBEAT_RESULTS_MAX = 64 << 10, HEARTBEAT_KEPT_MAX = 80 << 10 };
/* Adds results of commands to those that are sent with the next event. results is a Command document, which
 * heartbeat owns from now on; NULL is allowed. A result with which all together would exceed
 * HEARTBEAT_RESULTS_MAX is replaced by an error, which is logged. */
void heartbeat_add_results(struct heartbeat *h, struct doc *results);
/* Adds copies of the results that no server has accepted yet to the document. */
void heartbeat_copy_results(const struct heartbeat *h, struct doc *into);

struct heartbeat_status { /* plain data */
	enum heartbeat_state state;
	char reason[480];       /* why the state is Idle, or why the last try failed; "": neither applies */
	char server[400];       /* URL in use; "": none */
	int alternate;          /* 1: the alternate address is in use */
	const char *last_event; /* the last event that a server accepted: "Boot"; "": none */
	int64_t last_event_ms;  /* loop time at which that server accepted it */
	/* how many events were sent so far, and the number of the last one that was accepted; 0: none */
	uint64_t sent, accepted;
	int heartbeat_s;
	int64_t next_ms;   /* until the next event; -1: none is due */
	unsigned attempts; /* failed tries in a row */
	int last_status;   /* HTTP status of the last answer; 0: there was none */
	long last_verdict; /* OpenSSL's code of the last handshake that was verified; -1: none yet */
	char stayed[480];  /* why the last move was not made; "": it was made, or there was none */
};
void heartbeat_status(const struct heartbeat *h, struct heartbeat_status *ret);

#endif
