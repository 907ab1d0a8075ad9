/* SPDX-License-Identifier: MIT */
/* asn1_dump: the structure of any encoding in BER or DER, one element a line. */
#ifndef X509_ASN1_DUMP_H
#define X509_ASN1_DUMP_H

#include "base/buf.h"

/* Appends a line for each element: where it begins, its depth, the bytes of its head and of its content,
 * what it is, and its value, shown as printable ASCII. What is no element ends the lines with a sentence that
 * says so. */
void asn1_dump(const unsigned char *der, size_t len, struct buf *out);

#endif
