/* SPDX-License-Identifier: MIT */
/* https_reason: explains to people why a transfer failed. */
#ifndef NET_HTTPS_REASON_H
#define NET_HTTPS_REASON_H

#include "base/err.h"
#include "https_answer.h"
#include "trust/verify.h"

#include <curl/curl.h>
#include <stddef.h>

/* The limit that a call exceeded; see https_deadline.c. */
struct https_late {
	enum {
		HTTPS_NOT_LATE,
		HTTPS_LATE_HELLO,     /* in the TLS handshake nothing was received */
		HTTPS_LATE_HANDSHAKE, /* in the TLS handshake something was received */
		HTTPS_LATE_POST,
		HTTPS_LATE_ANSWER,
		HTTPS_LATE_REST,   /* the rest of the answer */
		HTTPS_LATE_SILENT, /* the same, since nothing more of it came */
		HTTPS_LATE_ALL,
	} what;
	int ms;
};

struct https_failure {
	CURLcode result;
	struct https_late late;
	const char *detail;      /* libcurl's text, which is only shown, never compared; may be empty */
	long os_errno;           /* error of the last socket that failed; 0: none did */
	unsigned long tls_error; /* error of OpenSSL that ended TLS, see tls_reason.h; 0: there was none */
	/* address: the connected one, or else those that were tried; may be empty */
	const char *host, *address;
	int port;
	int connect_ms;
	int handshake_begun;            /* 1: a TLS handshake began in this transfer */
	int client_certificate_missing; /* 1: the server asked for a client certificate and got none */
	/* the verdict that ended the transfer; NULL: it failed for another reason */
	const struct verdict *refusal;
	const struct https_answer *answer;
};

void https_reason(const struct https_failure *f, struct err *e);

#endif
