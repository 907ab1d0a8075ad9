/* SPDX-License-Identifier: MIT */
/* security: what can be asked of the agent's trust: roots, own certificates, revocation lists, verdicts. */
#ifndef AGENT_SECURITY_H
#define AGENT_SECURITY_H

#include "agent/agent.h"

/* Roots. A change that would make a server which is believed now unbelievable is refused, unless forced:
 * every configured server and every registration is asked for its certificate and judged by the roots as they
 * would be. */
enum agent_ca_what { AGENT_CA_ADD, AGENT_CA_REPLACE, AGENT_CA_DELETE };
struct agent_ca_request {
	enum agent_ca_what what;
	const char *text; /* ADD, REPLACE: PEM or DER; borrowed for the call */
	size_t len;
	const char *fingerprint; /* DELETE; borrowed */
	/* ADD: the certificate is an anchor for this host only; NULL: for all. DELETE: this pin; NULL: the
	 * root */
	const char *pin_host;
	int dry_run; /* show what would be, change nothing */
	int force;   /* change whatever the servers say */
};
/* Fills result (borrowed until done), then done(arg, err) once, never before the call returned. -1: refused
 * at once, done is not called. A change that needs no trial is made before the call returns, and told as all
 * others. */
struct agent_trial;
int agent_ca_change(struct agent *a, const struct agent_ca_request *r, struct doc *result,
		    void (*done)(void *arg, const struct err *e), void *arg, struct agent_trial **ret,
		    struct err *e);
/* Nobody waits any more; what was not yet changed stays. NULL is fine. */
void agent_trial_cancel(struct agent_trial *t);
/* The list as it was before the last change, again; doing so twice undoes it. */
int agent_ca_restore(struct agent *a, struct err *e);
/* All roots go (the older systems' "certificate del root"). */
int agent_ca_clear(struct agent *a, struct err *e);

/* Own certificates (Services) and revocation lists: as their functions in trust/anchors.h, and everyone who
 * must know is told. data is PEM, or PKCS#12, binary or in base64. */
struct agent_own_request {
	const char *data;
	size_t len;
	const char *passphrase; /* NULL or "": none */
};
/* result gets the Fingerprint, and what there is to say of each certificate. */
int agent_own_put(struct agent *a, const struct agent_own_request *r, struct doc *result, struct err *e);
enum agent_own_act { AGENT_OWN_ACTIVATE, AGENT_OWN_DEACTIVATE, AGENT_OWN_DELETE };
int agent_own_act(struct agent *a, enum agent_own_act what, const char *fingerprint, struct err *e);
int agent_own_unlock(struct agent *a, const char *fingerprint, const char *passphrase, struct err *e);
int agent_crl_put(struct agent *a, const char *data, size_t len, struct doc *result, struct err *e);
int agent_crl_delete(struct agent *a, const char *fingerprint, struct err *e);

/* The administrator's password: only a salted hash is kept, and nothing shows it. "": none any more. */
int agent_admin_password(struct agent *a, const char *password, struct err *e);

/* Connects to the server of an https URL, judges its certificates, sends nothing, and fills result: verdict,
 * findings, and the first date on which it will fail, and why. at_unix: as of that day; 0: the trusted date.
 * As agent_ca_change otherwise. */
struct agent_inspection;
int agent_inspect(struct agent *a, const char *url, int64_t at_unix, struct doc *result,
		  void (*done)(void *arg, const struct err *e), void *arg, struct agent_inspection **ret,
		  struct err *e);
void agent_inspection_cancel(struct agent_inspection *i);

#endif
