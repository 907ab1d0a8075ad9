/* SPDX-License-Identifier: MIT */
/* asn1_dump: prints the structure of any BER or DER encoding, one element a line. */
#ifndef X509_ASN1_DUMP_H
#define X509_ASN1_DUMP_H

#include "base/buf.h"

/* Appends a line for each element: its offset, its depth, the number of bytes of its head and of its content,
 * its type, and its value as printable ASCII. If something is no element, the last line is a sentence about
 * that. */
void asn1_dump(const unsigned char *der, size_t len, struct buf *out);

#endif
