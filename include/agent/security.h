/* SPDX-License-Identifier: MIT */
/* security: what can be asked of the agent's trust: roots, own certificates, revocation lists, verdicts. */
#ifndef AGENT_SECURITY_H
#define AGENT_SECURITY_H

#include "agent/agent.h"

/* Roots are changed by diagnostics/preflight.h, which asks the servers first. */
/* The roots in the agent's trust are different: everyone who must know is told. what says how, for the
 * log. */
void security_anchors_changed(struct agent *a, const char *what);
/* Adds an item Certificate to a command's result for each line of the report. */
void security_report(struct doc *result, const struct buf *report);

/* The list as it was before the last change, again; doing so twice undoes it. */
int security_ca_restore(struct agent *a, struct err *e);
/* All roots go (the older systems' "certificate del root"). */
int security_ca_clear(struct agent *a, struct err *e);

/* Own certificates (Services) and revocation lists: as the functions of certstore/own.h and certstore/crls.h,
 * and everyone who must know is told. data is PEM, or PKCS#12, binary or in base64. */
struct security_own_request {
	const char *data;
	size_t len;
	const char *passphrase; /* NULL or "": none */
};
/* result gets the Fingerprint, and what there is to say of each certificate. */
int security_own_put(struct agent *a, const struct security_own_request *r, struct doc *result,
		     struct err *e);
enum security_own_act { SECURITY_OWN_ACTIVATE, SECURITY_OWN_DEACTIVATE, SECURITY_OWN_DELETE };
int security_own_act(struct agent *a, enum security_own_act what, const char *fingerprint, struct err *e);
int security_own_unlock(struct agent *a, const char *fingerprint, const char *passphrase, struct err *e);
int security_crl_put(struct agent *a, const char *data, size_t len, struct doc *result, struct err *e);
int security_crl_delete(struct agent *a, const char *fingerprint, struct err *e);

/* The administrator's password: only a salted hash is kept, and nothing shows it. "": none any more. */
int security_admin_password(struct agent *a, const char *password, struct err *e);

#endif
