/* SPDX-License-Identifier: MIT */
/* der: checks whether the structure of an encoding obeys the distinguished encoding rules. */
#ifndef X509_DER_H
#define X509_DER_H

#include <stddef.h>

/* Returns 1 if it does: definite lengths, each in its shortest form, nested elements that fill their parents,
 * booleans of 00 or FF, integers without unnecessary bytes. The content of octet and bit strings is not
 * examined. */
int der_is_canonical(const unsigned char *der, size_t len);

#endif
