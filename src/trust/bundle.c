#include "bundle.h"

#include "base/mem.h"
#include "pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

/* Never asks on the terminal, as OpenSSL would by itself. */
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

EVP_PKEY *bundle_key(const char *pem, const char *passphrase)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, give_passphrase, (void *)(uintptr_t)passphrase) : NULL;
	BIO_free(b);
	ERR_clear_error();
	return key;
}

int bundle_is_encrypted(const char *pem)
{
	return strstr(pem, "ENCRYPTED") != NULL;
}

/* PEM for the disk: under the passphrase when there is one. */
static char *write_key(EVP_PKEY *key, const char *passphrase)
{
	BIO *b = BIO_new(BIO_s_secmem());
	char *text, *pem = NULL;
	int under = passphrase && passphrase[0];
	if (b && PEM_write_bio_PKCS8PrivateKey(b, key, under ? EVP_aes_256_cbc() : NULL, NULL, 0, under ? give_passphrase : NULL,
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

static int take_cert(struct bundle *u, struct cert *c, size_t line, struct err *e)
{
	if (u->n == BUNDLE_CHAIN_MAX + 1) {
		cert_free(c);
		return err_set(e, ERR_FULL, 0, "line %zu: there can be at most %d certificates beside the own one", line, BUNDLE_CHAIN_MAX);
	}
	u->certs[u->n++] = c;
	return 0;
}

static int take_block(void *arg, const struct pem_block *b, struct err *e)
{
	struct bundle *u = arg;
	struct err why;
	if (b->damaged)
		return err_set(e, ERR_INPUT, 0, "line %zu: %s", b->line, b->damaged);
	if (b->form == FORM_KEY) {
		if (u->key_pem)
			return err_set(e, ERR_INPUT, 0, "line %zu: there is a second private key", b->line);
		u->key_pem = mem_array(b->text_len + 2, 1);
		memcpy(u->key_pem, b->text, b->text_len);
		u->key_pem[b->text_len] = '\n';
		return 0;
	}
	if (b->form != FORM_CERTIFICATE)
		return 0;
	struct cert *c = cert_parse(b->der, b->len, &why);
	return c ? take_cert(u, c, b->line, e) : err_set(e, ERR_INPUT, 0, "line %zu: %s", b->line, why.text);
}

static int unpack_pkcs12(struct bundle *u, PKCS12 *p, const char *passphrase, struct err *e)
{
	X509 *x = NULL;
	STACK_OF(X509) *others = NULL;
	int r = 0;
	if (PKCS12_parse(p, passphrase ? passphrase : "", &u->key, &x, &others) != 1)
		r = err_set(e, ERR_DENIED, 0, "the PKCS#12 file does not open with this passphrase");
	struct cert *c = x ? cert_of(x, e) : NULL;
	if (c)
		take_cert(u, c, 1, NULL);
	for (int i = 0; r == 0 && i < sk_X509_num(others); i++) {
		c = cert_of(sk_X509_value(others, i), e);
		r = c ? take_cert(u, c, 1, e) : -1;
	}
	if (r == 0 && u->key) {
		u->key_pem = write_key(u->key, passphrase);
		if (!u->key_pem)
			r = err_set(e, ERR_INPUT, 0, "the key in the PKCS#12 file cannot be kept");
	}
	X509_free(x);
	sk_X509_pop_free(others, X509_free);
	ERR_clear_error();
	return r;
}

int bundle_blocks(struct bundle *u, const char *data, size_t len, struct err *e)
{
	return pem_each(data, len, take_block, u, e);
}

int bundle_read(struct bundle *u, const char *data, size_t len, const char *passphrase, struct err *e)
{
	const unsigned char *p = (const unsigned char *)data;
	PKCS12 *file = len && data[0] == 0x30 ? d2i_PKCS12(NULL, &p, (long)len) : NULL;
	int r = file ? unpack_pkcs12(u, file, passphrase, e) : bundle_blocks(u, data, len, e);
	PKCS12_free(file);
	ERR_clear_error();
	if (r < 0)
		return -1;
	if (!u->n)
		return err_set(e, ERR_INPUT, 0, "there is no certificate in it: expected PEM or PKCS#12 with certificate and key");
	if (!u->key_pem)
		return err_set(e, ERR_INPUT, 0, "there is no private key in it");
	if (!u->key)
		u->key = bundle_key(u->key_pem, passphrase);
	if (u->key)
		return 0;
	if (!bundle_is_encrypted(u->key_pem))
		return err_set(e, ERR_INPUT, 0, "the private key cannot be read");
	return err_set(e, ERR_DENIED, 0, passphrase && passphrase[0] ? "the private key does not open with this passphrase" :
					 "the private key is under a passphrase: give it, too");
}
