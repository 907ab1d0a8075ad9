/* SPDX-License-Identifier: MIT */
/* cert: one certificate, decoded once, with everything that the verification asks of it. It is counted by
 * references. */
#ifndef X509_CERT_H
#define X509_CERT_H

#include "base/err.h"
#include "x509/asn1_time.h"

#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

/* The extensions that are decoded. A critical one that is not among them is not understood. */
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
	unsigned char *der; /* as it was received */
	size_t len;

	int64_t not_before, not_after;               /* Unix seconds */
	enum asn1_time_form before_form, after_form; /* how the two dates are written */
	int self_issued;                             /* subject and issuer are the same name */
	int self_signed; /* its signature is by its own key: 1, 0; -1: cert_self_signed was not asked yet */

	EVP_PKEY *key;                                          /* borrowed from x; NULL: unreadable */
	int signature_nid, digest_nid, signer_nid, digest_bits; /* 0: not known */

	unsigned has, critical, broken; /* EXT_BIT sums */
	int repeated;                   /* some extension occurs twice */
	int crowded;               /* there are more than CERT_EXTENSIONS_MAX extensions: none was read */
	char unknown_critical[80]; /* the first one, or "" */
	void *ext[EXT_N];          /* decoded, or NULL */

	int ca;             /* basic constraints say so */
	long path_len;      /* -1: none; -2: unreadable */
	unsigned key_usage; /* KU_..., only if EXT_KEY_USAGE is there */
	unsigned usages;    /* enum usage, only if EXT_EXTENDED_USAGE is there */
	unsigned netscape;  /* NS_..., likewise */
	int must_staple;
};

/* Decodes exactly len bytes of DER. Yours to cert_free; NULL with *e filled if they are not one
 * certificate. */
struct cert *cert_parse(const unsigned char *der, size_t len, struct err *e);
/* The same from OpenSSL's object, which is borrowed. */
struct cert *cert_of(X509 *x, struct err *e);
/* One more reference to c, which is returned; each wants its cert_free. */
struct cert *cert_ref(struct cert *c);
void cert_free(struct cert *c);

/* 1 if both are the same, byte for byte. */
int cert_same(const struct cert *a, const struct cert *b);
/* 1 if subject and key are the same: two certificates of one CA. */
int cert_same_name_and_key(const struct cert *a, const struct cert *b);
/* 1 if the child's issuer name is the issuer's subject. */
int cert_names_join(const struct cert *child, const struct cert *issuer);
/* 1 if the signature algorithm is the same in the two places that name it; no signature is right without
 * that. */
int cert_one_algorithm(const struct cert *c);
/* 1 if the issuer's key made the child's signature. This costs a public key operation. */
int cert_signed_by(const struct cert *child, const struct cert *issuer);
/* 1 if c is signed by its own key; worked out once. */
int cert_self_signed(struct cert *c);
/* How the child's authority key identifier fits the issuer: 1 it agrees; 0 it says nothing; -30 or -31, the
 * code of what differs. */
int cert_issuer_hint(const struct cert *child, const struct cert *issuer);

/* 1 if the extension is there, and if it is marked critical. */
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

/* Returns the version of OpenSSL with which this process runs. Static. */
const char *cert_library_version(void);

#endif
