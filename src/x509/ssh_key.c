/* SPDX-License-Identifier: MIT */
#include "x509/ssh_key.h"

#include "base/mem.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum { BLOB_MAX = 8192, POINT_MAX = 200 };

/* Appends a string in the form of RFC 4251: a length of four bytes, and the bytes. */
static void add_string(struct buf *blob, const void *data, size_t len)
{
	const unsigned char head[4] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16),
					(unsigned char)(len >> 8), (unsigned char)len };
	buf_add(blob, head, sizeof head);
	buf_add(blob, data, len);
}

/* Appends a positive number: a zero byte is put before it if its first bit is set. */
static int add_number(struct buf *blob, const EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;
	if (EVP_PKEY_get_bn_param(key, name, &n) != 1)
		return -1;
	size_t len = (size_t)BN_num_bytes(n), zero = BN_num_bits(n) % 8 == 0;
	unsigned char *bytes = mem_new(len + 1);
	BN_bn2bin(n, bytes + zero);
	add_string(blob, bytes, len + zero);
	free(bytes);
	BN_free(n);
	return 0;
}

static int add_rsa(struct buf *blob, const EVP_PKEY *key)
{
	add_string(blob, "ssh-rsa", 7);
	return add_number(blob, key, OSSL_PKEY_PARAM_RSA_E) < 0
		       ? -1
		       : add_number(blob, key, OSSL_PKEY_PARAM_RSA_N);
}

static int add_ec(struct buf *blob, const EVP_PKEY *key, const char *type)
{
	unsigned char point[POINT_MAX];
	size_t len = 0;
	/* the point as its two coordinates, whichever form the key's file has */
	if (EVP_PKEY_set_utf8_string_param((EVP_PKEY *)(uintptr_t)key,
					   OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1 ||
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) != 1)
		return -1;
	add_string(blob, type, strlen(type));
	add_string(blob, strrchr(type, '-') + 1, strlen(strrchr(type, '-') + 1));
	add_string(blob, point, len);
	return 0;
}

static int add_edwards(struct buf *blob, const EVP_PKEY *key)
{
	unsigned char bytes[32];
	size_t len = sizeof bytes;
	if (EVP_PKEY_get_raw_public_key(key, bytes, &len) != 1)
		return -1;
	add_string(blob, "ssh-ed25519", 11);
	add_string(blob, bytes, len);
	return 0;
}

/* Returns the type's name, static; NULL: SSH has none for this key. */
static const char *type_of(const EVP_PKEY *key)
{
	char curve[64] = "";
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA: return "ssh-rsa";
	case EVP_PKEY_ED25519: return "ssh-ed25519";
	case EVP_PKEY_EC: break;
	default: return NULL;
	}
	EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
	return strcmp(curve, "prime256v1") == 0  ? "ecdsa-sha2-nistp256"
	       : strcmp(curve, "secp384r1") == 0 ? "ecdsa-sha2-nistp384"
	       : strcmp(curve, "secp521r1") == 0 ? "ecdsa-sha2-nistp521"
						 : NULL;
}

int ssh_key_write(const EVP_PKEY *key, const char *comment, struct buf *out, struct err *e)
{
	const char *type = type_of(key);
	struct buf blob;
	if (!type)
		return err_set(e, ERR_INPUT, 0,
			       "SSH has no keys of this kind: expected RSA, P-256, P-384, P-521 or Ed25519");
	buf_init(&blob, BLOB_MAX);
	int r = strcmp(type, "ssh-rsa") == 0       ? add_rsa(&blob, key)
		: strcmp(type, "ssh-ed25519") == 0 ? add_edwards(&blob, key)
						   : add_ec(&blob, key, type);
	if (r == 0 && !blob.full) {
		char *base64 = mem_new(4 * ((blob.len + 2) / 3) + 1);
		EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)blob.data, (int)blob.len);
		buf_addf(out, "%s %s%s%s\n", type, base64, *comment ? " " : "", comment);
		free(base64);
	} else {
		r = err_set(e, ERR_INPUT, 0, "the public key cannot be read");
	}
	ERR_clear_error();
	buf_done(&blob);
	return r;
}
