/* SPDX-License-Identifier: MIT */
/* Keys, certificate signing requests and self-signed certificates, read back by OpenSSL. */
#include "crypto/keygen.h"
#include "crypto/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { NOON = 1782907200 };

static const struct request_attribute subject[] = {
	{ "CN", "codec.example.com" }, { "ou", "Møterom \"A\", 2" }, { "O", "Example" }, { "C", "NO" }
};
static const char *const alt_names[] = { "*.example.com", "192.0.2.1", "2001:db8::1" };
static const struct request_names wanted = { subject, 4, alt_names, 3 };

static char *key_of(enum keygen_kind kind)
{
	struct buf pem;
	struct err e;
	buf_init(&pem, KEYGEN_PEM_MAX);
	assert_int_equal(keygen_make(kind, NULL, &pem, &e), 0);
	return buf_take(&pem);
}

static X509_REQ *read_request(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(b, NULL, NULL, NULL);
	BIO_free(b);
	assert_non_null(req);
	return req;
}

static X509 *read_cert(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);
	BIO_free(b);
	assert_non_null(x);
	return x;
}

/* The names as openssl prints them. */
static char *names_text(STACK_OF(X509_EXTENSION) * list)
{
	struct buf text;
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	buf_init(&text, 4096);
	int at = X509v3_get_ext_by_NID(list, NID_subject_alt_name, -1);
	if (at >= 0)
		X509V3_EXT_print(b, X509v3_get_ext(list, at), 0, 0);
	long n = BIO_get_mem_data(b, &data);
	buf_add(&text, data, (size_t)n);
	BIO_free(b);
	return buf_take(&text);
}

static void keys_are_of_the_kind_that_was_asked_for(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int id, bits;
	} kinds[] = { { "P-256", EVP_PKEY_EC, 256 },
		      { "p-384", EVP_PKEY_EC, 384 },
		      { "RSA-2048", EVP_PKEY_RSA, 2048 },
		      { "rsa-3072", EVP_PKEY_RSA, 3072 },
		      { "RSA-4096", EVP_PKEY_RSA, 4096 } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		int kind = keygen_named(kinds[i].name);
		assert_int_equal(kind, i);
		char *pem = key_of((enum keygen_kind)kind);
		assert_true(strncmp(pem, "-----BEGIN PRIVATE KEY-----\n", 28) == 0);
		BIO *b = BIO_new_mem_buf(pem, -1);
		EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
		assert_int_equal(EVP_PKEY_get_base_id(key), kinds[i].id);
		assert_int_equal(EVP_PKEY_get_bits(key), kinds[i].bits);
		EVP_PKEY_free(key);
		BIO_free(b);
		free(pem);
	}
	const atomic_int stop = 1;
	struct buf pem;
	struct err e;
	buf_init(&pem, KEYGEN_PEM_MAX);
	assert_int_equal(keygen_make(KEYGEN_RSA4096, &stop, &pem, &e), -1);
	assert_int_equal(pem.len, 0);
	assert_int_equal(keygen_named("RSA-1024"), -1);
	assert_int_equal(keygen_named(""), -1);
}

static void requests_hold_what_was_asked_for(void **state)
{
	(void)state;
	struct buf pem;
	struct err e;
	char subject_text[256];
	for (enum keygen_kind k = KEYGEN_P256; k <= KEYGEN_RSA2048; k++) {
		char *key = key_of(k);
		buf_init(&pem, REQUEST_PEM_MAX);
		if (request_make(&wanted, key, &pem, &e) < 0)
			fail_msg("%s", e.text);
		X509_REQ *req = read_request(buf_str(&pem));
		EVP_PKEY *public = X509_REQ_get0_pubkey(req);
		assert_int_equal(X509_REQ_verify(req, public), 1);
		assert_int_equal(X509_REQ_get_signature_nid(req), k == KEYGEN_P256 ? NID_ecdsa_with_SHA256
								  : k == KEYGEN_P384
									  ? NID_ecdsa_with_SHA384
									  : NID_sha256WithRSAEncryption);
		X509_NAME_oneline(X509_REQ_get_subject_name(req), subject_text, sizeof subject_text);
		assert_string_equal(subject_text,
				    "/CN=codec.example.com/OU=M\\xC3\\xB8terom \"A\", 2/O=Example/C=NO");
		STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(req);
		char *names = names_text(list);
		assert_string_equal(names, "DNS:codec.example.com, DNS:*.example.com, IP Address:192.0.2.1, "
					   "IP Address:2001:DB8:0:0:0:0:0:1");
		free(names);
		sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
		X509_REQ_free(req);
		buf_done(&pem);
		free(key);
	}
}

/* The common name is among the alternative names where it can be what a client looks for. */
static void common_names_join_the_alternative_names(void **state)
{
	(void)state;
	static const struct {
		const char *common, *alt, *names;
	} cases[] = {
		{ "db.example.com", NULL, "DNS:db.example.com" },
		{ "192.0.2.7", NULL, "IP Address:192.0.2.7" },
		{ "postgres", NULL, "" },
		{ "postgres", "db.example.com", "DNS:postgres, DNS:db.example.com" },
		{ "DB.example.com", "db.example.com", "DNS:db.example.com" },
		{ "My company CA", "ca.example.com", "DNS:ca.example.com" },
		{ "My company CA", NULL, "" },
		{ "bücher.example", "xn--bcher-kva.example", "DNS:xn--bcher-kva.example" },
		{ "Bücher Ltd. of A.", NULL, "" },
		{ "bücher", NULL, "" },
	};
	char *key = key_of(KEYGEN_P256);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct request_attribute cn = { "commonName", cases[i].common };
		struct request_names r = { &cn, 1, &cases[i].alt, cases[i].alt ? 1 : 0 };
		struct buf pem;
		struct err e;
		buf_init(&pem, REQUEST_PEM_MAX);
		assert_int_equal(request_make(&r, key, &pem, &e), 0);
		X509_REQ *req = read_request(buf_str(&pem));
		STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(req);
		char *names = names_text(list);
		assert_string_equal(names, cases[i].names);
		free(names);
		sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
		X509_REQ_free(req);
		buf_done(&pem);
	}
	free(key);
}

static void certificates_are_signed_by_their_own_key(void **state)
{
	(void)state;
	static const enum keygen_kind kinds[] = { KEYGEN_P256, KEYGEN_RSA2048 };
	char serials[4][64] = { "" };
	size_t n = 0;
	for (size_t i = 0; i < 2; i++)
		for (enum request_role role = REQUEST_HOST; role <= REQUEST_CA; role++) {
			char *key = key_of(kinds[i]);
			struct request_signing s = { key, role, NOON, NOON + 86400 };
			struct buf pem;
			struct err e;
			buf_init(&pem, REQUEST_PEM_MAX);
			if (request_self_sign(&wanted, &s, &pem, &e) < 0)
				fail_msg("%s", e.text);
			X509 *x = read_cert(buf_str(&pem));
			assert_int_equal(X509_verify(x, X509_get0_pubkey(x)), 1);
			assert_int_equal(X509_get_version(x), X509_VERSION_3);
			assert_int_equal(X509_check_ca(x), role == REQUEST_CA);
			assert_int_equal(X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0), 1);
			assert_int_equal(X509_check_purpose(x, X509_PURPOSE_SSL_CLIENT, 0), 1);
			assert_int_equal(X509_check_host(x, "codec.example.com", 0, 0, NULL), 1);
			assert_int_equal(X509_check_ip_asc(x, "2001:db8::1", 0), 1);
			assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), NOON), 0);
			assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), NOON + 86400), 0);
			const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
			assert_int_equal(ASN1_STRING_length(serial), 20);
			memcpy(serials[n++], ASN1_STRING_get0_data(serial), 20);
			X509_free(x);
			buf_done(&pem);
			free(key);
		}
	for (size_t i = 1; i < n; i++)
		assert_memory_not_equal(serials[0], serials[i], 20);
}

static void what_cannot_be_in_a_request_is_named(void **state)
{
	(void)state;
	static char long_text[65537];
	memset(long_text, 'a', sizeof long_text - 1);
	const struct {
		struct request_attribute a;
		const char *alt, *words;
	} cases[] = {
		{ { "CN", "" }, NULL, "CN: the value is empty" },
		{ { "CN", long_text }, NULL, "CN: the value has 65536 characters, at most 64" },
		{ { "CN", "a\nb" }, NULL, "control or invisible characters" },
		{ { "O", "\x1b[2J" }, NULL, "O: \"\\u001b[2J\" has control" },
		{ { "O", "a\xe2\x80\xae"
			 "b" },
		  NULL,
		  "control or invisible characters" },
		{ { "OU", "\xff\xfe" }, NULL, "OU: the value is not text in UTF-8" },
		{ { "C", "USA" }, NULL, "at most 2" },
		{ { "C", "1!" }, NULL, "no country's code of two letters" },
		{ { "emailAddress", "ø@example.com" }, NULL, "characters other than ASCII" },
		{ { "Street\n", "x" }, NULL, "\"Street\\n\" is no attribute of a subject" },
		{ { "CN", "a" }, "", "neither a host name nor an address" },
		{ { "CN", "a" }, "a b", "neither a host name nor an address" },
		{ { "CN", "a" }, "host\n.example", "\"host\\n.example\" is neither" },
		{ { "CN", "a" }, "*", "neither a host name nor an address" },
		{ { "CN", "a" }, "*.com", "neither a host name nor an address" },
		{ { "CN", "a" }, "a.*.com", "neither a host name nor an address" },
		{ { "CN", "a" }, "-a.example", "neither a host name nor an address" },
		{ { "CN", "a" }, "a-.example", "neither a host name nor an address" },
		{ { "CN", "a" }, "a..example", "neither a host name nor an address" },
		{ { "CN", "a" }, "a.example.", "neither a host name nor an address" },
		{ { "CN", "a" }, "300.1.1.1", "neither a host name nor an address" },
		{ { "CN", "a" }, "2001:db8::1::2", "neither a host name nor an address" },
		{ { "CN", "a" }, "bücher.example", "xn--" },
		{ { "CN", "bücher.example" }, NULL, "is a host name with other letters" },
		{ { "CN", "*.bücher.example" }, NULL, "begins with xn--" },
		{ { "CN", "a" }, long_text, "neither a host name nor an address" },
	};
	char *key = key_of(KEYGEN_P256);
	struct request_signing s = { key, REQUEST_HOST, NOON, NOON + 86400 };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct request_names r = { &cases[i].a, 1, &cases[i].alt, cases[i].alt ? 1 : 0 };
		struct buf pem;
		struct err e, made, signed_;
		buf_init(&pem, REQUEST_PEM_MAX);
		assert_int_equal(request_check(&r, &e), -1);
		assert_int_equal(request_make(&r, key, &pem, &made), -1);
		assert_int_equal(request_self_sign(&r, &s, &pem, &signed_), -1);
		if (!strstr(e.text, cases[i].words))
			fail_msg("expected '%s' in '%s'", cases[i].words, e.text);
		assert_string_equal(e.text, made.text);
		assert_string_equal(e.text, signed_.text);
		assert_int_equal(pem.len, 0);
	}
	struct request_attribute many[REQUEST_SUBJECT_MAX + 1];
	const char *names[REQUEST_ALT_NAMES_MAX + 1];
	for (size_t i = 0; i <= REQUEST_SUBJECT_MAX; i++)
		many[i] = subject[0];
	for (size_t i = 0; i <= REQUEST_ALT_NAMES_MAX; i++)
		names[i] = "a.example";
	struct err e;
	assert_int_equal(request_check(&(struct request_names){ many, REQUEST_SUBJECT_MAX + 1, NULL, 0 }, &e),
			 -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(
		request_check(&(struct request_names){ many, 1, names, REQUEST_ALT_NAMES_MAX + 1 }, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(request_check(&(struct request_names){ NULL, 0, NULL, 0 }, &e), -1);
	free(key);
}

/* Subject, names and key of a certificate go on. */
static void renewals_ask_for_the_same(void **state)
{
	(void)state;
	char *key = key_of(KEYGEN_P256);
	struct request_signing s = { key, REQUEST_HOST, NOON, NOON + 86400 };
	struct buf pem, again;
	struct err e;
	buf_init(&pem, REQUEST_PEM_MAX);
	buf_init(&again, REQUEST_PEM_MAX);
	assert_int_equal(request_self_sign(&wanted, &s, &pem, &e), 0);
	if (request_renew(buf_str(&pem), key, &again, &e) < 0)
		fail_msg("%s", e.text);
	X509 *x = read_cert(buf_str(&pem));
	X509_REQ *req = read_request(buf_str(&again));
	assert_int_equal(X509_REQ_verify(req, X509_get0_pubkey(x)), 1);
	assert_int_equal(X509_NAME_cmp(X509_REQ_get_subject_name(req), X509_get_subject_name(x)), 0);
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(req);
	assert_int_equal(sk_X509_EXTENSION_num(list), 1);
	char *names = names_text(list);
	assert_string_equal(names, "DNS:codec.example.com, DNS:*.example.com, IP Address:192.0.2.1, "
				   "IP Address:2001:DB8:0:0:0:0:0:1");
	free(names);
	char *other = key_of(KEYGEN_P256);
	buf_reset(&again);
	assert_int_equal(request_renew(buf_str(&pem), other, &again, &e), -1);
	assert_string_equal(e.text, "the private key belongs to another certificate");
	assert_int_equal(request_renew(key, key, &again, &e), -1);
	assert_int_equal(again.len, 0);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_REQ_free(req);
	X509_free(x);
	buf_done(&pem);
	buf_done(&again);
	free(other);
	free(key);
}

static void keys_that_cannot_be_read_are_refused(void **state)
{
	(void)state;
	static const char *const keys[] = {
		"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	};
	for (size_t i = 0; i < 2; i++) {
		struct buf pem;
		struct err e;
		buf_init(&pem, REQUEST_PEM_MAX);
		assert_int_equal(request_make(&wanted, keys[i], &pem, &e), -1);
		assert_string_equal(e.text, "the private key cannot be read");
		assert_int_equal(
			request_self_sign(&wanted, &(struct request_signing){ .key_pem = keys[i] }, &pem, &e),
			-1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_of_the_kind_that_was_asked_for),
		cmocka_unit_test(requests_hold_what_was_asked_for),
		cmocka_unit_test(common_names_join_the_alternative_names),
		cmocka_unit_test(certificates_are_signed_by_their_own_key),
		cmocka_unit_test(what_cannot_be_in_a_request_is_named),
		cmocka_unit_test(renewals_ask_for_the_same),
		cmocka_unit_test(keys_that_cannot_be_read_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
