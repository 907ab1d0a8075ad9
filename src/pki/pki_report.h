/* SPDX-License-Identifier: MIT */
/* pki_report: prints a verdict as text for people, or as JSON for programs. */
#ifndef PKI_PKI_REPORT_H
#define PKI_PKI_REPORT_H

#include "pki_options.h"

#include <jansson.h>
#include <stdio.h>

struct report {
	const struct verdict *verdict;
	const struct verify_chain *chain; /* NULL: only the verdict is reported */
	const struct anchors *anchors;
	const struct question *question;
	/* why the TLS handshake failed although the certificates were accepted; NULL or "": it did not
	 * fail */
	const char *failure;
	int client_certificate_missing; /* 1: the server asked for a client certificate, and none was sent */
	const char *address;            /* NULL: there was no connection */
	int port;
	/* for JSON: lines about roots and lists that could not be read; NULL or "": none */
	const char *left_out;
};

void report_text(const struct report *r, FILE *out);
/* Returns a new reference, which the caller releases. */
json_t *report_json(const struct report *r);

#endif
