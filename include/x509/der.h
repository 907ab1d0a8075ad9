/* SPDX-License-Identifier: MIT */
/* der: checks whether the structure of an encoding obeys the distinguished encoding rules. */
#ifndef X509_DER_H
#define X509_DER_H

#include "base/err.h"

#include <stddef.h>

/* Returns 1 if it does: definite lengths, each in its shortest form, nested elements that fill their parents,
 * booleans of 00 or FF, integers without unnecessary bytes. The content of octet and bit strings is not
 * examined. */
int der_is_canonical(const unsigned char *der, size_t len);
/* Returns how many bytes the first element has according to its own length, whether they are there or not; 0
 * if its length cannot be read. */
size_t der_whole(const unsigned char *der, size_t len);
/* Returns -1 with ERR_INPUT, which says why these bytes cannot be decoded as what they should be, such as
 * "certificate": they are cut short, others follow, or they are something else. */
int der_refuse(const unsigned char *der, size_t len, const char *what, struct err *e);

#endif
