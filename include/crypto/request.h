/* SPDX-License-Identifier: MIT */
/* request: makes certificate signing requests (PKCS#10) and self-signed certificates. */
#ifndef CRYPTO_REQUEST_H
#define CRYPTO_REQUEST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum { REQUEST_SUBJECT_MAX = 32, REQUEST_ALT_NAMES_MAX = 64, REQUEST_PEM_MAX = 64 << 10 };

/* One attribute of a subject: name is CN, OU, O, L, ST, C, emailAddress or serialNumber in any case, value
 * text in UTF-8. */
struct request_attribute {
	const char *name, *value;
};

/* The names in a request; all borrowed for the call. */
struct request_names {
	const struct request_attribute *subject; /* in the order that they will have in the request */
	size_t n_subject;
	/* host names, wildcards such as *.example.com, IPv4 and IPv6 addresses. The common name is added to
	 * them automatically if it is an address or a host name with a dot, or if it can be a host name and
	 * there are others: today's clients and servers read alternative names only */
	const char *const *alt_names;
	size_t n_alt_names;
};

/* The use of a self-signed certificate. */
enum request_role {
	REQUEST_HOST, /* server and client: CA:FALSE, serverAuth, clientAuth */
	REQUEST_CA,   /* signs others: CA:TRUE; a server may show it, too */
};

/* How a certificate is signed; all borrowed for the call. */
struct request_signing {
	const char *key_pem; /* a private key in PEM, not encrypted, of any kind */
	enum request_role role;
	int64_t from, until; /* Unix seconds */
};

/* Each function returns 0, or -1 with *e: ERR_INPUT with a sentence about the attribute or name that cannot
 * be in a request (unknown, empty, too long, not UTF-8, control characters; no host name and no address), or
 * about the key; ERR_FULL if there are too many. */

/* Checks the names without making anything. */
int request_check(const struct request_names *r, struct err *e);
/* Appends the request, signed by the key (as in struct request_signing), in PEM. */
int request_make(const struct request_names *r, const char *key_pem, struct buf *pem, struct err *e);
/* Appends a request for a certificate that replaces this one, in PEM: with its subject, its alternative names
 * and its key, which must be key_pem. */
int request_renew(const char *cert_pem, const char *key_pem, struct buf *pem, struct err *e);
/* Appends a self-signed certificate of version 3, with a random serial number, in PEM. */
int request_self_sign(const struct request_names *r, const struct request_signing *s, struct buf *pem,
		      struct err *e);

#endif
