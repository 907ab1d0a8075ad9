/* SPDX-License-Identifier: MIT */
/* certificate_details: what an answer says of one certificate, by the names that codecs have for it
 * (wire-formats.md 5.2). */
#ifndef DIAGNOSTICS_CERTIFICATE_DETAILS_H
#define DIAGNOSTICS_CERTIFICATE_DETAILS_H

#include "base/buf.h"
#include "doc/doc.h"
#include "trust/verify.h"
#include "x509/describe.h"

#include <stdint.h>

/* Fills the item d with what a certificate holds, and what it may be used for. now: the trusted date, of
 * which DaysLeft is counted (negative when it has ended); 0: it is not known. */
void certificate_details_put(struct doc *d, const struct cert_info *info, const struct cert_details *more,
			     int64_t now);
/* Adds an item Certificate to the result for each that a server sent (chain NULL: none), in their order.
 * pem (may be NULL) gets them as PEM. */
void certificate_details_chain(struct doc *result, const struct verify_chain *chain, int64_t now,
			       struct buf *pem);

#endif
