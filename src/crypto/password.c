/* SPDX-License-Identifier: MIT */
#include "crypto/password.h"

#include "base/num.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

enum { LOG_N = 14, R = 8, P = 1, SALT = 16, KEY = 32, MEMORY = 64 << 20 };

static const char prefix[] = "$scrypt$ln=14,r=8,p=1$";

/* Computes the hash of password and salt and writes its text to ret. Returns 0 or -1. */
static int derive(const char *password, const unsigned char salt[SALT], char ret[PASSWORD_HASH])
{
	unsigned char key[KEY];
	char salt_text[2 * SALT + 1], key_text[2 * KEY + 1];
	int made = EVP_PBE_scrypt(password, strlen(password), salt, SALT, (uint64_t)1 << LOG_N, R, P, MEMORY,
				  key, KEY);
	num_hex(salt, SALT, salt_text);
	num_hex(key, KEY, key_text);
	snprintf(ret, PASSWORD_HASH, "%s%s$%s", prefix, salt_text, key_text);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_cleanse(key_text, sizeof key_text);
	return made == 1 ? 0 : -1;
}

int password_hash(const char *password, char ret[PASSWORD_HASH], struct err *e)
{
	unsigned char salt[SALT];
	if (RAND_bytes(salt, SALT) != 1 || derive(password, salt, ret) < 0)
		return err_set(e, ERR_IO, 0,
			       "the password cannot be hashed: OpenSSL gives no random bytes or no memory");
	return 0;
}

int password_is_hash(const char *text)
{
	return strlen(text) == sizeof prefix - 1 + 2 * SALT + 1 + 2 * KEY &&
	       strncmp(text, prefix, sizeof prefix - 1) == 0;
}

int password_matches(const char *password, const char *hash)
{
	unsigned char salt[SALT];
	char again[PASSWORD_HASH], digits[2 * SALT + 1];
	size_t at = sizeof prefix - 1;
	if (!password_is_hash(hash))
		return 0;
	snprintf(digits, sizeof digits, "%s", hash + at);
	if (num_unhex(digits, salt, SALT) != SALT)
		return 0;
	return derive(password, salt, again) == 0 && CRYPTO_memcmp(again, hash, strlen(hash)) == 0;
}
