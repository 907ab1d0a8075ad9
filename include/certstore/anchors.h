/* SPDX-License-Identifier: MIT */
/* anchors: the certificate store. It keeps what administrators have uploaded, in memory and in the state
 * folder. This header has the store itself and its roots; crls.h has the revocation lists, own.h the device's
 * own certificates. The store verifies nothing itself: the checks that it was opened with decide whether
 * something is kept. */
#ifndef CERTSTORE_ANCHORS_H
#define CERTSTORE_ANCHORS_H

#include "base/buf.h"
#include "base/err.h"
#include "x509/describe.h"
#include "x509/fingerprint.h"

#include <stddef.h>
#include <stdint.h>

enum { ANCHORS_MAX = 256, ANCHORS_CRLS_MAX = 64, ANCHORS_OWN_MAX = 16, ANCHORS_NAME_MAX = 64 };
/* Bytes of an upload, and of one with an own certificate; certificates in one upload of roots. */
enum { ANCHORS_UPLOAD_MAX = 4 << 20, ANCHORS_OWN_UPLOAD_MAX = 256 << 10, ANCHORS_UPLOAD_COUNT = 1000 };

/* What an own certificate is for: it is shown to servers that ask for one, or to the device's clients. */
enum own_purpose { OWN_HTTP_CLIENT = 1, OWN_HTTPS = 2 };
enum { OWN_PURPOSES = 4 }; /* one above the highest sum of purposes */

/* The whole store: roots and pins, revocation lists, and the device's own certificates. */
struct anchors;

/* Functions that the store calls before it keeps something; trust/fitness implements them with the checks of
 * verification. Each returns 0 if it has no objection; otherwise -1, and all reasons as one phrase in why.
 * now_unix 0: dates are not checked. */
struct anchors_checks {
	/* Checks a root or intermediate for all hosts. If it is a self-signed certificate that can only be a
	 * server's own, hosts (may be NULL) gets the names for which it is trusted; otherwise hosts stays
	 * empty. */
	int (*root)(struct cert *c, int64_t now_unix, struct buf *why, struct buf *hosts);
	/* Checks a server's own certificate, or a CA above it, that is trusted for this host only. */
	int (*pin)(struct cert *c, const char *host, int64_t now_unix, struct buf *why);
	/* Checks a certificate of this device, for any purpose. */
	int (*own)(struct cert *c, int64_t now_unix, struct buf *why);
	/* Checks a certificate of this device for this purpose; its dates are not checked. */
	int (*purpose)(struct cert *c, enum own_purpose p, struct buf *why);
	/* Checks a revocation list on which Revocation Mode Hard relies. */
	int (*list)(struct crl *l, int64_t now_unix, struct buf *why);
};

/* Opens the store in the folder dir, which is created (mode 0700) if it is missing; dir NULL: in memory only.
 * checks is borrowed until anchors_free; NULL: only ANCHORS_AS_IS uploads are accepted. A damaged file is set
 * aside, and its list is empty; a certificate, revocation list or own certificate that cannot be read in an
 * undamaged file is left out. notice (borrowed, may be NULL) gets a line for each of these, and is empty if
 * there were none. Returns NULL and *e if the folder or a file cannot be used. */
struct anchors *anchors_open(const char *dir, const struct anchors_checks *checks, struct buf *notice,
			     struct err *e);
void anchors_free(struct anchors *a);
/* Returns a copy of the roots, their pins and the revocation lists, in memory only, on which a change can be
 * tried. The caller frees it. */
struct anchors *anchors_copy(const struct anchors *a);
/* Returns a number that changes with every change of the store; it is a part of the trust epoch. */
uint64_t anchors_generation(const struct anchors *a);

/* ANCHORS_AS_IS is for verifying files: it adds everything that can be decoded and checks nothing, since
 * verification does that. Only for stores in memory. */
enum anchors_mode { ANCHORS_ADD, ANCHORS_REPLACE, ANCHORS_AS_IS };
struct anchors_upload {   /* all borrowed for the call */
	const char *data; /* PEM with any text between, DER, or PKCS#7 in either; own: also PKCS#12 */
	size_t len;
	enum anchors_mode mode;
	int strict;           /* 1: all certificates are added, or none */
	int64_t now_unix;     /* the trusted date; 0: not known, dates are not checked */
	const char *pin_host; /* NULL, or: an anchor for this host only (a server's own is allowed) */
	int pin_only;         /* pins: the host is trusted by its pins alone */
	/* the name that each root of the upload gets; NULL or "": none, and roots that are loaded keep theirs */
	const char *name;
	const char *passphrase;   /* own certificates: passphrase of the key; NULL or "": none */
	enum own_purpose purpose; /* own certificates: the purpose for which it must be fit; 0: any purpose */
};

/* Adds every certificate that can serve, all of them in one atomic change. A certificate that can never serve
 * (expired, too weak, not a CA ...) is left out and reported. report (may be NULL) gets one line a
 * certificate, also on failure: what it is, and "added", "already there" or "left out" with the reason.
 * ret_added (may be NULL) gets the number of new ones. A self-signed certificate that is not a CA's is added
 * as that of the server that it names. Fails with ERR_INPUT, and adds nothing, if no certificate can serve,
 * or (strict) one cannot, or if the upload contains a private key, something damaged (reported with its line)
 * or something that is not a certificate; all of these are reported together. ERR_FULL: too many
 * certificates, or too many bytes. With ANCHORS_AS_IS report has what could not be read. */
int anchors_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
		struct err *e);
/* Restores the roots as they were before the last change; a second call undoes the first. Fails with
 * ERR_NOTFOUND and changes nothing if there were none. */
int anchors_restore(struct anchors *a, struct err *e);
/* Deletes one certificate by its fingerprint (SHA-1 or SHA-256 in hexadecimal digits, or as openssl prints
 * it). pin_host NULL: deletes the root, whose pins stay, or, if it is not a root, its only pin. Otherwise
 * deletes the pin to this host. Fails with ERR_NOTFOUND, or with ERR_INPUT if several pins could be meant. */
int anchors_delete(struct anchors *a, const char *fingerprint, const char *pin_host, struct err *e);
/* Deletes all roots and pins in one change, which anchors_restore undoes. Does nothing if there are none. */
int anchors_clear(struct anchors *a, struct err *e);
/* Returns 1 if text is one of the certificate's fingerprints, in a form that anchors_delete accepts. */
int anchors_fingerprint_is(const struct cert_info *c, const char *text);

/* One root or pin that is added, or deleted. */
struct anchors_edit {            /* borrowed for the call */
	const char *fingerprint; /* SHA-256, as cert_info has it */
	const char *pin_host;    /* NULL: a root */
	/* NULL: the entry is deleted if it exists; otherwise added, or, if it exists, given this `only` */
	const char *pem;
	int only;
	const char *name; /* of a root that is added; NULL: none */
};
/* Makes all of these edits in one change, which anchors_restore undoes; added certificates are not checked.
 * Fails with ERR_INPUT if a certificate cannot be read, with ERR_FULL if there would be too many. */
int anchors_edit(struct anchors *a, const struct anchors_edit *edits, size_t n, struct err *e);

size_t anchors_count(const struct anchors *a);
struct anchor {
	struct cert *cert;
	char *pin_host; /* NULL: a root for every host */
	int only;       /* this host is trusted by its pins alone, whatever roots there are */
	char *name;     /* NULL: it has none, as all pins */
	char sha256[FINGERPRINT_SHA256]; /* of the certificate; the store computes it once */
};
/* Returns the i-th of anchors_count(a), in order of upload. Borrowed until the store changes. */
const struct anchor *anchors_at(const struct anchors *a, size_t i);
/* 0 if a root may have this name, by which settings mean it: letters, digits, and . _ - or single blanks
 * between them; no fingerprint, and not the word Pins. Otherwise -1 with ERR_INPUT. */
int anchors_check_name(const char *name, struct err *e);
/* Returns 1 if the root has this name, in upper or lower case. Several roots may have one name. */
int anchors_name_is(const struct anchor *root, const char *name);
/* Returns 1 if it is a root: without a pin, and issued by itself, or a server's own. An uploaded
 * intermediate is none, and only helps to build paths. Whether its own signature is right is another
 * question. */
int anchors_is_root(const struct anchor *a);
/* Describes the i-th as plain data; used_for has the host of its pin. Returns 0; -1 after the last one. */
int anchors_info(const struct anchors *a, size_t i, struct cert_info *ret);
/* Writes further details of the i-th certificate, for people, to *ret; i must be valid. */
void anchors_details(const struct anchors *a, size_t i, struct cert_details *ret);
/* Prints all of them as PEM. */
void anchors_print_pem(const struct anchors *a, struct buf *out);

#endif
