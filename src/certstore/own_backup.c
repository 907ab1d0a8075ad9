/* SPDX-License-Identifier: MIT */
/* own_backup: writes an own certificate with its chain and key as an encrypted file. */
#include "certstore/own.h"

#include "base/text.h"
#include "own_find.h"
#include "x509/names.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

enum { ITERATIONS = 100000 };

static PKCS12 *make(const struct own *o, EVP_PKEY *key, const char *password)
{
	char name[256] = "sealpost";
	const ASN1_STRING *common = names_common_name(o->cert);
	STACK_OF(X509) *chain = sk_X509_new_null();
	if (common && names_utf8(common, name, sizeof name) < 0)
		name[0] = '\0';
	for (size_t i = 0; chain && i < o->n_chain; i++)
		sk_X509_push(chain, o->chain[i]->x);
	PKCS12 *p = PKCS12_create(password, name, key, o->cert->x, chain, NID_aes_256_cbc, NID_aes_256_cbc,
				  ITERATIONS, ITERATIONS, 0);
	sk_X509_free(chain);
	return p;
}

int own_backup(const struct anchors *a, const struct own_backup *r, struct buf *der, struct err *e)
{
	size_t i;
	unsigned char *data = NULL;
	if (text_length(r->password) < OWN_PASSWORD_MIN)
		return err_set(e, ERR_INPUT, 0, "the password of a backup has at least %d characters",
			       OWN_PASSWORD_MIN);
	const struct own *o = own_find(a, r->fingerprint, &i, e);
	EVP_PKEY *key = o ? own_find_key(a, o, r->passphrase, e) : NULL;
	if (!key)
		return -1;
	PKCS12 *p = make(o, key, r->password);
	int len = p ? i2d_PKCS12(p, &data) : -1;
	int made = len > 0 && buf_add(der, data, (size_t)len) == 0;
	OPENSSL_free(data);
	PKCS12_free(p);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return made ? 0 : err_set(e, ERR_IO, 0, "the backup cannot be made: OpenSSL refuses");
}
