/* SPDX-License-Identifier: MIT */
/* provisioning: talks to the external manager, the server that administers devices. It registers with the
 * manager, sends heartbeats (docs/wire-formats.md 1), and carries out what the manager's answers ask for:
 * settings, a move to another server, commands, documents. A request that is not allowed or not supported is
 * refused; the log and the status show that. */
#ifndef PROVISIONING_PROVISIONING_H
#define PROVISIONING_PROVISIONING_H

#include "base/err.h"
#include "base/retry.h"
#include "doc/doc.h"
#include "loop/loop.h"
#include "net/https.h"
#include "settings/settings.h"
#include "wire/manager.h"

#include <stddef.h>
#include <stdint.h>

struct provisioning;

enum provisioning_document { PROVISIONING_STATUS, PROVISIONING_CONFIGURATION, PROVISIONING_VALUESPACE };

enum provisioning_date {
	PROVISIONING_DATE_KNOWN,
	PROVISIONING_DATE_AWAITED, /* time servers are being asked */
	PROVISIONING_DATE_UNKNOWN, /* time servers were asked, and none of them gave a date */
};

struct provisioning_options { /* everything is borrowed and must live longer than struct provisioning */
	struct loop *loop;
	struct https *https;
	struct settings_db *settings;
	/* the folder in which results of commands are kept until a server has accepted them */
	const char *state;
	struct retry_pace *boots; /* limits how often the manager restarts the agent; NULL: no limit */
	const struct wire_identity *(*identity)(void *arg);
	/* now returns the trusted date in seconds since 1970, 0 while it is not known; date says whether it
	 * is known or may be soon. */
	int64_t (*now)(void *arg);
	enum provisioning_date (*date)(void *arg);
	/* Sets all of these settings or none, like a change by an administrator; it must call
	 * provisioning_configure. */
	int (*configure)(void *arg, const struct settings_pair *set, size_t n, struct err *e);
	/* Called when a request of the manager is refused, with the request and the reason. May be NULL. */
	void (*refused)(void *arg, const char *what, const char *why);
	/* Returns the whole document as it is now, with secrets as ***; the caller frees it. */
	struct doc *(*document)(void *arg, enum provisioning_document which);
	/* Called when the status has changed in more than its counters and times. */
	void (*changed)(void *arg);
	void *arg;
};

/* Loads the results of commands that an earlier process has not sent. Nothing is sent before
 * provisioning_start. */
struct provisioning *provisioning_new(const struct provisioning_options *o);
/* Cancels posts and commands that are under way, and frees everything. NULL is allowed. */
void provisioning_free(struct provisioning *p);

/* Reads the settings about the manager. If the server, or the way in which it is verified, has changed, the
 * device registers with it at once. */
void provisioning_configure(struct provisioning *p);
/* Sends the first event, Boot. To be called when the date is known or the first attempt to learn it has
 * failed; later calls do nothing. */
void provisioning_start(struct provisioning *p);
/* To be called when the date or the roots have changed: if the last event failed, the next one is sent at
 * once. */
void provisioning_retry(struct provisioning *p);
/* To be called when the network is back: as provisioning_retry, unless the last event was answered. */
void provisioning_retry_unanswered(struct provisioning *p);
/* To be called when the device's identity has changed (for example its address): the next event, a Register,
 * is sent soon. */
void provisioning_identity_changed(struct provisioning *p);
/* To be called when the date is known: runs the manager's commands that wait for it. */
void provisioning_date_known(struct provisioning *p);
/* Sends an event at once, because a person asked for it: Register, or Boot if no server has accepted a Boot
 * yet. Fails with ERR_CONFIG if there is no manager; *e says why. */
int provisioning_register(struct provisioning *p, struct err *e);

/* Returns how many events were sent to the manager so far, and in *ret_accepted the number of the last one
 * that it has accepted, 0 if it has accepted none. */
uint64_t provisioning_sent(const struct provisioning *p, uint64_t *ret_accepted);

/* Interprets an answer to an event that another component (a diagnosis) sent to the manager, and carries out
 * what it asks for, as after any event. Writes to found what kind of answer it is, as a phrase. Fails with
 * ERR_PROTOCOL if the answer cannot be used; *e says why. */
int provisioning_take_answer(struct provisioning *p, const struct https_reply *r, char *found, size_t size,
			     struct err *e);

/* This component cannot run commands itself; a runner that another component registers does so
 * (src/command/runner.c). The runner gets a Command document with one or more commands. It calls
 * done(done_arg, results, refused) once, not before it has returned. results is a Command document with a
 * ...Result for each command, in order; the callee owns it. refused is the number of results of commands that
 * were not run, because they are unknown, the manager may not run them, there were too many, or the time was
 * over before them. */
typedef void provisioning_ran(void *done_arg, struct doc *results, size_t refused);
typedef void provisioning_runner(void *arg, const struct doc *command, provisioning_ran *done,
				 void *done_arg);
/* Registers a runner. run NULL: removes it; if commands are under way, their done must not be called. */
void provisioning_set_runner(struct provisioning *p, provisioning_runner *run, void *arg);
/* Returns 0 if the manager may run this command ("SystemUnit Boot") with these parameters (a child of params
 * each). Otherwise fails with ERR_DENIED and logs the reason. The same reason is not logged each time: see
 * episode_failed (base/episode.h). */
int provisioning_may_run(struct provisioning *p, const char *path, const struct doc *params, struct err *e);
/* Returns 0 if the manager may give this value to the setting by a command; path is canonical. Otherwise
 * fails with ERR_DENIED and logs the reason, as provisioning_may_run does. */
int provisioning_may_set(struct provisioning *p, const char *path, const char *value, struct err *e);

#endif
