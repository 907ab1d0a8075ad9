/* SPDX-License-Identifier: MIT */
#include "crypto/keygen.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <strings.h>

static const struct {
	const char *name, *curve; /* curve NULL: an RSA key */
	int bits;
} kinds[KEYGEN_KINDS] = {
	[KEYGEN_P256] = { "P-256", "P-256", 0 },       [KEYGEN_P384] = { "P-384", "P-384", 0 },
	[KEYGEN_RSA2048] = { "RSA-2048", NULL, 2048 }, [KEYGEN_RSA3072] = { "RSA-3072", NULL, 3072 },
	[KEYGEN_RSA4096] = { "RSA-4096", NULL, 4096 },
};

int keygen_named(const char *name)
{
	for (int i = 0; i < KEYGEN_KINDS; i++)
		if (strcasecmp(name, kinds[i].name) == 0)
			return i;
	return -1;
}

/* Appends the key to pem. The bytes of pem are not moved afterwards, so that no copy of the key is left
 * behind. */
static int write_pem(const EVP_PKEY *key, struct buf *pem)
{
	BIO *b = BIO_new(BIO_s_secmem());
	char *text;
	int written = b && buf_room(pem, KEYGEN_PEM_MAX / 2) &&
		      PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1;
	long len = written ? BIO_get_mem_data(b, &text) : 0;
	int r = len > 0 ? buf_add(pem, text, (size_t)len) : -1;
	BIO_free(b);
	return r;
}

/* OpenSSL calls this while it searches for primes; a result of 0 ends the search. */
static int goes_on(EVP_PKEY_CTX *c)
{
	const atomic_int *stop = EVP_PKEY_CTX_get_app_data(c);
	return !stop || !atomic_load(stop);
}

static EVP_PKEY *generate(enum keygen_kind kind, const atomic_int *stop)
{
	const char *curve = kinds[kind].curve;
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, curve ? "EC" : "RSA", NULL);
	if (c && EVP_PKEY_keygen_init(c) > 0 &&
	    (curve ? EVP_PKEY_CTX_set_group_name(c, curve)
		   : EVP_PKEY_CTX_set_rsa_keygen_bits(c, kinds[kind].bits)) > 0) {
		EVP_PKEY_CTX_set_app_data(c, (void *)(uintptr_t)stop);
		EVP_PKEY_CTX_set_cb(c, goes_on);
		EVP_PKEY_generate(c, &key);
	}
	EVP_PKEY_CTX_free(c);
	return key;
}

int keygen_make(enum keygen_kind kind, const atomic_int *stop, struct buf *pem, struct err *e)
{
	EVP_PKEY *key = generate(kind, stop);
	int r = key ? write_pem(key, pem) : -1;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return r < 0 ? err_set(e, ERR_IO, 0, "a private key %s cannot be made: OpenSSL refuses",
			       kinds[kind].name)
		     : 0;
}
