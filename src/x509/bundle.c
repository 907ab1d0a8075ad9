/* SPDX-License-Identifier: MIT */
#include "x509/bundle.h"

#include "pkcs12.h"
#include "x509/pem.h"
#include "x509/private_key.h"

#include <stdio.h>
#include <string.h>

void bundle_done(struct bundle *u)
{
	while (u->n)
		cert_free(u->certs[--u->n]);
	private_key_wipe(u->key_pem);
	EVP_PKEY_free(u->key);
}

int bundle_add(struct bundle *u, struct cert *c, struct err *e)
{
	if (u->n == BUNDLE_CHAIN_MAX + 1) {
		cert_free(c);
		return err_set(e, ERR_FULL, 0, "there can be at most %d certificates beside the own one",
			       BUNDLE_CHAIN_MAX);
	}
	u->certs[u->n++] = c;
	return 0;
}

static int take_key(struct bundle *u, const struct pem_block *b, struct err *e)
{
	if (u->key_pem)
		return err_set(e, ERR_INPUT, 0, "line %zu: there is a second private key", b->line);
	u->key_pem = private_key_text(b);
	return 0;
}

static int take_pkcs12_cert(void *arg, struct cert *c, struct err *e)
{
	return bundle_add(arg, c, e);
}

static int take_pkcs12_key(void *arg, EVP_PKEY *key, struct err *e)
{
	struct bundle *u = arg;
	if (!u->key) {
		u->key = key;
		return 0;
	}
	EVP_PKEY_free(key);
	return err_set(
		e, ERR_INPUT, 0,
		"there is a second private key in the PKCS#12 file: export the one that is wanted alone");
}

static int take_pkcs12(struct bundle *u, const struct pem_block *b, struct err *e)
{
	const struct pkcs12_file file = { b->der, b->len, u->passphrase };
	const struct pkcs12_taker taker = { .arg = u, .cert = take_pkcs12_cert, .key = take_pkcs12_key };
	if (u->key || u->key_pem)
		return err_set(e, ERR_INPUT, 0, "line %zu: there is a second private key", b->line);
	if (pkcs12_read(&file, &taker, e) < 0)
		return -1;
	u->key_pem = u->key ? private_key_write(u->key, u->passphrase) : NULL;
	return u->key && !u->key_pem ? err_set(e, ERR_INPUT, 0, "the key in the PKCS#12 file cannot be kept")
				     : 0;
}

static int take_block(void *arg, const struct pem_block *b, struct err *e)
{
	struct bundle *u = arg;
	struct err why;
	if (b->damaged)
		return err_set(e, ERR_INPUT, 0, "line %zu: %s", b->line, b->damaged);
	switch (b->form) {
	case FORM_KEY: return take_key(u, b, e);
	case FORM_PKCS12: return take_pkcs12(u, b, e);
	case FORM_OPENSSH_KEY: return err_set(e, ERR_INPUT, 0, "line %zu: this is %s", b->line, b->what);
	case FORM_CERTIFICATE: {
		struct cert *c = cert_parse(b->der, b->len, &why);
		return c ? bundle_add(u, c, e) : err_set(e, ERR_INPUT, 0, "line %zu: %s", b->line, why.text);
	}
	default:
		if (!u->other[0] && b->form != FORM_PARAMETERS)
			snprintf(u->other, sizeof u->other, "%s", b->what);
		return 0;
	}
}

/* Keeps the key. If it is encrypted with a cipher or derivation that only older programs use, it is encrypted
 * again with AES-256 and the same passphrase. */
static int keep_key(struct bundle *u, struct err *e)
{
	if (!private_key_is_encrypted(u->key_pem) || private_key_is_modern(u->key_pem))
		return 0;
	private_key_wipe(u->key_pem);
	u->key_pem = private_key_write(u->key, u->passphrase);
	return u->key_pem ? 0 : err_set(e, ERR_INPUT, 0, "the private key cannot be kept");
}

int bundle_read(struct bundle *u, const char *data, size_t len, const char *passphrase, struct err *e)
{
	u->passphrase = passphrase;
	if (pem_each(data, len, take_block, u, e) < 0)
		return -1;
	if (!u->n)
		return err_set(
			e, ERR_INPUT, 0,
			"there is no certificate in it: expected PEM or PKCS#12 with certificate and key%s%s",
			u->other[0] || u->key_pem ? ", found " : "",
			u->other[0]  ? u->other
			: u->key_pem ? "a private key alone"
				     : "");
	if (!u->key_pem)
		return err_set(e, ERR_NOTFOUND, 0, "there is no private key in it");
	if (!u->key)
		u->key = private_key_read(u->key_pem, passphrase, e);
	return u->key ? keep_key(u, e) : -1;
}
