/* SPDX-License-Identifier: MIT */
/* own: the device's own certificates with their private keys. Purpose HttpClient: shown to servers that ask
 * for a client certificate (mutual TLS). Purpose HTTPS: for a web server on the device. The key of an active
 * certificate is in memory, and all keys are on disk. A key that was uploaded with a passphrase is encrypted
 * on disk with it; after a restart it is locked until it is unlocked. */
#ifndef CERTSTORE_OWN_H
#define CERTSTORE_OWN_H

#include "certstore/anchors.h"

enum { OWN_PASSWORD_MIN = 12 }; /* minimum length of a backup's password in characters */

struct own_info {
	struct cert_info cert; /* its used_for has the purposes for which it is active: "HttpClient,HTTPS" */
	size_t chain;          /* number of chain certificates that are kept with it */
	int encrypted;         /* its key is kept encrypted with a passphrase */
	/* 1: the key is encrypted and not decrypted in memory; this includes all encrypted keys of
	 * certificates that are not active */
	int locked;
	int self_signed;
};

/* Returns "HttpClient" or "HTTPS". */
const char *own_purpose_name(enum own_purpose p);
/* Returns the purpose with this name; 0: there is none. */
enum own_purpose own_purpose_named(const char *name);

/* Adds one certificate from PEM (certificate, chain, key in any order) or PKCS#12, binary or in base64.
 * Without a key in the upload, the certificate must belong to a waiting request (requests.h), which it
 * replaces, or to the key of another own certificate. Of the chain, the CAs above the certificate are kept,
 * in their order and without the root. u->purpose: the purpose for which it must be fit; 0: the report only
 * lists the purposes for which it is fit. ret_fingerprint (may be NULL) gets the SHA-1 of the added
 * certificate; report (may be NULL) gets one line a certificate. Fails with ERR_NOTFOUND if the certificate
 * belongs to no key here, with ERR_EXISTS if it is there already. Each of these faults has its own error
 * text: no certificate, no key, the key of another certificate, passphrase wrong or missing, a cipher or
 * derivation that is not supported, too much work (2.5 million iterations in all, scrypt with 64 MiB), and
 * faults that verification would find. */
int own_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, char ret_fingerprint[41],
	    struct err *e);
/* Checks the upload as own_put does, on a copy of the store in memory, and activates the certificate there
 * for u->purpose (0: HttpClient). *ret is the copy, which the caller frees with anchors_free. Also fails with
 * ERR_INPUT if the certificate is not fit for that purpose, with ERR_DENIED if the passphrase does not
 * decrypt its key. */
int own_preview(const struct anchors *a, const struct anchors_upload *u, struct buf *report,
		struct anchors **ret, struct err *e);

struct own_activation {          /* all borrowed for the call */
	const char *fingerprint; /* in a form that anchors_delete accepts */
	enum own_purpose purpose;
	const char *passphrase; /* of its key; NULL or "": none */
};
/* Activates a certificate for a purpose. Each purpose has at most one active certificate: ret_replaced (may
 * be NULL) gets subject and SHA-1 of the one that was active before, or stays empty. Fails with ERR_NOTFOUND;
 * ERR_INPUT if it is not fit for the purpose; ERR_DENIED if the passphrase does not decrypt its key. */
int own_activate(struct anchors *a, const struct own_activation *r, struct buf *ret_replaced, struct err *e);
/* Each of these accepts a fingerprint as anchors_delete does. They fail with ERR_NOTFOUND. */
int own_deactivate(struct anchors *a, const char *fingerprint, enum own_purpose purpose, struct err *e);
int own_delete(struct anchors *a, const char *fingerprint, struct err *e);
/* Decrypts the key of an active certificate in memory. Fails with ERR_DENIED if the passphrase is wrong, with
 * ERR_INPUT if the certificate is not active. */
int own_unlock(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e);

struct own_backup {
	const char *fingerprint;
	const char *passphrase; /* of the key, if it is encrypted; NULL or "": none */
	const char *password;   /* for the backup; at least OWN_PASSWORD_MIN characters */
};
/* Appends certificate, chain and key as PKCS#12 in DER, encrypted with AES-256. Fails with ERR_NOTFOUND or
 * ERR_DENIED; with ERR_INPUT if the password is too short. */
int own_backup(const struct anchors *a, const struct own_backup *r, struct buf *der, struct err *e);

size_t own_count(const struct anchors *a);
/* Describes the i-th certificate as plain data. Returns 0; -1 after the last one. */
int own_info(const struct anchors *a, size_t i, struct own_info *ret);
/* Describes the k-th CA certificate, from 0, that is kept with the i-th certificate. Returns 0; -1 after the
 * last one. */
int own_chain_info(const struct anchors *a, size_t i, size_t k, struct cert_info *ret);
/* Writes further details of the i-th certificate, for people. */
void own_details(const struct anchors *a, size_t i, struct cert_details *ret);
/* Returns 0 if the i-th certificate is fit for the purpose; otherwise -1, and appends all reasons to why as a
 * phrase. */
int own_is_fit(const struct anchors *a, size_t i, enum own_purpose purpose, struct buf *why);
/* Prints certificates as PEM, without keys: own_print_one the i-th with its chain, own_print_pem all of
 * them. */
void own_print_one(const struct anchors *a, size_t i, struct buf *out);
void own_print_pem(const struct anchors *a, struct buf *out);
/* Finds the certificate that is active for a purpose: returns 1 and its number in *ret_i; 0: there is none.
 * Its key may be locked (own_info). */
int own_active(const struct anchors *a, enum own_purpose purpose, size_t *ret_i);
/* Appends the key of the i-th certificate as PKCS#8 in PEM, not encrypted. The caller gives pem a maximum of
 * KEYGEN_PEM_MAX or more, and wipes it. Fails with ERR_DENIED if the certificate is not active, or its key is
 * locked. */
int own_key_pem(const struct anchors *a, size_t i, struct buf *pem, struct err *e);
/* Sets the certificate that is active for HttpClient, with its key, in an SSL_CTX (opaque), if there is one
 * and it is not locked. Fails with ERR_TLS. */
int own_use(const struct anchors *a, void *ssl_ctx, struct err *e);

#endif
