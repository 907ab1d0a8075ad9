/* SPDX-License-Identifier: MIT */
/* confirmation: changes of settings and roots that take effect at once, and are taken back unless they are
 * confirmed in time (confirm/window.h). Taking back restores the previous values, except those that somebody
 * else has changed since. */
#ifndef DIAGNOSTICS_CONFIRMATION_H
#define DIAGNOSTICS_CONFIRMATION_H

#include "agent/agent.h"
#include "audit/audit.h"
#include "diagnostics/diagnostics.h"

struct confirmation_request { /* plain data */
	int minutes;          /* 1 to 60 */
	int needs_manager; /* 1: the change is also confirmed when the manager accepts the device under it */
	/* 1: taking back may trust again what the change excludes: roots and pins that it deletes or renames,
	 * and all roots for a host that it has trusted by its pins alone */
	int gives_back;
	struct audit_who who; /* who asks for the change */
};

/* Writes the present values to disk, then makes the settings as agent_configure does. A change by the manager
 * that waits to be confirmed is taken back first, if an administrator makes this one and it is not refused.
 * result (may be NULL) gets the values before the change, who confirms it and how long it waits. Fails as
 * agent_configure and window_open do. */
int confirmation_configure(struct confirmation *c, const struct confirmation_request *r,
			   const struct settings_pair *set, size_t n, struct doc *result, struct err *e);

/* The next four functions do for roots what confirmation_configure does for settings, because the caller
 * changes the roots itself. It calls, in this order: confirmation_check_roots; confirmation_of_roots, with
 * would_be computed anew; and when it has made the roots those of would_be, confirmation_made, or
 * confirmation_undo if that failed.
 *
 * Takes back a change by the manager that waits, as confirmation_configure does; the roots may be others
 * then. Fails if this change cannot wait, with ERR_CONFIG also if it takes trust away as struct
 * confirmation_request says and r->gives_back is 0. */
int confirmation_check_roots(struct confirmation *c, const struct confirmation_request *r,
			     const struct anchors *would_be, struct err *e);
/* Writes the present roots to disk, from which they can be restored. Fails as window_open does. */
int confirmation_of_roots(struct confirmation *c, const struct confirmation_request *r,
			  const struct anchors *would_be, struct err *e);
/* Logs and audits that the change waits to be confirmed, and describes it in result (may be NULL). */
void confirmation_made(struct confirmation *c, const struct confirmation_request *r, struct doc *result);
/* Ends the window, since the roots could not be changed. */
void confirmation_undo(struct confirmation *c);

/* To be called after each change of roots or pins: the window takes back none that somebody else has
 * changed. */
void confirmation_roots_changed(struct confirmation *c);

/* Confirms the change that waits to be confirmed, or takes it back now. result (may be NULL) gets who made
 * the change and the values that stay, or that are restored; it is of no use after a failure. ERR_NOTFOUND:
 * no change waits. */
int confirmation_confirm(struct confirmation *c, const struct audit_who *who, struct doc *result,
			 struct err *e);
int confirmation_take_back(struct confirmation *c, const struct audit_who *who, struct doc *result,
			   struct err *e);

/* struct diagnostics makes and frees it. A change that waited when the process ended goes on waiting, or is
 * taken back at once if the process ended several times while it waited. */
struct confirmation *confirmation_new(struct agent *a);
void confirmation_free(struct confirmation *c);

#endif
