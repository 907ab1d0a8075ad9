/* SPDX-License-Identifier: MIT */
#include "x509/pack.h"

#include "crypto/signing.h"
#include "x509/pem.h"

#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <string.h>

enum { ITERATIONS = 100000 };

static int fill_pkcs7(PKCS7 *file, const struct pack *p)
{
	int good = PKCS7_set_type(file, NID_pkcs7_signed) == 1 &&
		   PKCS7_content_new(file, NID_pkcs7_data) == 1 && PKCS7_set_detached(file, 1) == 1;
	for (size_t i = 0; good && i < p->n_certs; i++)
		good = PKCS7_add_certificate(file, p->certs[i]->x) == 1;
	for (size_t i = 0; good && i < p->n_crls; i++)
		good = PKCS7_add_crl(file, p->crls[i]->x) == 1;
	return good;
}

int pack_pkcs7(const struct pack *p, struct buf *out, struct err *e)
{
	PKCS7 *file = PKCS7_new();
	unsigned char *der = NULL;
	int len = file && fill_pkcs7(file, p) ? i2d_PKCS7(file, &der) : 0;
	if (len > 0)
		pem_write(out, "PKCS7", der, (size_t)len);
	OPENSSL_free(der);
	PKCS7_free(file);
	return len > 0 ? 0 : signing_failed("the PKCS#7 file", e);
}

static STACK_OF(X509) * above_first(const struct pack *p)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	for (size_t i = p->key ? 1 : 0; list && i < p->n_certs; i++)
		sk_X509_push(list, p->certs[i]->x);
	return list;
}

int pack_pkcs12(const struct pack *p, struct buf *out, struct err *e)
{
	STACK_OF(X509) *more = above_first(p);
	unsigned char *der = NULL;
	PKCS12 *file = PKCS12_create(p->passphrase, p->name, (EVP_PKEY *)(uintptr_t)p->key,
				     p->key ? p->certs[0]->x : NULL, more, NID_aes_256_cbc, NID_aes_256_cbc,
				     ITERATIONS, -1, 0);
	int good = file && PKCS12_set_mac(file, p->passphrase, (int)strlen(p->passphrase), NULL, 0,
					  ITERATIONS, EVP_sha256()) == 1;
	int len = good ? i2d_PKCS12(file, &der) : 0;
	int r = len > 0 ? buf_add(out, der, (size_t)len) : -1;
	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	PKCS12_free(file);
	sk_X509_free(more);
	return r < 0 ? signing_failed("the PKCS#12 file", e) : 0;
}
