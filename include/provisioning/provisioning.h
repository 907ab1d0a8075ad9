/* SPDX-License-Identifier: MIT */
/* provisioning: the external manager. Registers with it and sends heartbeats (docs/wire-formats.md 1), and
 * carries out what its answers ask for: settings, a move to another server, commands, documents. What is
 * asked for and not allowed, or not supported, is refused and shows in the log and in the status. */
#ifndef PROVISIONING_PROVISIONING_H
#define PROVISIONING_PROVISIONING_H

#include "base/err.h"
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
	PROVISIONING_DATE_UNKNOWN, /* they were asked, and gave none */
};

struct provisioning_options { /* everything is borrowed and must outlive the provisioning */
	struct loop *loop;
	struct https *https;
	struct settings_db *settings;
	const char
		*state; /* the folder in which results of commands are kept until a server has taken them */
	const struct wire_identity *(*identity)(void *arg);
	/* The trusted date in seconds since 1970, 0 while it is not known; and whether it is to be known
	 * soon. */
	int64_t (*now)(void *arg);
	enum provisioning_date (*date)(void *arg);
	/* Sets all of these settings or none, as an administrator's change does; provisioning_configure is
	 * called from within. */
	int (*configure)(void *arg, const struct settings_pair *set, size_t n, struct err *e);
	/* The whole document as it is now, with secrets as ***; the caller's to free. */
	struct doc *(*document)(void *arg, enum provisioning_document which);
	/* The status has changed, in more than its counters and times. */
	void (*changed)(void *arg);
	void *arg;
};

/* Reads the results of commands that an earlier process has not sent. Nothing is sent before
 * provisioning_start. */
struct provisioning *provisioning_new(const struct provisioning_options *o);
/* Cancels posts and commands that are under way. NULL is fine. */
void provisioning_free(struct provisioning *p);

/* Takes from the settings what concerns the manager. Another server, or another way of verifying it, is
 * registered with at once. */
void provisioning_configure(struct provisioning *p);
/* Begins with the event Boot. Called when the date is known, or the first attempt to learn it has failed.
 * Later calls do nothing. */
void provisioning_start(struct provisioning *p);
/* The date or the roots have changed: if the last event failed, the next one is tried at once. */
void provisioning_retry(struct provisioning *p);
/* The network has come back: the same, unless the last event was answered. */
void provisioning_retry_unanswered(struct provisioning *p);
/* The device is another one to the manager than in the last event (its address has changed): the next one, a
 * Register, is sent soon. */
void provisioning_identity_changed(struct provisioning *p);
/* The date is known: commands of the manager that wait for it are run now. */
void provisioning_date_known(struct provisioning *p);
/* A person wants an event now: Register, or Boot if no server has taken one yet. ERR_CONFIG: there is no
 * manager, and *e says why. */
int provisioning_register(struct provisioning *p, struct err *e);

/* Interprets an answer to an event that somebody else sent to the manager (a diagnosis), and carries out
 * what it asks for, as after any event. found gets what the answer is, in words. ERR_PROTOCOL: why it is
 * no good. */
int provisioning_take_answer(struct provisioning *p, const struct https_reply *r, char *found, size_t size,
			     struct err *e);

/* The manager's commands are run by somebody who knows commands. command is a Command document with one or
 * several side by side; the runner calls done(done_arg, results) once, not before it has returned: results
 * is a Command document with a ...Result for each, in order (handed over), and `refused` says how many of the
 * commands were not run, since they are unknown or the manager may not run them. */
typedef void provisioning_ran(void *done_arg, struct doc *results, size_t refused);
typedef void provisioning_runner(void *arg, const struct doc *command, provisioning_ran *done,
				 void *done_arg);
/* run NULL: nobody runs them any more; a done that is owed must not be called. */
void provisioning_set_runner(struct provisioning *p, provisioning_runner *run, void *arg);
/* May the manager run this command ("SystemUnit Boot") with these parameters (a child each)? ERR_DENIED
 * says why not; the refusal is logged, the same one once in a row. */
int provisioning_may_run(struct provisioning *p, const char *path, const struct doc *params, struct err *e);

#endif
