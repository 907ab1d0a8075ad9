/* SPDX-License-Identifier: MIT */
/* asn1_time: the dates in certificates and revocation lists. */
#ifndef X509_ASN1_TIME_H
#define X509_ASN1_TIME_H

#include <openssl/asn1.h>
#include <stddef.h>
#include <stdint.h>

enum asn1_time_form {
	ASN1_TIME_GOOD,
	ASN1_TIME_UNREADABLE,
	ASN1_TIME_WRONG_FORM, /* readable, but in the form that RFC 5280 forbids for this year */
	ASN1_TIME_ABSENT,     /* never returned; for callers that read dates which may be missing */
};

/* Reads t (NULL: unreadable) as Unix seconds; 0 if it is unreadable. */
enum asn1_time_form asn1_time_read(const ASN1_TIME *t, int64_t *ret);
/* Writes Unix seconds as "Aug 08 03:04:26 2023 GMT". */
void asn1_time_text(int64_t unix_s, char *ret, size_t size);

#endif
