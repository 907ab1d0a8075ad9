/* SPDX-License-Identifier: MIT */
/* request_names: checks and encodes the names in a request. */
#ifndef CRYPTO_REQUEST_NAMES_H
#define CRYPTO_REQUEST_NAMES_H

#include "crypto/request.h"

#include <openssl/x509v3.h>

/* As request_check. */
int request_names_check(const struct request_names *r, struct err *e);
/* Makes the subject and the alternative names, which the caller frees; alt is empty if there are none.
 * Returns -1 with *e, and nothing to free, if something cannot be in a request. */
int request_names_encode(const struct request_names *r, X509_NAME **subject, GENERAL_NAMES **alt,
			 struct err *e);

#endif
