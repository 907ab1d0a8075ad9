/* SPDX-License-Identifier: MIT */
/* name: hosts' names as people write them, in the form that DNS and certificates have. */
#ifndef SCHEMA_NAME_H
#define SCHEMA_NAME_H

#include "base/err.h"

#include <stddef.h>

/* Writes text to ret (size bytes) with the host in it in A-labels (RFC 5891; mapped as UTS 46 says,
 * non-transitional): "bücher.test", "bücher.test:123" and "https://bücher.test/x" to "xn--bcher-kva.test" and
 * so on. All else, and a host that is ASCII, stays as it is and is not checked. ERR_INPUT: a name that has no
 * such form, or that is too long for ret. */
int schema_name_ascii(const char *text, char *ret, size_t size, struct err *e);

#endif
