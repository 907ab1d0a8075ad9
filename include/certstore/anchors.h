/* SPDX-License-Identifier: MIT */
/* anchors: the uploaded roots, CRLs and own certificates, on disk and ready to judge with. */
#ifndef CERTSTORE_ANCHORS_H
#define CERTSTORE_ANCHORS_H

#include "base/buf.h"
#include "base/err.h"
#include "x509/describe.h"

#include <stddef.h>
#include <stdint.h>

enum { ANCHORS_MAX = 256, ANCHORS_CRLS_MAX = 64, ANCHORS_OWN_MAX = 16, ANCHORS_UPLOAD_MAX = 4 << 20 };

struct anchors;

/* Opens (or creates, 0700) the folder. A store found damaged is set aside and told in notice (borrowed
 * buffer, may be NULL, empty when all is well). dir NULL: in memory only. */
struct anchors *anchors_open(const char *dir, struct buf *notice, struct err *e);
void anchors_free(struct anchors *a);

/* AS_IS, for judging files: adds what can be decoded, refuses nothing; the judge will. Only in memory. */
enum anchors_mode { ANCHORS_ADD, ANCHORS_REPLACE, ANCHORS_AS_IS };
struct anchors_upload {
	const char *data; /* PEM with any text between, DER, or PKCS#7 in either */
	size_t len;
	enum anchors_mode mode;
	int64_t now_unix;       /* trusted date; 0: not known, dates are not judged */
	const char *pin_host;   /* NULL, or: the certificate is an anchor for this host only (leaf allowed) */
	const char *passphrase; /* own certificates: of the key; NULL or "": none */
};
/* Judges each certificate by the verification's own checks. What can serve is taken, all of it in one atomic
 * change; what cannot (ended, too weak, no CA ...) is left out and told. report (may be NULL): one line a
 * certificate, what it is and what was done ("added", "already there", "left out" and why); filled on
 * failure, too. ret_added: how many are new. A self-signed certificate that is no CA is taken as the server
 * that it names. Nothing at all is taken, ERR_INPUT, when none can serve, or when something in it is damaged
 * (with its line), a private key, or no certificate; ERR_FULL: too many. AS_IS: report has what could not be
 * read. */
int anchors_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
		struct err *e);
/* The roots with their pins, and the revocation lists, in memory only: to try a change on. Yours to free. */
struct anchors *anchors_copy(const struct anchors *a);
/* Brings back the list as it was before the last change (doing so twice undoes it). ERR_NOTFOUND if it was
 * empty: nothing is changed. */
int anchors_restore(struct anchors *a, struct err *e);
/* One certificate of the list by its fingerprint (SHA-1 or SHA-256 as hexadecimal digits, or as openssl
 * prints it; colons, blanks and case do not matter). pin_host NULL: the root; its pins stay. Where it is no
 * root, the only pin. Else the pin to this host. ERR_NOTFOUND; ERR_INPUT where several pins could be
 * meant. */
int anchors_delete(struct anchors *a, const char *fingerprint, const char *pin_host, struct err *e);
/* All of them: one change, which anchors_restore undoes. Without any it is none. */
int anchors_clear(struct anchors *a, struct err *e);
/* Whether text is one of the certificate's fingerprints, written as anchors_delete takes it. */
int anchors_is(const struct cert_info *c, const char *text);
size_t anchors_count(const struct anchors *a);
/* The i-th, in order of upload; 0, or -1 past the end. */
int anchors_info(const struct anchors *a, size_t i, struct cert_info *ret);
void anchors_print_pem(const struct anchors *a, struct buf *out);
/* Certificate revocation lists. */
/* Adds every list in it. A list of the same issuer and scope takes the place of an older one; an older one
 * than what is there is refused. Signatures are checked when judging, not here; what else Hard would not rely
 * on is told. AS_IS refuses nothing. */
int crls_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
	     struct err *e);
int crls_delete(struct anchors *a, const char *fingerprint, struct err *e);
size_t crls_count(const struct anchors *a);
int crls_info(const struct anchors *a, size_t i, struct crl_info *ret);
void crls_print_pem(const struct anchors *a, struct buf *out);

/* Own certificates with their keys, shown to servers that ask for one (mutual TLS). A key that came under a
 * passphrase lies so on disk and is decrypted in memory only; after a restart it is locked until unlocked
 * with the passphrase. */
struct own_info {
	struct cert_info cert; /* used_for: "HttpClient" once activated */
	size_t chain;          /* certificates kept beside it */
	int encrypted, locked;
};
/* PEM (certificate, chain, key in any order) or PKCS#12, binary or in base64. Of the chain the CAs above the
 * certificate are kept, in their order and without the root. ret_fingerprint (41 bytes, may be NULL) tells
 * the SHA-1 of what was added; report (may be NULL): one line a certificate, and that one for servers only
 * cannot be activated. Each refusal in its own words: no certificate, no key, key of another certificate,
 * passphrase wrong or missing, a cipher or derivation that is not supported, too much work (10 million
 * iterations in all, scrypt with 64 MiB), and what verification would find wrong with it. ERR_EXISTS. */
int own_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, char *ret_fingerprint,
	    struct err *e);
int own_delete(struct anchors *a, const char *fingerprint, struct err *e);
size_t own_count(const struct anchors *a);
int own_info(const struct anchors *a, size_t i, struct own_info *ret);
/* Certificates only: the i-th with its chain, or all of them. */
void own_print_one(const struct anchors *a, size_t i, struct buf *out);
void own_print_pem(const struct anchors *a, struct buf *out);
/* One certificate serves HttpClient: activating it takes the place of another. ERR_INPUT: servers would
 * refuse it as a client's. */
int own_activate(struct anchors *a, const char *fingerprint, struct err *e);
int own_deactivate(struct anchors *a, const char *fingerprint, struct err *e);
int own_unlock(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e);

/* Changes with every change of anything in here: part of the trust epoch. */
uint64_t anchors_generation(const struct anchors *a);

#endif
