/* SPDX-License-Identifier: MIT */
/* pki_report: a verdict as text for people, or as JSON for programs. */
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
	/* Why the TLS handshake failed although the certificates were accepted; NULL or "": it did not. */
	const char *failure;
	int client_certificate_missing; /* the server asked for a client certificate; none was sent */
	const char *address;            /* NULL: there was no connection */
	int port;
	/* For JSON: lines about roots and lists that could not be read; NULL or "": all could. */
	const char *left_out;
};

void report_text(const struct report *r, FILE *out);
/* Returns a new reference. */
json_t *report_json(const struct report *r);

#endif
