/* SPDX-License-Identifier: MIT */
/* audit: one line for each change of what security depends on, and for refused attempts: what, from,
 * to, by whom. Of changes that the manager repeats, and of attempts that are refused again and again, some
 * have a line. The lines go to the log (base/log) and, the last of them, to files in the state folder that
 * survive the end of the process.
 *
 * It keeps a list of what is audited, as it was when it looked last: settings, roots, pins,
 * revocation lists, own certificates, requests, users, registrations (src/agent/agent_audit.c).
 * Each look compares, and writes a line for each difference. So a new way of changing something needs no
 * audit code of its own: who has acted is given to audit_look when he is done. The list is kept on disk, so
 * that what was changed while the agent did not run is found at the next start. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "audit/audit_items.h"
#include "audit/audit_kept.h"
#include "base/buf.h"
#include "base/log_kind.h"
#include "loop/loop.h"

#include <stddef.h>
#include <stdint.h>

enum audit_by {
	AUDIT_BY_PERSON,  /* a person or program at the control socket */
	AUDIT_BY_MANAGER, /* the external manager; the line has its host and the verdict on its certificate */
	AUDIT_BY_FILES,   /* the settings files were read again */
	AUDIT_BY_START,   /* found when the agent started */
	AUDIT_BY_WINDOW,  /* it had not been confirmed in time (diagnostics/confirmation.h) */
};
struct audit_who { /* plain data; "" or -1: not known */
	enum audit_by by;
	/* of a person: the account, the address that he logged in from, what he may do, his process */
	char name[65], address[64], role[16], process[20]; /* an account's name has 64 bytes at most */
	long uid, pid;
};

struct audit;
struct audit_options { /* all is borrowed; loop and what arg points to live longer than struct audit */
	struct loop *loop;
	const char *folder;        /* for the files */
	int64_t (*now)(void *arg); /* the trusted date, in Unix seconds; 0: it is not known */
	/* Adds the items of these kinds (a sum of 1 << kind) as they are now. */
	void (*read)(void *arg, struct audit_items *l, unsigned kinds);
	/* Appends which host the manager is, and what was found of its certificate last. */
	void (*manager)(void *arg, struct buf *out);
	void *arg;
};
/* Reads what is known from before; what is wrong with the files is told in notice, a line each. */
struct audit *audit_new(const struct audit_options *o, struct buf *notice);
void audit_free(struct audit *au);
/* In all that follows, au NULL is allowed, and nothing is audited. */

/* Something of these kinds (a sum of 1 << kind) may have changed: the next audit_look compares it. */
void audit_mark(struct audit *au, unsigned kinds);

/* Compares what is audited with what it was at the last look; *who has changed what is different now. To be
 * called in the same turn of the loop in which it was changed. Costs nothing if nothing was marked as
 * changed. Of a manager that changes the same thing again and again, not every change is written. */
void audit_look(struct audit *au, const struct audit_who *who);
/* Writes that somebody did something that changes none of what is compared: "command HttpFeedback Queue
 * Purge FeedbackSlot: \"1\"". what has no secrets in it. */
void audit_did(struct audit *au, const struct audit_who *who, const char *what);
/* Writes that an attempt was refused, and why. Who is refused again and again has a few lines a day. */
void audit_refused(struct audit *au, const struct audit_who *who, const char *what, const char *why);

/* Keeps a line about a log-in from the network, which is in the log already. Strangers can cause the refused
 * ones, and programs log in again and again: of all refused log-ins, and of equal lines about other ones,
 * some a day are kept. */
void audit_log_in(struct audit *au, enum log_kind kind, const char *text);

/* Fills the back-th of the last lines, 0 for the newest. Returns 0; -1: there are no more. The text is
 * borrowed until the next line is written. */
int audit_kept(const struct audit *au, size_t back, struct audit_line *ret);

#endif
