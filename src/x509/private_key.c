/* SPDX-License-Identifier: MIT */
#include "x509/private_key.h"

#include "base/mem.h"
#include "pbe.h"
#include "x509/describe.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

static const char pkcs8_begin[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/* OpenSSL calls this for the passphrase; otherwise it would ask on the terminal. */
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

/* Sets the error from the first one in OpenSSL's queue, which is the nearest to the cause. */
static int unreadable(struct err *e)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	return err_set(e, ERR_INPUT, 0, "the private key cannot be read%s%s%s", reason ? " (OpenSSL: " : "",
		       reason ? reason : "", reason ? ")" : "");
}

static EVP_PKEY *open_pkcs8(const X509_SIG *sig, const char *passphrase, struct err *e)
{
	struct pbe pbe = PBE_START(passphrase);
	const X509_ALGOR *a;
	const ASN1_OCTET_STRING *from;
	int len;
	X509_SIG_get0(sig, &a, &from);
	if (pbe_count(&pbe, a, "the private key", e) < 0) {
		pbe_done(&pbe);
		return NULL;
	}
	unsigned char *der = passphrase && passphrase[0] ? pbe_open(&pbe, a, from, &len) : NULL;
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
	pbe_done(&pbe);
	return key;
}

/* The header of PEM as OpenSSL wrote it before PKCS#8, "DEK-Info: DES-CBC,0123...": the key is derived with
 * one round of MD5. */
struct dek {
	EVP_CIPHER_INFO info;
	unsigned char *data;
	long len;
};

/* Decrypts in place. Returns the length; -1 on failure. */
static int decrypt_dek(struct dek *d, const EVP_CIPHER *cipher, const char *passphrase)
{
	unsigned char key[EVP_MAX_KEY_LENGTH];
	int n = 0, last = 0;
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int good = x && d->len < INT32_MAX &&
		   EVP_BytesToKey(d->info.cipher, EVP_md5(), d->info.iv, (const unsigned char *)passphrase,
				  (int)strlen(passphrase), 1, key, NULL) > 0 &&
		   EVP_DecryptInit_ex(x, cipher, NULL, key, d->info.iv) &&
		   EVP_DecryptUpdate(x, d->data, &n, d->data, (int)d->len) &&
		   EVP_DecryptFinal_ex(x, d->data + n, &last);
	EVP_CIPHER_CTX_free(x);
	OPENSSL_cleanse(key, sizeof key);
	return good ? n + last : -1;
}

static EVP_PKEY *open_dek(struct dek *d, char *header, const char *passphrase, struct err *e)
{
	struct pbe pbe = PBE_START(passphrase);
	EVP_PKEY *key = NULL;
	const char *at = strstr(header, "DEK-Info: ");
	char name[40] = "";
	if (at)
		describe_bytes(at + 10, strcspn(at + 10, ",\r\n"), name, sizeof name);
	EVP_CIPHER *cipher = PEM_get_EVP_CIPHER_INFO(header, &d->info) && d->info.cipher
				     ? pbe_cipher(&pbe, EVP_CIPHER_get0_name(d->info.cipher))
				     : NULL;
	if (!cipher) {
		err_set(e, ERR_INPUT, 0,
			"the private key is encrypted with %s, which is not supported here: sealpost-pki "
			"convert FILE --to pem, on a computer where OpenSSL's legacy provider is installed, "
			"writes it anew",
			*name ? name : "a cipher that it does not name");
	} else if (!passphrase || !*passphrase) {
		not_opened(passphrase, e);
	} else {
		int len = decrypt_dek(d, cipher, passphrase);
		const unsigned char *p = d->data;
		key = len > 0 ? d2i_AutoPrivateKey(NULL, &p, len) : NULL;
		if (!key)
			not_opened(passphrase, e);
	}
	EVP_CIPHER_free(cipher);
	pbe_done(&pbe);
	return key;
}

static EVP_PKEY *open_old(BIO *b, const char *passphrase, struct err *e)
{
	char *name = NULL, *header = NULL;
	struct dek d = { .data = NULL };
	EVP_PKEY *key = NULL;
	if (PEM_read_bio(b, &name, &header, &d.data, &d.len) && header)
		key = open_dek(&d, header, passphrase, e);
	else
		err_set(e, ERR_INPUT, 0,
			"the encrypted private key cannot be read: expected the lines Proc-Type and "
			"DEK-Info, each "
			"by itself, then an empty line, then base64, as OpenSSL writes them");
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(d.data, d.data && d.len > 0 ? (size_t)d.len : 0);
	return key;
}

/* Some programs write PKCS#1 or SEC1 between the lines of PKCS#8 (BEGIN PRIVATE KEY): if OpenSSL does not
 * read the key by its label, its content decides. */
static EVP_PKEY *open_plain(BIO *b, struct err *e)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, give_passphrase, NULL);
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len = 0;
	if (!key)
		unreadable(e);
	if (!key && BIO_reset(b) == 1 && PEM_read_bio(b, &name, &header, &data, &len)) {
		const unsigned char *p = data;
		key = d2i_AutoPrivateKey(NULL, &p, len);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, data && len > 0 ? (size_t)len : 0);
	return key;
}

EVP_PKEY *private_key_read(const char *pem, const char *passphrase, struct err *e)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509_SIG *sig = NULL;
	EVP_PKEY *key = NULL;
	ERR_clear_error();
	if (!b) {
		unreadable(e);
	} else if (strstr(pem, pkcs8_begin)) {
		sig = PEM_read_bio_PKCS8(b, NULL, NULL, NULL);
		key = sig ? open_pkcs8(sig, passphrase, e) : NULL;
		if (!sig)
			unreadable(e);
	} else {
		key = private_key_is_encrypted(pem) ? open_old(b, passphrase, e) : open_plain(b, e);
	}
	X509_SIG_free(sig);
	BIO_free(b);
	ERR_clear_error();
	return key;
}

int private_key_is_encrypted(const char *pem)
{
	return strstr(pem, "ENCRYPTED") != NULL;
}

int private_key_is_modern(const char *pem)
{
	BIO *b = strstr(pem, pkcs8_begin) ? BIO_new_mem_buf(pem, -1) : NULL;
	X509_SIG *sig = b ? PEM_read_bio_PKCS8(b, NULL, NULL, NULL) : NULL;
	const X509_ALGOR *a = NULL;
	if (sig)
		X509_SIG_get0(sig, &a, NULL);
	int modern = a && OBJ_obj2nid(a->algorithm) == NID_pbes2;
	X509_SIG_free(sig);
	BIO_free(b);
	ERR_clear_error();
	return modern;
}

/* Encrypts as PKCS#8 with PBKDF2, SHA-256 and AES-256. Returns NULL if OpenSSL cannot. */
static X509_SIG *encrypt(const PKCS8_PRIV_KEY_INFO *p8, const char *passphrase)
{
	enum { ITERATIONS = PBE_ITERATIONS_MAX / 100 };
	X509_ALGOR *a = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), ITERATIONS, NULL, 0, NULL, NID_hmacWithSHA256);
	X509_SIG *sig =
		a ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), (void *)(uintptr_t)p8, a) : NULL;
	if (!sig)
		X509_ALGOR_free(a);
	return sig;
}

char *private_key_write(const EVP_PKEY *key, const char *passphrase)
{
	BIO *b = BIO_new(BIO_s_secmem());
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	X509_SIG *sig = p8 && passphrase && passphrase[0] ? encrypt(p8, passphrase) : NULL;
	char *text, *pem = NULL;
	int under = passphrase && passphrase[0];
	if (b && p8 &&
	    (under ? sig && PEM_write_bio_PKCS8(b, sig) == 1
		   : PEM_write_bio_PKCS8_PRIV_KEY_INFO(b, p8) == 1)) {
		long len = BIO_get_mem_data(b, &text);
		pem = mem_dup_n(text, (size_t)len);
	}
	X509_SIG_free(sig);
	PKCS8_PRIV_KEY_INFO_free(p8);
	BIO_free(b);
	ERR_clear_error();
	return pem;
}

int private_key_der(const EVP_PKEY *key, const char *passphrase, struct buf *out, struct err *e)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	int under = passphrase && passphrase[0];
	X509_SIG *sig = p8 && under ? encrypt(p8, passphrase) : NULL;
	unsigned char *der = NULL;
	int len = sig ? i2d_X509_SIG(sig, &der) : p8 && !under ? i2d_PKCS8_PRIV_KEY_INFO(p8, &der) : 0;
	int r = len > 0 ? buf_add(out, der, (size_t)len) : -1;
	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	X509_SIG_free(sig);
	PKCS8_PRIV_KEY_INFO_free(p8);
	ERR_clear_error();
	return r < 0 ? err_set(e, ERR_INPUT, 0, "the private key cannot be written") : 0;
}

int private_key_is_of(const EVP_PKEY *key, const struct cert *c)
{
	int same = X509_check_private_key(c->x, key) == 1;
	ERR_clear_error();
	return same;
}

void private_key_free(EVP_PKEY *key)
{
	EVP_PKEY_free(key);
}

void private_key_wipe(char *pem)
{
	mem_wipe(pem);
}

/* Returns the PEM label for this key. Encrypted PKCS#8 begins with a SEQUENCE, all others with their version:
 * 0 before the algorithm of PKCS#8 or the modulus of PKCS#1, 1 before the number of SEC1. */
static const char *label_of(const unsigned char *der, size_t len)
{
	size_t head = len > 1 && (der[1] & 0x80) ? 2 + (size_t)(der[1] & 0x7f) : 2;
	if (len < head + 4 || der[head] != 0x02)
		return "ENCRYPTED PRIVATE KEY";
	return der[head + 3] == 0x30   ? "PRIVATE KEY"
	       : der[head + 3] == 0x04 ? "EC PRIVATE KEY"
				       : "RSA PRIVATE KEY";
}

/* Breaks PEM that is a single line into several, since OpenSSL requires that. */
static char *break_line(const struct pem_block *b, const char *body)
{
	enum { LINE = 64 };
	char *pem = mem_array(b->text_len + b->text_len / LINE + 4, 1);
	size_t n = (size_t)(body - b->text), column = 0;
	const char *stop = memmem(body, b->text_len - n, "-----", 5);
	memcpy(pem, b->text, n);
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

char *private_key_text(const struct pem_block *b)
{
	if (b->der) {
		struct buf out;
		buf_init(&out, 4 * b->len + 256);
		pem_write(&out, label_of(b->der, b->len), b->der, b->len);
		return buf_take(&out);
	}
	/* the text begins and ends with hyphens */
	const char *body = memmem(b->text + 5, b->text_len - 5, "-----", 5);
	if (body && !memchr(b->text, '\n', b->text_len))
		return break_line(b, body + 5);
	char *pem = mem_array(b->text_len + 2, 1);
	memcpy(pem, b->text, b->text_len);
	pem[b->text_len] = '\n';
	return pem;
}
