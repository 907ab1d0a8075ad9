/* SPDX-License-Identifier: MIT */
/* requests: certificate signing requests that wait for their certificate, with their private keys. A key
 * leaves the store only in a backup of the certificate that is issued for it. */
#ifndef CERTSTORE_REQUESTS_H
#define CERTSTORE_REQUESTS_H

#include "certstore/anchors.h"
#include "crypto/request.h"

enum { REQUESTS_MAX = 8, REQUESTS_NAME_MAX = 64 };

/* A wanted request; all borrowed for the call. */
struct requests_order {
	const char *name; /* the name of the request: letters, digits and hyphens */
	/* the names in the request; empty with renews: those of the old certificate */
	struct request_names request;
	const char *key_pem; /* a new key, not encrypted; NULL with renews */
	const char *renews; /* NULL, or the fingerprint of an own certificate, whose key the request reuses */
	const char *passphrase; /* of that key; NULL or "": none */
};
/* Makes a request and keeps it with its key until the certificate is uploaded (own_put). Fails with
 * ERR_EXISTS if there is one with that name; ERR_FULL if REQUESTS_MAX wait already; ERR_NOTFOUND or
 * ERR_DENIED for the certificate to renew; ERR_INPUT. */
int requests_create(struct anchors *a, const struct requests_order *o, struct err *e);
/* Checks the name before a key is made. Fails with ERR_INPUT, ERR_EXISTS or ERR_FULL, as requests_create
 * would. */
int requests_check_name(const struct anchors *a, const char *name, struct err *e);
/* Deletes a request with its key. Fails with ERR_NOTFOUND. */
int requests_delete(struct anchors *a, const char *name, struct err *e);

struct requests_info {
	const char *name;   /* borrowed until the store changes, like the next two */
	const char *pem;    /* the request */
	const char *renews; /* SHA-1 of the certificate whose key it has; "": the key is new */
	char subject[512];
	char names[512]; /* alternative names: "DNS:a.example, IP:10.0.0.1" */
	char key[96];    /* "RSA of 2048 bits" */
	int encrypted;   /* 1: the key is encrypted with a passphrase */
};
/* Describes the i-th request, in the order of their creation. Returns 0; -1 after the last one. */
int requests_info(const struct anchors *a, size_t i, struct requests_info *ret);

#endif
