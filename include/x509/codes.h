/* SPDX-License-Identifier: MIT */
/* codes: OpenSSL's numbers for faults of certificates (X509_V_ERR_...), each with its symbol and its meaning
 * in words. */
#ifndef X509_CODES_H
#define X509_CODES_H

/* Returns the symbol without its prefix: "CERT_HAS_EXPIRED" for 10; "UNKNOWN" for a number without a symbol.
 * Static. */
const char *codes_symbol(long code);
/* Returns the meaning of the number, as a sentence without a full stop. Static, never NULL. */
const char *codes_sentence(long code);
/* Returns what to do about it, as a sentence without a full stop. Static; "" for a number without a row. */
const char *codes_hint(long code);

#endif
