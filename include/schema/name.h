/* SPDX-License-Identifier: MIT */
/* name: converts international host names to the form that DNS and certificates use. */
#ifndef SCHEMA_NAME_H
#define SCHEMA_NAME_H

#include "base/err.h"

#include <stddef.h>

/* Copies text to ret (size bytes) and converts the host in it to A-labels (RFC 5891; with the
 * non-transitional mapping of UTS 46): "bücher.test", "bücher.test:123" and "https://bücher.test/x" to
 * "xn--bcher-kva.test" and so on. Everything else, and a host that is ASCII, is copied without any check.
 * Fails with ERR_INPUT if the name has no such form, or is too long for ret. */
int schema_name_ascii(const char *text, char *ret, size_t size, struct err *e);

/* Returns the version of libidn2 with which this process runs. Static. */
const char *schema_name_library_version(void);

#endif
