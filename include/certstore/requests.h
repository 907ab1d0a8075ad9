/* SPDX-License-Identifier: MIT */
/* requests: certificate signing requests that wait for their certificate, with their private keys. A key
 * leaves the store only within a backup of the certificate that comes for it. */
#ifndef CERTSTORE_REQUESTS_H
#define CERTSTORE_REQUESTS_H

#include "certstore/anchors.h"
#include "crypto/request.h"

enum { REQUESTS_MAX = 8, REQUESTS_NAME_MAX = 64 };

/* What is asked for; all borrowed for the call. */
struct requests_order {
	const char *name;             /* under which it waits: letters, digits and hyphens */
	struct request_names request; /* the names; empty with renews: those of the old certificate */
	const char *key_pem;          /* a new key, not encrypted; NULL with renews */
	const char *renews;     /* NULL, or the fingerprint of an own certificate, whose key it will have */
	const char *passphrase; /* of that key; NULL or "": none */
};
/* Makes a request and keeps it with its key until the certificate comes (own_put). ERR_EXISTS: there is
 * one of that name; ERR_FULL: REQUESTS_MAX wait already; ERR_NOTFOUND, ERR_DENIED: of the certificate to
 * renew; ERR_INPUT. */
int requests_create(struct anchors *a, const struct requests_order *o, struct err *e);
/* ERR_INPUT, ERR_EXISTS or ERR_FULL as requests_create would have it of this name, before a key is made. */
int requests_check_name(const struct anchors *a, const char *name, struct err *e);
/* Deletes a request with its key. ERR_NOTFOUND. */
int requests_delete(struct anchors *a, const char *name, struct err *e);

struct requests_info {
	const char *name;   /* borrowed until the store changes, like the next two */
	const char *pem;    /* the request */
	const char *renews; /* SHA-1 of the certificate whose key it has; "": the key is new */
	char subject[512];
	char names[512]; /* alternative names: "DNS:a.example, IP:10.0.0.1" */
	char key[96];    /* "RSA of 2048 bits" */
	int encrypted;   /* the key lies under a passphrase */
};
/* The i-th in the order in which they were made: 0; -1 past the end. */
int requests_info(const struct anchors *a, size_t i, struct requests_info *ret);

#endif
