/* SPDX-License-Identifier: MIT */
/* fingerprint: digests of certificates and revocation lists, with which administrators name them. */
#ifndef X509_FINGERPRINT_H
#define X509_FINGERPRINT_H

#include <stddef.h>

enum { FINGERPRINT_SHA1 = 41, FINGERPRINT_SHA256 = 65 }; /* hexadecimal digits and a NUL */

/* Computes the digests of a DER encoding, as lower-case hexadecimal digits without colons. */
void fingerprint_of(const unsigned char *der, size_t len, char ret_sha1[FINGERPRINT_SHA1],
		    char ret_sha256[FINGERPRINT_SHA256]);
/* Returns 1 if text is one of the two fingerprints. Colons, blanks and case do not matter, and the text
 * before "=" that openssl x509 -fingerprint prints is ignored. */
int fingerprint_is(const char *text, const char *sha1, const char *sha256);

#endif
