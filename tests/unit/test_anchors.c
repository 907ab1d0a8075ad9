/* SPDX-License-Identifier: MIT */
/* The store of roots, revocation lists and own certificates: what it takes, what it refuses, and that it
 * stays whole. */
#include "certstore/own.h"
#include "certstore/crls.h"
#include "factory.h"

#include "base/file.h"
#include "crypto/state_file.h"
#include "trust/fitness.h"
#include "trust/verify.h"
#include "x509/crl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT = 1 << 20 };
static char text[TEXT], folder[64];

static void append(const char *more, size_t len)
{
	size_t at = strlen(text);
	snprintf(text + at, TEXT - at, "%.*s", (int)len, more);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sealpost-anchors-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	(void)state;
	const char *const names[] = { "anchors",      "anchors.new", "anchors.damaged", "crls", "crls.new",
				      "crls.damaged", "own",         "own.new" };
	char path[128];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static struct made root(const char *subject, const char *key)
{
	struct recipe r = { .subject = subject, .key = key };
	return factory_make(&r, NULL, factory_ca);
}

static struct anchors *open_store(void)
{
	struct err e;
	struct anchors *a = anchors_open(folder, fitness_checks(), NULL, &e);
	assert_non_null(a);
	return a;
}

static int put(struct anchors *a, const char *data, enum anchors_mode mode, struct buf *report, size_t *added,
	       struct err *e)
{
	struct anchors_upload u = {
		.data = data, .len = strlen(data), .mode = mode, .now_unix = FACTORY_NOW
	};
	return anchors_put(a, &u, report, added, e);
}

static void test_add_and_replace(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1"), two = root("/CN=Two", "P-256:2"),
		    three = root("/CN=Three", "P-256:3");
	struct anchors *a = open_store();
	struct cert_info info;
	struct buf report;
	struct err e;
	size_t added;
	uint64_t generation = anchors_generation(a);
	buf_init(&report, 65536);
	snprintf(text, TEXT, "%s", "These are our roots.\r\n\r\n");
	factory_pem(&one, text, TEXT);
	append("subject=Two\r\n", TEXT);
	factory_pem(&two, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, &report, &added, &e), 0);
	assert_int_equal(added, 2);
	assert_true(anchors_generation(a) != generation);
	assert_non_null(strstr(buf_str(&report), "/CN=One"));
	assert_non_null(strstr(buf_str(&report), "added"));
	generation = anchors_generation(a);
	buf_reset(&report);
	assert_int_equal(put(a, text, ANCHORS_ADD, &report, &added, &e), 0);
	assert_int_equal(added, 0);
	assert_non_null(strstr(buf_str(&report), "already there"));
	assert_true(anchors_generation(a) == generation);
	assert_int_equal(anchors_info(a, 1, &info), 0);
	assert_string_equal(info.subject, "/CN=Two");
	assert_int_equal(info.version, 3);
	assert_int_equal(info.is_ca, 1);
	assert_int_equal(info.not_before, FACTORY_NOW - 10 * DAY);
	assert_string_equal(info.not_before_text, "Jun 21 12:00:00 2026 GMT");
	assert_string_equal(info.hash_algorithm, "ecdsa-with-SHA256");
	assert_int_equal(strlen(info.fingerprint), 40);
	assert_int_equal(anchors_info(a, 2, &info), -1);
	text[0] = '\0';
	factory_pem(&three, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_REPLACE, NULL, &added, &e), 0);
	assert_int_equal(anchors_count(a), 1);
	anchors_free(a);
	/* it is all there again, and so is the list before */
	a = open_store();
	assert_int_equal(anchors_count(a), 1);
	assert_int_equal(anchors_restore(a, &e), 0);
	assert_int_equal(anchors_count(a), 2);
	/* all at once, and all back; deleting nothing is no change that restoring could lose the list to */
	for (int i = 0; i < 2; i++)
		assert_int_equal(anchors_clear(a, &e), 0);
	assert_int_equal(anchors_count(a), 0);
	anchors_free(a);
	a = open_store();
	assert_int_equal(anchors_count(a), 0);
	assert_int_equal(anchors_restore(a, &e), 0);
	assert_int_equal(anchors_count(a), 2);
	/* but it never leaves the device without any */
	assert_int_equal(anchors_restore(a, &e), -1);
	assert_non_null(strstr(e.text, "before the last change there were no roots"));
	assert_int_equal(anchors_count(a), 2);
	assert_int_equal(put(a, text, ANCHORS_REPLACE, NULL, &added, &e), 0);
	assert_int_equal(anchors_count(a), 1);
	assert_int_equal(anchors_info(a, 0, &info), 0);
	buf_reset(&report);
	anchors_print_pem(a, &report);
	assert_string_equal(buf_str(&report), text);
	/* by fingerprint in any writing */
	char colons[128] = "";
	for (int i = 0; i < 64; i += 2)
		snprintf(colons + strlen(colons), 4, "%s%c%c", i ? ":" : "", info.fingerprint_sha256[i],
			 info.fingerprint_sha256[i + 1]);
	for (char *p = colons; *p; p++)
		*p = *p >= 'a' && *p <= 'f' ? (char)(*p - 32) : *p;
	assert_int_equal(anchors_delete(a, "00", NULL, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(anchors_delete(a, colons, NULL, &e), 0);
	assert_int_equal(anchors_count(a), 0);
	anchors_free(a);
	buf_done(&report);
	factory_free(&one);
	factory_free(&two);
	factory_free(&three);
}

static void expect(struct anchors *a, const char *data, const char *words)
{
	struct err e = { .kind = ERR_NONE };
	size_t before = anchors_count(a);
	assert_int_equal(put(a, data, ANCHORS_ADD, NULL, NULL, &e), -1);
	if (!strstr(e.text, words))
		fprintf(stderr, "expected '%s' in '%s'\n", words, e.text);
	assert_non_null(strstr(e.text, words));
	assert_int_equal(anchors_count(a), before);
}

/* One that can never serve: alone it is refused, beside a good one it is left out; both are told in the same
 * words. */
static void expect_recipe(struct anchors *a, const struct recipe *r, const char *const *defaults,
			  const char *words)
{
	static int round;
	char subject[32];
	snprintf(subject, sizeof subject, "/CN=Good %d", ++round);
	struct made good = root(subject, "P-256:g"), m = factory_make(r, NULL, defaults);
	struct buf report;
	size_t before = anchors_count(a), added = 0;
	buf_init(&report, 8192);
	text[0] = '\0';
	factory_pem(&m, text, TEXT);
	expect(a, text, words);
	factory_pem(&good, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, &report, &added, NULL), 0);
	assert_int_equal(added, 1);
	assert_int_equal(anchors_count(a), before + 1);
	const char *told = strstr(buf_str(&report), words);
	if (!told || !strstr(told, "left out\n") || strncmp(buf_str(&report), "line 1: ", 8) != 0)
		fail_msg("%s", buf_str(&report));
	buf_done(&report);
	factory_free(&m);
	factory_free(&good);
}

static void test_refusals(void **state)
{
	(void)state;
	struct anchors *a = open_store();
	struct made good = root("/CN=Good", "P-256:g");
	struct err e;
	assert_int_equal(anchors_restore(a, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	expect(a, "hello", "no certificate");
	expect(a, "", "no certificate");
	expect(a, "-----BEGIN CERTIFICATE-----\nMIIB", "no END");
	expect(a, "x\n-----BEGIN CERTIFICATE-----\nMI!B\n-----END CERTIFICATE-----\n",
	       "line 3: the character ! is not base64");
	expect(a, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "not a certificate");
	expect(a, "-----BEGIN CERTIFICATE-----\nMIIBa\n-----END CERTIFICATE-----\n", "cut short");
	expect(a, "-----BEGIN CERTIFICATE-----\nMI==IB==\n-----END CERTIFICATE-----\n", "goes on after");
	expect(a, "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "found a public key");
	expect(a, "-----BEGIN ODD\033THING-----\nMIIB\n-----END ODD\033THING-----\n",
	       "found something else in PEM (BEGIN ODD\\x1BTHING)");
	text[0] = '\0';
	factory_pem(&good, text, TEXT);
	append("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", TEXT);
	expect(a, text, "private key");
	/* a block cut in the middle, another one following */
	text[0] = '\0';
	factory_pem(&good, text, TEXT);
	text[strlen(text) / 2] = '\0';
	factory_pem(&good, text, TEXT);
	expect(a, text, "line 1: the PEM block has no END");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=Leaf Hand", .drop = "subjectAltName" },
		      factory_leaf, "is not a CA's");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=Home made", .drop = "basicConstraints" },
		      factory_ca, "has no basic constraints, which must say CA:TRUE in a root");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=Old", .to = -DAY }, factory_ca, "has expired");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=New", .from = DAY }, factory_ca, "not yet valid");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=My Root", .version = 1, .drop = "all" },
		      factory_ca, "of version 1");
	/* what verification would refuse ever after */
	struct recipe small = { .subject = "/CN=Small", .key = "RSA-1024:small" };
	expect_recipe(a, &small, factory_ca,
		      "a CA's key is too weak: RSA of 1024 bits (67=CA_KEY_TOO_SMALL)");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=Spelt", .key = "EXPLICIT-P-256" }, factory_ca,
		      "94=EC_KEY_EXPLICIT_PARAMS");
	struct recipe no_sign = { .subject = "/CN=No Sign", .add = { "keyUsage=critical,digitalSignature" } };
	expect_recipe(a, &no_sign, factory_ca, "32=KEYUSAGE_NO_CERTSIGN");
	struct recipe clients = { .subject = "/CN=C", .add = { "extendedKeyUsage=clientAuth" } };
	expect_recipe(a, &clients, factory_ca, "26=INVALID_PURPOSE");
	struct recipe no_ca = { .subject = "/CN=No CA",
				.drop = "basicConstraints",
				.add = { "basicConstraints=critical,CA:FALSE" } };
	expect_recipe(a, &no_ca, factory_ca,
		      "its basic constraints say CA:FALSE, and must say CA:TRUE in a root");
	struct recipe objects = { .subject = "/CN=Objects", .add = { "nsCertType=objCA" } };
	expect_recipe(a, &objects, factory_ca,
		      "a Netscape certificate type without SSL CA (26=INVALID_PURPOSE); have it issued by a "
		      "CA that");
	struct recipe both = { .subject = "/CN=Both", .key = "RSA-1024:small", .to = -DAY };
	expect_recipe(a, &both, factory_ca,
		      "ended Jun 30 12:00:00 2026 GMT, 24 hours before (10=CERT_HAS_EXPIRED); a CA's key is "
		      "too weak");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=Broken", .tamper = 1 }, factory_ca, "damaged");
	/* dates are not judged without a date */
	struct made old =
		factory_make(&(struct recipe){ .subject = "/CN=Old", .to = -DAY }, NULL, factory_ca);
	text[0] = '\0';
	factory_pem(&old, text, TEXT);
	struct anchors_upload u = { .data = text, .len = strlen(text) };
	struct buf report;
	buf_init(&report, 4096);
	assert_int_equal(anchors_put(a, &u, &report, NULL, NULL), 0);
	assert_non_null(strstr(
		buf_str(&report),
		"the date is not known, so it was not checked whether these certificates have expired"));
	buf_done(&report);
	u.len = ANCHORS_UPLOAD_MAX + 1;
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), -1);
	u = (struct anchors_upload){ .data = text, .len = strlen(text), .pin_host = "two words" };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "host"));
	anchors_free(a);
	factory_free(&old);
	factory_free(&good);
}

/* Signed by itself and no CA: the guides' recipes for servers without a CA. It is taken as the server that it
 * names. */
static void test_self_signed_servers(void **state)
{
	(void)state;
	static const struct {
		struct recipe r;
		const char *told; /* NULL: as a root */
	} rows[] = {
		{ { .subject = "/CN=server.example" }, "trusted only as the server server.example:" },
		{ { .subject = "/CN=x", .add = { "subjectAltName=DNS:a.test,DNS:*.b.test,IP:192.0.2.1" } },
		  "only as the server a.test, *.b.test:" },
		{ { .subject = "/CN=codec7.test", .version = 1, .drop = "all" },
		  "only as the server codec7.test:" },
		{ { .subject = "/CN=ca.test",
		    .add = { "basicConstraints=CA:TRUE", "keyUsage=digitalSignature,keyCertSign" } },
		  NULL },
		{ { .subject = "/CN=ca.test", .add = { "basicConstraints=CA:TRUE" } },
		  "only as the server server.example:" },
	};
	struct anchors *a = open_store();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m = factory_make(&rows[i].r, NULL, factory_leaf);
		struct buf report;
		buf_init(&report, 4096);
		text[0] = '\0';
		factory_pem(&m, text, TEXT);
		assert_int_equal(put(a, text, ANCHORS_ADD, &report, NULL, NULL), 0);
		assert_true(!!strstr(buf_str(&report), "trusted only") == !!rows[i].told);
		if (rows[i].told && !strstr(buf_str(&report), rows[i].told))
			fail_msg("%s", buf_str(&report));
		buf_done(&report);
		factory_free(&m);
	}
	anchors_free(a);
	a = open_store();
	expect_recipe(a, &(struct recipe){ .subject = "/CN=Two Words", .version = 1, .drop = "all" },
		      factory_leaf, "names no host");
	struct recipe address = { .subject = "/CN=192.0.2.1", .add = { "subjectAltName=IP:192.0.2.1" } };
	expect_recipe(a, &address, factory_leaf, "names no host");
	struct recipe client = { .subject = "/CN=a.test", .add = { "extendedKeyUsage=clientAuth" } };
	expect_recipe(a, &client, factory_leaf, "26=INVALID_PURPOSE");
	expect_recipe(a, &(struct recipe){ .subject = "/CN=a.test", .tamper = 1 }, factory_leaf, "damaged");
	anchors_free(a);
}

/* What is pinned is held against its host, too. */
static void test_pins_that_never_serve(void **state)
{
	(void)state;
	struct made r = root("/CN=R", "P-256:r");
	struct made leaf =
		factory_make(&(struct recipe){ .subject = "/CN=server.example" }, &r, factory_leaf);
	struct made weak = factory_make(&(struct recipe){ .subject = "/CN=w", .key = "RSA-1024:small" }, &r,
					factory_leaf);
	struct anchors *a = open_store();
	struct err e;
	for (int i = 0; i < 2; i++) {
		text[0] = '\0';
		factory_pem(i ? &weak : &leaf, text, TEXT);
		struct anchors_upload u = { .data = text,
					    .len = strlen(text),
					    .now_unix = FACTORY_NOW,
					    .pin_host = i ? "server.example" : "other.example" };
		assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), -1);
		if (!strstr(e.text, i ? "66=EE_KEY_TOO_SMALL" : "62=HOSTNAME_MISMATCH"))
			fail_msg("%s", e.text);
	}
	anchors_free(a);
	factory_free(&weak);
	factory_free(&leaf);
	factory_free(&r);
}

static void test_too_many(void **state)
{
	(void)state;
	struct anchors *a = open_store();
	static char many[TEXT];
	many[0] = '\0';
	for (int i = 0; i < ANCHORS_MAX + 1; i++) {
		char subject[32];
		snprintf(subject, sizeof subject, "/CN=Root %d", i);
		struct made m = root(subject, "P-256:many");
		if (i < ANCHORS_MAX)
			factory_pem(&m, many, TEXT);
		if (i == ANCHORS_MAX) {
			assert_int_equal(put(a, many, ANCHORS_ADD, NULL, NULL, NULL), 0);
			text[0] = '\0';
			factory_pem(&m, text, TEXT);
			expect(a, text, "at most 256");
		}
		factory_free(&m);
	}
	assert_int_equal(anchors_count(a), ANCHORS_MAX);
	anchors_free(a);
	a = open_store();
	assert_int_equal(anchors_count(a), ANCHORS_MAX);
	anchors_free(a);
}

static void test_der_pins_intermediates(void **state)
{
	(void)state;
	struct made r = root("/CN=R", "P-256:r");
	struct made i =
		factory_make(&(struct recipe){ .subject = "/CN=I", .key = "P-256:i" }, &r, factory_ca);
	struct made l = factory_make(&(struct recipe){ .subject = "/CN=server.example" }, &i, factory_leaf);
	struct anchors *a = open_store();
	struct buf report;
	struct cert_info info;
	unsigned char *der = NULL;
	buf_init(&report, 4096);
	int len = i2d_X509(r.x, &der);
	struct anchors_upload u = { .data = (char *)der, .len = (size_t)len, .now_unix = FACTORY_NOW };
	assert_int_equal(anchors_put(a, &u, &report, NULL, NULL), 0);
	assert_non_null(strstr(buf_str(&report), "converted from DER"));
	OPENSSL_free(der);
	buf_reset(&report);
	text[0] = '\0';
	factory_pem(&i, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, &report, NULL, NULL), 0);
	assert_non_null(strstr(buf_str(&report), "it only helps to build chains up to its root"));
	text[0] = '\0';
	factory_pem(&l, text, TEXT);
	u = (struct anchors_upload){
		.data = text, .len = strlen(text), .now_unix = FACTORY_NOW, .pin_host = "server.example"
	};
	for (u.pin_only = 0; u.pin_only < 2; u.pin_only++) {
		assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
		anchors_free(a);
		a = open_store();
		assert_int_equal(anchors_count(a), 3);
		assert_int_equal(anchors_info(a, 2, &info), 0);
		assert_string_equal(info.used_for, "server.example");
		assert_int_equal(anchors_at(a, 2)->only, u.pin_only);
	}
	/* all or nothing */
	text[0] = '\0';
	factory_pem(&l, text, TEXT);
	struct made another = root("/CN=Another", "P-256:another");
	factory_pem(&another, text, TEXT);
	struct err strict;
	u = (struct anchors_upload){
		.data = text, .len = strlen(text), .now_unix = FACTORY_NOW, .strict = 1
	};
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &strict), -1);
	assert_non_null(strstr(strict.text, "since Strict is True and 1 of 2 cannot serve: line 1: "));
	assert_int_equal(anchors_count(a), 3);
	u.strict = 0;
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
	assert_int_equal(anchors_count(a), 4);
	factory_free(&another);
	anchors_free(a);
	buf_done(&report);
	factory_free(&r);
	factory_free(&i);
	factory_free(&l);
}

static int put_list(struct anchors *a, struct buf *report, size_t *added, struct err *e)
{
	struct anchors_upload u = { .data = text, .len = strlen(text), .mode = ANCHORS_ADD };
	return crls_put(a, &u, report, added, e);
}

static void test_copy(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1"), two = root("/CN=Two", "P-256:2");
	struct anchors *a = open_store();
	struct err e;
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	text[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &one }, text, TEXT);
	assert_int_equal(put_list(a, NULL, NULL, &e), 0);
	text[0] = '\0';
	factory_pem(&two, text, TEXT);
	struct anchors_upload u = { .data = text, .len = strlen(text), .mode = ANCHORS_REPLACE };
	struct anchors *t = anchors_copy(a);
	assert_int_equal(anchors_put(t, &u, NULL, NULL, &e), 0);
	assert_int_equal(anchors_count(t), 1);
	assert_int_equal(crls_count(t), 1);
	assert_int_equal(anchors_count(a), 1);
	struct cert_info info;
	anchors_info(a, 0, &info);
	assert_string_equal(info.subject, "/CN=One");
	anchors_free(t);
	anchors_free(a);
	factory_free(&one);
	factory_free(&two);
}

static void pin(struct anchors *a, const char *pem, const char *host)
{
	struct anchors_upload u = {
		.data = pem, .len = strlen(pem), .now_unix = FACTORY_NOW, .pin_host = host
	};
	struct err e;
	if (anchors_put(a, &u, NULL, NULL, &e) < 0)
		fail_msg("%s", e.text);
}

/* What each anchor is: "-" a root, else the host that it is pinned to. */
static void assert_anchors(const struct anchors *a, const char *wanted)
{
	struct cert_info info;
	char got[256] = "";
	for (size_t i = 0; anchors_info(a, i, &info) == 0; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "",
			 info.used_for[0] ? info.used_for : "-");
	assert_string_equal(got, wanted);
}

static void test_pins_are_no_roots(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1");
	struct recipe named = { .subject = "/CN=server.example",
				.add = { "subjectAltName=DNS:a.test,DNS:b.test" } };
	struct made leaf = factory_make(&named, &one, factory_leaf);
	static char root_pem[4096], leaf_pem[4096];
	struct anchors *a = open_store();
	struct cert_info r, l;
	struct err e;
	root_pem[0] = leaf_pem[0] = '\0';
	factory_pem(&one, root_pem, sizeof root_pem);
	factory_pem(&leaf, leaf_pem, sizeof leaf_pem);
	pin(a, root_pem, "a.test");
	assert_int_equal(put(a, root_pem, ANCHORS_ADD, NULL, NULL, NULL), 0);
	pin(a, root_pem, "b.test");
	pin(a, leaf_pem, "b.test");
	assert_anchors(a, "a.test - b.test b.test");
	anchors_info(a, 0, &r);
	anchors_info(a, 3, &l);
	/* a copy has the pins, though a server's certificate could not be uploaded as a root */
	struct anchors *copy = anchors_copy(a);
	assert_anchors(copy, "a.test - b.test b.test");
	/* the root goes, its pins stay; then each pin by its host, and the only pin without one */
	assert_int_equal(anchors_delete(copy, r.fingerprint, NULL, &e), 0);
	assert_anchors(copy, "a.test b.test b.test");
	assert_int_equal(anchors_delete(copy, r.fingerprint_sha256, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "pinned to 2 hosts"));
	assert_int_equal(anchors_delete(copy, r.fingerprint, "c.test", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(anchors_delete(copy, r.fingerprint, "A.TEST", &e), 0);
	assert_anchors(copy, "b.test b.test");
	assert_int_equal(anchors_delete(copy, r.fingerprint, NULL, &e), 0);
	assert_int_equal(anchors_delete(copy, l.fingerprint, NULL, &e), 0);
	assert_anchors(copy, "");
	anchors_free(copy);
	assert_anchors(a, "a.test - b.test b.test");
	/* a pin by its host leaves the root alone */
	assert_int_equal(anchors_delete(a, r.fingerprint, "a.test", &e), 0);
	assert_anchors(a, "- b.test b.test");
	anchors_free(a);
	a = open_store();
	assert_anchors(a, "- b.test b.test");
	anchors_free(a);
	factory_free(&one);
	factory_free(&leaf);
}

/* Upper case with colons: how openssl x509 -fingerprint prints it, behind a prefix that versions write
 * differently. */
static void test_fingerprints_as_openssl_prints_them(void **state)
{
	(void)state;
	static const char *const before[] = { "", "SHA1 Fingerprint=", "sha256 Fingerprint=",
					      "SHA256 Fingerprint = " };
	struct made one = root("/CN=One", "P-256:1");
	struct anchors *a = open_store();
	struct cert_info info;
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	anchors_info(a, 0, &info);
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		const char *hex = i == 1 ? info.fingerprint : info.fingerprint_sha256;
		char written[160];
		snprintf(written, sizeof written, "%s", before[i]);
		for (size_t k = 0; hex[k]; k += 2)
			snprintf(written + strlen(written), 4, "%s%c%c", k ? ":" : "", toupper(hex[k]),
				 toupper(hex[k + 1]));
		assert_true(anchors_fingerprint_is(&info, written));
		written[strlen(written) - 1] ^= 1;
		assert_false(anchors_fingerprint_is(&info, written));
	}
	assert_false(anchors_fingerprint_is(&info, "SHA1 Fingerprint="));
	anchors_free(a);
	factory_free(&one);
}

static const char *name_at(const struct anchors *a, size_t i)
{
	return anchors_at(a, i)->name ? anchors_at(a, i)->name : "";
}

static int put_named(struct anchors *a, const struct made *m, const char *name, struct buf *report)
{
	char pem[8192] = "";
	factory_pem(m, pem, sizeof pem);
	struct anchors_upload u = { .data = pem, .len = strlen(pem), .now_unix = FACTORY_NOW, .name = name };
	return anchors_put(a, &u, report, NULL, NULL);
}

/* A root has its name until another is given, through each change that keeps the root, and over a restart. */
static void test_names(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1"), two = root("/CN=Two", "P-256:2");
	struct anchors *a = open_store(), *copy;
	struct buf report, file;
	struct err e;
	char path[128];
	snprintf(path, sizeof path, "%s/anchors", folder);
	buf_init(&report, 4096);
	buf_init(&file, 65536);
	assert_int_equal(put_named(a, &one, NULL, NULL), 0);
	assert_int_equal(file_read(path, &file, &e), 0);
	assert_memory_equal(buf_str(&file), "sealpost-trust 1 ", 17); /* as older versions write it */
	assert_string_equal(name_at(a, 0), "");
	assert_int_equal(put_named(a, &two, "Example CA-2", &report), 0);
	assert_non_null(strstr(buf_str(&report), ": added, its name is \"Example CA-2\""));
	assert_string_equal(name_at(a, 0), "");
	assert_string_equal(name_at(a, 1), "Example CA-2");
	buf_reset(&file);
	assert_int_equal(file_read(path, &file, &e), 0);
	assert_memory_equal(buf_str(&file), "sealpost-trust 2 ", 17);
	/* older versions take up to the second blank for the host, and see no "only" behind it */
	assert_non_null(strstr(buf_str(&file), "\nnow - name Example CA-2\n"));
	/* again without a name, and with an empty one: it keeps it, and nothing has changed */
	uint64_t generation = anchors_generation(a);
	for (int i = 0; i < 2; i++)
		assert_int_equal(put_named(a, &two, i ? "" : NULL, NULL), 0);
	assert_string_equal(name_at(a, 1), "Example CA-2");
	assert_true(anchors_generation(a) == generation);
	buf_reset(&report);
	assert_int_equal(put_named(a, &two, "other", &report), 0);
	assert_non_null(strstr(buf_str(&report), ": already there, and its name is now \"other\""));
	assert_string_equal(name_at(a, 1), "other");
	assert_true(anchors_generation(a) != generation);
	/* in a copy, in the file, in the list of before, and in an upload of all */
	copy = anchors_copy(a);
	assert_string_equal(name_at(copy, 1), "other");
	anchors_free(copy);
	anchors_free(a);
	a = open_store();
	assert_string_equal(name_at(a, 1), "other");
	assert_int_equal(anchors_restore(a, &e), 0);
	assert_string_equal(name_at(a, 1), "Example CA-2");
	anchors_free(a);
	a = open_store();
	assert_int_equal(anchors_restore(a, &e), 0);
	assert_string_equal(name_at(a, 1), "other");
	text[0] = '\0';
	factory_pem(&two, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_REPLACE, NULL, NULL, NULL), 0);
	assert_int_equal(anchors_count(a), 1);
	assert_string_equal(name_at(a, 0), "other");
	assert_true(anchors_name_is(anchors_at(a, 0), "OTHER"));
	assert_false(anchors_name_is(anchors_at(a, 0), "othe"));
	/* deleted and back: it is a new one */
	assert_int_equal(anchors_clear(a, &e), 0);
	assert_int_equal(put_named(a, &two, NULL, NULL), 0);
	assert_string_equal(name_at(a, 0), "");
	anchors_free(a);
	buf_done(&report);
	buf_done(&file);
	factory_free(&one);
	factory_free(&two);
}

static void test_edited_names(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1");
	struct anchors *a = open_store();
	struct cert_info info;
	struct err e;
	assert_int_equal(put_named(a, &one, "one", NULL), 0);
	assert_int_equal(anchors_info(a, 0, &info), 0);
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	struct anchors_edit edit = { .fingerprint = info.fingerprint_sha256, .pem = text, .name = "two" };
	assert_int_equal(anchors_edit(a, &edit, 1, &e), 0);
	assert_int_equal(anchors_count(a), 1);
	assert_string_equal(name_at(a, 0), "two");
	edit.name = NULL;
	assert_int_equal(anchors_edit(a, &edit, 1, &e), 0);
	assert_string_equal(name_at(a, 0), "");
	anchors_free(a);
	factory_free(&one);
}

static void test_names_that_are_none(void **state)
{
	(void)state;
	static const char digest[] = "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789abcdef";
	static const char *const wrong[] = { " ",    " a",   "a ",  "a  b", "a,b", "a\nnow - only", "a:b",
					     "pins", "Pins", "a._", "-",    "\"a", "\303\274ber" };
	struct made one = root("/CN=One", "P-256:1");
	struct anchors *a = open_store();
	struct err e;
	char name[ANCHORS_NAME_MAX + 2];
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(anchors_check_name(wrong[i], &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_int_equal(put_named(a, &one, wrong[i], NULL), -1);
	}
	assert_int_equal(anchors_check_name("", &e), -1);
	assert_int_equal(anchors_check_name(digest, &e), -1);
	assert_int_equal(anchors_check_name(digest + 24, &e), -1);
	assert_int_equal(anchors_check_name(digest + 1, &e), 0);
	memset(name, 'n', sizeof name);
	name[ANCHORS_NAME_MAX + 1] = '\0';
	assert_int_equal(anchors_check_name(name, &e), -1);
	name[ANCHORS_NAME_MAX] = '\0';
	assert_int_equal(anchors_check_name(name, &e), 0);
	assert_int_equal(anchors_count(a), 0);
	/* a pin has none */
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	struct anchors_upload u = { .data = text,
				    .len = strlen(text),
				    .now_unix = FACTORY_NOW,
				    .pin_host = "server.example",
				    .name = "one" };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "a pin has no name"));
	anchors_free(a);
	factory_free(&one);
}

/* The file as a whole is as it was written, but one certificate in it cannot be read. */
static void test_damaged_block(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1");
	struct buf body, notice;
	struct err e;
	buf_init(&body, 65536);
	buf_init(&notice, 4096);
	buf_adds(&body, "now -\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\nnow -\n");
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	buf_adds(&body, text);
	assert_int_equal(state_file_save(folder, "anchors", &body, &e), 0);
	struct anchors *a = anchors_open(folder, fitness_checks(), &notice, &e);
	assert_non_null(a);
	assert_int_equal(anchors_count(a), 1);
	assert_non_null(strstr(buf_str(&notice), "/anchors, line 3: a certificate cannot be read"));
	anchors_free(a);
	buf_done(&notice);
	buf_done(&body);
	factory_free(&one);
}

static void expect_left_out(const char *file, const char *content, const char *said)
{
	struct buf body, notice;
	struct err e;
	buf_init(&body, 4096);
	buf_init(&notice, 4096);
	buf_adds(&body, content);
	assert_int_equal(state_file_save(folder, file, &body, &e), 0);
	struct anchors *a = anchors_open(folder, fitness_checks(), &notice, &e);
	assert_non_null(a);
	assert_non_null(strstr(buf_str(&notice), said));
	anchors_free(a);
	buf_done(&notice);
	buf_done(&body);
}

/* The same for the other two files: what cannot be read is left out, and the notice says so. */
static void test_damaged_block_of_other_lists(void **state)
{
	(void)state;
	expect_left_out("crls", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
			"/crls, line 2: a revocation list cannot be read and is left out");
	expect_left_out("own",
			"own HttpClient\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
			": entry 1, an own certificate or a request, cannot be read and is left out");
}

static void test_damaged_store(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1");
	struct anchors *a = open_store();
	struct buf notice;
	struct err e;
	char path[128];
	buf_init(&notice, 4096);
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	anchors_free(a);
	snprintf(path, sizeof path, "%s/anchors", folder);
	FILE *f = fopen(path, "r+");
	fseek(f, 200, SEEK_SET);
	int ch = fgetc(f);
	fseek(f, 200, SEEK_SET);
	fputc(ch ^ 1, f);
	fclose(f);
	a = anchors_open(folder, fitness_checks(), &notice, &e);
	assert_non_null(a);
	assert_int_equal(anchors_count(a), 0);
	assert_non_null(strstr(buf_str(&notice), "damaged"));
	snprintf(path, sizeof path, "%s/anchors.damaged", folder);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	anchors_free(a);
	a = anchors_open(folder, fitness_checks(), &notice, &e);
	assert_int_equal(anchors_count(a), 1);
	assert_int_equal(notice.len, 0);
	struct stat st;
	assert_int_equal(stat(folder, &st), 0);
	snprintf(path, sizeof path, "%s/anchors", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	anchors_free(a);
	assert_null(anchors_open("/nonexistent/folder", fitness_checks(), NULL, &e));
	buf_done(&notice);
	factory_free(&one);
}

static void test_lists(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1"), two = root("/CN=Two", "P-256:2");
	struct anchors *a = open_store();
	struct crl_info info;
	struct buf report;
	struct err e;
	size_t added;
	buf_init(&report, 4096);
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	factory_pem(&two, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	text[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &one, .revoked = { &two } }, text, TEXT);
	factory_list_pem(&(struct list_recipe){ .issuer = &two }, text, TEXT);
	uint64_t before = anchors_generation(a);
	assert_int_equal(put_list(a, &report, &added, &e), 0);
	assert_int_equal(added, 2);
	assert_true(anchors_generation(a) !=
		    before); /* what was verified without the lists is verified again */
	assert_null(strstr(buf_str(&report), "no loaded certificate"));
	assert_int_equal(crls_info(a, 0, &info), 0);
	assert_string_equal(info.issuer, "/CN=One");
	assert_string_equal(info.number, "07");
	assert_int_equal(info.revoked, 1);
	assert_int_equal(info.next_update, FACTORY_NOW + 7 * DAY);
	assert_int_equal(crls_info(a, 2, &info), -1);
	buf_reset(&report);
	before = anchors_generation(a);
	assert_int_equal(put_list(a, &report, &added, &e), 0);
	assert_int_equal(added, 0);
	assert_true(anchors_generation(a) == before);
	assert_non_null(strstr(buf_str(&report), "already there"));
	text[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &one, .from = -60 }, text, TEXT);
	buf_reset(&report);
	assert_int_equal(put_list(a, &report, &added, &e), 0);
	assert_non_null(strstr(buf_str(&report), "takes the place"));
	assert_int_equal(crls_count(a), 2);
	text[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &one, .from = -9 * DAY }, text, TEXT);
	assert_int_equal(put_list(a, NULL, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_EXISTS);
	anchors_free(a);
	a = open_store();
	assert_int_equal(crls_count(a), 2);
	assert_int_equal(crls_info(a, 0, &info), 0);
	assert_int_equal(info.this_update, FACTORY_NOW - 60);
	buf_reset(&report);
	crls_print_pem(a, &report);
	assert_non_null(strstr(buf_str(&report), "BEGIN X509 CRL"));
	assert_int_equal(crls_delete(a, "ab", &e), -1);
	before = anchors_generation(a);
	assert_int_equal(crls_delete(a, info.fingerprint, &e), 0);
	assert_int_equal(crls_count(a), 1);
	assert_true(anchors_generation(a) != before);
	/* a list for a part of the certificates does not take the place of the whole one */
	text[0] = '\0';
	factory_list_pem(
		&(struct list_recipe){ .issuer = &two, .from = -60, .raw = { "2.5.29.28", "30038101ff", 1 } },
		text, TEXT);
	assert_int_equal(put_list(a, NULL, &added, &e), 0);
	assert_int_equal(crls_count(a), 2);
	assert_int_equal(crls_info(a, 1, &info), 0);
	/* what cannot be saved is not deleted */
	char path[80];
	snprintf(path, sizeof path, "%s/crls.new", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(crls_delete(a, info.fingerprint, &e), -1);
	assert_int_equal(crls_count(a), 2);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(crls_delete(a, info.fingerprint, &e), 0);
	/* at most 64, of 4 MiB */
	struct anchors *full = anchors_open(NULL, fitness_checks(), NULL, NULL);
	for (int i = 0; i <= ANCHORS_CRLS_MAX; i++) {
		char subject[32];
		snprintf(subject, sizeof subject, "/CN=Issuer %d", i);
		struct made m = root(subject, "P-256:many");
		text[0] = '\0';
		factory_list_pem(&(struct list_recipe){ .issuer = &m }, text, TEXT);
		assert_int_equal(put_list(full, NULL, NULL, &e), i < ANCHORS_CRLS_MAX ? 0 : -1);
		factory_free(&m);
	}
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(crls_count(full), ANCHORS_CRLS_MAX);
	struct anchors_upload large = { .data = text, .len = ANCHORS_UPLOAD_MAX + 1 };
	assert_int_equal(crls_put(full, &large, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "at most 4194304 bytes"));
	anchors_free(full);
	/* what Hard would not rely on is told */
	static const struct {
		long from, to;
		const char *told;
	} odd[] = {
		{ -50, 1, "(16=ERROR_IN_CRL_NEXT_UPDATE_FIELD); have the CA issue" },
		{ -40, -30, "12=CRL_HAS_EXPIRED" },
		{ DAY, 2 * DAY, "11=CRL_NOT_YET_VALID" },
	};
	for (size_t i = 0; i < 3; i++) {
		text[0] = '\0';
		factory_list_pem(
			&(struct list_recipe){ .issuer = &two, .from = odd[i].from, .to = odd[i].to }, text,
			TEXT);
		struct anchors_upload u = { .data = text, .len = strlen(text), .now_unix = FACTORY_NOW };
		buf_reset(&report);
		assert_int_equal(crls_put(a, &u, &report, &added, &e), 0);
		if (!strstr(buf_str(&report), odd[i].told) ||
		    !strstr(buf_str(&report), "Mode Hard does not rely on it"))
			fail_msg("%s", buf_str(&report));
	}
	/* refusals */
	text[0] = '\0';
	static const char *const unsupported[] = { "deltaCRL=critical,7",
						   "issuingDistributionPoint=critical,indirectCRL:TRUE" };
	for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
		text[0] = '\0';
		factory_list_pem(&(struct list_recipe){ .issuer = &one, .add = { unsupported[i] } }, text,
				 TEXT);
		assert_int_equal(put_list(a, NULL, NULL, &e), -1);
		assert_non_null(strstr(e.text, "delta and indirect"));
	}
	text[0] = '\0';
	factory_pem(&one, text, TEXT);
	assert_int_equal(put_list(a, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "expected a revocation list"));
	snprintf(text, TEXT, "x");
	assert_int_equal(put_list(a, NULL, NULL, &e), -1);
	snprintf(text, TEXT, "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
	assert_int_equal(put_list(a, NULL, NULL, &e), -1);
	assert_int_equal(crls_count(a), 1);
	/* DER, and replacing all */
	X509_CRL *l = factory_list(&(struct list_recipe){ .issuer = &one });
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(l, &der);
	struct anchors_upload all = { .data = (char *)der, .len = (size_t)len, .mode = ANCHORS_REPLACE };
	assert_int_equal(crls_put(a, &all, NULL, &added, &e), 0);
	assert_int_equal(crls_count(a), 1);
	OPENSSL_free(der);
	X509_CRL_free(l);
	anchors_free(a);
	buf_done(&report);
	factory_free(&one);
	factory_free(&two);
}

/* Puts the list. Returns the number of lists afterwards,
 * or -1 if it was refused. */
static int put_list_by(struct anchors *a, const struct list_recipe *r)
{
	struct err e;
	text[0] = '\0';
	factory_list_pem(r, text, TEXT);
	return put_list(a, NULL, NULL, &e) < 0 ? -1 : (int)crls_count(a);
}
#define PUT_LIST(...) put_list_by(a, &(struct list_recipe){ __VA_ARGS__ })

/* A list never takes the place of one that another key has signed under the same name. */
static void test_lists_of_two_keys(void **state)
{
	(void)state;
	struct made old = root("/CN=Same", "P-256:1"), new = root("/CN=Same", "P-256:2"),
		    forger = root("/CN=Same", "P-256:3");
	struct anchors *a = open_store();
	text[0] = '\0';
	factory_pem(&old, text, TEXT);
	factory_pem(&new, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	assert_int_equal(PUT_LIST(&old, .from = -90), 1);
	assert_int_equal(PUT_LIST(&new, .from = -80), 2); /* the CA has a new key */
	assert_int_equal(PUT_LIST(&old, .from = -85), 2); /* newer than the one of this key */
	assert_int_equal(PUT_LIST(&old, .from = -86), -1);
	/* lists that cannot be verified stay beside them, and do not keep newer ones away; the second one has
	 * the key identifier of the old key */
	assert_int_equal(PUT_LIST(&forger, .from = DAY), 3);
	assert_int_equal(PUT_LIST(&old, .from = DAY, .tamper = 1), 4);
	assert_int_equal(PUT_LIST(&old, .from = -70), 4);
	assert_int_equal(PUT_LIST(&new, .from = -60), 4);
	assert_int_equal(crls_at(a, 0)->this_update, FACTORY_NOW - 70);
	assert_int_equal(crls_at(a, 1)->this_update, FACTORY_NOW - 60);
	/* nor does a list that cannot be verified replace another one, whatever key it names */
	assert_int_equal(PUT_LIST(&forger, .from = DAY + 1), 5);
	anchors_free(a);
	factory_free(&old);
	factory_free(&new);
	factory_free(&forger);
}

/* The certificate of an intermediate often comes from the server only: its lists are kept beside each other,
 * which is told, until it is loaded. */
static void test_lists_of_unknown_key(void **state)
{
	(void)state;
	struct made inter = root("/CN=Inter", "P-256:1");
	struct anchors *a = open_store();
	struct buf report;
	struct err e;
	buf_init(&report, 4096);
	assert_int_equal(PUT_LIST(&inter, .from = -90), 1);
	assert_int_equal(PUT_LIST(&inter, .from = DAY, .tamper = 1), 2); /* forged */
	assert_int_equal(PUT_LIST(&inter, .from = -80), 3);
	assert_int_equal(put_list(a, &report, NULL, &e), 0);
	assert_non_null(strstr(buf_str(&report), "no loaded certificate verifies its signature"));
	text[0] = '\0';
	factory_pem(&inter, text, TEXT);
	assert_int_equal(put(a, text, ANCHORS_ADD, NULL, NULL, NULL), 0);
	assert_int_equal(PUT_LIST(&inter, .from = -85), -1);
	assert_int_equal(PUT_LIST(&inter, .from = -70), 2); /* in the place of both */
	assert_int_equal(crls_at(a, 0)->this_update, FACTORY_NOW - 70);
	assert_int_equal(crls_at(a, 1)->this_update, FACTORY_NOW + DAY);
	buf_done(&report);
	anchors_free(a);
	factory_free(&inter);
}

/* --- own certificates --- */

#define CLIENT "extendedKeyUsage=clientAuth"

static void key_pem(EVP_PKEY *key, const char *passphrase, int legacy)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	unsigned char *pass = (unsigned char *)(uintptr_t)passphrase;
	int len = passphrase ? (int)strlen(passphrase) : 0;
	if (legacy)
		PEM_write_bio_PrivateKey_traditional(b, key, passphrase ? EVP_aes_128_cbc() : NULL, pass, len,
						     NULL, NULL);
	else
		PEM_write_bio_PrivateKey(b, key, passphrase ? EVP_aes_256_cbc() : NULL, pass, len, NULL,
					 NULL);
	long n = BIO_get_mem_data(b, &data);
	append(data, (size_t)n);
	BIO_free(b);
}

static int put_own(struct anchors *a, const char *data, size_t len, const char *passphrase, char *fingerprint,
		   struct err *e)
{
	struct anchors_upload u = {
		.data = data, .len = len, .passphrase = passphrase, .now_unix = FACTORY_NOW
	};
	return own_put(a, &u, NULL, fingerprint, e);
}

static int activate(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e)
{
	struct own_activation r = { fingerprint, OWN_HTTP_CLIENT, passphrase };
	return own_activate(a, &r, NULL, e);
}

static void own_refused(struct anchors *a, const char *passphrase, enum err_kind kind, const char *words)
{
	struct err e = { .kind = ERR_NONE };
	assert_int_equal(put_own(a, text, strlen(text), passphrase, NULL, &e), -1);
	if (!strstr(e.text, words) || e.kind != kind)
		fprintf(stderr, "expected '%s' in '%s'\n", words, e.text);
	assert_non_null(strstr(e.text, words));
	assert_int_equal(e.kind, kind);
}

static int file_holds(const char *name, const char *words)
{
	struct buf b;
	char path[128];
	buf_init(&b, 1 << 20);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(file_read(path, &b, NULL), 0);
	int found = strstr(buf_str(&b), words) != NULL;
	buf_done(&b);
	return found;
}

static void test_own(void **state)
{
	(void)state;
	struct recipe codec = { .subject = "/CN=codec", .add = { CLIENT } };
	struct made r = root("/CN=R", "P-256:r"), mine = factory_make(&codec, &r, factory_leaf);
	struct recipe another = { .subject = "/CN=other", .key = "P-256:other", .add = { CLIENT } };
	struct made other = factory_make(&another, &r, factory_leaf);
	struct made weak = factory_make(&(struct recipe){ .subject = "/CN=weak", .key = "RSA-1024:w" }, &r,
					factory_leaf);
	struct made old =
		factory_make(&(struct recipe){ .subject = "/CN=old", .to = -DAY }, &r, factory_leaf);
	struct anchors *a = open_store();
	struct own_info info;
	struct err e;
	char fingerprint[41];
	/* refusals */
	snprintf(text, TEXT, "%s", "nothing");
	own_refused(a, NULL, ERR_INPUT, "no certificate");
	text[0] = '\0';
	factory_pem(&mine, text, TEXT);
	own_refused(a, NULL, ERR_NOTFOUND, "no private key");
	key_pem(other.key, NULL, 0);
	own_refused(a, NULL, ERR_INPUT, "another certificate");
	key_pem(other.key, NULL, 0);
	own_refused(a, NULL, ERR_INPUT, "second private key");
	text[0] = '\0';
	factory_pem(&mine, text, TEXT);
	key_pem(mine.key, "secret", 0);
	own_refused(a, NULL, ERR_DENIED, "give it, too");
	own_refused(a, "wrong", ERR_DENIED, "does not open");
	text[0] = '\0';
	factory_pem(&mine, text, TEXT);
	append("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", TEXT);
	own_refused(a, NULL, ERR_INPUT, "cannot be read");
	text[0] = '\0';
	factory_pem(&weak, text, TEXT);
	key_pem(weak.key, NULL, 0);
	own_refused(a, NULL, ERR_INPUT, "66=EE_KEY_TOO_SMALL");
	text[0] = '\0';
	factory_pem(&old, text, TEXT);
	key_pem(old.key, NULL, 0);
	own_refused(a, NULL, ERR_INPUT, "expired");
	text[0] = '\0';
	for (int i = 0; i < 10; i++)
		factory_pem(&r, text, TEXT);
	own_refused(a, NULL, ERR_FULL, "at most");
	assert_int_equal(own_count(a), 0);
	/* the key in front, under a passphrase, and the chain behind */
	for (int legacy = 0; legacy < 2; legacy++) {
		text[0] = '\0';
		key_pem(mine.key, "secret", legacy);
		factory_pem(&r, text, TEXT);
		factory_pem(&mine, text, TEXT);
		/* each change ends what was connected before */
		uint64_t epoch = anchors_generation(a);
		assert_int_equal(put_own(a, text, strlen(text), "secret", fingerprint, &e), 0);
		assert_true(anchors_generation(a) > epoch);
		own_refused(a, "secret", ERR_EXISTS, "there already");
		assert_false(file_holds("own", "BEGIN PRIVATE KEY"));
		assert_true(file_holds("own", "ENCRYPTED"));
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_string_equal(info.cert.subject, "/CN=codec");
		assert_string_equal(info.cert.used_for, "");
		assert_int_equal(info.chain, 0);
		assert_int_equal(info.locked, 1); /* it is not active, so its key is on disk only */
		assert_int_equal(activate(a, fingerprint, NULL, &e), -1);
		assert_int_equal(e.kind, ERR_DENIED);
		assert_int_equal(activate(a, fingerprint, "secret", &e), 0);
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_int_equal(info.locked, 0);
		anchors_free(a);
		a = open_store();
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_int_equal(info.locked, 1);
		assert_string_equal(info.cert.used_for, "HttpClient");
		assert_int_equal(own_unlock(a, fingerprint, "wrong", &e), -1);
		assert_int_equal(e.kind, ERR_DENIED);
		epoch = anchors_generation(a);
		assert_int_equal(own_unlock(a, fingerprint, "secret", &e), 0);
		assert_true(anchors_generation(a) > epoch);
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_int_equal(info.locked, 0);
		epoch = anchors_generation(a);
		assert_int_equal(own_deactivate(a, fingerprint, OWN_HTTP_CLIENT, &e), 0);
		assert_true(anchors_generation(a) > epoch);
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_int_equal(info.locked, 1); /* the key does not stay in memory */
		char path[80];
		snprintf(path, sizeof path, "%s/own.new", folder);
		assert_int_equal(mkdir(path, 0700), 0); /* nothing can be saved */
		assert_int_equal(activate(a, fingerprint, "secret", &e), -1);
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_string_equal(info.cert.used_for, "");
		assert_int_equal(info.locked, 1);
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(activate(a, fingerprint, "secret", &e), 0);
		epoch = anchors_generation(a);
		if (!legacy)
			assert_int_equal(own_delete(a, fingerprint, &e), 0);
		assert_true(legacy || anchors_generation(a) > epoch);
	}
	/* a second one takes the place */
	text[0] = '\0';
	factory_pem(&other, text, TEXT);
	key_pem(other.key, NULL, 0);
	assert_int_equal(put_own(a, text, strlen(text), NULL, fingerprint, &e), 0);
	assert_int_equal(activate(a, fingerprint, NULL, &e), 0);
	assert_int_equal(own_info(a, 0, &info), 0);
	assert_string_equal(info.cert.used_for, "");
	assert_int_equal(own_info(a, 1, &info), 0);
	assert_string_equal(info.cert.used_for, "HttpClient");
	assert_int_equal(own_deactivate(a, fingerprint, OWN_HTTP_CLIENT, &e), 0);
	assert_int_equal(own_info(a, 1, &info), 0);
	assert_string_equal(info.cert.used_for, "");
	struct buf b;
	buf_init(&b, 65536);
	own_print_pem(a, &b);
	assert_non_null(strstr(buf_str(&b), "CERTIFICATE"));
	assert_null(strstr(buf_str(&b), "KEY"));
	buf_done(&b);
	assert_int_equal(own_info(a, 2, &info), -1);
	assert_int_equal(own_delete(a, "00", &e), -1);
	assert_int_equal(activate(a, "00", NULL, &e), -1);
	assert_int_equal(own_unlock(a, "00", "x", &e), -1);
	anchors_free(a);
	struct made *all[] = { &r, &mine, &other, &weak, &old };
	for (size_t i = 0; i < 5; i++)
		factory_free(all[i]);
}

static void test_pkcs12(void **state)
{
	(void)state;
	struct recipe codec = { .subject = "/CN=codec", .add = { CLIENT } };
	struct made r = root("/CN=R", "P-256:r"), mine = factory_make(&codec, &r, factory_leaf);
	for (int under = 0; under < 2; under++) {
		struct anchors *a = open_store();
		struct own_info info;
		struct err e;
		char fingerprint[41];
		STACK_OF(X509) *others = sk_X509_new_null();
		sk_X509_push(others, r.x);
		PKCS12 *p = PKCS12_create(under ? "secret" : "", "codec", mine.key, mine.x, others, 0, 0, 0,
					  0, 0);
		unsigned char *der = NULL;
		int len = i2d_PKCS12(p, &der);
		if (under) {
			assert_int_equal(put_own(a, (char *)der, (size_t)len, "wrong", NULL, &e), -1);
			assert_int_equal(e.kind, ERR_DENIED);
		}
		assert_int_equal(
			put_own(a, (char *)der, (size_t)len, under ? "secret" : NULL, fingerprint, &e), 0);
		assert_int_equal(own_info(a, 0, &info), 0);
		assert_int_equal(info.chain, 0);
		assert_int_equal(info.encrypted, under);
		assert_int_equal(file_holds("own", "BEGIN PRIVATE KEY"), !under);
		assert_int_equal(own_delete(a, fingerprint, &e), 0);
		OPENSSL_free(der);
		PKCS12_free(p);
		sk_X509_free(others);
		anchors_free(a);
	}
	factory_free(&r);
	factory_free(&mine);
}

/* What a server that asks for a certificate gets. */
static char client_subject[256];
static int on_client(X509_STORE_CTX *ctx, void *arg)
{
	(void)arg;
	X509_NAME_oneline(X509_get_subject_name(X509_STORE_CTX_get0_cert(ctx)), client_subject,
			  sizeof client_subject);
	return 1;
}

static void test_mutual_tls(void **state)
{
	(void)state;
	struct recipe codec = { .subject = "/CN=codec", .add = { CLIENT } };
	struct made r = root("/CN=R", "P-256:r"), mine = factory_make(&codec, &r, factory_leaf);
	struct made server = factory_make(
		&(struct recipe){ .subject = "/CN=server.example", .key = "P-256:s" }, &r, factory_leaf);
	struct anchors *a = open_store();
	char fingerprint[41];
	text[0] = '\0';
	factory_pem(&r, text, TEXT);
	put(a, text, ANCHORS_ADD, NULL, NULL, NULL);
	text[0] = '\0';
	factory_pem(&mine, text, TEXT);
	factory_pem(&r, text, TEXT);
	key_pem(mine.key, NULL, 0);
	assert_int_equal(put_own(a, text, strlen(text), NULL, fingerprint, NULL), 0);
	for (int active = 0; active < 2; active++) {
		client_subject[0] = '\0';
		if (active)
			activate(a, fingerprint, NULL, NULL);
		struct verify_request q = {
			.anchors = a, .host = "server.example", .at_unix = FACTORY_NOW, .enforce = 1
		};
		struct verify_session *s = verify_session_new(&q);
		SSL_CTX *sc = SSL_CTX_new(TLS_server_method()), *cc = SSL_CTX_new(TLS_client_method());
		SSL_CTX_use_certificate(sc, server.x);
		SSL_CTX_use_PrivateKey(sc, server.key);
		SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_cert_verify_callback(sc, on_client, NULL);
		assert_int_equal(verify_session_attach(s, cc, NULL), 0);
		SSL *c = SSL_new(cc), *v = SSL_new(sc);
		BIO *x, *y;
		BIO_new_bio_pair(&x, 1 << 17, &y, 1 << 17);
		SSL_set_bio(c, x, x);
		SSL_set_bio(v, y, y);
		SSL_set_connect_state(c);
		SSL_set_accept_state(v);
		for (int turn = 0; turn < 10; turn++)
			SSL_do_handshake(c), SSL_do_handshake(v);
		assert_true(SSL_is_init_finished(c) && SSL_is_init_finished(v));
		assert_string_equal(client_subject, active ? "/CN=codec" : "");
		SSL_free(c);
		SSL_free(v);
		SSL_CTX_free(cc);
		SSL_CTX_free(sc);
		verify_session_free(s);
	}
	anchors_free(a);
	factory_free(&r);
	factory_free(&mine);
	factory_free(&server);
}

/* A process that uploads without end is killed at any moment: what is found then is one of the two lists,
 * whole. */
static void test_killed_while_uploading(void **state)
{
	(void)state;
	struct made one = root("/CN=One", "P-256:1"), two = root("/CN=Two", "P-256:2");
	static char lists[2][TEXT / 4];
	lists[0][0] = lists[1][0] = '\0';
	factory_pem(&one, lists[0], sizeof lists[0]);
	for (int i = 0; i < 40; i++) {
		char subject[32];
		snprintf(subject, sizeof subject, "/CN=Many %d", i);
		struct made m = root(subject, "P-256:2");
		factory_pem(&m, lists[1], sizeof lists[1]);
		factory_free(&m);
	}
	struct anchors *a = open_store();
	assert_int_equal(put(a, lists[0], ANCHORS_REPLACE, NULL, NULL, NULL), 0);
	anchors_free(a);
	srandom(20260701);
	for (int round = 0; round < 60; round++) {
		pid_t child = fork();
		if (child == 0) {
			a = anchors_open(folder, fitness_checks(), NULL, NULL);
			for (unsigned i = 0;; i++)
				put(a, lists[i & 1], ANCHORS_REPLACE, NULL, NULL, NULL);
		}
		assert_true(child > 0);
		usleep((useconds_t)(random() % 30000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		struct buf notice;
		buf_init(&notice, 4096);
		a = anchors_open(folder, fitness_checks(), &notice, NULL);
		assert_non_null(a);
		assert_int_equal(notice.len, 0);
		assert_true(anchors_count(a) == 1 || anchors_count(a) == 40);
		anchors_free(a);
		buf_done(&notice);
	}
	factory_free(&one);
	factory_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)
		IN_FOLDER(test_add_and_replace),
		IN_FOLDER(test_refusals),
		IN_FOLDER(test_self_signed_servers),
		IN_FOLDER(test_pins_that_never_serve),
		IN_FOLDER(test_too_many),
		IN_FOLDER(test_der_pins_intermediates),
		IN_FOLDER(test_copy),
		IN_FOLDER(test_pins_are_no_roots),
		IN_FOLDER(test_fingerprints_as_openssl_prints_them),
		IN_FOLDER(test_names),
		IN_FOLDER(test_edited_names),
		IN_FOLDER(test_names_that_are_none),
		IN_FOLDER(test_damaged_store),
		IN_FOLDER(test_damaged_block),
		IN_FOLDER(test_damaged_block_of_other_lists),
		IN_FOLDER(test_lists),
		IN_FOLDER(test_lists_of_two_keys),
		IN_FOLDER(test_lists_of_unknown_key),
		IN_FOLDER(test_own),
		IN_FOLDER(test_pkcs12),
		IN_FOLDER(test_mutual_tls),
		IN_FOLDER(test_killed_while_uploading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
