/* SPDX-License-Identifier: MIT */
/* crl: one revocation list, decoded once. It has a reference count. */
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
	ISSUING_DIST_POINT *scope;   /* NULL: it covers everything that its issuer has issued */
	int digest_nid, digest_bits; /* the digest of its signature */
	/* the certificate with whose key crl_signed_by last checked the signature, and the result */
	struct cert *asked;
	int asked_good;
};

/* Decodes exactly len bytes of DER. The caller frees the result with crl_free. Returns NULL with *e if they
 * are not one revocation list. */
struct crl *crl_parse(const unsigned char *der, size_t len, struct err *e);
/* Adds a reference to l and returns l. */
struct crl *crl_ref(struct crl *l);
void crl_free(struct crl *l);
/* Returns 1 if this is the name of its issuer. */
int crl_issued_by_name(const struct crl *l, const X509_NAME *issuer);
/* Returns 1 if the issuer's key made its signature. The last result is kept. */
int crl_signed_by(struct crl *l, struct cert *issuer);
/* Returns 1 if the list is complete for c; 0 if it does not cover c; -1 if it is only a part: a delta,
 * indirect or partial list. */
int crl_covers(struct crl *l, const struct cert *c);
/* Returns 1 if c is on the list: revoked, or on hold. */
int crl_lists(struct crl *l, const struct cert *c);

#endif
