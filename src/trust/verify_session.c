/* SPDX-License-Identifier: MIT */
/* verify_session: verification in a TLS handshake, by callbacks of OpenSSL. */
#include "base/mem.h"
#include "certstore/own.h"
#include "chain.h"
#include "staple.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify_session {
	int refs; /* references: by its owner, and by the SSL_CTX to which it is attached */
	struct verify_request request;
	char *host;
	/* These three are NULL before there is a verdict, and after verify_session_free_verdict. */
	struct verdict *verdict;
	struct verify_chain *chain;
	/* issuer of the server's certificate in the path that was found; NULL: there is none */
	struct cert *issuer;
	long code; /* the verdict's code; -1: there is no verdict */
	int64_t valid_until;
	int client_certificate_requested; /* the server asked for a client certificate */
	int client_certificate_missing;   /* the server asked for one, and got none */
	unsigned long error;              /* OpenSSL's error that ended TLS; 0: there was none */
};

struct verify_session *verify_session_new(const struct verify_request *r)
{
	struct verify_session *s = mem_new(sizeof *s);
	s->refs = 1;
	s->request = *r;
	s->host = mem_dup(r->host);
	s->request.host = s->host;
	s->code = -1;
	return s;
}

struct verify_session *verify_session_ref(struct verify_session *s)
{
	s->refs++;
	return s;
}

void verify_session_free_verdict(struct verify_session *s)
{
	free(s->verdict);
	verify_chain_free(s->chain);
	cert_free(s->issuer);
	s->verdict = NULL;
	s->chain = NULL;
	s->issuer = NULL;
}

void verify_session_free(struct verify_session *s)
{
	if (!s || --s->refs)
		return;
	verify_session_free_verdict(s);
	free(s->host);
	free(s);
}

static struct verify_chain *chain_of(STACK_OF(X509) * sent)
{
	struct verify_chain *c = mem_new(sizeof *c);
	struct err why;
	for (int i = 0; i < sk_X509_num(sent) && c->n <= SENT_MAX; i++) {
		c->at[c->n] = cert_of(sk_X509_value(sent, i), &why);
		if (c->at[c->n])
			c->n++;
		else
			snprintf(c->damaged, sizeof c->damaged, "certificate %d: %s", i, why.text);
	}
	return c;
}

/* Returns a new reference to the issuer of the server's certificate; NULL if no path was found. The session
 * keeps it for checking the OCSP response, since the anchors may change before that arrives. */
static struct cert *issuer_found(const struct verify_session *s)
{
	if (s->verdict->built < 2)
		return NULL;
	int number = s->verdict->path[1];
	return cert_ref(number >= 0 ? s->chain->at[number]
				    : anchors_at(s->request.anchors, (size_t)(-1 - number))->cert);
}

/* Copies the code and the end of validity, which are kept when the verdict itself is freed. */
static void keep_code(struct verify_session *s)
{
	s->code = s->verdict->code;
	s->valid_until = s->verdict->valid_until;
}

/* Frees all certificates except the server's own, the only one that is needed after the verdict. OpenSSL
 * would keep them as long as the connection lives, about 10 KB each. */
static void free_issuers(STACK_OF(X509) * sent)
{
	while (sk_X509_num(sent) > 1)
		X509_free(sk_X509_pop(sent));
}

/* Called by OpenSSL in place of its own verification. verify_chain_judge also calls X509_verify_cert, but
 * with the path that our own verifier has found. */
static int on_certificates(X509_STORE_CTX *ctx, void *arg)
{
	struct verify_session *s = arg;
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx);
	verify_session_free_verdict(s);
	s->verdict = mem_new(sizeof *s->verdict);
	s->chain = chain_of(sent);
	verify_chain_judge(&s->request, s->chain, s->verdict);
	s->issuer = issuer_found(s);
	keep_code(s);
	free_issuers(sent);
	int pass = s->code == 0 || !s->request.enforce;
	X509_STORE_CTX_set_error(ctx, pass ? X509_V_OK : (int)s->code);
	return pass;
}

/* Called by OpenSSL once in each full handshake, after the certificates were received and before application
 * data can be sent, whether or not there is a stapled OCSP response. */
static int on_staple(SSL *ssl, void *arg)
{
	struct verify_session *s = arg;
	const unsigned char *der = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
	if (!s->verdict || !s->chain->n || !s->verdict->judged_at)
		return 1;
	struct staple staple = { len > 0 ? der : NULL, len > 0 ? (size_t)len : 0, s->issuer };
	struct rules rules = { .policy = s->request.policy,
			       .now = s->verdict->judged_at,
			       .is_earliest = !s->request.at_unix };
	struct findings to = { .v = s->verdict, .profile = s->request.policy.profile };
	for (size_t i = 0; i < s->verdict->n; i++)
		to.refusals += !s->verdict->findings[i].note;
	staple_check(&(struct check_at){ &to, s->chain->at[0], 0 }, &staple, &rules);
	findings_to_verdict(&to);
	keep_code(s);
	if (s->code == 0 || !s->request.enforce)
		return 1;
	SSL_set_verify_result(ssl, s->code);
	return 0;
}

static void on_context_freed(void *ctx, void *session, CRYPTO_EX_DATA *data, int index, long n, void *arg)
{
	(void)ctx, (void)data, (void)index, (void)n, (void)arg;
	verify_session_free(session);
}

/* Returns the index at which an SSL_CTX has its session; OpenSSL assigns it once in the process. */
static int place(void)
{
	static int index = -1;
	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_context_freed);
	return index;
}

/* Called in a client's handshake if the server asks for a client certificate, before the next function. */
static int on_client_certificate_requested(SSL *ssl, void *arg)
{
	(void)arg;
	verify_session_of(ssl)->client_certificate_requested = 1;
	return 1;
}

/* Called if the server asks for a client certificate and there is none to send. */
static int on_client_certificate_missing(SSL *ssl, X509 **ret, EVP_PKEY **ret_key)
{
	(void)ret, (void)ret_key;
	verify_session_of(ssl)->client_certificate_missing = 1;
	return 0;
}

/* Called by OpenSSL for each step of TLS. Keeps the error that ends TLS, since libcurl removes it from
 * OpenSSL's queue of errors: an alert from the server, or a fault found on this side (for most of which an
 * alert is sent). */
static void on_tls_step(const SSL *ssl, int where, int value)
{
	struct verify_session *s = verify_session_of(ssl);
	unsigned long error = 0;
	if (where & SSL_CB_ALERT && where & SSL_CB_READ && value >> 8 == SSL3_AL_FATAL)
		error = ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + (value & 0xff));
	else if (where & SSL_CB_ALERT || (where & SSL_CB_EXIT && value <= 0))
		error = ERR_peek_error();
	if (s && !s->error)
		s->error = error;
}

int verify_session_attach(struct verify_session *s, void *ssl_ctx, struct err *e)
{
	SSL_CTX *ctx = ssl_ctx;
	SSL_CTX_set_security_level(ctx, 2);
	/* so that the server cannot send another certificate later */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	/* libcurl has the two buffers of 17 KB freed after each use. OpenSSL's memory is wiped when it is
	 * freed (crypto/wipe.h), which took 6 % of the CPU time of a post. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) ||
	    !SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) ||
	    !SSL_CTX_set_ex_data(ctx, place(), s)) {
		ERR_clear_error();
		return err_set(e, ERR_TLS, 0, "TLS 1.2 cannot be made the lowest version");
	}
	s->refs++;
	SSL_CTX_set_cert_verify_callback(ctx, on_certificates, s);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_tlsext_status_cb(ctx, on_staple);
	SSL_CTX_set_tlsext_status_arg(ctx, s);
	SSL_CTX_set_cert_cb(ctx, on_client_certificate_requested, NULL);
	SSL_CTX_set_client_cert_cb(ctx, on_client_certificate_missing);
	SSL_CTX_set_info_callback(ctx, on_tls_step);
	return own_use(s->request.anchors, ctx, e);
}

const char *verify_session_host(const struct verify_session *s)
{
	return s->host;
}

long verify_session_code(const struct verify_session *s)
{
	return s->code;
}

int64_t verify_session_valid_until(const struct verify_session *s)
{
	return s->valid_until;
}

int verify_session_client_certificate_missing(const struct verify_session *s)
{
	return s->client_certificate_missing;
}

int verify_session_client_certificate_requested(const struct verify_session *s)
{
	return s->client_certificate_requested;
}

unsigned long verify_session_error(const struct verify_session *s)
{
	return s->error;
}

const struct verdict *verify_session_verdict(const struct verify_session *s)
{
	return s->verdict;
}

const struct verify_chain *verify_session_chain(const struct verify_session *s)
{
	return s->chain;
}

struct verify_session *verify_session_of(const void *ssl)
{
	return SSL_CTX_get_ex_data(SSL_get_SSL_CTX((const SSL *)ssl), place());
}
