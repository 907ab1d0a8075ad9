/* SPDX-License-Identifier: MIT */
/* verify_world: judges a situation directly, and in a handshake between two ends in one process. */
#ifndef TESTS_VERIFY_WORLD_H
#define TESTS_VERIFY_WORLD_H

#include "situations.h"
#include "trust/fitness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ssl.h>

static struct anchors *load(const char *pem)
{
	struct err e;
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, &e);
	struct anchors_upload u = { .data = pem, .len = strlen(pem), .mode = ANCHORS_AS_IS };
	assert_non_null(a);
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), 0);
	return a;
}

static struct verify_request request_of(const struct row *r, const struct anchors *a,
					enum verify_profile profile)
{
	struct verify_request q = { .anchors = a,
				    .policy = r->policy,
				    .host = r->host ? r->host : "server.example",
				    .at_unix = FACTORY_NOW,
				    .enforce = 1 };
	q.policy.profile = profile;
	return q;
}

/* Client and server in one process, joined by a BIO pair. 1: both are done; 0: one of them failed. */
static inline int shake_hands(SSL *client, SSL *server)
{
	BIO *a, *b;
	BIO_new_bio_pair(&a, 1 << 17, &b, 1 << 17);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int turn = 0; turn < 20; turn++) {
		int c = SSL_do_handshake(client), s = SSL_do_handshake(server);
		if (c == 1 && s == 1)
			return 1;
		if ((c != 1 && SSL_get_error(client, c) != SSL_ERROR_WANT_READ) ||
		    (s != 1 && SSL_get_error(server, s) != SSL_ERROR_WANT_READ))
			return 0;
	}
	return 0;
}

static inline SSL_CTX *server_of(const struct row *r, struct world *w)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(ctx, 0);
	if (SSL_CTX_use_certificate(ctx, w->leaf.x) != 1 || SSL_CTX_use_PrivateKey(ctx, w->leaf.key) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	BIO *b = BIO_new_mem_buf(w->sent, -1);
	X509_free(PEM_read_bio_X509(b, NULL, NULL, NULL));
	for (X509 *x; (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL;)
		SSL_CTX_add_extra_chain_cert(ctx, x);
	BIO_free(b);
	(void)r;
	return ctx;
}

#endif
