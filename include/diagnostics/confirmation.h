/* SPDX-License-Identifier: MIT */
/* confirmation: changes of settings and roots that take effect, and are taken back unless they are
 * confirmed in time (confirm/window.h). Taking back restores the values that the change has made and nobody
 * has changed since. */
#ifndef DIAGNOSTICS_CONFIRMATION_H
#define DIAGNOSTICS_CONFIRMATION_H

#include "agent/agent.h"
#include "audit/audit.h"
#include "diagnostics/diagnostics.h"

enum { CONFIRMATION_MINUTES_MAX = 60 };

struct confirmation_request { /* plain data */
	int minutes;          /* 1 to CONFIRMATION_MINUTES_MAX */
	int needs_manager;    /* 1: the manager's accepting the device under the change confirms it, too */
	int gives_back;       /* 1: roots and pins that the change takes away may come back */
	struct audit_who who; /* who asks for it */
};

/* Makes the settings as agent_configure does, after what they were is on disk. Ends a change of the
 * manager's that waits to be confirmed: it is taken back. result (may be NULL) gets what waits, and how it
 * was before. Fails as agent_configure and window_open do. */
int confirmation_configure(struct confirmation *c, const struct confirmation_request *r,
			   const struct settings_pair *set, size_t n, struct doc *result, struct err *e);

/* The same for roots: to be called before the roots become those of would_be. If they cannot be changed
 * after all, confirmation_undo ends it. Fails, too, with ERR_CONFIG if a root or pin would go and r does
 * not have gives_back. */
int confirmation_of_roots(struct confirmation *c, const struct confirmation_request *r,
			  const struct anchors *would_be, struct doc *result, struct err *e);
void confirmation_undo(struct confirmation *c);

/* Confirms the change that waits, or takes it back now. ERR_NOTFOUND: none waits. */
int confirmation_confirm(struct confirmation *c, const struct audit_who *who, struct err *e);
int confirmation_take_back(struct confirmation *c, const struct audit_who *who, struct err *e);

/* Diagnostics makes and frees it. What waited when the process ended goes on to wait, or is taken back at
 * once. */
struct confirmation *confirmation_new(struct agent *a);
void confirmation_free(struct confirmation *c);

#endif
