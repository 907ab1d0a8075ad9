/* SPDX-License-Identifier: MIT */
#include "x509/bundle.h"

#include "base/mem.h"
#include "pbe.h"
#include "pkcs12.h"
#include "x509/describe.h"
#include "x509/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL calls this for the passphrase; without it it would ask on the terminal. */
static int give_passphrase(char *to, int size, int writing, void *arg)
{
	const char *passphrase = arg;
	size_t len = passphrase ? strlen(passphrase) : 0;
	(void)writing;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(to, passphrase, len);
	return (int)len;
}

static int not_opened(const char *passphrase, struct err *e)
{
	return err_set(e, ERR_DENIED, 0,
		       passphrase && passphrase[0] ? "the private key does not open with this passphrase"
						   : "the private key is under a passphrase: give it, too");
}

/* Names the first error that OpenSSL has queued, which is nearest to the cause. */
static int unreadable(struct err *e)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	return err_set(e, ERR_INPUT, 0, "the private key cannot be read%s%s%s", reason ? " (OpenSSL: " : "",
		       reason ? reason : "", reason ? ")" : "");
}

static EVP_PKEY *open_pkcs8(const X509_SIG *sig, const char *passphrase, struct err *e)
{
	struct pbe_work work = { PBE_ITERATIONS_MAX };
	const X509_ALGOR *a;
	const ASN1_OCTET_STRING *from;
	int len;
	X509_SIG_get0(sig, &a, &from);
	if (pbe_count(&work, a, "the private key", e) < 0)
		return NULL;
	unsigned char *der = passphrase && passphrase[0] ? pbe_open(a, from, passphrase, &len) : NULL;
	const unsigned char *p = der;
	PKCS8_PRIV_KEY_INFO *p8 = der ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, len) : NULL;
	EVP_PKEY *key = p8 ? EVP_PKCS82PKEY(p8) : NULL;
	if (!p8)
		not_opened(passphrase, e);
	else if (!key)
		unreadable(e);
	PKCS8_PRIV_KEY_INFO_free(p8);
	if (der)
		OPENSSL_clear_free(der, (size_t)len);
	return key;
}

/* The cipher of PEM as OpenSSL wrote it before PKCS#8: "DEK-Info: DES-CBC,0123...". NULL if it is one that is
 * supported, or none. */
static const char *old_cipher(const char *pem, char ret[40])
{
	const char *at = strstr(pem, "\nDEK-Info: ");
	if (!at)
		return NULL;
	at += sizeof "\nDEK-Info: " - 1;
	describe_bytes(at, strcspn(at, ",\r\n"), ret, 40);
	return pbe_has_cipher(ret) ? NULL : ret;
}

static EVP_PKEY *open_plain_or_old(BIO *b, const char *pem, const char *passphrase, struct err *e)
{
	char cipher[40];
	if (old_cipher(pem, cipher)) {
		err_set(e, ERR_INPUT, 0,
			"the private key is encrypted with %s, which is too weak to be supported: openssl "
			"pkey -provider "
			"legacy -provider default -in FILE -aes256 -out NEW writes it with AES-256",
			cipher);
		return NULL;
	}
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
	if (!key && bundle_is_encrypted(pem))
		not_opened(passphrase, e);
	else if (!key)
		unreadable(e);
	return key;
}

EVP_PKEY *bundle_key(const char *pem, const char *passphrase, struct err *e)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509_SIG *sig = NULL;
	EVP_PKEY *key = NULL;
	ERR_clear_error();
	if (!b) {
		unreadable(e);
	} else if (!strstr(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
		key = open_plain_or_old(b, pem, passphrase, e);
	} else {
		sig = PEM_read_bio_PKCS8(b, NULL, NULL, NULL);
		key = sig ? open_pkcs8(sig, passphrase, e) : NULL;
		if (!sig)
			unreadable(e);
	}
	X509_SIG_free(sig);
	BIO_free(b);
	ERR_clear_error();
	return key;
}

int bundle_is_encrypted(const char *pem)
{
	return strstr(pem, "ENCRYPTED") != NULL;
}

/* The key as PEM for the disk, encrypted with the passphrase when there is one. */
static char *write_key(EVP_PKEY *key, const char *passphrase)
{
	BIO *b = BIO_new(BIO_s_secmem());
	char *text, *pem = NULL;
	int under = passphrase && passphrase[0];
	if (b && PEM_write_bio_PKCS8PrivateKey(b, key, under ? EVP_aes_256_cbc() : NULL, NULL, 0,
					       under ? give_passphrase : NULL,
					       (void *)(uintptr_t)passphrase) == 1) {
		long len = BIO_get_mem_data(b, &text);
		pem = mem_dup_n(text, (size_t)len);
	}
	BIO_free(b);
	ERR_clear_error();
	return pem;
}

void bundle_done(struct bundle *u)
{
	while (u->n)
		cert_free(u->certs[--u->n]);
	if (u->key_pem)
		explicit_bzero(u->key_pem, strlen(u->key_pem));
	free(u->key_pem);
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

/* The key's PEM text. Where all of it is in one line, as environment variables keep it, it is broken into
 * lines, since OpenSSL reads nothing else. */
static char *key_lines(const struct pem_block *b)
{
	enum { LINE = 64 };
	const char *body =
		memmem(b->text + 5, b->text_len - 5, "-----", 5); /* the text begins and ends with hyphens */
	char *pem = mem_array(b->text_len + b->text_len / LINE + 4, 1);
	size_t n = 0, column = 0;
	if (memchr(b->text, '\n', b->text_len) || !body) {
		memcpy(pem, b->text, b->text_len);
		pem[b->text_len] = '\n';
		return pem;
	}
	body += 5;
	const char *stop = memmem(body, b->text_len - (size_t)(body - b->text), "-----", 5);
	memcpy(pem, b->text, n = (size_t)(body - b->text));
	for (const char *p = body; p < stop; p++) {
		if (*p == ' ' || *p == '\t' || *p == '\r')
			continue;
		if (column++ % LINE == 0)
			pem[n++] = '\n';
		pem[n++] = *p;
	}
	pem[n++] = '\n';
	memcpy(pem + n, stop, b->text_len - (size_t)(stop - b->text));
	pem[strlen(pem)] = '\n';
	return pem;
}

static int take_key(struct bundle *u, const struct pem_block *b, struct err *e)
{
	if (b->der)
		return err_set(e, ERR_INPUT, 0,
			       "line %zu: there is a private key in DER: openssl pkey -in FILE -inform DER "
			       "-out key.pem "
			       "writes it as PEM; upload it with the certificate",
			       b->line);
	if (u->key_pem)
		return err_set(e, ERR_INPUT, 0, "line %zu: there is a second private key", b->line);
	u->key_pem = key_lines(b);
	return 0;
}

static int take_pkcs12(struct bundle *u, const struct pem_block *b, struct err *e)
{
	if (u->key || u->key_pem)
		return err_set(e, ERR_INPUT, 0, "line %zu: there is a second private key", b->line);
	if (pkcs12_read(u, b->der, b->len, u->passphrase, e) < 0)
		return -1;
	u->key_pem = u->key ? write_key(u->key, u->passphrase) : NULL;
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

int bundle_read(struct bundle *u, const char *data, size_t len, const char *passphrase, struct err *e)
{
	u->passphrase = passphrase;
	if (pem_each(data, len, take_block, u, e) < 0)
		return -1;
	if (!u->n)
		return err_set(
			e, ERR_INPUT, 0,
			"there is no certificate in it: expected PEM or PKCS#12 with certificate and key%s%s",
			u->other[0] ? ", found " : "", u->other);
	if (!u->key_pem)
		return err_set(e, ERR_NOTFOUND, 0, "there is no private key in it");
	if (!u->key)
		u->key = bundle_key(u->key_pem, passphrase, e);
	return u->key ? 0 : -1;
}
