/* SPDX-License-Identifier: MIT */
/* security: changes the roots, own certificates and revocation lists of a running agent. */
#ifndef AGENT_SECURITY_H
#define AGENT_SECURITY_H

#include "agent/agent.h"
#include "certstore/own.h"
#include "certstore/requests.h"

/* For changes of roots see diagnostics/preflight.h, which probes the servers first. */
/* To be called after the agent's roots have been changed: has connections verified again, and logs the
 * change. */
void security_anchors_changed(struct agent *a, const char *what);
/* Adds an item Certificate to a command's result for each line of the report. */
void security_report(struct doc *result, const struct buf *report);

/* Restores the roots as they were before the last change; a second call undoes the first. */
int security_ca_restore(struct agent *a, struct err *e);
/* Deletes all roots (older systems' "certificate del root"). */
int security_ca_clear(struct agent *a, struct err *e);

/* Own certificates (Services), their requests and revocation lists. Each function does the same as the one of
 * that name in certstore/own.h, certstore/requests.h or certstore/crls.h, and then notifies the components
 * that use them. data is PEM, or PKCS#12, binary or in base64. */
struct security_own_request {
	const char *data;
	size_t len;
	const char *passphrase;   /* NULL or "": none */
	enum own_purpose purpose; /* purpose for which the certificate must be fit; 0: any */
};
/* Writes the Fingerprint and remarks about each certificate to result. */
int security_own_put(struct agent *a, const struct security_own_request *r, struct doc *result,
		     struct err *e);
/* result gets Replaced, a sentence, if another certificate was active for the purpose, and Note, if there is
 * a remark. */
int security_own_activate(struct agent *a, const struct own_activation *r, struct doc *result, struct err *e);
int security_own_deactivate(struct agent *a, const char *fingerprint, enum own_purpose purpose,
			    struct err *e);
int security_own_delete(struct agent *a, const char *fingerprint, struct err *e);
int security_own_unlock(struct agent *a, const char *fingerprint, const char *passphrase, struct err *e);
int security_own_backup(struct agent *a, const struct own_backup *r, struct buf *der, struct err *e);
struct security_self_signed {         /* all borrowed for the call */
	struct request_names request; /* names in the certificate */
	const char *key_pem;          /* the private key, not encrypted */
	int days;                     /* validity in days */
};
/* Makes a self-signed certificate and keeps it; result as security_own_put. Its validity begins at the
 * trusted date; while that is not known, at the floor of the date. */
int security_own_self_sign(struct agent *a, const struct security_self_signed *r, struct doc *result,
			   struct err *e);
int security_request_create(struct agent *a, const struct requests_order *o, struct err *e);
int security_request_delete(struct agent *a, const char *name, struct err *e);
int security_crl_put(struct agent *a, const char *data, size_t len, struct doc *result, struct err *e);
int security_crl_delete(struct agent *a, const char *fingerprint, struct err *e);

#endif
