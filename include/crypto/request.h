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

/* What is asked for; all borrowed for the call. */
struct request_names {
	const struct request_attribute *subject; /* in the order that they shall have in it */
	size_t n_subject;
	/* Host names, wildcards such as *.example.com, IPv4 and IPv6 addresses. The common name joins them by
	 * itself where it is an address or a host name with a dot, or where it can be a host name and there
	 * are others: today's clients and servers read alternative names only. */
	const char *const *alt_names;
	size_t n_alt_names;
};

/* What a certificate that is signed by its own key is for. */
enum request_role {
	REQUEST_HOST, /* server and client: CA:FALSE, serverAuth, clientAuth */
	REQUEST_CA,   /* it signs others: CA:TRUE; a server may show it, too */
};

/* How it is signed; all borrowed for the call. */
struct request_signing {
	const char *key_pem; /* a private key in PEM, not encrypted, of whatever make */
	enum request_role role;
	int64_t from, until; /* Unix seconds */
};

/* Each returns 0, or -1 with *e filled: ERR_INPUT with a sentence about the attribute or name that cannot be
 * in a request (unknown, empty, too long, not UTF-8, control characters; no host name and no address), or
 * about the key, and ERR_FULL when there are too many. */

/* Finds fault with what is asked for, and makes nothing. */
int request_check(const struct request_names *r, struct err *e);
/* Appends the request, signed by the key (as in struct request_signing), in PEM. */
int request_make(const struct request_names *r, const char *key_pem, struct buf *pem, struct err *e);
/* Appends a request for a new certificate in place of this one, in PEM: with its subject, its alternative
 * names and its key, which key_pem has to be. */
int request_renew(const char *cert_pem, const char *key_pem, struct buf *pem, struct err *e);
/* Appends a certificate of version 3 that is signed by its own key, with a random serial number, in PEM. */
int request_self_sign(const struct request_names *r, const struct request_signing *s, struct buf *pem,
		      struct err *e);

#endif
