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

/* As confirmation_configure, for roots. The caller calls confirmation_check_roots first, which fails if the
 * change cannot wait: also with ERR_CONFIG if it takes trust away as above and r->gives_back is 0.
 * Otherwise it takes back a change by the manager as above, by which the roots may have changed: the caller
 * computes would_be anew, calls confirmation_of_roots, makes the roots those of would_be, and calls
 * confirmation_undo if that fails. */
int confirmation_check_roots(struct confirmation *c, const struct confirmation_request *r,
			     const struct anchors *would_be, struct err *e);
int confirmation_of_roots(struct confirmation *c, const struct confirmation_request *r,
			  const struct anchors *would_be, struct err *e);
void confirmation_made(struct confirmation *c, const struct confirmation_request *r, struct doc *result);
void confirmation_undo(struct confirmation *c);

/* To be called after each change of roots or pins: the window takes back none that somebody else has
 * changed. */
void confirmation_roots_changed(struct confirmation *c);

/* Confirms the change that waits to be confirmed, or takes it back now. ERR_NOTFOUND: no change waits. */
int confirmation_confirm(struct confirmation *c, const struct audit_who *who, struct err *e);
int confirmation_take_back(struct confirmation *c, const struct audit_who *who, struct err *e);

/* struct diagnostics makes and frees it. A change that waited when the process ended goes on waiting, or is
 * taken back at once if the process ended several times while it waited. */
struct confirmation *confirmation_new(struct agent *a);
void confirmation_free(struct confirmation *c);

#endif
