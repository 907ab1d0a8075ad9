/* SPDX-License-Identifier: MIT */
/* security_own: changes own certificates and certificate requests. */
#include "agent_internal.h"

#include "agent/security.h"
#include "base/log.h"
#include "crypto/keygen.h"
#include "crypto/request.h"

#include <string.h>

enum { DAY_S = 24 * 3600 };

int security_own_put(struct agent *a, const struct security_own_request *r, struct doc *result, struct err *e)
{
	struct anchors_upload u = { .data = r->data,
				    .len = r->len,
				    .passphrase = r->passphrase,
				    .purpose = r->purpose,
				    .now_unix = agent_now(a) };
	struct buf report;
	char fingerprint[41];
	buf_init(&report, 64 << 10);
	int failed = own_put(a->anchors, &u, &report, fingerprint, e);
	if (!failed) {
		security_report(result, &report);
		doc_add_value(result, "Fingerprint", DOC_STRING, fingerprint);
		log_notice("security: own certificate %s added", fingerprint);
		audit_mark(a->audit, 1u << AUDIT_OWN | 1u << AUDIT_REQUEST);
	}
	buf_done(&report);
	return failed;
}

/* Finds the certificate that was just activated, and adds remarks about it to the result. */
static void note(const struct agent *a, const struct own_activation *r, struct doc *result)
{
	struct own_info info;
	size_t i = 0;
	while (own_info(a->anchors, i, &info) == 0 && !anchors_fingerprint_is(&info.cert, r->fingerprint))
		i++;
	if (i < own_count(a->anchors) && info.self_signed)
		doc_add_value(
			result, "Note", DOC_STRING,
			"it is self-signed: others trust it only where they keep this very certificate");
}

int security_own_activate(struct agent *a, const struct own_activation *r, struct doc *result, struct err *e)
{
	struct buf replaced;
	buf_init(&replaced, 1024);
	int failed = own_activate(a->anchors, r, &replaced, e);
	if (!failed) {
		note(a, r, result);
		if (replaced.len)
			doc_add_value(result, "Replaced", DOC_STRING, buf_str(&replaced));
		log_notice("security: own certificate %s serves %s%s%s", r->fingerprint,
			   own_purpose_name(r->purpose), replaced.len ? " in place of " : "",
			   buf_str(&replaced));
		security_changed(a, NULL);
	}
	buf_done(&replaced);
	return failed;
}

int security_own_deactivate(struct agent *a, const char *fingerprint, enum own_purpose purpose, struct err *e)
{
	if (own_deactivate(a->anchors, fingerprint, purpose, e) < 0)
		return -1;
	log_notice("security: own certificate %s no longer serves %s", fingerprint,
		   own_purpose_name(purpose));
	security_changed(a, NULL);
	return 0;
}

int security_own_delete(struct agent *a, const char *fingerprint, struct err *e)
{
	if (own_delete(a->anchors, fingerprint, e) < 0)
		return -1;
	log_notice("security: own certificate %s deleted", fingerprint);
	security_changed(a, NULL);
	return 0;
}

int security_own_unlock(struct agent *a, const char *fingerprint, const char *passphrase, struct err *e)
{
	if (own_unlock(a->anchors, fingerprint, passphrase, e) < 0)
		return -1;
	log_notice("security: own certificate %s unlocked", fingerprint);
	security_changed(a, NULL);
	return 0;
}

int security_own_backup(struct agent *a, const struct own_backup *r, struct buf *der, struct err *e)
{
	if (own_backup(a->anchors, r, der, e) < 0)
		return -1;
	log_notice("security: own certificate %s was backed up with its private key", r->fingerprint);
	return 0;
}

int security_own_self_sign(struct agent *a, const struct security_self_signed *r, struct doc *result,
			   struct err *e)
{
	int64_t now = agent_now(a), from = now ? now : date_floor(a->date, loop_now_ms(a->loop));
	struct request_signing s = { .key_pem = r->key_pem,
				     .from = from,
				     .until = from + (int64_t)r->days * DAY_S };
	struct buf pem;
	buf_init(&pem, REQUEST_PEM_MAX + KEYGEN_PEM_MAX);
	/* allocated at once: a buffer that is moved later would leave a copy of the key behind */
	buf_room(&pem, REQUEST_PEM_MAX);
	int failed = request_self_sign(&r->request, &s, &pem, e);
	buf_adds(&pem, r->key_pem);
	if (!failed)
		failed = security_own_put(
			a, &(struct security_own_request){ .data = buf_str(&pem), .len = pem.len }, result,
			e);
	buf_wipe(&pem);
	return failed;
}

int security_request_create(struct agent *a, const struct requests_order *o, struct err *e)
{
	if (requests_create(a->anchors, o, e) < 0)
		return -1;
	audit_mark(a->audit, 1u << AUDIT_REQUEST);
	log_notice("security: certificate request %s made%s%s", o->name,
		   o->renews ? " with the key of own certificate " : "", o->renews ? o->renews : "");
	return 0;
}

int security_request_delete(struct agent *a, const char *name, struct err *e)
{
	if (requests_delete(a->anchors, name, e) < 0)
		return -1;
	audit_mark(a->audit, 1u << AUDIT_REQUEST);
	log_notice("security: certificate request %s deleted with its key", name);
	return 0;
}
