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

static int says(const struct verdict *v, const char *text)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->findings[i].code == v->code && (strstr(v->findings[i].found, text) || strstr(v->findings[i].hint, text)))
			return 1;
	return 0;
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
			int told = !r->says || p == VERIFY_STRICT || says(v, r->says);
			if (v->code == expected && v->name == named && told)
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

/* A session in a handshake that succeeds; the server's side is gone when it returns. */
struct attached {
	struct world world;
	struct anchors *anchors;
	struct verify_session *session;
	SSL_CTX *ctx;
	SSL *ssl;
};

static void attach(struct attached *a)
{
	struct err e;
	const struct row *r = rows;
	while (r->guide || r->no_handshake)
		r++;
	build(&a->world, r);
	a->anchors = load(a->world.roots);
	struct verify_request q = request_of(r, a->anchors, VERIFY_GUIDE);
	a->session = verify_session_new(&q);
	a->ctx = SSL_CTX_new(TLS_client_method());
	assert_null(verify_session_verdict(a->session));
	assert_int_equal(verify_session_code(a->session), -1);
	assert_int_equal(verify_session_valid_until(a->session), 0);
	assert_int_equal(verify_session_attach(a->session, a->ctx, &e), 0);
	a->ssl = SSL_new(a->ctx);
	assert_ptr_equal(verify_session_of(a->ssl), a->session);
	SSL_CTX *server_ctx = server_of(r, &a->world);
	SSL *server = SSL_new(server_ctx);
	assert_int_equal(shake_hands(a->ssl, server), 1);
	SSL_free(server);
	SSL_CTX_free(server_ctx);
}

static void detach(struct attached *a)
{
	anchors_free(a->anchors);
	tear_down(&a->world);
}

static void test_settled(void **state)
{
	(void)state;
	struct attached a;
	attach(&a);
	const struct verdict *v = verify_session_verdict(a.session);
	int64_t until = v->valid_until;
	assert_int_equal(v->code, 0);
	assert_true(until > 0);
	assert_true(verify_chain_count(verify_session_chain(a.session)) > 1);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(a.ssl)), 1);	/* OpenSSL keeps no more */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(verify_session_code(a.session), 0);
		assert_int_equal(verify_session_valid_until(a.session), until);
		assert_string_equal(verify_session_host(a.session), "server.example");
		verify_session_settle(a.session);
		assert_null(verify_session_verdict(a.session));
		assert_null(verify_session_chain(a.session));
	}
	SSL_free(a.ssl);
	SSL_CTX_free(a.ctx);
	verify_session_free(a.session);
	detach(&a);
}

/* Whoever goes last, its owner or its SSL_CTX, takes it along; the sanitizer sees one that is read afterwards, or stays. */
static void test_freed_before_its_context(void **state)
{
	(void)state;
	struct attached a;
	attach(&a);
	verify_session_free(a.session);
	struct verify_session *s = verify_session_of(a.ssl);
	assert_ptr_equal(s, a.session);
	assert_int_equal(verify_session_code(s), 0);
	assert_non_null(verify_session_verdict(s));
	verify_session_settle(s);
	assert_int_equal(verify_session_code(s), 0);
	SSL_CTX_free(a.ctx);	/* its SSL still holds it */
	assert_int_equal(verify_session_code(verify_session_of(a.ssl)), 0);
	SSL_free(a.ssl);
	detach(&a);
}

static void test_freed_after_its_context(void **state)
{
	(void)state;
	struct attached a;
	attach(&a);
	SSL_free(a.ssl);
	SSL_CTX_free(a.ctx);
	assert_int_equal(verify_session_code(a.session), 0);
	assert_int_equal(verify_session_verdict(a.session)->code, 0);
	verify_session_free(a.session);
	SSL_CTX *bare = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(bare);
	assert_null(verify_session_of(ssl));
	SSL_free(ssl);
	SSL_CTX_free(bare);
	detach(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_handshakes),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_freed_before_its_context),
		cmocka_unit_test(test_freed_after_its_context),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
