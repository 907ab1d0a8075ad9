/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENT_CHAIN_MAX = 8 };

struct tls_context {
	SSL_CTX *ssl;
	int verifies_clients;
	int64_t date;       /* the trusted date at the moment `at` */
	struct timespec at; /* when the settings were received, by the system's boot-time clock */
};

static int fail(struct err *e, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	char why[160] = "";
	if (code)
		ERR_error_string_n(code, why, sizeof why);
	ERR_clear_error();
	return err_set(e, ERR_CONFIG, 0, "%s%s%s", what, *why ? ": " : "", why);
}

static int no_passphrase(char *to, int size, int is_writing, void *arg)
{
	(void)to;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

/* The first certificate is the device's own; the others are the chain from it towards a root. */
static int use_certificate(SSL_CTX *ssl, const char *pem, struct err *e)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	X509 *c = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
	int is_good = c && SSL_CTX_use_certificate(ssl, c) == 1;
	X509_free(c);
	while (is_good && (c = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)))
		if (SSL_CTX_add0_chain_cert(ssl, c) != 1) {
			X509_free(c);
			is_good = 0;
		}
	BIO_free(in);
	if (!is_good)
		return fail(e, "the certificate for HTTPS cannot be used");
	ERR_clear_error(); /* PEM_read reports the end of the text as an error */
	return 0;
}

static int use_key(SSL_CTX *ssl, const char *pem, struct err *e)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	int is_good = key && SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
	EVP_PKEY_free(key);
	BIO_free(in);
	return is_good ? 0 : fail(e, "the key of the certificate for HTTPS cannot be used");
}

static int trust_roots(SSL_CTX *ssl, const char *pem, struct err *e)
{
	BIO *in = BIO_new_mem_buf(pem ? pem : "", -1);
	X509 *c;
	int n = 0;
	while ((c = PEM_read_bio_X509(in, NULL, no_passphrase, NULL))) {
		n += X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), c) == 1 &&
		     SSL_CTX_add_client_CA(ssl, c) == 1;
		X509_free(c);
	}
	BIO_free(in);
	ERR_clear_error();
	return n ? 0
		 : err_set(e, ERR_CONFIG, 0,
			   "certificates of clients are to be verified, and there is no root");
}

/* Returns 1 if the error means that the revocation lists leave open whether a certificate is revoked. */
static int is_doubt(int error)
{
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
	case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
	case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
	case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
	case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE: return 1;
	default: return 0;
	}
}

/* In mode Soft, only a list that names a certificate leads to its refusal. */
static int accept_doubts(int is_good, X509_STORE_CTX *verification)
{
	if (is_good || !is_doubt(X509_STORE_CTX_get_error(verification)))
		return is_good;
	X509_STORE_CTX_set_error(verification, X509_V_OK);
	return 1;
}

static void use_lists(SSL_CTX *ssl, const struct web_settings *s)
{
	BIO *in = BIO_new_mem_buf(s->lists ? s->lists : "", -1);
	X509_CRL *l;
	while ((l = PEM_read_bio_X509_CRL(in, NULL, no_passphrase, NULL))) {
		X509_STORE_add_crl(SSL_CTX_get_cert_store(ssl), l);
		X509_CRL_free(l);
	}
	BIO_free(in);
	ERR_clear_error();
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl),
				    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

static int verify_clients(SSL_CTX *ssl, const struct web_settings *s, struct err *e)
{
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   s->revocation == WEB_REVOCATION_SOFT ? accept_doubts : NULL);
	SSL_CTX_set_verify_depth(ssl, CLIENT_CHAIN_MAX);
	if (s->revocation != WEB_REVOCATION_OFF)
		use_lists(ssl, s);
	return trust_roots(ssl, s->roots, e);
}

static int set_up(SSL_CTX *ssl, const struct web_settings *s, struct err *e)
{
	static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
	SSL_CTX_set_security_level(ssl, 2);
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ssl, 0);
	SSL_CTX_set_max_cert_list(ssl, 64 << 10);
	if (!SSL_CTX_set_min_proto_version(ssl, s->tls_1_3_only ? TLS1_3_VERSION : TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(ssl, ciphers))
		return fail(e, "TLS cannot be set up");
	if (!s->certificate || !s->key)
		return err_set(e, ERR_CONFIG, 0, "there is no certificate for HTTPS, or its key is locked");
	if (use_certificate(ssl, s->certificate, e) < 0 || use_key(ssl, s->key, e) < 0)
		return -1;
	return s->verifies_clients ? verify_clients(ssl, s, e) : 0;
}

int tls_context_new(const struct web_settings *s, struct tls_context **ret, struct err *e)
{
	struct tls_context *c = mem_new(sizeof *c);
	*c = (struct tls_context){ .ssl = SSL_CTX_new(TLS_server_method()),
				   .verifies_clients = s->verifies_clients,
				   .date = s->date };
	clock_gettime(CLOCK_BOOTTIME, &c->at);
	if (!c->ssl || set_up(c->ssl, s, e) < 0) {
		if (!c->ssl)
			fail(e, "TLS cannot be set up");
		tls_context_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void tls_context_free(struct tls_context *c)
{
	if (c)
		SSL_CTX_free(c->ssl);
	free(c);
}

SSL *tls_begin(const struct tls_context *c)
{
	SSL *ssl = SSL_new(c->ssl);
	if (!ssl || !c->verifies_clients)
		return ssl;
	/* The system's clock may be wrong, so certificates are verified for the trusted date plus the time
	 * since then. While the date is not known this is the year 1970, in which no certificate is valid. */
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl),
				   (time_t)(c->date ? c->date + now.tv_sec - c->at.tv_sec : 1));
	return ssl;
}

X509 *tls_certificate(const struct tls_context *c)
{
	return c ? SSL_CTX_get0_certificate(c->ssl) : NULL;
}
