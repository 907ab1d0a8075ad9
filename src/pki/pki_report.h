/* SPDX-License-Identifier: MIT */
/* report: a verdict for people, or as JSON for programs. Private to pki. */
#ifndef PKI_REPORT_H
#define PKI_REPORT_H

#include "pki_options.h"

#include <jansson.h>
#include <stdio.h>

struct report {
	const struct verdict *verdict;
	const struct verify_chain *chain; /* NULL: only the verdict */
	const struct anchors *anchors;
	const struct question *question;
	/* why the TLS handshake failed, though the certificates passed; NULL or "": it did not */
	const char *failure;
	int certificate_asked; /* the server asked for a client certificate; none was sent */
	const char *address;   /* NULL: no connection */
	int port;
	const char *
		left_out; /* for JSON: lines about roots and lists that could not be read; NULL or "": none */
};

void report_text(const struct report *r, FILE *out);
/* A new reference. */
json_t *report_json(const struct report *r);

#endif
