/* SPDX-License-Identifier: MIT */
/* own: this device's certificates and keys, for servers that ask for one. */
#include "certstore/own.h"

#include "base/mem.h"
#include "crypto/state_file.h"
#include "internal.h"
#include "x509/asn1_time.h"
#include "x509/bundle.h"
#include "x509/describe.h"
#include "x509/fingerprint.h"
#include "x509/pem.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "own";
enum { FILE_MAX = 1 << 20 };

static void own_free(struct own *o)
{
	if (!o)
		return;
	cert_free(o->cert);
	while (o->n_chain)
		cert_free(o->chain[--o->n_chain]);
	EVP_PKEY_free(o->key);
	if (o->key_pem)
		explicit_bzero(o->key_pem, strlen(o->key_pem));
	free(o->key_pem);
	free(o);
}

void own_done(struct anchors *a)
{
	while (a->own.n)
		own_free(a->own.at[--a->own.n]);
}

/* Keeps the CAs above the certificate in the order that TLS wants, each followed by its issuer, whatever the
 * order of the file. The root is left out: servers have it. */
static void set_chain(struct own *o, const struct bundle *u)
{
	struct cert *below = o->cert;
	while (below && !below->self_issued && o->n_chain < BUNDLE_CHAIN_MAX) {
		struct cert *issuer = NULL;
		for (size_t i = 0; i < u->n && !issuer; i++)
			if (cert_names_join(below, u->certs[i]) && cert_signed_by(below, u->certs[i]))
				issuer = u->certs[i];
		if (issuer && !issuer->self_issued)
			o->chain[o->n_chain++] = cert_ref(issuer);
		below = issuer;
	}
}

static int is_kept(const struct own *o, const struct cert *c)
{
	for (size_t i = 0; i < o->n_chain; i++)
		if (cert_same(o->chain[i], c))
			return 1;
	return cert_same(o->cert, c);
}

/* Reports each certificate of the upload: what it is for, or that it is left out. */
static void tell(const struct anchors_checks *checks, const struct own *o, const struct bundle *u,
		 int64_t now, struct buf *report)
{
	char subject[256];
	struct buf why;
	buf_init(&why, 1000);
	cert_subject(o->cert, subject, sizeof subject);
	buf_addf(report, "%s: added", subject);
	if (now && now < o->cert->not_before) {
		char day[40];
		asn1_time_text(o->cert->not_before, day, sizeof day);
		buf_addf(report, "; it is not valid before %s", day);
	}
	if (checks->client(o->cert, &why) < 0)
		buf_addf(report,
			 "; servers would refuse it as a client's certificate, so it cannot be activated for "
			 "HttpClient: %s",
			 buf_str(&why));
	buf_adds(report, "\n");
	buf_done(&why);
	for (size_t i = 0; i < u->n; i++) {
		cert_subject(u->certs[i], subject, sizeof subject);
		if (!is_kept(o, u->certs[i]))
			buf_addf(report, "%s: left out, %s\n", subject,
				 u->certs[i]->self_issued ? "a root, which servers have themselves"
							  : "no CA above the own certificate");
	}
}

/* Finds the certificate in the upload that its key belongs to, and has it checked. What is returned takes
 * over the key from u; NULL with *e filled if there is none, or if it cannot be used. */
static struct own *match(const struct anchors_checks *checks, struct bundle *u, int64_t now, struct err *e)
{
	size_t mine = 0;
	struct buf why;
	while (mine < u->n && X509_check_private_key(u->certs[mine]->x, u->key) != 1)
		mine++;
	ERR_clear_error();
	if (mine == u->n) {
		err_set(e, ERR_INPUT, 0, "the private key belongs to another certificate");
		return NULL;
	}
	struct cert *c = u->certs[mine];
	buf_init(&why, 1000);
	int fit = checks->own(c, now && now < c->not_before ? c->not_before : now, &why);
	if (fit < 0)
		err_set(e, ERR_INPUT, 0, "this certificate cannot be used: %s", buf_str(&why));
	buf_done(&why);
	if (fit < 0)
		return NULL;
	struct own *o = mem_new(sizeof *o);
	o->cert = cert_ref(c);
	set_chain(o, u);
	o->encrypted = bundle_is_encrypted(u->key_pem);
	o->key_pem = u->key_pem;
	u->key_pem = NULL;
	o->key = u->key;
	u->key = NULL;
	return o;
}

/* --- on disk --- */

static int save(const struct anchors *a, const struct own_list *l, struct err *e)
{
	struct buf body;
	buf_init(&body, FILE_MAX);
	for (size_t i = 0; i < l->n; i++) {
		const struct own *o = l->at[i];
		buf_addf(&body, "own %s\n", o->active ? "HttpClient" : "-");
		pem_write(&body, "CERTIFICATE", o->cert->der, o->cert->len);
		for (size_t k = 0; k < o->n_chain; k++)
			pem_write(&body, "CERTIFICATE", o->chain[k]->der, o->chain[k]->len);
		buf_adds(&body, o->key_pem);
	}
	int r = state_file_save(a->dir, file_name, &body, e);
	if (body.data)
		explicit_bzero(body.data, body.len);
	buf_done(&body);
	return r;
}

/* Each entry in the file begins with its "own" line, outside of any PEM block. */
int own_load(struct anchors *a, struct buf *notice, struct err *e)
{
	struct buf body;
	buf_init(&body, FILE_MAX + 256);
	int r = state_file_load(a->dir, file_name, &body, notice, e);
	const char *p = r == 0 && body.len ? buf_str(&body) : NULL;
	while (p && strncmp(p, "own ", 4) == 0 && a->own.n < ANCHORS_OWN_MAX) {
		const char *next = strstr(p, "\nown ");
		struct bundle u = { .n = 0 };
		struct own *o = mem_new(sizeof *o);
		bundle_stored(&u, p, next ? (size_t)(next - p) + 1 : strlen(p), NULL);
		if (u.n && u.key_pem) {
			o->cert = cert_ref(u.certs[0]);
			set_chain(o, &u);
			o->active = strncmp(p + 4, "HttpClient", 10) == 0;
			o->encrypted = bundle_is_encrypted(u.key_pem);
			o->key = o->encrypted ? NULL : bundle_key(u.key_pem, NULL, NULL);
			o->key_pem = u.key_pem;
			u.key_pem = NULL;
			a->own.at[a->own.n++] = o;
		} else {
			own_free(o);
		}
		bundle_done(&u);
		p = next ? next + 1 : NULL;
	}
	if (body.data)
		explicit_bzero(body.data, body.len);
	buf_done(&body);
	return r;
}

/* --- commands --- */

static struct own *find(const struct anchors *a, const char *fingerprint, size_t *ret_i, struct err *e)
{
	for (size_t i = 0; i < a->own.n; i++) {
		struct cert_info info;
		describe_cert(a->own.at[i]->cert, &info);
		if (fingerprint_is(fingerprint, info.fingerprint, info.fingerprint_sha256)) {
			*ret_i = i;
			return a->own.at[i];
		}
	}
	err_set(e, ERR_NOTFOUND, 0, "there is no own certificate with fingerprint %.100s", fingerprint);
	return NULL;
}

int own_put(struct anchors *a, const struct anchors_upload *up, struct buf *report, char ret_fingerprint[41],
	    struct err *e)
{
	struct bundle u = { .n = 0 };
	struct own *o = NULL;
	struct cert_info info;
	int r = up->len <= FILE_MAX / 4
			? bundle_read(&u, up->data, up->len, up->passphrase, e)
			: err_set(e, ERR_FULL, 0, "expected at most %d bytes of certificate and key",
				  FILE_MAX / 4);
	if (r == 0)
		o = match(a->checks, &u, up->now_unix, e);
	if (o && report)
		tell(a->checks, o, &u, up->now_unix, report);
	bundle_done(&u);
	if (!o)
		return -1;
	for (size_t i = 0; i < a->own.n; i++)
		if (cert_same(a->own.at[i]->cert, o->cert))
			r = err_set(e, ERR_EXISTS, 0, "this certificate is there already");
	if (r == 0 && a->own.n == ANCHORS_OWN_MAX)
		r = err_set(e, ERR_FULL, 0, "there can be at most %d own certificates", ANCHORS_OWN_MAX);
	struct own_list next = a->own;
	if (r == 0) {
		next.at[next.n++] = o;
		r = save(a, &next, e);
	}
	if (r < 0) {
		own_free(o);
		return -1;
	}
	a->own = next;
	a->generation++;
	describe_cert(o->cert, &info);
	if (ret_fingerprint)
		memcpy(ret_fingerprint, info.fingerprint, sizeof info.fingerprint);
	return 0;
}

int own_delete(struct anchors *a, const char *fingerprint, struct err *e)
{
	size_t i;
	struct own *o = find(a, fingerprint, &i, e);
	if (!o)
		return -1;
	struct own_list next = a->own;
	memmove(&next.at[i], &next.at[i + 1], (next.n - i - 1) * sizeof next.at[0]);
	next.n--;
	if (save(a, &next, e) < 0)
		return -1;
	a->own = next;
	a->generation++;
	own_free(o);
	return 0;
}

static int set_active(struct anchors *a, const char *fingerprint, int active, struct err *e)
{
	size_t i, was = a->own.n;
	struct own *o = find(a, fingerprint, &i, e);
	if (!o)
		return -1;
	for (size_t k = 0; k < a->own.n; k++)
		if (a->own.at[k]->active) {
			was = k;
			a->own.at[k]->active = active ? 0 : k != i;
		}
	o->active = active;
	if (save(a, &a->own, e) == 0) {
		a->generation++;
		return 0;
	}
	o->active = 0;
	if (was < a->own.n)
		a->own.at[was]->active = 1;
	return -1;
}

int own_activate(struct anchors *a, const char *fingerprint, struct err *e)
{
	size_t i;
	struct own *o = find(a, fingerprint, &i, e);
	struct buf why;
	buf_init(&why, 400);
	int fit = o ? a->checks->client(o->cert, &why) : -1;
	if (o && fit < 0)
		err_set(e, ERR_INPUT, 0,
			"servers would refuse this certificate as a client's: %s; have it issued with "
			"extended key usage "
			"clientAuth",
			buf_str(&why));
	buf_done(&why);
	if (fit < 0)
		return -1;
	return set_active(a, fingerprint, 1, e);
}

int own_deactivate(struct anchors *a, const char *fingerprint, struct err *e)
{
	return set_active(a, fingerprint, 0, e);
}

int own_unlock(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e)
{
	size_t i;
	struct own *o = find(a, fingerprint, &i, e);
	if (!o)
		return -1;
	EVP_PKEY *key = bundle_key(o->key_pem, passphrase, e);
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
	snprintf(ret->cert.used_for, sizeof ret->cert.used_for, "%s", o->active ? "HttpClient" : "");
	ret->chain = o->n_chain;
	ret->encrypted = o->encrypted;
	ret->locked = o->key == NULL;
	return 0;
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
		if (!o->active || !o->key)
			continue;
		int good = SSL_CTX_use_certificate(ssl_ctx, o->cert->x) == 1 &&
			   SSL_CTX_use_PrivateKey(ssl_ctx, o->key) == 1;
		for (size_t k = 0; good && k < o->n_chain; k++)
			good = SSL_CTX_add1_chain_cert(ssl_ctx, o->chain[k]->x) == 1;
		ERR_clear_error();
		return good ? 0 : err_set(e, ERR_TLS, 0, "the own certificate for HttpClient cannot be used");
	}
	return 0;
}
