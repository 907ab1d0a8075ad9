/* SPDX-License-Identifier: MIT */
/* password: makes salted hashes of passwords with scrypt (RFC 7914). Each guess takes 16 MiB of memory and
 * some 50 ms, so that a stolen hash is hard to attack. */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/err.h"

enum { PASSWORD_HASH = 128 };

/* Writes "$scrypt$ln=14,r=8,p=1$salt$hash" to ret, with salt and hash in hexadecimal digits. Returns -1 if
 * the system has no random bytes. */
int password_hash(const char *password, char ret[PASSWORD_HASH], struct err *e);
/* Returns 1 if the hash was made of this password; 0 if not, or if it is not a hash. Only tests call it so
 * far: nothing in the agent asks for the administrator's password yet. */
/* 1 if the text has the form of such a hash. */
int password_is_hash(const char *text);
int password_matches(const char *password, const char *hash);

#endif
