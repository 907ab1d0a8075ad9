/* SPDX-License-Identifier: MIT */
#include "findings.h"
#include "x509/codes.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static struct verify_finding *place_for(struct verdict *v, int note)
{
	if (v->n < VERIFY_FINDINGS_MAX)
		return &v->findings[v->n++];
	/* If the verdict is full, a refusal replaces the last note. */
	for (size_t i = v->n; !note && i-- > 0;)
		if (v->findings[i].note)
			return &v->findings[i];
	return NULL;
}

static int is_there(const struct verdict *v, const struct verify_finding *f)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *o = &v->findings[i];
		if (o->code == f->code && o->depth == f->depth && o->note == f->note &&
		    !strcmp(o->found, f->found) && !strcmp(o->wanted, f->wanted))
			return 1;
	}
	return 0;
}

void findings_add(const struct check_at *at, const struct failed *what)
{
	struct findings *to = at->to;
	int note = what->weight == NOTE || (what->weight == STRICT && to->profile != VERIFY_STRICT);
	if (!note)
		to->refusals++;
	if (!to->v)
		return;
	struct verify_finding f = { .code = what->code, .depth = at->cert ? at->depth : -1, .note = note };
	if (at->cert)
		cert_subject(at->cert, f.subject, sizeof f.subject);
	const char *hint = at->cert && at->depth == 0 && to->leaf_hint ? to->leaf_hint : what->hint;
	snprintf(f.wanted, sizeof f.wanted, "%s", what->wanted ? what->wanted : "");
	snprintf(f.found, sizeof f.found, "%s", what->found ? what->found : "");
	snprintf(f.hint, sizeof f.hint, "%s", hint ? hint : codes_hint(what->code));
	if (is_there(to->v, &f))
		return;
	struct verify_finding *place = place_for(to->v, note);
	if (place)
		*place = f;
}

/* Returns the rank of a code among the findings; the lowest comes first, since it is the most important for
 * an administrator. Revoked and forged certificates come before chains without a root and before dates; then
 * follow wrong uses, wrong encodings, missing revocation lists, and the name, for which the log line has a
 * separate field; last a limit of the verification. The codes above INVALID_CA are OpenSSL's strict checks of
 * encodings. */
static int rank(long code)
{
	switch (code) {
	case X509_V_ERR_CERT_REVOKED: return 0;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE: return 1;
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: return 2;
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return 3;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID: return 4;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED: return 7;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return 8;
	case X509_V_ERR_UNSPECIFIED: return 9;
	default: return code == X509_V_ERR_APPLICATION_VERIFICATION || code > X509_V_ERR_INVALID_CA ? 6 : 5;
	}
}

static int before(const struct verify_finding *a, const struct verify_finding *b)
{
	if (a->note != b->note)
		return a->note < b->note;
	if (rank(a->code) != rank(b->code))
		return rank(a->code) < rank(b->code);
	return a->depth < b->depth;
}

void findings_to_verdict(struct findings *f)
{
	struct verdict *v = f->v;
	for (size_t i = 1; i < v->n; i++)
		for (size_t k = i; k > 0 && before(&v->findings[k], &v->findings[k - 1]); k--) {
			struct verify_finding other = v->findings[k];
			v->findings[k] = v->findings[k - 1];
			v->findings[k - 1] = other;
		}
	if (!f->refusals) {
		v->code = 0;
		return;
	}
	v->code = v->findings[0].code;
	if (v->findings[0].subject[0])
		snprintf(v->subject, sizeof v->subject, "%s", v->findings[0].subject);
	v->certificate_from = v->certificate_until = v->valid_until = 0;
}
