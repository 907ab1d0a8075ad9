/* SPDX-License-Identifier: MIT */
/* audit: one line for each change of what security depends on, and for refused attempts: what, from,
 * to, by whom. Of changes that the manager repeats, and of attempts that are refused again and again, some
 * have a line. The lines go to the log (base/log) and, the last of them, to files in the state folder that
 * survive the end of the process.
 *
 * It keeps a list of all audited items (settings, roots, pins, revocation lists, own certificates, requests,
 * users, registrations: src/agent/agent_audit.c) as they were at the last call of audit_look. Each call
 * compares the list with the present items and writes a line for each difference. So a new way of changing
 * something needs no audit code of its own: it calls audit_look, with the person who acted, after the change.
 * The list is stored on disk, so that changes made while the agent did not run are found at the next
 * start. */
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
	AUDIT_BY_FILES,   /* the settings files, which were read again */
	AUDIT_BY_START,   /* unknown: the change was found when the agent started */
	/* a window that took back a change which was not confirmed (diagnostics/confirmation.h) */
	AUDIT_BY_WINDOW,
};
struct audit_who { /* plain data; "" or -1: not known */
	enum audit_by by;
	/* of AUDIT_BY_PERSON: the account (64 bytes at most), the client's IP address, role and process */
	char name[65], address[64], role[16], process[20];
	long uid, pid;
};

struct audit;
struct audit_options { /* all is borrowed; loop and arg must live longer than struct audit */
	struct loop *loop;
	const char *folder;        /* the folder for its files */
	int64_t (*now)(void *arg); /* the trusted date, in Unix seconds; 0: not known */
	/* Adds all present items of these kinds (a sum of 1 << kind) to the list. */
	void (*read)(void *arg, struct audit_items *l, unsigned kinds);
	/* Appends the manager's host and the last verdict on its certificate. */
	void (*manager)(void *arg, struct buf *out);
	void *arg;
};
/* Loads the list from the folder. If a file is damaged, notice gets a line about it. No kind is marked. */
struct audit *audit_new(const struct audit_options *o, struct buf *notice);
void audit_free(struct audit *au);
/* In all functions that follow, au may be NULL: nothing is audited then. */

/* Tells the audit that items of these kinds (a sum of 1 << kind) may have changed: the next audit_look
 * compares them. */
void audit_mark(struct audit *au, unsigned kinds);

/* Compares the items with the list, and writes a line for each difference as a change by *who. To be called
 * in the same turn of the loop as the change. It costs nothing if no kind was marked. If a manager changes
 * the same item again and again, not every change gets a line. */
void audit_look(struct audit *au, const struct audit_who *who);
/* Writes a line about an action that changes none of the compared items: "command HttpFeedback Queue Purge
 * FeedbackSlot: \"1\"". `what` must not contain secrets. */
void audit_did(struct audit *au, const struct audit_who *who, const char *what);
/* Writes a line about a refused attempt and the reason. If the same caller is refused again and again, only a
 * few lines a day are written. */
void audit_refused(struct audit *au, const struct audit_who *who, const char *what, const char *why);

/* Keeps a line about a log-in from the network, which is in the log already. Strangers can cause the refused
 * ones, and programs log in again and again: of all refused log-ins, and of equal lines about other ones,
 * some a day are kept. */
void audit_log_in(struct audit *au, enum log_kind kind, const char *text);

/* Fills ret with a kept line: back 0 is the newest, 1 the one before. Returns 0; -1: there are no more. The
 * text is borrowed until the next line is written. */
int audit_kept(const struct audit *au, size_t back, struct audit_line *ret);

#endif
