/* SPDX-License-Identifier: MIT */
/* details: prints all contents of a certificate, request, revocation list or key, as lines for people. */
#ifndef X509_DETAILS_H
#define X509_DETAILS_H

#include "base/buf.h"
#include "x509/crl.h"
#include "x509/csr.h"

#include <stdint.h>

/* Each function appends lines "  Subject        /CN=...". Text from outside is shown as printable ASCII, so
 * that it can neither begin a line nor control a terminal. now_unix: the date from which remaining days are
 * counted. */
void details_cert(const struct cert *c, int64_t now_unix, struct buf *out);
void details_crl(const struct crl *l, struct buf *out);
void details_csr(const struct csr *c, struct buf *out);
void details_key(const EVP_PKEY *key, struct buf *out);

#endif
