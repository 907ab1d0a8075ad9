/* SPDX-License-Identifier: MIT */
/* ca: the lab's certificate authority. It makes any certificate, right or wrong, from a recipe.
 *
 * Recipes come from this program only, so if OpenSSL cannot make a certificate from one, that is a bug, and
 * the program ends with a message. */
#ifndef LAB_CA_H
#define LAB_CA_H

#include "base/err.h"

#include <openssl/x509.h>
#include <stdint.h>

enum { CA_EXTENSIONS = 10, CA_DAY = 86400 };
/* The serial numbers of revoked certificates, which crl.pem lists. */
enum { CA_SERIAL_REVOKED = 0x5ea1, CA_SERIAL_REVOKED_AUTHORITY = 0x5ea2 };
enum ca_key { CA_RSA, CA_RSA_1024, CA_EC, CA_ED25519 };

struct ca_extension { /* as in openssl.cnf */
	const char *name, *value;
};

struct ca_recipe {
	const char *name; /* common name */
	EVP_PKEY *key;    /* the subject's key */
	X509 *issuer;     /* NULL: the certificate is self-signed */
	EVP_PKEY *issuer_key;
	int64_t from, until;                               /* Unix seconds */
	const char *digest;                                /* "SHA256"; NULL: the key's own (Ed25519) */
	long serial;                                       /* 0: a random number */
	int version_1;                                     /* X.509 version 1, which has no extensions */
	struct ca_extension extensions[CA_EXTENSIONS + 1]; /* ends at name NULL */
};

/* A server's key, and the certificates that it sends, its own first. */
struct ca_chain {
	EVP_PKEY *key;
	STACK_OF(X509) * sent;
};

struct ca {
	int64_t now; /* the lab's date */
	EVP_PKEY *root_key, *intermediate_key, *leaf_key;
	X509 *root, *intermediate;
	/* while the root is replaced: the next root, with its key, or afterwards the previous one; otherwise
	 * NULL */
	X509 *other;
	EVP_PKEY *other_key;
};

/* Loads root.pem and root.key from the folder, or makes and stores them. So a lab that is started again is
 * still trusted. */
int ca_init(struct ca *ca, const char *folder, int64_t now, struct err *e);
void ca_done(struct ca *ca);
/* The three steps in which a root is replaced. begin: makes the next root, and root.pem has both; servers'
 * certificates are still issued below the old one. switch: certificates are issued below the next root from
 * now on. end: root.pem has only the new root. Fails with ERR_INPUT if the steps are not made in this
 * order. */
int ca_rotate_begin(struct ca *ca, const char *folder, struct err *e);
int ca_rotate_switch(struct ca *ca, const char *folder, struct err *e);
int ca_rotate_end(struct ca *ca, const char *folder, struct err *e);
/* Makes the intermediate and the revocation lists (crl.pem, crl-stale.pem) for this date. */
int ca_set_date(struct ca *ca, const char *folder, int64_t now, struct err *e);

EVP_PKEY *ca_key_new(enum ca_key kind);
X509 *ca_make(const struct ca_recipe *r);
/* Damages the signature: flips one of its bits. */
X509 *ca_spoil(X509 *x);

/* Return recipes of correct certificates, which the caller can change: ca_server one for a server below the
 * intermediate, ca_authority one for a CA below the root. */
struct ca_recipe ca_server(const struct ca *ca);
struct ca_recipe ca_authority(const struct ca *ca, const char *name);
/* Replaces the extension with this name, or adds it; value NULL removes it. */
void ca_extend(struct ca_recipe *r, const char *name, const char *value);

/* Appends a certificate, which c owns from now on, to the chain that is sent. */
void ca_send(struct ca_chain *c, X509 *x);
void ca_chain_done(struct ca_chain *c);

#endif
