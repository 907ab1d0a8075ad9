/* SPDX-License-Identifier: MIT */
/* requests: certificate signing requests that wait for their certificate. */
#include "certstore/requests.h"

#include "base/mem.h"
#include "own_file.h"
#include "own_find.h"
#include "x509/names.h"
#include "x509/pem.h"
#include "x509/private_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

static int find(const struct anchors *a, const char *name)
{
	for (size_t i = 0; i < a->own.n_waiting; i++)
		if (strcmp(a->own.waiting[i]->name, name) == 0)
			return (int)i;
	return -1;
}

int requests_check_name(const struct anchors *a, const char *name, struct err *e)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	if (!len || name[len] || len > REQUESTS_NAME_MAX)
		return err_set(e, ERR_INPUT, 0,
			       "the name of a request is made of 1 to %d letters, digits and hyphens",
			       REQUESTS_NAME_MAX);
	if (find(a, name) >= 0)
		return err_set(e, ERR_EXISTS, 0,
			       "there is a request %s already: delete it, or give this one another name",
			       name);
	if (a->own.n_waiting == REQUESTS_MAX)
		return err_set(e, ERR_FULL, 0, "at most %d requests can wait: delete one by CSR Delete",
			       REQUESTS_MAX);
	return 0;
}

/* Returns the key as PEM text without a passphrase; the caller frees it with own_file_wipe. */
static char *plain_text(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_secmem());
	char *text, *pem = NULL;
	if (b && PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1) {
		long len = BIO_get_mem_data(b, &text);
		pem = mem_dup_n(text, (size_t)len);
	}
	BIO_free(b);
	return pem;
}

/* Makes the request with the key of an own certificate. ret gets the key's text in the form in which it is
 * stored. */
static int renew(const struct anchors *a, const struct requests_order *o, struct waiting *ret,
		 struct buf *pem, struct err *e)
{
	size_t i;
	struct buf cert;
	struct cert_info info;
	const struct own *old = own_find(a, o->renews, &i, e);
	EVP_PKEY *key = old ? own_find_key(a, old, o->passphrase, e) : NULL;
	if (!key)
		return -1;
	char *plain = plain_text(key);
	buf_init(&cert, CERT_DER_MAX);
	pem_write(&cert, "CERTIFICATE", old->cert->der, old->cert->len);
	int has_names = o->request.n_subject || o->request.n_alt_names;
	int r = !plain      ? err_set(e, ERR_IO, 0, "the private key cannot be used")
		: has_names ? request_make(&o->request, plain, pem, e)
			    : request_renew(buf_str(&cert), plain, pem, e);
	if (r == 0)
		ret->key_pem = own_file_key(a, old, NULL, e);
	describe_cert(old->cert, &info);
	snprintf(ret->renews, sizeof ret->renews, "%s", info.fingerprint);
	own_file_wipe(plain);
	buf_done(&cert);
	EVP_PKEY_free(key);
	return ret->key_pem ? r : -1;
}

static int make(const struct anchors *a, const struct requests_order *o, struct waiting *ret, struct err *e)
{
	struct buf pem;
	buf_init(&pem, REQUEST_PEM_MAX);
	int r = o->renews ? renew(a, o, ret, &pem, e) : request_make(&o->request, o->key_pem, &pem, e);
	if (r == 0 && !o->renews)
		ret->key_pem = mem_dup(o->key_pem);
	if (r == 0) {
		BIO *b = BIO_new_mem_buf(buf_str(&pem), -1);
		ret->request = b ? PEM_read_bio_X509_REQ(b, NULL, NULL, NULL) : NULL;
		BIO_free(b);
		snprintf(ret->name, sizeof ret->name, "%s", o->name);
		ret->encrypted = private_key_is_encrypted(ret->key_pem);
		ret->request_pem = buf_take(&pem);
		if (!ret->request)
			r = err_set(e, ERR_IO, 0, "the request cannot be read back");
	}
	buf_done(&pem);
	ERR_clear_error();
	return r;
}

int requests_create(struct anchors *a, const struct requests_order *o, struct err *e)
{
	if (requests_check_name(a, o->name, e) < 0)
		return -1;
	struct waiting *w = mem_new(sizeof *w);
	struct own_list next = a->own;
	next.waiting[next.n_waiting++] = w;
	if (make(a, o, w, e) < 0 || own_file_save(a, &next, e) < 0) {
		own_file_free_waiting(w);
		return -1;
	}
	a->own = next;
	return 0;
}

int requests_delete(struct anchors *a, const char *name, struct err *e)
{
	int i = find(a, name);
	if (i < 0)
		return err_set(e, ERR_NOTFOUND, 0, "there is no request %.100s", name);
	struct waiting *gone = a->own.waiting[i];
	struct own_list next = a->own;
	memmove(&next.waiting[i], &next.waiting[i + 1],
		(next.n_waiting - (size_t)i - 1) * sizeof next.waiting[0]);
	next.n_waiting--;
	if (own_file_save(a, &next, e) < 0)
		return -1;
	a->own = next;
	own_file_free_waiting(gone);
	return 0;
}

int requests_info(const struct anchors *a, size_t i, struct requests_info *ret)
{
	if (i >= a->own.n_waiting)
		return -1;
	const struct waiting *w = a->own.waiting[i];
	const EVP_PKEY *key = X509_REQ_get0_pubkey(w->request);
	const char *kind = key ? EVP_PKEY_get0_type_name(key) : NULL;
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(w->request);
	GENERAL_NAMES *alt = X509V3_get_d2i(list, NID_subject_alt_name, NULL, NULL);
	memset(ret, 0, sizeof *ret);
	ret->name = w->name;
	ret->pem = w->request_pem;
	ret->renews = w->renews;
	ret->encrypted = w->encrypted;
	X509_NAME_oneline(X509_REQ_get_subject_name(w->request), ret->subject, sizeof ret->subject);
	snprintf(ret->key, sizeof ret->key, "%s of %d bits", kind ? kind : "a key",
		 key ? EVP_PKEY_get_bits(key) : 0);
	names_list_of(alt, ret->names, sizeof ret->names);
	GENERAL_NAMES_free(alt);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	ERR_clear_error();
	return 0;
}
