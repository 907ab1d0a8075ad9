/* SPDX-License-Identifier: MIT */
/* fault: the table of faults that a part of the lab can have; the first row is always "good", which is no
 * fault. */
#ifndef LAB_FAULT_H
#define LAB_FAULT_H

#include "base/err.h"

#include <stddef.h>

enum {
	FAULT_NO_VERDICT = -1, /* TLS ends before a certificate could be verified */
	FAULT_NOT_TLS = -2,    /* the fault is not about certificates */
};

struct fault {
	const char *name;
	const char *usage; /* parameters after the name; NULL: there are none */
	const char *help;  /* one line */
	int code; /* the X509_V_ERR number that sealpost must report, 0 for none, or one of the above */
	/* the number that OpenSSL's own verification gives; it is the same except for a few rows */
	int openssl;
};

/* A table of n rows of `size` bytes, whose first member is a struct fault. */
struct fault_table {
	const char *part; /* "tls", "http", "dns", "ntp" */
	const void *rows;
	size_t size, n;
};

const struct fault *fault_at(const struct fault_table *t, size_t i);
/* Returns the row with this name. NULL and ERR_INPUT if there is none: the text suggests a similar name
 * and lists them. */
const struct fault *fault_find(const struct fault_table *t, const char *name, struct err *e);

#endif
