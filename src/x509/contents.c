/* SPDX-License-Identifier: MIT */
#include "x509/contents.h"

#include "base/mem.h"
#include "pkcs12.h"
#include "x509/pem.h"
#include "x509/private_key.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct contents *to;
	const char *passphrase;
	const struct pem_block *block; /* the PKCS#12 that is being read */
};

static struct content *add(struct contents *c, const struct pem_block *b, struct err *e)
{
	if (c->n == CONTENTS_MAX) {
		err_set(e, ERR_FULL, 0, "there are more than %d certificates and keys in it", CONTENTS_MAX);
		return NULL;
	}
	if ((c->n & (c->n - 1)) == 0)
		c->at = mem_resize(c->at, (c->n ? 2 * c->n : 1) * sizeof *c->at);
	c->at[c->n] = (struct content){ .form = b->form, .line = b->line, .origin = b->origin };
	return &c->at[c->n++];
}

static void set_wrong(struct content *to, const char *why)
{
	free(to->wrong);
	to->wrong = mem_dup(why);
}

/* Records why a key, or a file with keys, was not decrypted. */
static void not_opened(const struct reading *r, struct content *to, const struct err *why)
{
	int given = r->passphrase && *r->passphrase;
	if (why->kind == ERR_DENIED && given)
		r->to->denied = 1;
	else if (why->kind == ERR_DENIED)
		r->to->locked = 1;
	set_wrong(to, why->text);
}

static void read_key(const struct reading *r, struct content *to, const struct pem_block *b)
{
	struct err why;
	to->key_pem = private_key_text(b);
	to->encrypted = private_key_is_encrypted(to->key_pem);
	to->key = private_key_read(to->key_pem, r->passphrase, &why);
	if (!to->key)
		not_opened(r, to, &why);
}

static const char out_of_pkcs12[] = "taken out of PKCS#12";

static struct content *add_taken(struct reading *r, enum form form, struct err *e)
{
	struct pem_block b = *r->block;
	b.form = form;
	b.origin = out_of_pkcs12;
	return add(r->to, &b, e);
}

static int take_cert(void *arg, struct cert *c, struct err *e)
{
	struct content *to = add_taken(arg, FORM_CERTIFICATE, e);
	if (to)
		to->cert = c;
	else
		cert_free(c);
	return to ? 0 : -1;
}

static int take_list(void *arg, struct crl *l, struct err *e)
{
	struct content *to = add_taken(arg, FORM_CRL, e);
	if (to)
		to->crl = l;
	else
		crl_free(l);
	return to ? 0 : -1;
}

static int take_key(void *arg, EVP_PKEY *key, struct err *e)
{
	struct reading *r = arg;
	struct content *to = add_taken(r, FORM_KEY, e);
	if (!to) {
		EVP_PKEY_free(key);
		return -1;
	}
	to->key = key;
	to->encrypted = r->passphrase && *r->passphrase;
	return 0;
}

static int read_pkcs12(struct reading *r, const struct pem_block *b, struct err *e)
{
	const struct pkcs12_taker taker = { .arg = r,
					    .cert = take_cert,
					    .key = take_key,
					    .crl = take_list,
					    .protection = &r->to->protection };
	struct err why;
	r->block = b;
	r->to->is_pkcs12 = 1;
	if (pkcs12_read(&(struct pkcs12_file){ b->der, b->len, r->passphrase }, &taker, &why) == 0)
		return 0;
	struct content *to = add(r->to, b, e);
	if (to)
		not_opened(r, to, &why);
	return to ? 0 : -1;
}

/* Reads OpenSSL's own form of a certificate, without its trust settings, which follow the certificate. */
static void read_trusted(struct content *to, const struct pem_block *b, struct err *why)
{
	const unsigned char *p = b->der;
	X509 *x = p ? d2i_X509_AUX(NULL, &p, (long)b->len) : NULL;
	to->cert = x ? cert_of(x, why) : NULL;
	if (!x)
		err_set(why, ERR_INPUT, 0, "this is not a certificate with trust settings");
	to->origin = "without OpenSSL's trust settings";
	X509_free(x);
	ERR_clear_error();
}

static void read_decoded(struct content *to, const struct pem_block *b)
{
	struct err why = { .kind = ERR_NONE };
	int read = 1;
	switch (b->form) {
	case FORM_CERTIFICATE: read = (to->cert = cert_parse(b->der, b->len, &why)) != NULL; break;
	case FORM_CRL: read = (to->crl = crl_parse(b->der, b->len, &why)) != NULL; break;
	case FORM_REQUEST: read = (to->csr = csr_parse(b->der, b->len, &why)) != NULL; break;
	case FORM_TRUSTED:
		read_trusted(to, b, &why);
		read = to->cert != NULL;
		break;
	default: set_wrong(to, b->what);
	}
	if (!read)
		set_wrong(to, why.text);
}

static int take_block(void *arg, const struct pem_block *b, struct err *e)
{
	struct reading *r = arg;
	if (b->form == FORM_PARAMETERS && !b->damaged)
		return 0;
	if (b->form == FORM_PKCS12 && !b->damaged)
		return read_pkcs12(r, b, e);
	struct content *to = add(r->to, b, e);
	if (!to)
		return -1;
	if (b->damaged)
		set_wrong(to, b->damaged);
	else if (b->form == FORM_KEY)
		read_key(r, to, b);
	else
		read_decoded(to, b);
	return 0;
}

int contents_read(struct contents *c, const struct buf *data, const char *passphrase, struct err *e)
{
	*c = (struct contents){ .at = NULL };
	buf_init(&c->protection, 4096);
	struct reading r = { .to = c, .passphrase = passphrase };
	if (pem_each(buf_str(data), data->len, take_block, &r, e) < 0)
		return -1;
	if (!c->n && !c->is_pkcs12)
		return err_set(
			e, ERR_INPUT, 0,
			"there is no certificate, key, request or revocation list in it: expected PEM, "
			"DER, PKCS#7 or PKCS#12");
	if (c->n == 1 && c->at[0].form == FORM_UNKNOWN && c->at[0].wrong)
		return err_set(e, ERR_INPUT, 0, "this is %s", c->at[0].wrong);
	return 0;
}

void contents_done(struct contents *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct content *at = &c->at[i];
		cert_free(at->cert);
		crl_free(at->crl);
		csr_free(at->csr);
		EVP_PKEY_free(at->key);
		private_key_wipe(at->key_pem);
		free(at->wrong);
	}
	free(c->at);
	buf_done(&c->protection);
	*c = (struct contents){ .at = NULL };
}

struct content *contents_first(const struct contents *c, enum form form)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->at[i].wrong && (c->at[i].form == form || (form == FORM_CERTIFICATE && c->at[i].cert)))
			return &c->at[i];
	return NULL;
}
