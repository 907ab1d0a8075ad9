/* SPDX-License-Identifier: MIT */
/* crl: one revocation list, decoded once. It is counted by references. */
#ifndef X509_CRL_H
#define X509_CRL_H

#include "x509/asn1_time.h"
#include "x509/cert.h"

struct crl {
	X509_CRL *x;
	int refs;
	unsigned char *der;
	size_t len;
	int64_t this_update, next_update;
	enum asn1_time_form this_form,
		next_form; /* next_form ASN1_TIME_ABSENT: the next list is not announced */
	int broken, delta, has_number, number_critical, has_authority_key;
	char unknown_critical[80];
	ISSUING_DIST_POINT *scope;   /* NULL: everything that its issuer issued */
	int digest_nid, digest_bits; /* the digest of its signature */
	struct cert *asked;          /* whose key crl_signed_by tried last, and with which result */
	int asked_good;
};

/* Decodes exactly len bytes of DER. Yours to crl_free; NULL with *e filled if they are not one revocation
 * list. */
struct crl *crl_parse(const unsigned char *der, size_t len, struct err *e);
/* One more reference to l, which is returned. */
struct crl *crl_ref(struct crl *l);
void crl_free(struct crl *l);
/* 1 if this is the name of its issuer. */
int crl_issued_by_name(const struct crl *l, const X509_NAME *issuer);
/* 1 if the issuer's key made its signature; the last answer is remembered. */
int crl_signed_by(struct crl *l, struct cert *issuer);
/* Whether the list is complete for c: 1; 0: it says nothing about c; -1: only a part, since it is a delta,
 * indirect or partial list. */
int crl_covers(struct crl *l, const struct cert *c);
/* 1 if c is on it: revoked, or on hold. */
int crl_lists(struct crl *l, const struct cert *c);

#endif
