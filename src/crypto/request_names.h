/* SPDX-License-Identifier: MIT */
/* request_names: checks the names that a request asks for, and encodes them. */
#ifndef CRYPTO_REQUEST_NAMES_H
#define CRYPTO_REQUEST_NAMES_H

#include "crypto/request.h"

#include <openssl/x509v3.h>

/* What request_check promises. */
int request_names_check(const struct request_names *r, struct err *e);
/* Makes the subject and the alternative names, both yours to free; alt has none where there are none. -1 with
 * *e filled, and nothing to free, when something cannot be in a request. */
int request_names_encode(const struct request_names *r, X509_NAME **subject, GENERAL_NAMES **alt,
			 struct err *e);

#endif
