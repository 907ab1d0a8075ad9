/* SPDX-License-Identifier: MIT */
/* password: makes salted hashes of passwords with scrypt (RFC 7914). Each guess takes 16 MiB of memory and
 * about 50 ms, so that an attack on a stolen hash is expensive. */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/err.h"

enum { PASSWORD_HASH = 128 };

/* Writes "$scrypt$ln=14,r=8,p=1$salt$hash" to ret, with salt and hash in hexadecimal digits. Returns -1 if
 * the system has no random bytes. */
int password_hash(const char *password, char ret[PASSWORD_HASH], struct err *e);
/* Returns 1 if the text has the form of such a hash. */
int password_is_hash(const char *text);
/* Returns 1 if the hash was made of this password; 0 if not, or if it is not a hash. */
int password_matches(const char *password, const char *hash);
/* Writes a hash that matches no password. Checking a password against it takes as long as against any
 * other. */
void password_of_nobody(char ret[PASSWORD_HASH]);

/* Digests with which a password that was found right can be recognised for some time without its hash:
 * HMAC-SHA256 with a random key that stays in the memory of this process. */
enum { PASSWORD_DIGEST = 32 };
struct password_key {
	unsigned char bytes[PASSWORD_DIGEST];
};
/* Fills the key with random bytes. Fails with ERR_IO if the system has none. */
int password_key_make(struct password_key *ret, struct err *e);
struct password_credentials { /* all borrowed */
	const char *name, *address, *password;
};
/* Writes the digest of the three texts. Returns -1 if OpenSSL cannot make it. */
int password_digest(const struct password_key *k, const struct password_credentials *c,
		    unsigned char ret[PASSWORD_DIGEST]);
/* Compares two digests, in the same time whether they are equal or not. Returns 1 if they are. */
int password_digest_equal(const unsigned char a[PASSWORD_DIGEST], const unsigned char b[PASSWORD_DIGEST]);

#endif
