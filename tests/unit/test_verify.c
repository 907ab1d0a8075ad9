#include "situations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ssl.h>

static void show(const struct verdict *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *f = &v->findings[i];
		fprintf(stderr, "    %s %ld %s depth %d %s wanted '%s' found '%s'\n", f->note ? "note" : "REFUSED", f->code,
			verify_symbol(f->code), f->depth, f->subject, f->wanted, f->found);
	}
}

static struct anchors *load(const char *pem)
{
	struct err e;
	struct anchors *a = anchors_open(NULL, NULL, &e);
	struct anchors_upload u = { .data = pem, .len = strlen(pem), .mode = ANCHORS_AS_IS };
	assert_non_null(a);
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), 0);
	return a;
}

static struct verify_request request_of(const struct row *r, const struct anchors *a, enum verify_profile profile)
{
	struct verify_request q = { .anchors = a, .policy = r->policy, .host = r->host ? r->host : "server.example",
				    .at_unix = FACTORY_NOW, .enforce = 1 };
	q.policy.profile = profile;
	return q;
}

static void judge_directly(const struct row *r, const struct world *w, enum verify_profile profile, struct verdict *v)
{
	struct err e;
	struct anchors *a = load(w->roots);
	struct verify_request q = request_of(r, a, profile);
	struct verify_chain *c = verify_chain_new(w->sent, strlen(w->sent), &e);
	assert_non_null(c);
	verify_chain_judge(&q, c, v);
	verify_chain_free(c);
	anchors_free(a);
}

static void test_direct(void **state)
{
	(void)state;
	int bad = 0;
	struct verdict *v = malloc(sizeof *v);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct world w;
		build(&w, r);
		for (enum verify_profile p = VERIFY_GUIDE; p <= VERIFY_STRICT; p++) {
			long expected = p == VERIFY_STRICT ? r->strict : r->guide;
			judge_directly(r, &w, p, v);
			enum verify_name named = p == VERIFY_STRICT && r->strict_named ? (enum verify_name)(r->strict_named - 1) : r->named;
			if (v->code == expected && v->name == named)
				continue;
			fprintf(stderr, "%s (%s): expected %ld, got %ld, name %d\n", r->name, p ? "strict" : "guide", expected,
				v->code, (int)v->name);
			show(v);
			bad++;
		}
		tear_down(&w);
	}
	free(v);
	assert_int_equal(bad, 0);
}

/* --- the same through a handshake -------------------------------------------------------------------------------- */

/* Client and server in one process, joined by a BIO pair. 1: both are done; 0: one of them failed. */
static int shake_hands(SSL *client, SSL *server)
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

static SSL_CTX *server_of(const struct row *r, struct world *w)
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

static void test_handshakes(void **state)
{
	(void)state;
	int bad = 0, done = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct world w;
		struct err e;
		if (r->no_handshake)
			continue;
		build(&w, r);
		SSL_CTX *server_ctx = server_of(r, &w), *client_ctx = SSL_CTX_new(TLS_client_method());
		struct anchors *a = load(w.roots);
		struct verify_request q = request_of(r, a, VERIFY_GUIDE);
		struct verify_session *s = verify_session_new(&q);
		assert_int_equal(verify_session_attach(s, client_ctx, &e), 0);
		SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
		int passed = shake_hands(client, server);
		const struct verdict *v = verify_session_verdict(s);
		if (!v || v->code != r->guide || passed != (r->guide == 0)) {
			fprintf(stderr, "%s: handshake %d, expected %ld, got %ld\n", r->name, passed, r->guide, v ? v->code : -1);
			bad++;
		}
		done++;
		SSL_free(client);
		SSL_free(server);
		SSL_CTX_free(client_ctx);
		SSL_CTX_free(server_ctx);
		verify_session_free(s);
		anchors_free(a);
		tear_down(&w);
	}
	assert_int_equal(bad, 0);
	assert_true(done > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_handshakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
