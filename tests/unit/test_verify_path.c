/* SPDX-License-Identifier: MIT */
/* Chains that lead to a root on more than one way, in any order, or nowhere. */
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"
#include "x509/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TEXT = 1 << 17 };
static char roots[TEXT], sent[TEXT];

static void begin(void)
{
	roots[0] = sent[0] = '\0';
}

static struct made ca(const char *subject, const char *key, const struct made *issuer)
{
	struct recipe r = { .subject = subject, .key = key, .to = 1000 * DAY };
	return factory_make(&r, issuer, factory_ca);
}

static struct made leaf(const struct made *issuer)
{
	struct recipe r = { .subject = "/CN=server.example" };
	return factory_make(&r, issuer, factory_leaf);
}

struct ask {
	const char *host;
	int64_t at;
	enum verify_profile profile;
};

static struct anchors *load(void)
{
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = roots, .len = strlen(roots), .mode = ANCHORS_AS_IS };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
	return a;
}

static long judge_with(const struct anchors *a, const struct ask *ask, struct verdict *v)
{
	struct verify_request q = { .anchors = a,
				    .policy = { .profile = ask->profile },
				    .at_unix = ask->at ? ask->at : FACTORY_NOW,
				    .host = ask->host ? ask->host : "server.example" };
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	assert_non_null(c);
	verify_chain_judge(&q, c, v);
	verify_chain_free(c);
	return v->code;
}

static long judge(struct verdict *v)
{
	struct anchors *a = load();
	long code = judge_with(a, &(struct ask){ .profile = VERIFY_STRICT }, v);
	anchors_free(a);
	return code;
}

static int said(const struct verdict *v, long code, const char *text)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->findings[i].code == code &&
		    (strstr(v->findings[i].found, text) || strstr(v->findings[i].hint, text)))
			return 1;
	return 0;
}

static struct verdict v;

static void test_any_order_and_spares(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), a = ca("/CN=A", "P-256:a", &r),
		    b = ca("/CN=B", "P-256:b", &a);
	struct made other = ca("/CN=Other", "P-256:o", NULL), l = leaf(&b);
	begin();
	factory_pem(&r, roots, TEXT);
	const struct made *order[] = { &l, &other, &a, &r, &b, &b, &l };
	for (size_t i = 0; i < 7; i++)
		factory_pem(order[i], sent, TEXT);
	assert_int_equal(judge(&v), 0);
	assert_int_equal(v.sent, 7);
	assert_int_equal(v.built, 4);
	assert_int_equal(v.path[0], 0);
	assert_int_equal(v.path[2], 2);
	assert_int_equal(v.path[3], -1);
	struct made *all[] = { &r, &a, &b, &other, &l };
	for (size_t i = 0; i < 5; i++)
		factory_free(all[i]);
}

/* The intermediate has two certificates, one by a root that is not loaded, one by a loaded one: OpenSSL
 * follows one only. */
static void test_cross_signed(void **state)
{
	(void)state;
	struct made r1 = ca("/CN=R1", "P-256:r1", NULL), r2 = ca("/CN=R2", "P-256:r2", NULL);
	struct made by_r1 = ca("/CN=I", "P-256:i", &r1), by_r2 = ca("/CN=I", "P-256:i", &r2),
		    l = leaf(&by_r1);
	const struct made *first[] = { &by_r1, &by_r2 };
	for (int swap = 0; swap < 2; swap++) {
		begin();
		factory_pem(&r2, roots, TEXT);
		factory_pem(&l, sent, TEXT);
		factory_pem(first[swap], sent, TEXT);
		factory_pem(first[!swap], sent, TEXT);
		assert_int_equal(judge(&v), 0);
		assert_int_equal(v.built, 3);
	}
	struct made *all[] = { &r1, &r2, &by_r1, &by_r2, &l };
	for (size_t i = 0; i < 5; i++)
		factory_free(all[i]);
}

/* One of the two ways is expired, revoked by constraints, or too weak: the other one serves. */
static void test_a_bad_way_beside_a_good_one(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), good = ca("/CN=I", "P-256:i", &r), l = leaf(&good);
	const struct recipe bad[] = {
		{ .subject = "/CN=I", .key = "P-256:i", .to = -DAY },
		{ .subject = "/CN=I", .key = "P-256:i", .tamper = 1 },
		{ .subject = "/CN=I", .key = "P-256:i", .digest = "SHA1" },
		{ .subject = "/CN=I",
		  .key = "P-256:i",
		  .add = { "nameConstraints=critical,excluded;DNS:example" } },
		{ .subject = "/CN=I", .key = "P-256:i", .add = { "basicConstraints=critical,CA:FALSE" } },
		{ .subject = "/CN=I", .key = "P-256:other" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct made b = factory_make(&bad[i], &r, factory_ca);
		for (int with = 0; with < 2; with++) {
			begin();
			factory_pem(&r, roots, TEXT);
			factory_pem(&l, sent, TEXT);
			factory_pem(&b, sent, TEXT);
			if (with)
				factory_pem(&good, sent, TEXT);
			assert_int_equal(judge(&v) == 0, with);
		}
		factory_free(&b);
	}
	factory_free(&r);
	factory_free(&good);
	factory_free(&l);
}

/* A root renewed with the same key, and one renewed with a new key, both loaded. */
static void test_rotation(void **state)
{
	(void)state;
	struct recipe old = { .subject = "/CN=R", .key = "P-256:r", .to = -DAY };
	struct made expired = factory_make(&old, NULL, factory_ca), renewed = ca("/CN=R", "P-256:r", NULL);
	struct made rekeyed = ca("/CN=R", "P-256:r9", NULL), i = ca("/CN=I", "P-256:i", &renewed),
		    l = leaf(&i);
	begin();
	factory_pem(&rekeyed, roots, TEXT);
	factory_pem(&expired, roots, TEXT);
	factory_pem(&renewed, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	factory_pem(&i, sent, TEXT);
	assert_int_equal(judge(&v), 0);
	assert_int_equal(v.path[2], -3);
	struct made *all[] = { &expired, &renewed, &rekeyed, &i, &l };
	for (size_t k = 0; k < 5; k++)
		factory_free(all[k]);
}

/* The root's new key, certified by its old one, was uploaded beside the root: it is one step more, and no
 * damaged root. */
static void test_uploaded_rollover(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), next = ca("/CN=R", "P-256:r9", &r), l = leaf(&next);
	begin();
	factory_pem(&next, roots, TEXT);
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	assert_int_equal(judge(&v), 0);
	assert_int_equal(v.built, 3);
	assert_int_equal(v.path[1], -1);
	assert_int_equal(v.path[2], -2);
	/* alone it leads nowhere */
	roots[0] = '\0';
	factory_pem(&next, roots, TEXT);
	assert_int_equal(judge(&v), 2);
	struct made *all[] = { &r, &next, &l };
	for (size_t k = 0; k < 3; k++)
		factory_free(all[k]);
}

/* Self-issued certificates (a key rollover) do not count against the path length. */
static void test_self_issued(void **state)
{
	(void)state;
	struct recipe limited = { .subject = "/CN=R",
				  .key = "P-256:r",
				  .to = 1000 * DAY,
				  .add = { "basicConstraints=critical,CA:TRUE,pathlen:0" } };
	struct made r = factory_make(&limited, NULL, factory_ca), next = ca("/CN=R", "P-256:r9", &r),
		    l = leaf(&next);
	struct made below = ca("/CN=Below", "P-256:i", &next), deep = leaf(&below);
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	factory_pem(&next, sent, TEXT);
	assert_int_equal(judge(&v), 0);
	assert_int_equal(v.built, 3);
	sent[0] = '\0';
	factory_pem(&deep, sent, TEXT);
	factory_pem(&below, sent, TEXT);
	factory_pem(&next, sent, TEXT);
	assert_int_equal(judge(&v), 25);
	struct made *all[] = { &r, &next, &l, &below, &deep };
	for (size_t k = 0; k < 5; k++)
		factory_free(all[k]);
}

/* Two CAs that certify each other and nobody above them: no root, and it ends. */
static void test_circle(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), a = ca("/CN=A", "P-256:a", &r),
		    b = ca("/CN=B", "P-256:b", &a);
	struct made a_by_b = ca("/CN=A", "P-256:a", &b), l = leaf(&b),
		    other = ca("/CN=Other", "P-256:o", NULL);
	begin();
	factory_pem(&other, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	factory_pem(&b, sent, TEXT);
	factory_pem(&a_by_b, sent, TEXT);
	assert_int_equal(judge(&v), 20);
	roots[0] = '\0';
	factory_pem(&r, roots, TEXT);
	factory_pem(&a, sent, TEXT);
	assert_int_equal(judge(&v), 0);
	struct made *all[] = { &r, &a, &b, &a_by_b, &l, &other };
	for (size_t k = 0; k < 6; k++)
		factory_free(all[k]);
}

/* A thicket: each of 8 levels has 3 certificates of the same name, all signed by each of the level above's
 * keys. It must end soon, and refuse, for no root is at its top. */
static void test_thicket_ends(void **state)
{
	(void)state;
	enum { LEVELS = 7, WIDE = 3 };
	struct made level[LEVELS][WIDE], other = ca("/CN=Other", "P-256:o", NULL);
	for (int i = 0; i < LEVELS; i++)
		for (int k = 0; k < WIDE; k++) {
			char subject[32], key[32];
			snprintf(subject, sizeof subject, "/CN=L%d", i);
			snprintf(key, sizeof key, "P-256:t%d", k);
			struct recipe r = { .subject = subject,
					    .key = key,
					    .drop = "authorityKeyIdentifier subjectKeyIdentifier" };
			level[i][k] = factory_make(&r, i ? &level[i - 1][k] : &other, factory_ca);
		}
	struct made l = leaf(&level[LEVELS - 1][0]), stranger = ca("/CN=Stranger", "P-256:s", NULL);
	begin();
	factory_pem(&stranger, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	for (int i = 0; i < LEVELS; i++)
		for (int k = 0; k < WIDE; k++)
			factory_pem(&level[i][k], sent, TEXT);
	struct anchors *a = load();
	assert_int_not_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v), 0);
	anchors_free(a);
	for (int i = 0; i < LEVELS; i++)
		for (int k = 0; k < WIDE; k++)
			factory_free(&level[i][k]);
	factory_free(&l);
	factory_free(&other);
	factory_free(&stranger);
}

/* CAs that all sign one another: circles without number, and one certificate that leads out, wherever it
 * stands. */
static void test_way_out_of_circles(void **state)
{
	(void)state;
	enum { CAS = 7 };
	struct made own[CAS], cross[CAS][CAS], r = ca("/CN=R", "P-256:r", NULL);
	for (int i = 0; i < CAS; i++) {
		char subject[32], key[32];
		snprintf(subject, sizeof subject, "/CN=M%d", i);
		snprintf(key, sizeof key, "P-256:m%d", i);
		struct recipe q = { .subject = subject,
				    .key = key,
				    .drop = "authorityKeyIdentifier subjectKeyIdentifier" };
		own[i] = factory_make(&q, &r, factory_ca);
	}
	for (int i = 0; i < CAS; i++)
		for (int k = 0; k < CAS; k++) {
			char subject[32], key[32];
			snprintf(subject, sizeof subject, "/CN=M%d", i);
			snprintf(key, sizeof key, "P-256:m%d", i);
			struct recipe q = { .subject = subject,
					    .key = key,
					    .drop = "authorityKeyIdentifier subjectKeyIdentifier" };
			cross[i][k] = factory_make(&q, &own[k], factory_ca);
		}
	struct made l = leaf(&own[0]);
	begin();
	factory_pem(&r, roots, TEXT);
	struct anchors *a = load();
	for (int first = 0; first < 2; first++) {
		sent[0] = '\0';
		factory_pem(&l, sent, TEXT);
		if (first)
			factory_pem(&own[CAS - 1], sent, TEXT);
		for (int i = 0; i < CAS; i++)
			for (int k = 0; k < CAS; k++)
				if (i != k)
					factory_pem(&cross[i][k], sent, TEXT);
		assert_int_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v) == 0, first);
		if (!first)
			factory_pem(&own[CAS - 1], sent, TEXT);
		assert_int_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v), 0);
	}
	anchors_free(a);
	for (int i = 0; i < CAS; i++) {
		for (int k = 0; k < CAS; k++)
			factory_free(&cross[i][k]);
		factory_free(&own[i]);
	}
	factory_free(&l);
	factory_free(&r);
}

/* Many CAs of the same name with other keys, and no identifiers to tell them apart: the right one is found,
 * wherever it stands. */
static void test_crowd_of_one_name(void **state)
{
	(void)state;
	enum { CROWD = 60 };
	struct made wrong[CROWD], r = ca("/CN=R", "P-256:r", NULL);
	struct recipe q = { .subject = "/CN=Crowd",
			    .key = "P-256:c",
			    .drop = "authorityKeyIdentifier subjectKeyIdentifier" };
	struct made right = factory_make(&q, &r, factory_ca), l = leaf(&right);
	for (int i = 0; i < CROWD; i++) {
		char key[32];
		snprintf(key, sizeof key, "P-256:c%d", i % 12);
		q.key = key;
		wrong[i] = factory_make(&q, &r, factory_ca);
	}
	begin();
	factory_pem(&r, roots, TEXT);
	struct anchors *a = load();
	for (int place = 0; place <= CROWD; place += CROWD / 2) {
		sent[0] = '\0';
		factory_pem(&l, sent, TEXT);
		for (int i = 0; i < CROWD; i++) {
			if (i == place)
				factory_pem(&right, sent, TEXT);
			factory_pem(&wrong[i], sent, TEXT);
		}
		if (place == CROWD)
			factory_pem(&right, sent, TEXT);
		assert_int_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v), 0);
	}
	anchors_free(a);
	for (int i = 0; i < CROWD; i++)
		factory_free(&wrong[i]);
	factory_free(&right);
	factory_free(&l);
	factory_free(&r);
}

static void test_too_long_and_too_many(void **state)
{
	(void)state;
	struct made c[20], r = ca("/CN=R", "P-256:r", NULL);
	for (int i = 0; i < 20; i++) {
		char subject[32], key[32];
		snprintf(subject, sizeof subject, "/CN=C%d", i);
		snprintf(key, sizeof key, "P-256:c%d", i % 12);
		c[i] = ca(subject, key, i ? &c[i - 1] : &r);
	}
	for (int depth = 13; depth <= 19; depth += 1) {
		struct made l = leaf(&c[depth]);
		begin();
		factory_pem(&r, roots, TEXT);
		factory_pem(&l, sent, TEXT);
		for (int i = depth; i >= 0; i--)
			factory_pem(&c[i], sent, TEXT);
		assert_int_equal(judge(&v), depth == 13 ? 0 : 22);
		factory_free(&l);
	}
	begin();
	factory_pem(&r, roots, TEXT);
	for (int i = 0; i < 70; i++)
		factory_pem(&c[0], sent, TEXT);
	assert_int_equal(judge(&v), 50);
	for (int i = 0; i < 20; i++)
		factory_free(&c[i]);
	factory_free(&r);
}

/* What an administrator needs to know after 2, 18, 19 and 20. */
static void test_explanations(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), same = ca("/CN=R", "P-256:r9", NULL),
		    i = ca("/CN=I", "P-256:i", &r), l = leaf(&i), other = ca("/CN=O", "P-256:o", NULL);
	struct made self = leaf(NULL);
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	assert_int_equal(judge(&v), 20);
	assert_true(said(&v, 20, "no intermediate"));
	assert_true(said(&v, 20, "let the server send /CN=I, which issued its certificate"));
	assert_string_equal(v.findings[0].wanted, "/CN=I");
	assert_int_equal(v.findings[1].code, 21);
	roots[0] = '\0';
	factory_pem(&other, roots, TEXT);
	factory_pem(&i, sent, TEXT);
	assert_int_equal(judge(&v), 20);
	assert_true(said(&v, 20, "if you trust /CN=R, upload it"));
	roots[0] = '\0';
	factory_pem(&same, roots, TEXT);
	assert_int_equal(judge(&v), 20);
	assert_true(said(&v, 20, "another key"));
	assert_true(said(&v, 20, "compare fingerprints with it, and upload its present root"));
	roots[0] = sent[0] = '\0';
	factory_pem(&i, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	assert_int_equal(judge(&v), 2);
	assert_true(said(&v, 2, "as if it were a root"));
	roots[0] = sent[0] = '\0';
	factory_pem(&self, roots, TEXT);
	factory_pem(&self, sent, TEXT);
	assert_int_equal(judge(&v), 18);
	assert_true(said(&v, 18, "pin"));
	struct made *all[] = { &r, &same, &i, &l, &self, &other };
	for (size_t k = 0; k < 6; k++)
		factory_free(all[k]);
}

/* Signed rightly, but a boolean in it is written as only BER permits. */
static void put_not_der(const struct made *m, const struct made *issuer)
{
	static const unsigned char der_form[] = {
		6, 3, 0x55, 0x1d, 0x13, 1, 1, 0xff
	}; /* basicConstraints, critical */
	unsigned char *tbs = NULL, *whole = NULL, signature[256];
	size_t len = sizeof signature;
	X509 *x = X509_dup(m->x);
	int tbs_len = i2d_re_X509_tbs(x, &tbs);
	unsigned char *at = memmem(tbs, (size_t)tbs_len, der_form, sizeof der_form);
	assert_non_null(at);
	at[7] = 1;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, issuer->key), 1);
	assert_int_equal(EVP_DigestSign(c, signature, &len, tbs, (size_t)tbs_len), 1);
	EVP_MD_CTX_free(c);
	static const unsigned char ecdsa_sha256[] = { 0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2 };
	size_t inner = (size_t)tbs_len + sizeof ecdsa_sha256 + 3 + len, used = 0;
	whole = malloc(inner + 4);
	const unsigned char head[] = { 0x30, 0x82, (unsigned char)(inner >> 8), (unsigned char)inner };
	const unsigned char bits[] = { 3, (unsigned char)(len + 1), 0 };
	const struct {
		const void *p;
		size_t n;
	} parts[] = { { head, 4 },
		      { tbs, (size_t)tbs_len },
		      { ecdsa_sha256, sizeof ecdsa_sha256 },
		      { bits, 3 },
		      { signature, len } };
	for (size_t i = 0; i < 5; used += parts[i++].n)
		memcpy(whole + used, parts[i].p, parts[i].n);
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	PEM_write_bio(b, "CERTIFICATE", "", whole, (long)used);
	long n = BIO_get_mem_data(b, &text);
	snprintf(sent, TEXT, "%.*s", (int)n, text);
	BIO_free(b);
	free(whole);
	OPENSSL_free(tbs);
	X509_free(x);
}

static void test_not_der(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), l = leaf(&r);
	begin();
	factory_pem(&r, roots, TEXT);
	put_not_der(&l, &r);
	assert_int_equal(judge(&v), 41);
	assert_true(said(&v, 41, "an encoding that is not DER"));
	struct anchors *a = load();
	assert_int_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v), 0);
	assert_true(said(&v, 41, "an encoding that is not DER"));
	anchors_free(a);
	factory_free(&r);
	factory_free(&l);
}

/* A file with the issuer, or another host's certificate, before the server's own. */
static void test_wrong_order(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), i = ca("/CN=I", "P-256:i", &r), l = leaf(&i);
	struct recipe second = { .subject = "/CN=other.example",
				 .add = { "subjectAltName=DNS:other.example" } };
	struct made other = factory_make(&second, &i, factory_leaf);
	const struct {
		const struct made *order[3];
		const char *hint;
	} cases[] = {
		{ { &i, &l, NULL }, "a CA's certificate comes first: the server's own must be the first" },
		{ { &r, &i, &l }, "a CA's certificate comes first: the server's own must be the first" },
		{ { &other, &l, &i }, "another certificate of the chain is for this host" },
	};
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		begin();
		factory_pem(&r, roots, TEXT);
		for (size_t n = 0; n < 3 && cases[k].order[n]; n++)
			factory_pem(cases[k].order[n], sent, TEXT);
		assert_int_not_equal(judge(&v), 0);
		assert_int_equal(v.findings[0].depth, 0);
		assert_non_null(strstr(v.findings[0].hint, cases[k].hint));
	}
	/* nothing of the kind is said of chains that begin rightly, or where nothing fits better */
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&other, sent, TEXT);
	factory_pem(&i, sent, TEXT);
	assert_int_equal(judge(&v), 62);
	assert_null(strstr(v.findings[0].hint, "first"));
	sent[0] = '\0';
	factory_pem(&l, sent, TEXT);
	factory_pem(&other, sent, TEXT);
	assert_int_equal(judge(&v), 20);
	assert_null(strstr(v.findings[0].hint, "first"));
	/* a file of CAs' certificates alone, as issuing programs write one beside the full chain */
	char key_use[] = "keyUsage=critical,digitalSignature,keyCertSign";
	struct recipe signs = { .subject = "/CN=I2", .key = "P-256:i", .add = { key_use } };
	struct made i2 = factory_make(&signs, &r, factory_ca);
	const struct made *only_cas[] = { &i, &r, &i2 };
	for (size_t k = 0; k < 3; k++) {
		begin();
		factory_pem(&r, roots, TEXT);
		factory_pem(only_cas[k], sent, TEXT);
		factory_pem(&r, sent, TEXT);
		assert_int_not_equal(judge(&v), 0);
		assert_non_null(
			strstr(v.findings[0].hint, "it is a CA's certificate: the server's own is missing"));
	}
	factory_free(&i2);
	struct made *all[] = { &r, &i, &l, &other };
	for (size_t k = 0; k < 4; k++)
		factory_free(all[k]);
}

static void put_pinned(struct anchors *a, const struct made *m, const char *host)
{
	char text[8192] = "";
	factory_pem(m, text, sizeof text);
	struct err e;
	struct anchors_upload u = {
		.data = text, .len = strlen(text), .mode = ANCHORS_ADD, .pin_host = host
	};
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), 0);
}

/* What was found beside 18 says why uploading the server's own certificate was not enough. */
static void test_uploaded_without_pin(void **state)
{
	(void)state;
	struct made self = leaf(NULL), r = ca("/CN=R", "P-256:r", NULL);
	begin();
	factory_pem(&self, sent, TEXT);
	factory_pem(&r, roots, TEXT);
	assert_int_equal(judge(&v), 18);
	assert_false(said(&v, 18, "uploaded without a pin"));
	factory_pem(&self, roots, TEXT);
	assert_int_equal(judge(&v), 18);
	assert_true(said(&v, 18, "profile Strict trusts a server's self-signed certificate only where"));
	struct anchors *a = load();
	assert_int_equal(judge_with(a, &(struct ask){ .host = "" }, &v), 18);
	assert_true(said(&v, 18, "only for a host whose name is known"));
	anchors_free(a);
	factory_free(&self);
	factory_free(&r);
}

static void test_pins(void **state)
{
	(void)state;
	struct made self = leaf(NULL), r = ca("/CN=R", "P-256:r", NULL), i = ca("/CN=I", "P-256:i", &r),
		    l = leaf(&i);
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	begin();
	put_pinned(a, &self, "Server.Example");
	factory_pem(&self, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = "server.example" }, &v), 0);
	assert_int_equal(v.built, 1);
	assert_int_equal(judge_with(a, &(struct ask){ .host = "other.example" }, &v), 18);
	assert_true(said(&v, 18, "pinned to a host that was not asked for"));
	struct verify_chain *c = verify_chain_new(sent, strlen(sent),
						  NULL); /* nor is it an anchor where no host is asked for */
	verify_chain_judge(&(struct verify_request){ .anchors = a, .at_unix = FACTORY_NOW }, c, &v);
	assert_int_equal(v.code, 18);
	verify_chain_free(c);
	assert_int_equal(judge_with(a, &(struct ask){ .at = FACTORY_NOW + 200 * DAY }, &v), 10);
	/* another certificate with the same name and key is not the pinned one */
	struct made again = leaf(NULL);
	sent[0] = '\0';
	factory_pem(&again, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = NULL }, &v), 18);
	/* a pinned intermediate is an anchor for its host alone */
	put_pinned(a, &i, "server.example");
	sent[0] = '\0';
	factory_pem(&l, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = NULL }, &v), 0);
	assert_int_equal(v.built, 2);
	assert_int_equal(judge_with(a, &(struct ask){ .host = "other.example" }, &v), 20);
	assert_true(said(&v, 20, "pinned to another host"));
	anchors_free(a);
	struct made *all[] = { &self, &again, &r, &i, &l };
	for (size_t k = 0; k < 5; k++)
		factory_free(all[k]);
}

static void put_only(struct anchors *a, const struct made *m, int only)
{
	char text[8192] = "";
	factory_pem(m, text, sizeof text);
	struct err e;
	struct anchors_upload u = { .data = text,
				    .len = strlen(text),
				    .mode = ANCHORS_ADD,
				    .pin_host = "server.example",
				    .pin_only = only };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), 0);
}

/* A host that is trusted by its pins alone is not trusted by a root, and others are as before. */
static void test_pins_alone(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), i = ca("/CN=I", "P-256:i", &r), l = leaf(&i),
		    other = ca("/CN=O", "P-256:o", &r), l_other = leaf(&other), self = leaf(NULL);
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&self, roots, TEXT);
	struct anchors *a = load();
	struct made *through[] = { &i, &other }, *leaves[] = { &l, &l_other };
	/* pin_only 0: the root still counts; 1: only what is below the pinned CA; and back again */
	static const int rows[][3] = { { -1, 0, 0 }, { 0, 0, 0 }, { 1, 0, 20 }, { 0, 0, 0 } };
	for (size_t k = 0; k < 4; k++) {
		if (rows[k][0] >= 0)
			put_only(a, &i, rows[k][0]);
		for (size_t n = 0; n < 2; n++) {
			sent[0] = '\0';
			factory_pem(leaves[n], sent, TEXT);
			factory_pem(through[n], sent, TEXT);
			int code = judge_with(a, &(struct ask){ .host = "server.example" }, &v);
			assert_int_equal(code == 0, rows[k][n + 1] == 0);
			if (code)
				assert_true(said(&v, code, "trusted by its pins alone"));
			assert_true(!said(&v, judge_with(a, &(struct ask){ .host = "other.example" }, &v),
					  "pins alone"));
		}
		/* nor is a self-signed certificate that was uploaded without a pin */
		sent[0] = '\0';
		factory_pem(&self, sent, TEXT);
		int code = judge_with(a, &(struct ask){ .host = "server.example" }, &v);
		if (rows[k][0] == 1)
			assert_true(said(&v, code, "trusted by its pins alone"));
	}
	anchors_free(a);
	struct made *all[] = { &r, &i, &l, &other, &l_other, &self };
	for (size_t k = 0; k < 6; k++)
		factory_free(all[k]);
}

static void test_unable(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL), l = leaf(&r);
	struct anchors *empty = anchors_open(NULL, fitness_checks(), NULL, NULL), *a;
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	assert_int_equal(judge_with(empty, &(struct ask){ .host = NULL }, &v), 50);
	assert_non_null(strstr(v.findings[0].found, "no root"));
	a = load();
	struct verify_request q = { .anchors = a, .host = "server.example" };
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	verify_chain_judge(&q, c, &v);
	assert_int_equal(v.code, 50);
	assert_non_null(strstr(v.findings[0].found, "date"));
	verify_chain_free(c);
	/* a certificate that cannot be read refuses, wherever it stands */
	snprintf(sent + strlen(sent), TEXT - strlen(sent), "%s",
		 "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
	assert_int_equal(judge_with(a, &(struct ask){ .host = NULL }, &v), 50);
	memcpy(sent, "-----BEGIN CERTIFICATE-----\nMIIB\n", sizeof "-----BEGIN CERTIFICATE-----\nMIIB\n");
	assert_int_equal(judge_with(a, &(struct ask){ .host = NULL }, &v), 50);
	struct err e;
	assert_null(verify_chain_new("nothing", 7, &e));
	assert_int_equal(e.kind, ERR_NOTFOUND);
	static const char params[] =
		"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
	assert_null(verify_chain_new(params, sizeof params - 1, &e));
	assert_non_null(strstr(e.text, ", found "));
	assert_non_null(strstr(e.text, "EC PARAMETERS"));
	anchors_free(a);
	anchors_free(empty);
	factory_free(&r);
	factory_free(&l);
}

/* A CA of the issuer's name whose key is of another kind than the signature says. */
static void test_other_kind_of_key(void **state)
{
	(void)state;
	struct recipe bare = { .subject = "/CN=R", .key = "RSA-2048:r", .drop = "subjectKeyIdentifier" };
	struct recipe ec = { .subject = "/CN=R", .key = "P-256:r", .drop = "subjectKeyIdentifier" };
	struct made r = factory_make(&bare, NULL, factory_ca), other = factory_make(&ec, NULL, factory_ca),
		    l = leaf(&other);
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	assert_int_equal(judge(&v), 7);
	int mismatch = 0;
	for (size_t i = 0; i < v.n; i++)
		mismatch |= v.findings[i].code == 77;
	assert_true(mismatch);
	factory_free(&r);
	factory_free(&other);
	factory_free(&l);
}

static void add_many_names(X509 *x)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	for (int i = 0; i < 1200; i++) {
		char text[32];
		snprintf(text, sizeof text, "a_%d.server.example", i);
		GENERAL_NAME *n = GENERAL_NAME_new();
		ASN1_IA5STRING *s = ASN1_IA5STRING_new();
		ASN1_STRING_set(s, i ? text : "server.example", -1);
		GENERAL_NAME_set0_value(n, GEN_DNS, s);
		sk_GENERAL_NAME_push(names, n);
	}
	X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
	GENERAL_NAMES_free(names);
}

static void add_many_constraints(X509 *x)
{
	NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
	nc->excludedSubtrees = sk_GENERAL_SUBTREE_new_null();
	for (int i = 0; i < 400; i++) {
		char text[32];
		snprintf(text, sizeof text, "b%d.example", i);
		GENERAL_SUBTREE *t = GENERAL_SUBTREE_new();
		ASN1_IA5STRING *s = ASN1_IA5STRING_new();
		ASN1_STRING_set(s, text, -1);
		GENERAL_NAME_set0_value(t->base, GEN_DNS, s);
		sk_GENERAL_SUBTREE_push(nc->excludedSubtrees, t);
	}
	X509_add1_ext_i2d(x, NID_name_constraints, nc, 1, X509V3_ADD_DEFAULT);
	NAME_CONSTRAINTS_free(nc);
}

enum { DIRECTORIES = 60, ENTRIES = 30 };

static GENERAL_NAME *long_directory(int number, const char *end)
{
	X509_NAME *d = X509_NAME_new();
	char text[32];
	snprintf(text, sizeof text, "%s%d", end, number);
	for (int i = 0; i < ENTRIES; i++)
		X509_NAME_add_entry_by_NID(d, NID_organizationalUnitName, MBSTRING_ASC,
					   (const unsigned char *)(i + 1 < ENTRIES ? "unit" : text), -1, -1,
					   0);
	GENERAL_NAME *n = GENERAL_NAME_new();
	GENERAL_NAME_set0_value(n, GEN_DIRNAME, d);
	return n;
}

static void add_directories(X509 *x)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	for (int i = 0; i < DIRECTORIES; i++)
		sk_GENERAL_NAME_push(names, long_directory(i, "a"));
	GENERAL_NAME *host = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	ASN1_STRING_set(s, "server.example", -1);
	GENERAL_NAME_set0_value(host, GEN_DNS, s);
	sk_GENERAL_NAME_push(names, host);
	X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
	GENERAL_NAMES_free(names);
}

static void exclude_directories(X509 *x)
{
	NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
	nc->excludedSubtrees = sk_GENERAL_SUBTREE_new_null();
	for (int i = 0; i < DIRECTORIES; i++) {
		GENERAL_SUBTREE *t = GENERAL_SUBTREE_new();
		GENERAL_NAME_free(t->base);
		t->base = long_directory(i, "b");
		sk_GENERAL_SUBTREE_push(nc->excludedSubtrees, t);
	}
	X509_add1_ext_i2d(x, NID_name_constraints, nc, 1, X509V3_ADD_DEFAULT);
	NAME_CONSTRAINTS_free(nc);
}

/* Few names and few constraints, but long ones: that is counted, too. */
static void test_long_directory_names(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL);
	struct recipe narrow = { .subject = "/CN=I", .key = "P-256:i", .also = exclude_directories };
	struct recipe wide = { .subject = "/CN=server.example",
			       .drop = "subjectAltName",
			       .also = add_directories };
	struct made i = factory_make(&narrow, &r, factory_ca), l = factory_make(&wide, &i, factory_leaf),
		    plain = leaf(&i);
	begin();
	factory_pem(&r, roots, TEXT);
	struct anchors *a = load();
	factory_pem(&l, sent, TEXT);
	factory_pem(&i, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v), 1);
	sent[0] = '\0';
	factory_pem(&plain, sent, TEXT);
	factory_pem(&i, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .profile = VERIFY_GUIDE }, &v), 0);
	anchors_free(a);
	struct made *all[] = { &r, &i, &l, &plain };
	for (size_t k = 0; k < 4; k++)
		factory_free(all[k]);
}

static void add_many_extensions(X509 *x)
{
	for (int i = 0; i < 70; i++) {
		char oid[32];
		snprintf(oid, sizeof oid, "1.2.3.4.%d", i);
		ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
		ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
		X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, o, 0, s);
		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
		ASN1_OCTET_STRING_free(s);
		ASN1_OBJECT_free(o);
	}
}

/* More than any honest certificate has: the work is bounded, and so is what is told, but never the
 * refusal. */
static void test_too_much(void **state)
{
	(void)state;
	struct made r = ca("/CN=R", "P-256:r", NULL);
	struct recipe wide = { .subject = "/CN=server.example",
			       .drop = "subjectAltName",
			       .also = add_many_names };
	struct recipe strict = { .subject = "/CN=I", .key = "P-256:i", .also = add_many_constraints };
	struct recipe crowded = { .subject = "/CN=server.example", .also = add_many_extensions };
	struct made i = factory_make(&strict, &r, factory_ca), l = factory_make(&wide, &i, factory_leaf);
	struct made direct = factory_make(&wide, &r, factory_leaf),
		    c = factory_make(&crowded, &r, factory_leaf);
	struct made expired = factory_make(&(struct recipe){ .subject = "/CN=server.example",
							     .drop = "subjectAltName",
							     .to = -DAY,
							     .also = add_many_names },
					   &r, factory_leaf);
	begin();
	factory_pem(&r, roots, TEXT);
	struct anchors *a = load();
	factory_pem(&l, sent, TEXT);
	factory_pem(&i, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = NULL }, &v), 1);
	sent[0] = '\0';
	factory_pem(&direct, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = NULL }, &v), 0);
	sent[0] = '\0';
	factory_pem(&expired, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = "other.example" }, &v), 10);
	assert_int_equal(v.n, VERIFY_FINDINGS_MAX);
	assert_int_equal(v.findings[1].code, 62); /* it came when the list was full of notes */
	assert_int_equal(
		judge_with(a, &(struct ask){ .host = "other.example", .profile = VERIFY_STRICT }, &v), 10);
	assert_int_equal(v.n, VERIFY_FINDINGS_MAX);
	sent[0] = '\0';
	factory_pem(&c, sent, TEXT);
	assert_int_equal(judge_with(a, &(struct ask){ .host = "server.example" }, &v), 41);
	anchors_free(a);
	struct made *all[] = { &r, &i, &l, &direct, &c, &expired };
	for (size_t k = 0; k < 6; k++)
		factory_free(all[k]);
}

static void test_forecast(void **state)
{
	(void)state;
	struct recipe short_lived = { .subject = "/CN=I", .key = "P-256:i", .to = 20 * DAY };
	struct made r = ca("/CN=R", "P-256:r", NULL), brief = factory_make(&short_lived, &r, factory_ca),
		    i = ca("/CN=I", "P-256:i", &r);
	struct made l = leaf(&i);
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	factory_pem(&brief, sent, TEXT);
	struct anchors *a = load();
	struct verify_request q = { .anchors = a, .host = "server.example", .at_unix = FACTORY_NOW };
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	assert_int_equal(verify_chain_forecast(&q, c, &v), FACTORY_NOW + 20 * DAY + 1);
	assert_int_equal(v.code, 10);
	assert_int_equal(v.findings[0].depth, 1);
	verify_chain_free(c);
	/* with another certificate of the same CA, the server's own is the first to end */
	factory_pem(&i, sent, TEXT);
	c = verify_chain_new(sent, strlen(sent), NULL);
	assert_int_equal(verify_chain_forecast(&q, c, &v), FACTORY_NOW + 100 * DAY + 1);
	assert_int_equal(v.findings[0].depth, 0);
	q.host = "other.example";
	assert_int_equal(verify_chain_forecast(&q, c, &v), FACTORY_NOW);
	assert_int_equal(v.code, 62);
	verify_chain_free(c);
	anchors_free(a);
	struct made *all[] = { &r, &brief, &i, &l };
	for (size_t k = 0; k < 4; k++)
		factory_free(all[k]);
}

static void test_line(void **state)
{
	(void)state;
	struct recipe old = { .subject = "/CN=server.example/O=A \"B\", C", .to = -DAY };
	struct made r = ca("/CN=R", "P-256:r", NULL), l = factory_make(&old, &r, factory_leaf);
	struct verdict_context c = { .service = "HttpFeedback 1",
				     .host = "other.example",
				     .address = "10.0.0.1",
				     .port = 443,
				     .enforced = 1 };
	struct buf b;
	buf_init(&b, 4096);
	begin();
	factory_pem(&r, roots, TEXT);
	factory_pem(&l, sent, TEXT);
	struct anchors *a = load();
	judge_with(a, &(struct ask){ .host = "other.example" }, &v);
	verdict_line(&v, &c, &b);
	const char *head = "SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck: NoMatch, "
			   "service=\"HttpFeedback 1\", "
			   "host=other.example, address=10.0.0.1, port=443, depth=0, "
			   "subject=\"/CN=server.example/O=A \\\"B\\\", C\", "
			   "also=62=HOSTNAME_MISMATCH, ";
	assert_memory_equal(buf_str(&b), head, strlen(head));
	buf_reset(&b);
	c.enforced = 0;
	c.address = NULL;
	judge_with(a, &(struct ask){ .at = FACTORY_NOW - 2 * DAY }, &v);
	verdict_line(&v, &c, &b);
	assert_non_null(strstr(buf_str(&b), "VerifyResult=0=OK, NameCheck: Match, "));
	assert_non_null(strstr(buf_str(&b), "On would have accepted"));
	assert_null(strstr(buf_str(&b), "address"));
	buf_reset(&b);
	verdict_unable(&v, "a\nforged line", "hint");
	verdict_line(&v, &(struct verdict_context){ .enforced = 1 }, &b);
	assert_non_null(
		strstr(buf_str(&b), "VerifyResult=50=APPLICATION_VERIFICATION, NameCheck: NotChecked"));
	assert_null(strchr(buf_str(&b), '\n'));
	buf_done(&b);
	anchors_free(a);
	factory_free(&r);
	factory_free(&l);
}

/* A name that ends in a backslash does not take the quote behind it along, and none can say another
 * result. */
static void test_line_cannot_be_forged(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8192);
	verdict_unable(&v, "reason", "hint");
	snprintf(v.subject, sizeof v.subject, "%s", "/CN=x\\\", VerifyResult=0=OK, hint=\"\u202e");
	snprintf(v.findings[0].found, sizeof v.findings[0].found, "%s", "ends in \\");
	verdict_line(&v,
		     &(struct verdict_context){ .service = "HttpFeedback 1", .host = "a\\", .enforced = 1 },
		     &b);
	assert_string_equal(
		buf_str(&b),
		"SSL: socklib_sslHandshake: VerifyResult=50=APPLICATION_VERIFICATION, NameCheck: NotChecked, "
		"service=\"HttpFeedback 1\", host=\"a\\\\\", "
		"subject=\"/CN=x\\\\\\\", VerifyResult=0=OK, hint=\\\"\\u202e\", "
		"found=\"ends in \\\\\", hint=hint");
	buf_done(&b);
}

static void test_codes(void **state)
{
	(void)state;
	assert_string_equal(codes_symbol(10), "CERT_HAS_EXPIRED");
	assert_string_equal(codes_symbol(0), "OK");
	assert_string_equal(codes_symbol(-1), "UNKNOWN");
	assert_string_equal(codes_symbol(4711), "UNKNOWN");
	for (long code = 1; code <= 94; code++) {
		assert_string_not_equal(codes_symbol(code), "UNKNOWN");
		assert_true(strlen(codes_sentence(code)) > 10);
		assert_true(code == 50 || strlen(codes_hint(code)) > 10);
	}
	assert_string_equal(codes_hint(4711), "");
	assert_true(strlen(codes_sentence(4711)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order_and_spares),
		cmocka_unit_test(test_cross_signed),
		cmocka_unit_test(test_a_bad_way_beside_a_good_one),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_self_issued),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_thicket_ends),
		cmocka_unit_test(test_way_out_of_circles),
		cmocka_unit_test(test_crowd_of_one_name),
		cmocka_unit_test(test_long_directory_names),
		cmocka_unit_test(test_too_long_and_too_many),
		cmocka_unit_test(test_explanations),
		cmocka_unit_test(test_uploaded_without_pin),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_pins_alone),
		cmocka_unit_test(test_wrong_order),
		cmocka_unit_test(test_uploaded_rollover),
		cmocka_unit_test(test_not_der),
		cmocka_unit_test(test_other_kind_of_key),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_unable),
		cmocka_unit_test(test_forecast),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_cannot_be_forged),
		cmocka_unit_test(test_codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
