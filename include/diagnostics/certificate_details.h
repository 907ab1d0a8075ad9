/* SPDX-License-Identifier: MIT */
/* certificate_details: writes the data of one certificate into an answer, with the names that video codecs
 * use for them (wire-formats.md 5.2). */
#ifndef DIAGNOSTICS_CERTIFICATE_DETAILS_H
#define DIAGNOSTICS_CERTIFICATE_DETAILS_H

#include "base/buf.h"
#include "doc/doc.h"
#include "trust/verify.h"
#include "x509/describe.h"

#include <stdint.h>

/* Fills the item d with the contents of a certificate and its permitted uses. now: the trusted date, from
 * which DaysLeft is computed (negative after the end); 0: not known. */
void certificate_details_put(struct doc *d, const struct cert_info *info, const struct cert_details *more,
			     int64_t now);
/* Adds an item Certificate to the result for each certificate of the chain, in its order (chain NULL: none).
 * pem (may be NULL) gets the certificates as PEM. */
void certificate_details_chain(struct doc *result, const struct verify_chain *chain, int64_t now,
			       struct buf *pem);
/* Adds a leaf with the result of a verification as number and symbol: "10=CERT_HAS_EXPIRED". */
void certificate_details_code(struct doc *d, const char *name, long code);

#endif
