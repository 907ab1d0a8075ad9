/* SPDX-License-Identifier: MIT */
/* cert: one certificate, decoded once, with everything that verification needs of it. It has a reference
 * count. */
#ifndef X509_CERT_H
#define X509_CERT_H

#include "base/err.h"
#include "x509/asn1_time.h"

#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

/* The extensions that are decoded. Verification does not understand a critical extension of another kind. */
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
	     /* for code, mail, time stamps, which the CA/Browser Forum separates from servers */
	     USAGE_NOT_TLS = 32
};

struct cert {
	X509 *x;
	int refs;
	unsigned char *der; /* the bytes as they were received */
	size_t len;

	int64_t not_before, not_after;               /* Unix seconds */
	enum asn1_time_form before_form, after_form; /* the form in which the two dates are written */
	int self_issued;                             /* 1: subject and issuer are the same name */
	int self_signed; /* 1: signed by its own key; 0: not; -1: cert_self_signed was not called yet */

	EVP_PKEY *key;                                          /* borrowed from x; NULL: unreadable */
	int signature_nid, digest_nid, signer_nid, digest_bits; /* 0: unknown */

	unsigned has, critical, broken; /* EXT_BIT sums */
	int repeated;                   /* 1: an extension occurs twice */
	int crowded; /* 1: there are more than CERT_EXTENSIONS_MAX extensions, and none was read */
	char unknown_critical[80]; /* the first unknown critical extension; "" */
	void *ext[EXT_N];          /* decoded; NULL: missing or broken */

	int ca;             /* 1: basic constraints mark it as a CA */
	long path_len;      /* -1: none; -2: unreadable */
	unsigned key_usage; /* KU_..., valid only with EXT_KEY_USAGE */
	unsigned usages;    /* a sum of enum usage, valid only with EXT_EXTENDED_USAGE */
	unsigned netscape;  /* NS_..., valid only with EXT_NETSCAPE_TYPE */
	int must_staple;
};

/* Decodes exactly len bytes of DER. The caller frees the result with cert_free. Returns NULL with *e if they
 * are not one certificate. */
struct cert *cert_parse(const unsigned char *der, size_t len, struct err *e);
/* As cert_parse, from OpenSSL's object, which is borrowed. */
struct cert *cert_of(X509 *x, struct err *e);
/* Adds a reference to c and returns c. Each reference is released by cert_free. */
struct cert *cert_ref(struct cert *c);
void cert_free(struct cert *c);

/* Returns 1 if both are the same, byte for byte. */
int cert_same(const struct cert *a, const struct cert *b);
/* Returns 1 if subject and key are the same: two certificates of one CA. */
int cert_same_name_and_key(const struct cert *a, const struct cert *b);
/* Returns 1 if the child's issuer name is the issuer's subject. */
int cert_names_join(const struct cert *child, const struct cert *issuer);
/* Returns 1 if the two places that name the signature algorithm name the same one; otherwise no signature is
 * valid. */
int cert_one_algorithm(const struct cert *c);
/* Returns 1 if the issuer's key made the child's signature. This costs a public key operation. */
int cert_signed_by(const struct cert *child, const struct cert *issuer);
/* Returns 1 if c is signed by its own key; computed once. */
int cert_self_signed(struct cert *c);
/* Compares the child's authority key identifier with the issuer. Returns 1 if it agrees; 0 if there is none
 * to compare; -30 or -31, the code of the part that differs. */
int cert_issuer_hint(const struct cert *child, const struct cert *issuer);

/* cert_has returns 1 if the certificate has the extension, cert_is_critical if it is marked critical. */
static inline int cert_has(const struct cert *c, enum ext e)
{
	return (c->has & EXT_BIT(e)) != 0;
}
static inline int cert_is_critical(const struct cert *c, enum ext e)
{
	return (c->critical & EXT_BIT(e)) != 0;
}

/* Write the subject's and the issuer's name in OpenSSL's one-line form, /C=US/O=..., cut to size. */
void cert_subject(const struct cert *c, char *ret, size_t size);
void cert_issuer(const struct cert *c, char *ret, size_t size);

/* Returns the version of OpenSSL with which this process runs. Static. */
const char *cert_library_version(void);

#endif
