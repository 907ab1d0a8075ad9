/* SPDX-License-Identifier: MIT */
#include "x509/cms.h"

#include "crypto/signing.h"
#include "x509/pem.h"

#include <limits.h>
#include <openssl/cms.h>

/* Returns the certificates after the first one, which are borrowed. */
static STACK_OF(X509) * above_first(const struct cms_order *o)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	for (size_t i = 1; list && i < o->n_certs; i++)
		sk_X509_push(list, o->certs[i]->x);
	return list;
}

int cms_check_key(const EVP_PKEY *key, struct err *e)
{
	int nid = NID_undef;
	if (EVP_PKEY_get_default_digest_nid((EVP_PKEY *)(uintptr_t)key, &nid) > 0 && nid != NID_undef)
		return 0;
	return err_set(
		e, ERR_INPUT, 0,
		"OpenSSL makes no CMS signatures with a key of this type (%s): an RSA key or one on P-256 "
		"can be used",
		EVP_PKEY_get0_type_name(key));
}

int cms_sign(const struct cms_order *o, struct buf *out, struct err *e)
{
	if (!o->n_certs || o->data->len > INT_MAX)
		return err_set(e, ERR_INPUT, 0, "there is no certificate, or too much to sign");
	STACK_OF(X509) *more = above_first(o);
	BIO *data = BIO_new_mem_buf(buf_str(o->data), (int)o->data->len);
	CMS_ContentInfo *cms = data ? CMS_sign(o->certs[0]->x, (EVP_PKEY *)(uintptr_t)o->key, more, data,
					       CMS_DETACHED | CMS_BINARY)
				    : NULL;
	unsigned char *der = NULL;
	int len = cms ? i2d_CMS_ContentInfo(cms, &der) : 0;
	if (len > 0)
		pem_write(out, "CMS", der, (size_t)len);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(data);
	sk_X509_free(more);
	return len > 0 ? 0 : signing_failed("the signature", e);
}
