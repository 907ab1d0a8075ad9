/* SPDX-License-Identifier: MIT */
/* own: the device's own certificates with their keys, shown to servers that ask for one (mutual TLS,
 * purpose HttpClient), or kept for a web server on the device (purpose HTTPS). A key is in memory while
 * its certificate is active, and on disk otherwise. One that was uploaded under a passphrase lies under it
 * on disk, too; after a restart it is locked until it is unlocked. */
#ifndef CERTSTORE_OWN_H
#define CERTSTORE_OWN_H

#include "certstore/anchors.h"

enum { OWN_PASSWORD_MIN = 12 }; /* characters, of a backup's password */

struct own_info {
	struct cert_info cert; /* used_for: "HttpClient,HTTPS", what it is active for */
	size_t chain;          /* number of chain certificates that are kept with it */
	int encrypted;         /* its key is kept encrypted with a passphrase */
	/* the key is encrypted, and is not decrypted in memory: so are the encrypted keys of all certificates
	 * that are not active */
	int locked;
	int self_signed;
};

/* "HttpClient", "HTTPS". */
const char *own_purpose_name(enum own_purpose p);
/* The purpose of that name; 0: there is none. */
enum own_purpose own_purpose_named(const char *name);

/* Adds one certificate from PEM (certificate, chain, key in any order) or PKCS#12, binary or in base64.
 * Without a key in it the certificate has to belong to a request that waits (requests.h), which it takes
 * the place of, or to the key of another own certificate. Of the chain the CAs above the certificate are
 * kept, in their order and without the root. u->purpose: it must be fit for this; 0: report only says
 * what it is fit for. ret_fingerprint (may be NULL): the SHA-1 of what was added; report (may be NULL):
 * one line a certificate. Each of these faults has its own error text: no certificate, no key, the key of
 * another certificate, passphrase wrong or missing, a cipher or derivation that is not supported, too much
 * work (2.5 million iterations in all, scrypt with 64 MiB), and what verification would find wrong with it.
 * ERR_NOTFOUND: it belongs to no key here; ERR_EXISTS when it is there already. */
int own_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, char ret_fingerprint[41],
	    struct err *e);
/* Does all that own_put does with a copy in memory, where the new certificate is active for u->purpose (0:
 * HttpClient): *ret, yours to anchors_free. ERR_INPUT also when it is not fit for that, ERR_DENIED when its
 * key is locked. */
int own_preview(const struct anchors *a, const struct anchors_upload *u, struct buf *report,
		struct anchors **ret, struct err *e);

struct own_activation {          /* all borrowed for the call */
	const char *fingerprint; /* as anchors_delete takes it */
	enum own_purpose purpose;
	const char *passphrase; /* of its key; NULL or "": none */
};
/* One certificate serves a purpose: activating it takes the place of another, of which ret_replaced (may be
 * NULL) gets the subject and SHA-1; else it stays empty. ERR_NOTFOUND; ERR_INPUT: it is not fit for the
 * purpose; ERR_DENIED: its key does not open with this passphrase. */
int own_activate(struct anchors *a, const struct own_activation *r, struct buf *ret_replaced, struct err *e);
/* Each takes a fingerprint as anchors_delete does. ERR_NOTFOUND. */
int own_deactivate(struct anchors *a, const char *fingerprint, enum own_purpose purpose, struct err *e);
int own_delete(struct anchors *a, const char *fingerprint, struct err *e);
/* Decrypts the key in memory. Fails with ERR_DENIED if the passphrase is wrong. ERR_INPUT: it is not
 * active. */
int own_unlock(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e);

struct own_backup {
	const char *fingerprint;
	const char *passphrase; /* of its key, if it lies under one; NULL or "": none */
	const char *password;   /* for the backup: at least OWN_PASSWORD_MIN characters */
};
/* Appends certificate, chain and key as PKCS#12 under AES-256, in DER. ERR_NOTFOUND, ERR_DENIED;
 * ERR_INPUT: the password is too short. */
int own_backup(const struct anchors *a, const struct own_backup *r, struct buf *der, struct err *e);

size_t own_count(const struct anchors *a);
/* Describes the i-th certificate as plain data. Returns 0; -1 after the last one. */
int own_info(const struct anchors *a, size_t i, struct own_info *ret);
/* The CAs kept beside the i-th, by their number from 0: 0; -1 past the end. */
int own_chain_info(const struct anchors *a, size_t i, size_t k, struct cert_info *ret);
/* More of the i-th for people. */
void own_details(const struct anchors *a, size_t i, struct cert_details *ret);
/* 0 if the i-th is fit for the purpose; else -1, and why appends the reasons as a phrase. */
int own_is_fit(const struct anchors *a, size_t i, enum own_purpose purpose, struct buf *why);
/* Print certificates as PEM, without keys: the i-th with its chain, or all of them. */
void own_print_one(const struct anchors *a, size_t i, struct buf *out);
void own_print_pem(const struct anchors *a, struct buf *out);
/* Finds the certificate that is active for a purpose: 1, and its number in *ret_i; 0: there is none. Its key
 * may be locked (own_info). */
int own_active(const struct anchors *a, enum own_purpose purpose, size_t *ret_i);
/* Appends the key of the i-th, which is active and not locked, as PKCS#8 in PEM, not encrypted: give pem a
 * maximum of KEYGEN_PEM_MAX or more, and wipe it. ERR_DENIED: it is locked, or not in memory. */
int own_key_pem(const struct anchors *a, size_t i, struct buf *pem, struct err *e);
/* Gives an SSL_CTX (opaque) the certificate that is active for HttpClient and its key, should there be
 * one that is not locked. ERR_TLS. */
int own_use(const struct anchors *a, void *ssl_ctx, struct err *e);

#endif
