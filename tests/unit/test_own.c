/* SPDX-License-Identifier: MIT */
/* Own certificates as people have them: PKCS#12 and keys of any make, what they are for, and the order of
 * their chain. */
#include "certstore/own.h"
#include "factory.h"
#include "../../src/x509/pbe.h"

#include "base/mem.h"
#include "trust/fitness.h"
#include "certstore/anchors.h"
#include "x509/private_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

static struct world {
	struct made root, upper, issuing, codec, stranger;
	struct anchors *anchors;
	struct buf report;
	struct err err;
	char text[65536], fingerprint[41];
	unsigned char *der; /* of the PKCS#12 file made last */
	int len;
} w;

static int setup(void **state)
{
	(void)state;
	struct recipe root = { .subject = "/CN=Root" }, upper = { .subject = "/CN=Upper", .key = "P-256:u" };
	struct recipe issuing = { .subject = "/CN=Issuing", .key = "P-256:i" };
	struct recipe codec = { .subject = "/CN=codec",
				.key = "RSA-2048:c",
				.add = { "extendedKeyUsage=clientAuth" } };
	w.root = factory_make(&root, NULL, factory_ca);
	w.upper = factory_make(&upper, &w.root, factory_ca);
	w.issuing = factory_make(&issuing, &w.upper, factory_ca);
	w.codec = factory_make(&codec, &w.issuing, factory_leaf);
	w.stranger = factory_make(&(struct recipe){ .subject = "/CN=Stranger", .key = "P-256:x" }, NULL,
				  factory_ca);
	w.anchors = anchors_open(NULL, fitness_checks(), NULL, NULL);
	w.text[0] = '\0';
	w.der = NULL;
	buf_init(&w.report, 65536);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	anchors_free(w.anchors);
	buf_done(&w.report);
	OPENSSL_free(w.der);
	struct made *all[] = { &w.root, &w.upper, &w.issuing, &w.codec, &w.stranger };
	for (size_t i = 0; i < 5; i++)
		factory_free(all[i]);
	return 0;
}

static int put(const void *data, size_t len, const char *passphrase)
{
	struct anchors_upload u = {
		.data = data, .len = len, .passphrase = passphrase, .now_unix = FACTORY_NOW
	};
	buf_reset(&w.report);
	w.err = (struct err){ .kind = ERR_NONE };
	return own_put(w.anchors, &u, &w.report, w.fingerprint, &w.err);
}

static void taken(const void *data, size_t len, const char *passphrase)
{
	if (put(data, len, passphrase) < 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(own_delete(w.anchors, w.fingerprint, NULL), 0);
}

static void refused(const void *data, size_t len, const char *passphrase, enum err_kind kind,
		    const char *words)
{
	assert_int_equal(put(data, len, passphrase), -1);
	if (w.err.kind != kind || !strstr(w.err.text, words))
		fail_msg("expected '%s' in '%s'", words, w.err.text);
	assert_int_equal(own_count(w.anchors), 0);
}

static void add_key(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
	long len = BIO_get_mem_data(b, &data);
	snprintf(w.text + strlen(w.text), sizeof w.text - strlen(w.text), "%.*s", (int)len, data);
	BIO_free(b);
}

static void add(const struct made *m)
{
	factory_pem(m, w.text, sizeof w.text);
}

/* --- the chain, and what the certificate is for --- */

static void test_chain_in_order_without_the_root(void **state)
{
	(void)state;
	struct made *orders[][6] = {
		{ &w.root, &w.upper, &w.issuing, &w.codec },
		{ &w.codec, &w.root, &w.upper, &w.issuing },
		{ &w.upper, &w.stranger, &w.codec, &w.issuing, &w.issuing },
		{ &w.codec, &w.issuing, &w.upper },
	};
	struct buf got, wanted;
	buf_init(&got, 65536);
	buf_init(&wanted, 65536);
	add(&w.codec);
	add(&w.issuing);
	add(&w.upper);
	buf_adds(&wanted, w.text);
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		w.text[0] = '\0';
		add_key(w.codec.key);
		for (size_t k = 0; k < 6 && orders[i][k]; k++)
			add(orders[i][k]);
		if (put(w.text, strlen(w.text), NULL) < 0)
			fail_msg("%s", w.err.text);
		buf_reset(&got);
		own_print_pem(w.anchors, &got);
		assert_string_equal(buf_str(&got), buf_str(&wanted));
		assert_true(!!strstr(buf_str(&w.report), "/CN=Root: left out, a root") == (i < 2));
		assert_true(!!strstr(buf_str(&w.report), "/CN=Stranger: left out") == (i == 2));
		assert_int_equal(own_delete(w.anchors, w.fingerprint, NULL), 0);
	}
	buf_done(&got);
	buf_done(&wanted);
}

/* Keys all in one line, with \n for line ends, and in UTF-16: OpenSSL reads lines only. */
static void test_keys_as_they_arrive(void **state)
{
	(void)state;
	static char other[131072];
	size_t len = 0;
	add(&w.codec);
	add_key(w.codec.key);
	for (char *p = w.text; *p; p++) {
		other[len++] = *p;
		other[len++] = '\0';
	}
	taken(other, len, NULL);
	len = 0;
	for (char *p = w.text; *p; p++)
		if (*p == '\n')
			memcpy(other + len, "\\n", 2), len += 2;
		else
			other[len++] = *p;
	taken(other, len, NULL);
	/* PKCS#1 between the lines of PKCS#8 */
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_PrivateKey_traditional(b, w.codec.key, NULL, NULL, 0, NULL, NULL);
	len = (size_t)BIO_get_mem_data(b, &data);
	snprintf(other, sizeof other, "%.*s%s%.*s-----END PRIVATE KEY-----\n",
		 (int)(strstr(w.text, "-----BEGIN PRIVATE") - w.text), w.text, "-----BEGIN PRIVATE KEY-----",
		 (int)(strstr(data, "-----END") - strchr(data, '\n')), strchr(data, '\n'));
	BIO_free(b);
	taken(other, strlen(other), NULL);
	for (char *p = w.text; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	taken(w.text, strlen(w.text), NULL);
	struct anchors_upload u = { .data = w.text, .len = strlen(w.text) };
	assert_int_equal(own_put(w.anchors, &u, NULL, w.fingerprint, NULL), 0);
}

static void test_for_servers_only(void **state)
{
	(void)state;
	struct recipe server = { .subject = "/CN=server",
				 .key = "P-256:s" }; /* the factory's leaf: serverAuth */
	struct recipe both = { .subject = "/CN=both",
			       .key = "P-256:b",
			       .add = { "extendedKeyUsage=serverAuth,clientAuth" } };
	struct recipe usage = { .subject = "/CN=usage",
				.key = "P-256:k",
				.drop = "extendedKeyUsage",
				.add = { "keyUsage=keyCertSign" } };
	const struct {
		struct recipe *r;
		int client;
	} rows[] = { { &server, 0 }, { &both, 1 }, { &usage, 0 } };
	for (size_t i = 0; i < 3; i++) {
		struct made m = factory_make(rows[i].r, &w.issuing, factory_leaf);
		w.text[0] = '\0';
		add(&m);
		add_key(m.key);
		if (put(w.text, strlen(w.text), NULL) < 0)
			fail_msg("%s", w.err.text);
		assert_int_equal(strstr(buf_str(&w.report), "cannot be activated for HttpClient") == NULL,
				 rows[i].client);
		assert_int_equal(
			own_activate(w.anchors,
				     &(struct own_activation){ w.fingerprint, OWN_HTTP_CLIENT, NULL }, NULL,
				     &w.err),
			rows[i].client ? 0 : -1);
		if (!rows[i].client)
			assert_non_null(strstr(w.err.text, "clientAuth"));
		struct own_info info;
		assert_int_equal(own_info(w.anchors, 0, &info), 0);
		assert_string_equal(info.cert.used_for, rows[i].client ? "HttpClient" : "");
		assert_int_equal(own_delete(w.anchors, w.fingerprint, NULL), 0);
		factory_free(&m);
	}
}

/* The cause, and not the nearest guess. */
static void test_what_is_wrong_with_it(void **state)
{
	(void)state;
	static const struct {
		struct recipe r;
		const char *words;
	} rows[] = {
		{ { .subject = "/CN=spelt", .key = "EXPLICIT-P-256" }, "94=EC_KEY_EXPLICIT_PARAMS" },
		{ { .subject = "/CN=weak", .key = "RSA-1024:w" }, "RSA of 1024 bits (66=EE_KEY_TOO_SMALL)" },
		{ { .subject = "/CN=old digest", .key = "RSA-2048:d", .digest = "SHA1" },
		  "ecdsa-with-SHA1 (68=CA_MD_TOO_WEAK); have it signed with SHA-256 or better" },
		{ { .subject = "/CN=old", .to = -DAY }, "10=CERT_HAS_EXPIRED" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m = factory_make(&rows[i].r, &w.issuing, factory_leaf);
		w.text[0] = '\0';
		add(&m);
		add_key(m.key);
		refused(w.text, strlen(w.text), NULL, ERR_INPUT, rows[i].words);
		factory_free(&m);
	}
	/* one for tomorrow may be brought today */
	struct made next = factory_make(&(struct recipe){ .subject = "/CN=next", .from = DAY }, &w.issuing,
					factory_leaf);
	w.text[0] = '\0';
	add(&next);
	add_key(next.key);
	assert_int_equal(put(w.text, strlen(w.text), NULL), 0);
	assert_non_null(strstr(buf_str(&w.report), "not valid before Jul 02 12:00:00 2026 GMT"));
	factory_free(&next);
	/* and what is no certificate at all */
	assert_int_equal(own_delete(w.anchors, w.fingerprint, NULL), 0);
	w.text[0] = '\0';
	add_key(w.codec.key);
	refused(w.text, strlen(w.text), NULL, ERR_INPUT, "no certificate in it");
	X509_REQ *r = X509_to_X509_REQ(w.codec.x, w.codec.key, EVP_sha256());
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_X509_REQ(b, r);
	long len = BIO_get_mem_data(b, &data);
	snprintf(w.text + strlen(w.text), sizeof w.text - strlen(w.text), "%.*s", (int)len, data);
	refused(w.text, strlen(w.text), NULL, ERR_INPUT,
		"found a certificate request (CSR): send it to the CA");
	BIO_free(b);
	X509_REQ_free(r);
	const char *ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH "
			  "PRIVATE KEY-----\n";
	refused(ssh, strlen(ssh), NULL, ERR_INPUT, "ssh-keygen -p -m PKCS8");
	refused("\xfe\xed\xfe\xed\0\0\0\2", 8, "secret", ERR_INPUT, "Java keystore (JKS)");
}

/* Sixteen certificates, eight others beside one, 256 KiB: one more of each is told as such. */
static void test_bounds(void **state)
{
	(void)state;
	static char large[300000];
	for (int i = 0; i <= ANCHORS_OWN_MAX; i++) {
		struct made m = factory_make(&(struct recipe){ .subject = "/CN=many", .key = "P-256:l" },
					     &w.issuing, factory_leaf);
		w.text[0] = '\0';
		add(&m);
		add_key(m.key);
		assert_int_equal(put(w.text, strlen(w.text), NULL), i < ANCHORS_OWN_MAX ? 0 : -1);
		factory_free(&m);
	}
	assert_int_equal(w.err.kind, ERR_FULL);
	assert_non_null(strstr(w.err.text, "at most 16 own certificates"));
	assert_int_equal(own_count(w.anchors), ANCHORS_OWN_MAX);
	w.text[0] = '\0';
	add_key(w.codec.key);
	for (int i = 0; i < 10; i++)
		add(i ? &w.issuing : &w.codec);
	assert_int_equal(put(w.text, strlen(w.text), NULL), -1);
	assert_non_null(strstr(w.err.text, "at most 8 certificates beside the own one"));
	memset(large, '\n', sizeof large);
	assert_int_equal(put(large, (256 << 10) + 1, NULL), -1);
	assert_int_equal(w.err.kind, ERR_FULL);
	assert_int_equal(put(large, 256 << 10, NULL), -1);
	assert_non_null(strstr(w.err.text, "no certificate"));
}

/* --- PKCS#12 --- */

struct make {
	int key_nid, cert_nid, iterations, mac_iterations;
};

static void make_pkcs12(const struct make *m, const char *passphrase)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	sk_X509_push(others, w.root.x);
	sk_X509_push(others, w.issuing.x);
	PKCS12 *p = PKCS12_create(passphrase, "codec", w.codec.key, w.codec.x, others, m->key_nid,
				  m->cert_nid, m->iterations, m->mac_iterations, 0);
	assert_non_null(p);
	OPENSSL_free(w.der);
	w.der = NULL;
	w.len = i2d_PKCS12(p, &w.der);
	PKCS12_free(p);
	sk_X509_free(others);
}

/* Writes as people's systems do, with what the program itself must do without. */
static void make_old_pkcs12(const struct make *m)
{
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default"),
		      *legacy = OSSL_PROVIDER_load(NULL, "legacy");
	assert_non_null(legacy);
	make_pkcs12(m, "secret");
	OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(usual);
}

static void test_pkcs12_of_any_make(void **state)
{
	(void)state;
	const int des3 = NID_pbe_WithSHA1And3_Key_TripleDES_CBC, aes = NID_aes_256_cbc;
	const struct make good[] = {
		{ aes, aes, 100, 100 }, { des3, des3, 100, 1 }, { des3, -1, 100, 100 },
		{ aes, aes, 100, -1 },  { des3, -1, 100, -1 },  { des3, des3, 100, -1 }
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		make_pkcs12(&good[i], "secret");
		taken(w.der, (size_t)w.len, "secret");
		refused(w.der, (size_t)w.len, "wrong", ERR_DENIED, "does not open with this passphrase");
		refused(w.der, (size_t)w.len, NULL, ERR_DENIED, "under a passphrase: give it, too");
		/* in base64, where only text can be given */
		static char base64[16384];
		EVP_EncodeBlock((unsigned char *)base64, w.der, w.len);
		taken(base64, strlen(base64), "secret");
		refused(w.der, (size_t)w.len - 40, "secret", ERR_INPUT, "the file is cut short");
	}
	make_pkcs12(&good[0], "");
	taken(w.der, (size_t)w.len, NULL);
	make_pkcs12(&good[0], NULL);
	taken(w.der, (size_t)w.len, "");
	/* ciphers of older programs, for which OpenSSL needs its legacy provider */
	const struct {
		struct make m;
		const char *words;
	} old[] = {
		{ { des3, NID_pbe_WithSHA1And40BitRC2_CBC, 100, 100 },
		  "RC2-40-CBC (pbeWithSHA1And40BitRC2-CBC)" },
		{ { NID_pbe_WithSHA1And40BitRC2_CBC, aes, 100, -1 }, "RC2-40-CBC" },
		{ { NID_pbeWithMD5AndDES_CBC, aes, 100, 100 }, "DES-CBC (pbeWithMD5AndDES-CBC)" },
		{ { NID_pbe_WithSHA1And128BitRC4, aes, 100, 100 }, "RC4" },
	};
	for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
		make_old_pkcs12(&old[i].m);
		taken(w.der, (size_t)w.len, "secret");
		refused(w.der, (size_t)w.len, "wrong", ERR_DENIED, "does not open with this passphrase");
		/* where that is not installed, the cipher is at fault, and the passphrase is right */
		setenv("OPENSSL_MODULES", "/nonexistent", 1);
		refused(w.der, (size_t)w.len, "secret", ERR_INPUT, old[i].words);
		unsetenv("OPENSSL_MODULES");
		assert_non_null(strstr(w.err.text, "sealpost-pki convert FILE --to p12"));
	}
}

/* Every place where this number stands in the file gets another one of the same length. */
static size_t replace_number(unsigned was, unsigned becomes)
{
	const unsigned char old[] = { 2, 3, (unsigned char)(was >> 16), (unsigned char)(was >> 8),
				      (unsigned char)was };
	const unsigned char new[] = { 2, 3, (unsigned char)(becomes >> 16), (unsigned char)(becomes >> 8),
				      (unsigned char)becomes };
	size_t n = 0;
	for (unsigned char *p = w.der; (p = memmem(p, (size_t)(w.der + w.len - p), old, sizeof old)) != NULL;
	     p += sizeof old, n++)
		memcpy(p, new, sizeof new);
	return n;
}

/* Refused before anything is derived: else the passphrase, which no longer fits, would be blamed, seconds
 * later. */
static void test_pkcs12_that_is_too_much_work(void **state)
{
	(void)state;
	enum {
		BAGS = 0x010203,
		MAC = 0x010305,
		MILLIONS = 0x1fffff
	}; /* 2,097,151: each alone is still below the limit */
	const int aes = NID_aes_256_cbc, des3 = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
	for (int old = 0; old < 2; old++) {
		const struct make m = { old ? des3 : aes, old ? des3 : aes, BAGS, MAC };
		make_pkcs12(&m, "secret");
		taken(w.der, (size_t)w.len, "secret");
		assert_int_equal(replace_number(BAGS, MILLIONS), 2);
		refused(w.der, (size_t)w.len, "secret", ERR_FULL,
			"more than 2500000 iterations of its passphrase in all");
		make_pkcs12(&m, "secret");
		assert_int_equal(replace_number(MAC, MILLIONS), 1);
		assert_int_equal(replace_number(BAGS, 0x033450), 2); /* 210,000 */
		refused(w.der, (size_t)w.len, "secret", ERR_FULL, "more than 2500000 iterations");
		make_pkcs12(&m, "secret");
		assert_int_equal(replace_number(MAC, 0x800001), 1); /* a negative number */
		refused(w.der, (size_t)w.len, "secret", ERR_FULL, "iterations");
	}
}

/* Writes the element's tag and length before its content, which is moved. */
static size_t wrap(unsigned char tag, unsigned char *content, size_t len)
{
	memmove(content + 4, content, len);
	const unsigned char head[] = { tag, 0x82, (unsigned char)(len >> 8), (unsigned char)len };
	memcpy(content, head, sizeof head);
	return len + sizeof head;
}

/* Makes PKCS#12 whose bags are this many bags deeper than usual. */
static void make_nested_pkcs12(int deeper)
{
	static const unsigned char bag[] = {
		6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 6
	}; /* safeContentsBag */
	static unsigned char content[16384];
	make_pkcs12(&(struct make){ -1, -1, 0, -1 }, NULL);
	const unsigned char *at = w.der;
	PKCS12 *p = d2i_PKCS12(NULL, &at, w.len);
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p);
	for (int i = 0; i < sk_PKCS7_num(safes); i++) {
		ASN1_OCTET_STRING *data = sk_PKCS7_value(safes, i)->d.data;
		size_t len = (size_t)ASN1_STRING_length(data);
		memcpy(content, ASN1_STRING_get0_data(data), len);
		for (int n = 0; n < deeper; n++) {
			len = wrap(0xa0, content, len);
			memmove(content + sizeof bag, content, len);
			memcpy(content, bag, sizeof bag);
			len = wrap(0x30, content, wrap(0x30, content, len + sizeof bag));
		}
		ASN1_OCTET_STRING_set(data, content, (int)len);
	}
	PKCS12_pack_authsafes(p, safes);
	OPENSSL_free(w.der);
	w.der = NULL;
	w.len = i2d_PKCS12(p, &w.der);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	PKCS12_free(p);
}

static void test_pkcs12_of_any_depth(void **state)
{
	(void)state;
	for (int deeper = 0; deeper < 4; deeper++) {
		make_nested_pkcs12(deeper);
		taken(w.der, (size_t)w.len, NULL);
	}
	make_nested_pkcs12(4);
	refused(w.der, (size_t)w.len, NULL, ERR_INPUT, "nested too deeply");
}

/* --- keys in PEM --- */

static void add_sig(X509_SIG *sig)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_PKCS8(b, sig);
	long len = BIO_get_mem_data(b, &data);
	snprintf(w.text + strlen(w.text), sizeof w.text - strlen(w.text), "%.*s", (int)len, data);
	BIO_free(b);
	X509_SIG_free(sig);
}

/* The codec's certificate, and its key under scrypt with these numbers; where nobody is to do the work, under
 * any key. */
static void make_scrypt(uint64_t n, uint64_t r, uint64_t p, int good)
{
	unsigned char salt[16] = "salt", iv[16] = "iv", key[32] = "", *plain = NULL, to[4096];
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(w.codec.key);
	int len = i2d_PKCS8_PRIV_KEY_INFO(p8, &plain), n1 = 0, n2 = 0;
	if (good && EVP_PBE_scrypt("secret", 6, salt, sizeof salt, n, r, p, 100 << 20, key, sizeof key) != 1)
		fail_msg("no scrypt");
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv);
	EVP_EncryptUpdate(c, to, &n1, plain, len);
	EVP_EncryptFinal_ex(c, to + n1, &n2);
	X509_SIG *sig = X509_SIG_new();
	X509_ALGOR *a, *made = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof salt, iv, 1024, 8, 1);
	ASN1_OCTET_STRING *out;
	PBE2PARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), made->parameter);
	SCRYPT_PARAMS *s = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), pbe->keyfunc->parameter);
	ASN1_INTEGER_set_uint64(s->costParameter, n);
	ASN1_INTEGER_set_uint64(s->blockSize, r);
	ASN1_INTEGER_set_uint64(s->parallelizationParameter, p);
	ASN1_INTEGER_free(s->keyLength);
	s->keyLength = NULL;
	ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), s, &pbe->keyfunc->parameter);
	X509_SIG_getm(sig, &a, &out);
	X509_ALGOR_set0(a, OBJ_nid2obj(NID_pbes2), V_ASN1_UNDEF, NULL);
	ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBE2PARAM), pbe, &a->parameter);
	ASN1_OCTET_STRING_set(out, to, n1 + n2);
	w.text[0] = '\0';
	add(&w.codec);
	add_sig(sig);
	SCRYPT_PARAMS_free(s);
	PBE2PARAM_free(pbe);
	X509_ALGOR_free(made);
	EVP_CIPHER_CTX_free(c);
	OPENSSL_free(plain);
	PKCS8_PRIV_KEY_INFO_free(p8);
}

static void test_scrypt(void **state)
{
	(void)state;
	static const struct {
		uint64_t n, r, p;
		int good;
	} rows[] = {
		{ 16384, 8, 1, 1 },
		{ 65536, 8, 1, 1 },
		{ 1024, 8, 16, 1 }, /* OpenSSL's own, 64 MiB, and many in a row */
		{ 131072, 8, 1, 0 },
		{ 65536, 9, 1, 0 },
		{ 2, 8, 100000, 0 },
		{ UINT64_C(1) << 40, 8, 1, 0 },
		{ 1024, UINT64_C(1) << 60, 16, 0 },
		{ 1024, 8, 0, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		make_scrypt(rows[i].n, rows[i].r, rows[i].p, rows[i].good);
		if (rows[i].good)
			taken(w.text, strlen(w.text), "secret");
		else
			refused(w.text, strlen(w.text), "secret", ERR_FULL,
				"more than 64 MiB of memory (scrypt)");
	}
	make_scrypt(1024, 8, 1, 1);
	refused(w.text, strlen(w.text), "wrong", ERR_DENIED, "does not open");
	make_scrypt(16384, 8, 200, 0); /* 16 MiB, but for ten seconds */
	refused(w.text, strlen(w.text), "secret", ERR_FULL, "more than 2500000 iterations");
}

static void test_keys_under_old_ciphers(void **state)
{
	(void)state;
	unsigned char salt[8] = "salt";
	/* PKCS#8 */
	X509_SIG *sig = X509_SIG_new();
	X509_ALGOR *a;
	ASN1_OCTET_STRING *out;
	X509_SIG_getm(sig, &a, &out);
	PKCS5_pbe_set0_algor(a, NID_pbeWithMD5AndDES_CBC, 2048, salt, sizeof salt);
	ASN1_OCTET_STRING_set(out, salt, sizeof salt);
	add(&w.codec);
	add_sig(sig);
	refused(w.text, strlen(w.text), "secret", ERR_DENIED, "does not open with this passphrase");
	setenv("OPENSSL_MODULES", "/nonexistent", 1);
	refused(w.text, strlen(w.text), "secret", ERR_INPUT,
		"the private key is encrypted with DES-CBC (pbeWithMD5AndDES-CBC)");
	unsetenv("OPENSSL_MODULES");
	/* iterations without end */
	sig = X509_SIG_new();
	X509_SIG_getm(sig, &a, &out);
	PKCS5_pbe_set0_algor(a, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, INT32_MAX, salt, sizeof salt);
	ASN1_OCTET_STRING_set(out, salt, sizeof salt);
	w.text[0] = '\0';
	add(&w.codec);
	add_sig(sig);
	refused(w.text, strlen(w.text), "secret", ERR_FULL, "more than 2500000 iterations");
	/* a derivation and a cipher that nobody here knows */
	sig = X509_SIG_new();
	X509_SIG_getm(sig, &a, &out);
	X509_ALGOR_set0(a, OBJ_txt2obj("1.2.3.4.5", 1), V_ASN1_NULL, NULL);
	ASN1_OCTET_STRING_set(out, salt, sizeof salt);
	w.text[0] = '\0';
	add(&w.codec);
	add_sig(sig);
	refused(w.text, strlen(w.text), "secret", ERR_INPUT,
		"uses the encryption 1.2.3.4.5, which is not supported");
	X509_ALGOR *pbes2 = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof salt, NULL, 1024, 8, 1);
	PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), pbes2->parameter);
	X509_ALGOR_set0(p->keyfunc, OBJ_txt2obj("1.3.6.1.4.1.99999.7", 1), V_ASN1_NULL, NULL);
	ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBE2PARAM), p, &pbes2->parameter);
	sig = X509_SIG_new();
	X509_SIG_getm(sig, &a, &out);
	X509_ALGOR_copy(a, pbes2);
	ASN1_OCTET_STRING_set(out, salt, sizeof salt);
	w.text[0] = '\0';
	add(&w.codec);
	add_sig(sig);
	refused(w.text, strlen(w.text), "secret", ERR_INPUT,
		"uses the key derivation 1.3.6.1.4.1.99999.7, which is not supported");
	PBE2PARAM_free(p);
	X509_ALGOR_free(pbes2);
	/* PEM as it was before PKCS#8 */
	w.text[0] = '\0';
	add(&w.codec);
	snprintf(w.text + strlen(w.text), 512,
		 "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		 "DEK-Info: DES-CBC,EC25DA2503BEE48A\n\nMIIB\n-----END RSA PRIVATE KEY-----\n");
	refused(w.text, strlen(w.text), "secret", ERR_DENIED, "does not open with this passphrase");
	setenv("OPENSSL_MODULES", "/nonexistent", 1);
	refused(w.text, strlen(w.text), "secret", ERR_INPUT,
		"encrypted with DES-CBC, which is not supported");
	unsetenv("OPENSSL_MODULES");
}

/* A key that is written under a passphrase costs who guesses it some time. */
static void test_keys_that_are_written(void **state)
{
	(void)state;
	char how[200];
	const X509_ALGOR *a;
	char *pem = private_key_write(w.codec.key, "secret");
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509_SIG *sig = PEM_read_bio_PKCS8(b, NULL, NULL, NULL);
	assert_non_null(sig);
	X509_SIG_get0(sig, &a, NULL);
	pbe_describe(a, how, sizeof how);
	assert_string_equal(how, "PBES2 with AES-256-CBC, PBKDF2 with hmacWithSHA256, 25000 iterations");
	X509_SIG_free(sig);
	BIO_free(b);
	private_key_wipe(pem);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_keys_that_are_written),  TEST(test_chain_in_order_without_the_root),
		TEST(test_keys_as_they_arrive),    TEST(test_for_servers_only),
		TEST(test_what_is_wrong_with_it),  TEST(test_bounds),
		TEST(test_pkcs12_of_any_make),     TEST(test_pkcs12_that_is_too_much_work),
		TEST(test_pkcs12_of_any_depth),    TEST(test_scrypt),
		TEST(test_keys_under_old_ciphers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
