/* SPDX-License-Identifier: MIT */
#include "x509/crl.h"

#include "base/mem.h"
#include "x509/asn1_time.h"
#include "x509/der.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_unknown(struct crl *l, const ASN1_OBJECT *o)
{
	if (!l->unknown_critical[0] &&
	    OBJ_obj2txt(l->unknown_critical, sizeof l->unknown_critical, o, 1) <= 0)
		snprintf(l->unknown_critical, sizeof l->unknown_critical, "an unreadable identifier");
}

static void read_scope(struct crl *l, X509_EXTENSION *x)
{
	const ASN1_OCTET_STRING *s = X509_EXTENSION_get_data(x);
	const unsigned char *p = ASN1_STRING_get0_data(s), *end = p + ASN1_STRING_length(s);
	if (l->scope)
		l->broken = 1;
	else
		l->scope = (ISSUING_DIST_POINT *)ASN1_item_d2i(NULL, &p, end - p,
							       ASN1_ITEM_rptr(ISSUING_DIST_POINT));
	if (!l->scope || p != end)
		l->broken = 1;
	if (l->scope && l->scope->distpoint &&
	    !DIST_POINT_set_dpname(l->scope->distpoint, X509_CRL_get_issuer(l->x)))
		l->broken = 1;
}

static void read_extensions(struct crl *l)
{
	for (int i = 0; i < X509_CRL_get_ext_count(l->x); i++) {
		X509_EXTENSION *x = X509_CRL_get_ext(l->x, i);
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(x);
		int critical = X509_EXTENSION_get_critical(x);
		switch (OBJ_obj2nid(o)) {
		case NID_issuing_distribution_point: read_scope(l, x); break;
		case NID_delta_crl: l->delta = 1; break;
		case NID_crl_number:
			l->has_number = 1;
			l->number_critical = critical;
			break;
		case NID_authority_key_identifier: l->has_authority_key = 1; break;
		default:
			if (critical)
				note_unknown(l, o);
		}
	}
}

/* Reads the entries. A critical entry extension that is not understood makes the whole list unusable (RFC
 * 5280, 5.3). */
static void read_entries(struct crl *l)
{
	const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(l->x);
	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *r = sk_X509_REVOKED_value(entries, i);
		for (int k = 0; k < X509_REVOKED_get_ext_count(r); k++) {
			X509_EXTENSION *x = X509_REVOKED_get_ext(r, k);
			int nid = OBJ_obj2nid(X509_EXTENSION_get_object(x));
			if (X509_EXTENSION_get_critical(x) && nid != NID_crl_reason &&
			    nid != NID_invalidity_date)
				note_unknown(l, X509_EXTENSION_get_object(x));
		}
	}
}

static int pss_digest(const X509_ALGOR *a)
{
	const void *value;
	int type, nid = NID_sha1; /* the default (RFC 4055) */
	X509_ALGOR_get0(NULL, &type, &value, a);
	RSA_PSS_PARAMS *p =
		type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
	if (p && p->hashAlgorithm)
		nid = OBJ_obj2nid(p->hashAlgorithm->algorithm);
	RSA_PSS_PARAMS_free(p);
	return nid;
}

static void read_signature_algorithm(struct crl *l)
{
	const X509_ALGOR *a;
	int nid = X509_CRL_get_signature_nid(l->x);
	X509_CRL_get0_signature(l->x, NULL, &a);
	if (nid == NID_rsassaPss)
		l->digest_nid = pss_digest(a);
	else if (nid == NID_ED25519 || nid == NID_ED448)
		l->digest_bits = 128;
	else
		OBJ_find_sigid_algs(nid, &l->digest_nid, NULL);
	const EVP_MD *md = l->digest_nid ? EVP_get_digestbynid(l->digest_nid) : NULL;
	if (md && l->digest_nid != NID_sha1 && l->digest_nid != NID_md5)
		l->digest_bits = EVP_MD_get_size(md) * 4;
}

struct crl *crl_parse(const unsigned char *der, size_t len, struct err *e)
{
	const unsigned char *p = der;
	X509_CRL *x = len <= CERT_DER_MAX ? d2i_X509_CRL(NULL, &p, (long)len) : NULL;
	if (!x || p != der + len) {
		X509_CRL_free(x);
		ERR_clear_error();
		der_refuse(der, len, "revocation list", e);
		return NULL;
	}
	struct crl *l = mem_new(sizeof *l);
	l->refs = 1;
	l->x = x;
	l->der = (unsigned char *)mem_dup_n(der, len);
	l->len = len;
	l->this_form = asn1_time_read(X509_CRL_get0_lastUpdate(x), &l->this_update);
	l->next_form = X509_CRL_get0_nextUpdate(x)
			       ? asn1_time_read(X509_CRL_get0_nextUpdate(x), &l->next_update)
			       : ASN1_TIME_ABSENT;
	read_extensions(l);
	read_entries(l);
	read_signature_algorithm(l);
	ERR_clear_error();
	return l;
}

struct crl *crl_ref(struct crl *l)
{
	l->refs++;
	return l;
}

void crl_free(struct crl *l)
{
	if (!l || --l->refs)
		return;
	ISSUING_DIST_POINT_free(l->scope);
	X509_CRL_free(l->x);
	cert_free(l->asked);
	free(l->der);
	free(l);
}

int crl_issued_by_name(const struct crl *l, const X509_NAME *issuer)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(l->x), issuer) == 0;
}

int crl_signed_by(struct crl *l, struct cert *issuer)
{
	if (l->asked && cert_same(l->asked, issuer))
		return l->asked_good;
	cert_free(l->asked);
	l->asked = cert_ref(issuer);
	l->asked_good = issuer->key && X509_CRL_verify(l->x, issuer->key) == 1;
	ERR_clear_error();
	return l->asked_good;
}

static int names_meet(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (int k = 0; k < sk_GENERAL_NAME_num(b); k++)
			if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, k)) == 0)
				return 1;
	return 0;
}

static int name_among(const X509_NAME *name, const GENERAL_NAMES *list)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(list, i);
		if (n->type == GEN_DIRNAME && X509_NAME_cmp(n->d.directoryName, name) == 0)
			return 1;
	}
	return 0;
}

static int points_meet(const DIST_POINT_NAME *a, const DIST_POINT_NAME *b)
{
	if (a->type == 1 && b->type == 1)
		return a->dpname && b->dpname && X509_NAME_cmp(a->dpname, b->dpname) == 0;
	if (a->type == 0 && b->type == 0)
		return names_meet(a->name.fullname, b->name.fullname);
	const DIST_POINT_NAME *relative = a->type == 1 ? a : b, *full = a->type == 1 ? b : a;
	return relative->dpname && name_among(relative->dpname, full->name.fullname);
}

/* Returns 1 if the certificate names this distribution point: a list for one point covers only such
 * certificates. */
static int point_is_named(const DIST_POINT_NAME *point, const struct cert *c)
{
	CRL_DIST_POINTS *points = c->ext[EXT_CRL_POINTS];
	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		DIST_POINT *d = sk_DIST_POINT_value(points, i);
		if (!d->distpoint || d->reasons || d->CRLissuer)
			continue;
		if (d->distpoint->type == 1 && !d->distpoint->dpname &&
		    !DIST_POINT_set_dpname(d->distpoint, X509_get_issuer_name(c->x)))
			continue;
		if (points_meet(point, d->distpoint))
			return 1;
	}
	return 0;
}

int crl_covers(struct crl *l, const struct cert *c)
{
	const ISSUING_DIST_POINT *s = l->scope;
	if (s && (s->onlyattr > 0 || (s->onlyuser > 0 && c->ca) || (s->onlyCA > 0 && !c->ca) ||
		  (s->distpoint && !point_is_named(s->distpoint, c))))
		return 0;
	return l->delta || (s && (s->indirectCRL > 0 || s->onlysomereasons)) ? -1 : 1;
}

int crl_lists(struct crl *l, const struct cert *c)
{
	enum { TAKEN_OFF = 2 }; /* OpenSSL's result for an entry "removeFromCRL" */
	X509_REVOKED *entry;
	int r = X509_CRL_get0_by_cert(l->x, &entry, c->x);
	return r != 0 && !(r == TAKEN_OFF && l->delta);
}
