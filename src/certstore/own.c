/* SPDX-License-Identifier: MIT */
/* own: this device's certificates and keys: for servers that ask for one (purpose HttpClient), and for the
 * clients of a web server on this device (purpose HTTPS). */
#include "certstore/own.h"

#include "own_file.h"
#include "own_find.h"
#include "x509/describe.h"
#include "x509/fingerprint.h"
#include "x509/pem.h"
#include "x509/private_key.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static const char *const purposes[] = { "HttpClient", "HTTPS" };

const char *own_purpose_name(enum own_purpose p)
{
	return purposes[p == OWN_HTTPS];
}

enum own_purpose own_purpose_named(const char *name)
{
	if (strcmp(name, purposes[0]) == 0)
		return OWN_HTTP_CLIENT;
	return strcmp(name, purposes[1]) == 0 ? OWN_HTTPS : 0;
}

struct own *own_find(const struct anchors *a, const char *fingerprint, size_t *ret_i, struct err *e)
{
	for (size_t i = 0; i < a->own.n; i++) {
		struct cert_info info;
		describe_cert(a->own.at[i]->cert, &info);
		if (fingerprint_is(fingerprint, info.fingerprint, info.fingerprint_sha256)) {
			*ret_i = i;
			return a->own.at[i];
		}
	}
	err_set(e, ERR_NOTFOUND, 0, "this device has no certificate with fingerprint %.100s", fingerprint);
	return NULL;
}

EVP_PKEY *own_find_key(const struct anchors *a, const struct own *o, const char *passphrase, struct err *e)
{
	if (o->key) {
		EVP_PKEY_up_ref(o->key);
		return o->key;
	}
	char *text = own_file_key(a, o, NULL, e);
	EVP_PKEY *key = text ? private_key_read(text, passphrase, e) : NULL;
	own_file_wipe(text);
	return key;
}

int own_delete(struct anchors *a, const char *fingerprint, struct err *e)
{
	size_t i;
	struct own *o = own_find(a, fingerprint, &i, e);
	if (!o)
		return -1;
	struct own_list next = a->own;
	memmove(&next.at[i], &next.at[i + 1], (next.n - i - 1) * sizeof next.at[0]);
	next.n--;
	if (own_file_save(a, &next, e) < 0)
		return -1;
	a->own = next;
	a->generation++;
	own_file_free_own(o);
	return 0;
}

static void report_replaced(const struct own *o, struct buf *ret)
{
	struct cert_info info;
	describe_cert(o->cert, &info);
	buf_addf(ret, "%s, SHA-1 %s", info.subject, info.fingerprint);
}

/* Frees the keys of certificates that are active for no purpose. */
static void drop_idle_keys(struct anchors *a)
{
	for (size_t i = 0; i < a->own.n; i++) {
		struct own *o = a->own.at[i];
		if (o->active)
			continue;
		EVP_PKEY_free(o->key);
		o->key = NULL;
	}
}

/* Makes the i-th certificate the only active one for this purpose; if i is past the end, no certificate is
 * active for it. */
static int set_active(struct anchors *a, size_t i, enum own_purpose p, struct err *e)
{
	unsigned before[ANCHORS_OWN_MAX];
	for (size_t k = 0; k < a->own.n; k++) {
		struct own *o = a->own.at[k];
		before[k] = o->active;
		o->active = k == i ? o->active | p : o->active & ~(unsigned)p;
	}
	if (own_file_save(a, &a->own, e) == 0) {
		drop_idle_keys(a);
		a->generation++;
		return 0;
	}
	for (size_t k = 0; k < a->own.n; k++)
		a->own.at[k]->active = before[k];
	return -1;
}

static int check_fit(const struct anchors *a, size_t i, enum own_purpose p, struct err *e)
{
	struct buf why;
	buf_init(&why, 400);
	int fit = own_is_fit(a, i, p, &why);
	if (fit < 0)
		err_set(e, ERR_INPUT, 0,
			p == OWN_HTTPS ? "clients that call this device would refuse this certificate as a "
					 "server's: %s; have it "
					 "issued with extended key usage serverAuth and the device's name"
				       : "servers would refuse this certificate as a client's: %s; have it "
					 "issued with extended key usage clientAuth",
			buf_str(&why));
	buf_done(&why);
	return fit;
}

int own_activate(struct anchors *a, const struct own_activation *r, struct buf *ret_replaced, struct err *e)
{
	size_t i;
	struct own *o = own_find(a, r->fingerprint, &i, e);
	if (!o || check_fit(a, i, r->purpose, e) < 0)
		return -1;
	EVP_PKEY *key = own_find_key(a, o, r->passphrase, e);
	if (!key)
		return -1;
	const struct own *was = NULL;
	for (size_t k = 0; k < a->own.n; k++)
		if (k != i && a->own.at[k]->active & r->purpose)
			was = a->own.at[k];
	EVP_PKEY *before = o->key;
	o->key = key;
	if (set_active(a, i, r->purpose, e) < 0) {
		o->key = before;
		EVP_PKEY_free(key);
		return -1;
	}
	EVP_PKEY_free(before);
	if (was && ret_replaced)
		report_replaced(was, ret_replaced);
	return 0;
}

int own_deactivate(struct anchors *a, const char *fingerprint, enum own_purpose purpose, struct err *e)
{
	size_t i;
	struct own *o = own_find(a, fingerprint, &i, e);
	if (!o)
		return -1;
	return o->active & purpose ? set_active(a, a->own.n, purpose, e) : 0;
}

int own_unlock(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e)
{
	size_t i;
	struct own *o = own_find(a, fingerprint, &i, e);
	if (!o)
		return -1;
	if (!o->active)
		return err_set(e, ERR_INPUT, 0,
			       "this certificate is not active, so its key is not kept in memory: give the "
			       "passphrase to Activate");
	char *text = own_file_key(a, o, NULL, e);
	EVP_PKEY *key = text ? private_key_read(text, passphrase, e) : NULL;
	own_file_wipe(text);
	if (!key)
		return -1;
	EVP_PKEY_free(o->key);
	o->key = key;
	a->generation++;
	return 0;
}

size_t own_count(const struct anchors *a)
{
	return a->own.n;
}

int own_info(const struct anchors *a, size_t i, struct own_info *ret)
{
	if (i >= a->own.n)
		return -1;
	const struct own *o = a->own.at[i];
	memset(ret, 0, sizeof *ret);
	describe_cert(o->cert, &ret->cert);
	snprintf(ret->cert.used_for, sizeof ret->cert.used_for, "%s%s%s",
		 o->active & OWN_HTTP_CLIENT ? purposes[0] : "",
		 o->active == (OWN_HTTP_CLIENT | OWN_HTTPS) ? "," : "",
		 o->active & OWN_HTTPS ? purposes[1] : "");
	ret->chain = o->n_chain;
	ret->encrypted = o->encrypted;
	ret->locked = o->encrypted && !o->key;
	ret->self_signed = cert_self_signed(o->cert);
	return 0;
}

int own_chain_info(const struct anchors *a, size_t i, size_t k, struct cert_info *ret)
{
	if (i >= a->own.n || k >= a->own.at[i]->n_chain)
		return -1;
	describe_cert(a->own.at[i]->chain[k], ret);
	return 0;
}

void own_details(const struct anchors *a, size_t i, struct cert_details *ret)
{
	describe_details(a->own.at[i]->cert, ret);
}

int own_is_fit(const struct anchors *a, size_t i, enum own_purpose purpose, struct buf *why)
{
	return a->checks->purpose(a->own.at[i]->cert, purpose, why);
}

void own_print_one(const struct anchors *a, size_t i, struct buf *out)
{
	if (i >= a->own.n)
		return;
	const struct own *o = a->own.at[i];
	pem_write(out, "CERTIFICATE", o->cert->der, o->cert->len);
	for (size_t k = 0; k < o->n_chain; k++)
		pem_write(out, "CERTIFICATE", o->chain[k]->der, o->chain[k]->len);
}

void own_print_pem(const struct anchors *a, struct buf *out)
{
	for (size_t i = 0; i < a->own.n; i++)
		own_print_one(a, i, out);
}

int own_use(const struct anchors *a, void *ssl_ctx, struct err *e)
{
	for (size_t i = 0; i < a->own.n; i++) {
		const struct own *o = a->own.at[i];
		if (!(o->active & OWN_HTTP_CLIENT) || !o->key)
			continue;
		int good = SSL_CTX_use_certificate(ssl_ctx, o->cert->x) == 1 &&
			   SSL_CTX_use_PrivateKey(ssl_ctx, o->key) == 1;
		for (size_t k = 0; good && k < o->n_chain; k++)
			good = SSL_CTX_add1_chain_cert(ssl_ctx, o->chain[k]->x) == 1;
		const char *why = good ? NULL : ERR_reason_error_string(ERR_peek_last_error());
		ERR_clear_error();
		return good ? 0
			    : err_set(e, ERR_TLS, 0,
				      "this device's certificate for HttpClient cannot be used: OpenSSL "
				      "says: %s",
				      why ? why : "no reason");
	}
	return 0;
}
