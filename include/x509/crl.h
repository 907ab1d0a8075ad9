/* SPDX-License-Identifier: MIT */
/* crl: one revocation list, read once. */
#ifndef X509_CRL_H
#define X509_CRL_H

#include "x509/cert.h"

struct crl {
	X509_CRL *x;
	int refs;
	unsigned char *der;
	size_t len;
	int64_t this_update, next_update;
	int this_bad, next_bad; /* as cert's; next_bad 3: there is none */
	int broken, delta, has_number, number_critical, has_authority_key;
	char unknown_critical[80];
	ISSUING_DIST_POINT *scope;   /* NULL: everything that its issuer issued */
	int digest_nid, digest_bits; /* of its signature */
	struct cert *asked;          /* whose key was tried on the signature last, and what came of it */
	int asked_good;
};

struct crl *crl_parse(const unsigned char *der, size_t len, struct err *e);
struct crl *crl_ref(struct crl *l);
void crl_free(struct crl *l);
int crl_issued_by_name(const struct crl *l, const X509_NAME *issuer);
int crl_signed_by(struct crl *l, struct cert *issuer);
/* Whether the list says all of c: 1; 0 nothing; -1 a part of it only: a delta, indirect or partial list. */
int crl_covers(struct crl *l, const struct cert *c);
int crl_lists(struct crl *l, const struct cert *c);

#endif
