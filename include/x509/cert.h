/* SPDX-License-Identifier: MIT */
/* cert: one certificate, read once, with everything that the checks ask of it. */
#ifndef X509_CERT_H
#define X509_CERT_H

#include "base/err.h"

#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

/* The extensions that are read. What is not here, and critical, is not understood. */
enum ext {
	EXT_BASIC,
	EXT_KEY_USAGE,
	EXT_EXTENDED_USAGE,
	EXT_ALT_NAMES,
	EXT_ISSUER_ALT,
	EXT_SUBJECT_KEY,
	EXT_AUTHORITY_KEY,
	EXT_NAME_CONSTRAINTS,
	EXT_POLICIES,
	EXT_POLICY_MAPPINGS,
	EXT_POLICY_CONSTRAINTS,
	EXT_INHIBIT_ANY,
	EXT_CRL_POINTS,
	EXT_INFO_ACCESS,
	EXT_TLS_FEATURE,
	EXT_NETSCAPE_TYPE,
	EXT_N
};
enum { CERT_EXTENSIONS_MAX = 64, CERT_DER_MAX = 4 << 20 };
#define EXT_BIT(e) (1u << (e))

enum usage { /* extended key usages seen */
	     USAGE_SERVER = 1,
	     USAGE_CLIENT = 2,
	     USAGE_ANY = 4,
	     USAGE_OCSP = 8,
	     USAGE_OTHER = 16,
	     USAGE_NOT_TLS =
		     32 /* code, mail, time stamps: what the CA/Browser Forum keeps apart from servers */
};

struct cert {
	X509 *x;
	int refs;
	unsigned char *der; /* as it came */
	size_t len;

	int64_t not_before, not_after;
	int before_bad,
		after_bad; /* 0; 1: unreadable; 2: readable, but in the form RFC 5280 forbids for this year */
	int self_issued;   /* subject and issuer are the same name */
	int self_signed;   /* and its signature is by its own key: 1; -1 not asked yet */

	EVP_PKEY *key;                                          /* borrowed from x; NULL: unreadable */
	int signature_nid, digest_nid, signer_nid, digest_bits; /* 0: not known */

	unsigned has, critical, broken; /* EXT_BIT sums */
	int repeated;                   /* some extension stands twice */
	int crowded;                    /* more than CERT_EXTENSIONS_MAX: none was read */
	char unknown_critical[80];      /* the first one, or "" */
	void *ext[EXT_N];               /* decoded, or NULL */

	int ca;             /* basic constraints say so */
	long path_len;      /* -1: none; -2: unreadable */
	unsigned key_usage; /* KU_..., only if EXT_KEY_USAGE is there */
	unsigned usages;    /* enum usage, only if EXT_EXTENDED_USAGE is there */
	unsigned netscape;  /* NS_..., likewise */
	int must_staple;
};

/* Reads exactly len bytes of DER; -1 with a sentence if they are not one certificate. */
struct cert *cert_parse(const unsigned char *der, size_t len, struct err *e);
/* From a library's object, borrowed. */
struct cert *cert_of(X509 *x, struct err *e);
struct cert *cert_ref(struct cert *c);
void cert_free(struct cert *c);

int cert_same(const struct cert *a, const struct cert *b);
int cert_same_name_and_key(const struct cert *a, const struct cert *b);
int cert_names_join(const struct cert *child, const struct cert *issuer);
/* Whether the signature algorithm is the same in both places that name it; without that no signature is
 * right. */
int cert_one_algorithm(const struct cert *c);
/* Whether the issuer's key made the child's signature. */
int cert_signed_by(const struct cert *child, const struct cert *issuer);
int cert_self_signed(struct cert *c);
/* How the child's authority key identifier fits: 1 agrees, 0 says nothing, else minus the code 30 or 31. */
int cert_issuer_hint(const struct cert *child, const struct cert *issuer);

static inline int cert_has(const struct cert *c, enum ext e)
{
	return (c->has & EXT_BIT(e)) != 0;
}
static inline int cert_is_critical(const struct cert *c, enum ext e)
{
	return (c->critical & EXT_BIT(e)) != 0;
}

/* The subject's and the issuer's name in OpenSSL's one-line form, /C=US/O=..., cut to size. */
void cert_subject(const struct cert *c, char *ret, size_t size);
void cert_issuer(const struct cert *c, char *ret, size_t size);

#endif
