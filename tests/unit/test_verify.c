/* SPDX-License-Identifier: MIT */
#include "verify_world.h"
#include "x509/codes.h"

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
		fprintf(stderr, "    %s %ld %s depth %d %s wanted '%s' found '%s'\n",
			f->note ? "note" : "REFUSED", f->code, codes_symbol(f->code), f->depth, f->subject,
			f->wanted, f->found);
	}
}

static void judge_directly(const struct row *r, const struct world *w, enum verify_profile profile,
			   struct verdict *v)
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
		if (v->findings[i].code == v->code &&
		    (strstr(v->findings[i].found, text) || strstr(v->findings[i].hint, text)))
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
			enum verify_name named = p == VERIFY_STRICT && r->strict_named
							 ? (enum verify_name)(r->strict_named - 1)
							 : r->named;
			int told = !r->says || p == VERIFY_STRICT || says(v, r->says);
			if (v->code == expected && v->name == named && told && !v->disagreed)
				continue;
			fprintf(stderr, "%s (%s): expected %ld, got %ld, name %d, OpenSSL's %ld\n", r->name,
				p ? "strict" : "guide", expected, v->code, (int)v->name, v->disagreed);
			show(v);
			bad++;
		}
		tear_down(&w);
	}
	free(v);
	assert_int_equal(bad, 0);
}

/* --- the same through a handshake --- */

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
			fprintf(stderr, "%s: handshake %d, expected %ld, got %ld\n", r->name, passed,
				r->guide, v ? v->code : -1);
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

/* --- what a session does not talk, whatever the certificate --- */

static void tls_1_1(SSL_CTX *server)
{
	SSL_CTX_set_max_proto_version(server, TLS1_1_VERSION);
}

static void no_encryption(SSL_CTX *server)
{
	assert_int_equal(SSL_CTX_set_cipher_list(server, "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"), 1);
}

static void no_certificate(SSL_CTX *server)
{
	assert_int_equal(SSL_CTX_set_cipher_list(server, "AECDH-AES128-SHA:@SECLEVEL=0"), 1);
}

static void signature_by_sha1(SSL_CTX *server)
{
	assert_int_equal(SSL_CTX_set1_sigalgs_list(server, "ECDSA+SHA1"), 1);
}

static void weak_curve(SSL_CTX *server)
{
	assert_int_equal(SSL_CTX_set1_groups_list(server, "secp160r1"), 1);
}

static void weak_group(SSL_CTX *server)
{
	EVP_PKEY *group = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
	OSSL_PARAM p[2] = { OSSL_PARAM_construct_utf8_string("group", (char[]){ "dh_1024_160" }, 0),
			    OSSL_PARAM_END };
	assert_int_equal(EVP_PKEY_paramgen_init(c), 1);
	assert_int_equal(EVP_PKEY_CTX_set_params(c, p), 1);
	assert_int_equal(EVP_PKEY_generate(c, &group), 1);
	EVP_PKEY_CTX_free(c);
	assert_int_equal(SSL_CTX_set_cipher_list(server, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"), 1);
	assert_int_equal(SSL_CTX_set0_tmp_dh_pkey(server, group), 1);
}

/* A client without any floor, and ours. */
static int both_handshakes(struct world *w, const struct row *r, void (*spoil)(SSL_CTX *server), int ours)
{
	struct anchors *a = load(w->roots);
	struct verify_request q = request_of(r, a, VERIFY_GUIDE);
	struct verify_session *s = verify_session_new(&q);
	SSL_CTX *server_ctx = server_of(r, w), *client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(server_ctx, TLS1_2_VERSION);
	spoil(server_ctx);
	if (ours) { /* each floor by itself, though one of them would do in most cases */
		assert_int_equal(verify_session_attach(s, client_ctx, NULL), 0);
		assert_int_equal(SSL_CTX_get_min_proto_version(client_ctx), TLS1_2_VERSION);
		assert_int_equal(SSL_CTX_get_security_level(client_ctx), 2);
	} else {
		SSL_CTX_set_security_level(client_ctx, 0);
		SSL_CTX_set_min_proto_version(client_ctx, TLS1_VERSION);
		assert_int_equal(SSL_CTX_set_cipher_list(client_ctx, "ALL:eNULL:@SECLEVEL=0"), 1);
		assert_int_equal(SSL_CTX_set1_groups_list(client_ctx, "P-256:secp160r1"), 1);
		assert_int_equal(SSL_CTX_set1_sigalgs_list(client_ctx, "ECDSA+SHA256:RSA+SHA256:ECDSA+SHA1"),
				 1);
	}
	if (ours && spoil == weak_curve)
		assert_int_equal(SSL_CTX_set1_groups_list(client_ctx, "P-256:secp160r1"), 1);
	if (ours && spoil == signature_by_sha1)
		assert_int_equal(SSL_CTX_set1_sigalgs_list(client_ctx, "ECDSA+SHA256:ECDSA+SHA1"), 1);
	if (ours && (spoil == no_encryption || spoil == no_certificate))
		assert_int_equal(SSL_CTX_set_cipher_list(client_ctx, "ALL:eNULL"), 1);
	SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
	int passed = shake_hands(client, server);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	verify_session_free(s);
	anchors_free(a);
	return passed;
}

/* Whoever made the SSL_CTX offers what the server wants: it is the session that refuses. */
static void test_floor(void **state)
{
	(void)state;
	static const struct {
		const char *what, *key;
		void (*spoil)(SSL_CTX *server);
	} cases[] = {
		{ "TLS 1.1", NULL, tls_1_1 },
		{ "no encryption", NULL, no_encryption },
		{ "no certificate", NULL, no_certificate },
		{ "SHA-1 in the handshake", NULL, signature_by_sha1 },
		{ "a curve of 160 bits", NULL, weak_curve },
		{ "Diffie-Hellman of 1024 bits", "RSA-2048:l", weak_group },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world w;
		struct row r = { .leaf = { .key = cases[i].key } };
		build(&w, &r);
		if (!both_handshakes(&w, &r, cases[i].spoil, 0))
			fail_msg("%s: not even a client without a floor takes it", cases[i].what);
		if (both_handshakes(&w, &r, cases[i].spoil, 1))
			fail_msg("%s: taken", cases[i].what);
		tear_down(&w);
	}
}

static int count_hello(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)alert;
	++*(int *)arg;
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* The server asks for a second handshake, in which it could show another certificate. Returns how often the
 * client said hello. */
static int hellos_when_asked_again(struct world *w, const struct row *r, int ours)
{
	struct anchors *a = load(w->roots);
	struct verify_request q = request_of(r, a, VERIFY_GUIDE);
	struct verify_session *s = verify_session_new(&q);
	SSL_CTX *server_ctx = server_of(r, w), *client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(server_ctx, TLS1_2_VERSION);
	int hellos = 0;
	SSL_CTX_set_client_hello_cb(server_ctx, count_hello, &hellos);
	if (ours)
		assert_int_equal(verify_session_attach(s, client_ctx, NULL), 0);
	SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
	char byte;
	assert_int_equal(shake_hands(client, server), 1);
	assert_int_equal(hellos, 1);
	assert_int_equal(SSL_renegotiate(server), 1);
	for (int turn = 0; turn < 10; turn++) {
		SSL_do_handshake(server);
		SSL_read(client, &byte, 1);
		SSL_read(server, &byte, 1);
	}
	ERR_clear_error();
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	verify_session_free(s);
	anchors_free(a);
	return hellos;
}

static void test_no_renegotiation(void **state)
{
	(void)state;
	struct world w;
	build(&w, &rows[0]);
	assert_int_equal(hellos_when_asked_again(&w, &rows[0], 0), 2);
	assert_int_equal(hellos_when_asked_again(&w, &rows[0], 1), 1);
	tear_down(&w);
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
	struct cert_info second;
	assert_int_equal(verify_chain_info(verify_session_chain(a.session), 1, &second), 0);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(a.ssl)), 1); /* OpenSSL keeps no more */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(verify_session_code(a.session), 0);
		assert_int_equal(verify_session_valid_until(a.session), until);
		assert_string_equal(verify_session_host(a.session), "server.example");
		verify_session_free_verdict(a.session);
		assert_null(verify_session_verdict(a.session));
		assert_null(verify_session_chain(a.session));
	}
	SSL_free(a.ssl);
	SSL_CTX_free(a.ctx);
	verify_session_free(a.session);
	detach(&a);
}

/* Whoever goes last, its owner or its SSL_CTX, takes it along; the sanitizer sees one that is read
 * afterwards, or stays. */
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
	verify_session_free_verdict(s);
	assert_int_equal(verify_session_code(s), 0);
	SSL_CTX_free(a.ctx); /* its SSL still holds it */
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
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_no_renegotiation),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_freed_before_its_context),
		cmocka_unit_test(test_freed_after_its_context),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
