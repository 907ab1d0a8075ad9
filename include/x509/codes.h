/* SPDX-License-Identifier: MIT */
/* codes: OpenSSL's numbers for what can be wrong with a certificate (X509_V_ERR_...), each with its symbol
 * and its meaning in words. */
#ifndef X509_CODES_H
#define X509_CODES_H

/* The symbol without its prefix: "CERT_HAS_EXPIRED" for 10; "UNKNOWN" for a number without a symbol.
 * Static. */
const char *codes_symbol(long code);
/* What the number means, in a sentence without a full stop. Static, never NULL. */
const char *codes_sentence(long code);
/* What to do about it, likewise. Static; "" for a number without a row. */
const char *codes_hint(long code);

#endif
