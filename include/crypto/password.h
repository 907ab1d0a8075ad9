/* SPDX-License-Identifier: MIT */
/* password: kept only as a salted hash that is slow to guess from: scrypt (RFC 7914), 16 MiB and some 50 ms a
 * guess. */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/err.h"

enum { PASSWORD_HASH = 128 };

/* "$scrypt$ln=14,r=8,p=1$salt$hash", salt and hash in hexadecimal digits. -1: there are no random bytes. */
int password_hash(const char *password, char ret[PASSWORD_HASH], struct err *e);
/* 1 if the hash was made of this password; 0 if not, or if it is no hash. */
int password_matches(const char *password, const char *hash);

#endif
