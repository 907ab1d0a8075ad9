/* SPDX-License-Identifier: MIT */
/* own_key: provides the key of an active certificate to the device's own HTTPS side. */
#include "certstore/own.h"

#include "crypto/keygen.h"
#include "certstore_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>

int own_active(const struct anchors *a, enum own_purpose purpose, size_t *ret_i)
{
	for (size_t i = 0; i < a->own.n; i++)
		if (a->own.at[i]->active & purpose) {
			*ret_i = i;
			return 1;
		}
	return 0;
}

int own_key_pem(const struct anchors *a, size_t i, struct buf *pem, struct err *e)
{
	char *text;
	EVP_PKEY *key = i < a->own.n ? a->own.at[i]->key : NULL;
	if (!key)
		return err_set(e, ERR_DENIED, 0, "the key of this certificate is locked");
	BIO *b = BIO_new(BIO_s_secmem());
	/* memory for the whole text at once: a buffer that is moved later would leave a copy of the key
	 * behind */
	int written = b && buf_room(pem, KEYGEN_PEM_MAX) &&
		      PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1;
	long len = written ? BIO_get_mem_data(b, &text) : 0;
	int r = len > 0 ? buf_add(pem, text, (size_t)len) : -1;
	BIO_free(b);
	ERR_clear_error();
	return r < 0 ? err_set(e, ERR_IO, 0, "the key cannot be written: OpenSSL refuses") : 0;
}
