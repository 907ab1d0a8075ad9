/* SPDX-License-Identifier: MIT */
/* der: is an encoding DER as far as its shape goes. */
#ifndef X509_DER_H
#define X509_DER_H

#include <stddef.h>

/* Definite lengths, each in its shortest form, nested elements that fill their parents, booleans of 00 or FF,
 * integers without needless bytes. What octet and bit strings hold is not looked into. */
int der_is_canonical(const unsigned char *der, size_t len);

#endif
