/* SPDX-License-Identifier: MIT */
/* der: whether an encoding keeps to the distinguished encoding rules, as far as its shape goes. */
#ifndef X509_DER_H
#define X509_DER_H

#include <stddef.h>

/* 1 if it does: definite lengths, each in its shortest form, nested elements that fill their parents,
 * booleans of 00 or FF, integers without needless bytes. The content of octet and bit strings is not
 * examined. */
int der_is_canonical(const unsigned char *der, size_t len);

#endif
