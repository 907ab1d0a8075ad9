/* SPDX-License-Identifier: MIT */
#include "crypto/request.h"

#include "crypto/signing.h"
#include "request_names.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

int request_check(const struct request_names *r, struct err *e)
{
	return request_names_check(r, e);
}

/* Replaces OpenSSL's default, which asks for a passphrase at the terminal. */
static int no_passphrase(char *to, int size, int writing, void *arg)
{
	(void)to, (void)size, (void)writing, (void)arg;
	return -1;
}

static EVP_PKEY *read_key(const char *pem, struct err *e)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, no_passphrase, NULL) : NULL;
	BIO_free(b);
	ERR_clear_error();
	if (!key)
		err_set(e, ERR_INPUT, 0, "the private key cannot be read");
	return key;
}

static int write_pem(BIO *b, struct buf *pem)
{
	char *text;
	long len = BIO_get_mem_data(b, &text);
	return len > 0 ? buf_add(pem, text, (size_t)len) : -1;
}

static int add_alt_names(X509_REQ *req, GENERAL_NAMES *names)
{
	STACK_OF(X509_EXTENSION) *list = NULL;
	int good = sk_GENERAL_NAME_num(names) == 0 ||
		   (X509V3_add1_i2d(&list, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1 &&
		    X509_REQ_add_extensions(req, list) == 1);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return good;
}

static int write_request(X509_REQ *req, EVP_PKEY *key, struct buf *pem)
{
	BIO *b = BIO_new(BIO_s_mem());
	int good = b && X509_REQ_sign(req, key, signing_digest(key)) > 0 && PEM_write_bio_X509_REQ(b, req) &&
		   write_pem(b, pem) == 0;
	BIO_free(b);
	return good;
}

int request_make(const struct request_names *r, const char *key_pem, struct buf *pem, struct err *e)
{
	X509_NAME *subject = NULL;
	GENERAL_NAMES *alt = NULL;
	X509_REQ *req = NULL;
	EVP_PKEY *key = read_key(key_pem, e);
	int result = -1;
	if (!key || request_names_encode(r, &subject, &alt, e) < 0)
		goto out;
	req = X509_REQ_new();
	int good = req && X509_REQ_set_subject_name(req, subject) && X509_REQ_set_pubkey(req, key) &&
		   add_alt_names(req, alt) && write_request(req, key, pem);
	result = good ? 0 : signing_failed("the request", e);
out:
	X509_REQ_free(req);
	X509_NAME_free(subject);
	GENERAL_NAMES_free(alt);
	EVP_PKEY_free(key);
	return result;
}

int request_renew(const char *cert_pem, const char *key_pem, struct buf *pem, struct err *e)
{
	BIO *b = BIO_new_mem_buf(cert_pem, -1);
	X509 *x = b ? PEM_read_bio_X509(b, NULL, no_passphrase, NULL) : NULL;
	EVP_PKEY *key = read_key(key_pem, e);
	GENERAL_NAMES *alt = x ? X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL) : NULL;
	X509_REQ *req = X509_REQ_new();
	int result = -1;
	if (!x)
		err_set(e, ERR_INPUT, 0, "the certificate cannot be read");
	else if (key && X509_check_private_key(x, key) != 1)
		err_set(e, ERR_INPUT, 0, "the private key belongs to another certificate");
	else if (key)
		result = req && X509_REQ_set_subject_name(req, X509_get_subject_name(x)) &&
					 X509_REQ_set_pubkey(req, key) && (!alt || add_alt_names(req, alt)) &&
					 write_request(req, key, pem)
				 ? 0
				 : signing_failed("the request", e);
	ERR_clear_error();
	X509_REQ_free(req);
	GENERAL_NAMES_free(alt);
	EVP_PKEY_free(key);
	X509_free(x);
	BIO_free(b);
	return result;
}

/* --- certificates that are signed by their own key --- */

static int add(X509 *x, int nid, const char *value)
{
	return signing_add_extension(x, x, nid, value);
}

static int add_extensions(X509 *x, const EVP_PKEY *key, enum request_role role)
{
	int is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	if (!add(x, NID_subject_key_identifier, "hash"))
		return 0;
	if (role == REQUEST_CA)
		return add(x, NID_basic_constraints, "critical,CA:TRUE") &&
		       add(x, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign");
	return add(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       add(x, NID_key_usage,
		   is_rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") &&
	       add(x, NID_ext_key_usage, "serverAuth,clientAuth");
}

int request_self_sign(const struct request_names *r, const struct request_signing *s, struct buf *pem,
		      struct err *e)
{
	X509_NAME *subject = NULL;
	GENERAL_NAMES *alt = NULL;
	X509 *x = NULL;
	BIO *b = NULL;
	EVP_PKEY *key = read_key(s->key_pem, e);
	int result = -1;
	if (!key || request_names_encode(r, &subject, &alt, e) < 0)
		goto out;
	x = X509_new();
	b = BIO_new(BIO_s_mem());
	int good = x && b && X509_set_version(x, X509_VERSION_3) && signing_set_serial(x) &&
		   X509_set_subject_name(x, subject) && X509_set_issuer_name(x, subject) &&
		   X509_set_pubkey(x, key) && ASN1_TIME_set(X509_getm_notBefore(x), (time_t)s->from) &&
		   ASN1_TIME_set(X509_getm_notAfter(x), (time_t)s->until) &&
		   add_extensions(x, key, s->role) &&
		   (sk_GENERAL_NAME_num(alt) == 0 ||
		    X509_add1_ext_i2d(x, NID_subject_alt_name, alt, 0, X509V3_ADD_DEFAULT) == 1) &&
		   X509_sign(x, key, signing_digest(key)) > 0 && PEM_write_bio_X509(b, x) &&
		   write_pem(b, pem) == 0;
	result = good ? 0 : signing_failed("the certificate", e);
out:
	BIO_free(b);
	X509_free(x);
	X509_NAME_free(subject);
	GENERAL_NAMES_free(alt);
	EVP_PKEY_free(key);
	return result;
}
