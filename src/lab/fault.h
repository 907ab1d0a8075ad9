/* SPDX-License-Identifier: MIT */
/* fault: one row of what a part of the lab can be told to do; "good" is always the first row. */
#ifndef LAB_FAULT_H
#define LAB_FAULT_H

#include "base/err.h"

#include <stddef.h>

enum {
	FAULT_NO_VERDICT = -1, /* TLS ends before a certificate could be verified */
	FAULT_NOT_TLS = -2,    /* has nothing to do with certificates */
};

struct fault {
	const char *name;
	const char *usage; /* parameters after the name; NULL: none */
	const char *help;  /* one line */
	int code;    /* the X509_V_ERR number that sealpost must report, 0 for none, or one of the above */
	int openssl; /* what OpenSSL alone says of it: the same but for a few */
};

/* What is common to all parts: a table of rows whose first member is a struct fault, `size` bytes each, n of
 * them. */
struct fault_table {
	const char *part; /* "tls", "http", "dns", "ntp" */
	const void *rows;
	size_t size, n;
};

const struct fault *fault_at(const struct fault_table *t, size_t i);
/* The row of that name, NULL with ERR_NOTFOUND (lists the names) if there is none. */
const struct fault *fault_find(const struct fault_table *t, const char *name, struct err *e);

#endif
