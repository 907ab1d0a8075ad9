/* SPDX-License-Identifier: MIT */
/* Revocation lists and stapled OCSP answers. */
#include "certstore/crls.h"
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT = 1 << 16 };

struct world {
	struct made root, inter, leaf, other;
	char roots[TEXT], sent[TEXT], lists[TEXT];
};

static void build(struct world *w, const struct recipe *leaf)
{
	struct recipe root = { .subject = "/CN=R", .key = "P-256:r", .to = 1000 * DAY },
		      inter = { .subject = "/CN=I", .key = "P-256:i" };
	struct recipe usual = { .subject = "/CN=server.example" },
		      other = { .subject = "/CN=Other", .key = "P-256:o" };
	memset(w, 0, sizeof *w);
	w->root = factory_make(&root, NULL, factory_ca);
	w->inter = factory_make(&inter, &w->root, factory_ca);
	w->leaf = factory_make(leaf ? leaf : &usual, &w->inter, factory_leaf);
	w->other = factory_make(&other, NULL, factory_ca);
	factory_pem(&w->root, w->roots, TEXT);
	factory_pem(&w->leaf, w->sent, TEXT);
	factory_pem(&w->inter, w->sent, TEXT);
}

static void tear_down(struct world *w)
{
	factory_free(&w->root);
	factory_free(&w->inter);
	factory_free(&w->leaf);
	factory_free(&w->other);
}

static struct anchors *load(const struct world *w)
{
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = w->roots, .len = strlen(w->roots), .mode = ANCHORS_AS_IS };
	struct anchors_upload lists = { .data = w->lists, .len = strlen(w->lists), .mode = ANCHORS_AS_IS };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
	if (w->lists[0])
		assert_int_equal(crls_put(a, &lists, NULL, NULL, NULL), 0);
	return a;
}

static struct verdict v;

static long judge(const struct world *w, struct verify_policy policy)
{
	struct anchors *a = load(w);
	struct verify_request q = {
		.anchors = a, .policy = policy, .host = "server.example", .at_unix = FACTORY_NOW
	};
	struct verify_chain *c = verify_chain_new(w->sent, strlen(w->sent), NULL);
	verify_chain_judge(&q, c, &v);
	verify_chain_free(c);
	anchors_free(a);
	return v.code;
}

static void leaf_info(const struct world *w, struct cert_info *ret)
{
	struct verify_chain *c = verify_chain_new(w->sent, strlen(w->sent), NULL);
	assert_int_equal(verify_chain_info(c, 0, ret), 0);
	verify_chain_free(c);
}

static int has(long code, int note)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.findings[i].code == code && v.findings[i].note == note)
			return 1;
	return 0;
}

static const struct verify_policy off = { .revocation = VERIFY_REVOCATION_OFF },
				  soft = { .revocation = VERIFY_REVOCATION_SOFT },
				  hard = { .revocation = VERIFY_REVOCATION_HARD },
				  strict = { .revocation = VERIFY_REVOCATION_HARD, .profile = VERIFY_STRICT };

/* One list of the root that is always right, and one of the intermediate as r says. */
static void give_lists(struct world *w, struct list_recipe r)
{
	struct list_recipe upper = { .issuer = &w->root };
	w->lists[0] = '\0';
	factory_list_pem(&upper, w->lists, TEXT);
	r.issuer = r.issuer ? r.issuer : &w->inter;
	factory_list_pem(&r, w->lists, TEXT);
}

static void test_modes(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	assert_int_equal(judge(&w, hard), 3);
	assert_int_equal(judge(&w, soft), 0);
	assert_true(has(3, 1));
	assert_int_equal(judge(&w, off), 0);
	assert_int_equal(v.n, 0);
	give_lists(&w, (struct list_recipe){ .to = 3 * DAY });
	assert_int_equal(judge(&w, strict), 0);
	assert_int_equal(v.n, 0);
	assert_int_equal(v.valid_until, FACTORY_NOW + 3 * DAY);
	/* The list ends first; what is said of the certificates is of the one that ends first. */
	struct cert_info leaf = { 0 };
	leaf_info(&w, &leaf);
	assert_int_equal(v.certificate_from, leaf.not_before);
	assert_int_equal(v.certificate_until, leaf.not_after);
	assert_true(v.valid_until < v.certificate_until);
	/* Of several lists, too, the one that ends first counts. */
	w.lists[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &w.root, .to = 2 * DAY }, w.lists, TEXT);
	factory_list_pem(&(struct list_recipe){ .issuer = &w.inter, .to = 3 * DAY }, w.lists, TEXT);
	assert_int_equal(judge(&w, strict), 0);
	assert_int_equal(v.valid_until, FACTORY_NOW + 2 * DAY);
	give_lists(&w, (struct list_recipe){ .revoked = { &w.other, &w.leaf } });
	assert_int_equal(judge(&w, hard), 23);
	assert_int_equal(v.findings[0].depth, 0);
	assert_int_equal(judge(&w, soft), 23);
	assert_int_equal(judge(&w, off), 0);
	w.lists[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &w.root, .revoked = { &w.inter } }, w.lists, TEXT);
	assert_int_equal(judge(&w, soft), 23);
	assert_int_equal(v.findings[0].depth, 1);
	tear_down(&w);
}

static void test_stale(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	give_lists(&w, (struct list_recipe){ .from = -20 * DAY, .to = -DAY });
	assert_int_equal(judge(&w, hard), 12);
	assert_int_equal(judge(&w, soft), 0);
	assert_true(has(12, 1));
	give_lists(&w, (struct list_recipe){ .from = -20 * DAY, .to = -DAY, .revoked = { &w.leaf } });
	assert_int_equal(judge(&w, hard), 23);
	assert_true(has(12, 0));
	assert_int_equal(judge(&w, soft), 23);
	assert_true(has(12, 1));
	/* an old list beside a fresh one of the same issuer does no harm */
	give_lists(&w, (struct list_recipe){ .from = -20 * DAY, .to = -DAY });
	factory_list_pem(&(struct list_recipe){ .issuer = &w.inter }, w.lists, TEXT);
	assert_int_equal(judge(&w, hard), 0);
	tear_down(&w);
}

/* As no CA should write them: without seconds, which is unreadable, and in the form that RFC 5280 forbids for
 * this year. */
static void set_dates(X509_CRL *l, const char *from, const char *to, int type)
{
	ASN1_TIME *t = ASN1_TIME_new();
	t->type = type;
	if (from) {
		ASN1_STRING_set(t, from, -1);
		X509_CRL_set1_lastUpdate(l, t);
	}
	if (to) {
		ASN1_STRING_set(t, to, -1);
		X509_CRL_set1_nextUpdate(l, t);
	}
	ASN1_TIME_free(t);
}

static void unreadable_from(X509_CRL *l)
{
	set_dates(l, "2606300000Z", NULL, V_ASN1_UTCTIME);
}

static void unreadable_to(X509_CRL *l)
{
	set_dates(l, NULL, "2707300000Z", V_ASN1_UTCTIME);
}

static void generalized_from(X509_CRL *l)
{
	set_dates(l, "20260630000000Z", NULL, V_ASN1_GENERALIZEDTIME);
}

static void generalized_to(X509_CRL *l)
{
	set_dates(l, NULL, "20270730000000Z", V_ASN1_GENERALIZEDTIME);
}

static void from_now(X509_CRL *l)
{
	set_dates(l, "260701120000Z", NULL, V_ASN1_UTCTIME);
}

static void to_now(X509_CRL *l)
{
	set_dates(l, NULL, "260701120000Z", V_ASN1_UTCTIME);
}

static void version_1(X509_CRL *l)
{
	X509_CRL_set_version(l, 0);
}

static void test_odd_lists(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct list_recipe list;
		long hard, strict;
	} rows[] = {
		{ "future", { .from = DAY }, 11, 11 },
		{ "no next update", { .to = 1 }, 16, 16 },
		{ "broken signature", { .tamper = 1 }, 8, 8 },
		{ "SHA-1", { .digest = "SHA1" }, 68, 68 },
		{ "SHA-224", { .digest = "SHA224" }, 0, 0 },
		{ "issued this second", { .also = from_now }, 0, 0 },
		{ "issued in the next second", { .from = 1 }, 11, 11 },
		{ "ends this second", { .also = to_now }, 0, 0 },
		{ "ended a second ago", { .to = -1 }, 12, 12 },
		{ "unreadable date of issue", { .also = unreadable_from }, 15, 15 },
		{ "unreadable next date", { .also = unreadable_to }, 16, 16 },
		{ "date of issue in the wrong form", { .also = generalized_from }, 0, 50 },
		{ "next date in the wrong form", { .also = generalized_to }, 0, 50 },
		{ "version 1", { .also = version_1 }, 0, 50 },
		{ "unknown critical", { .raw = { "1.2.3.4.5", "0500", 1 } }, 36, 36 },
		{ "unknown", { .raw = { "1.2.3.4.5", "0500", 0 } }, 0, 0 },
		{ "no number", { .bare = 1, .add = { "authorityKeyIdentifier=keyid:always" } }, 0, 50 },
		{ "critical number",
		  { .bare = 1, .add = { "authorityKeyIdentifier=keyid:always", "crlNumber=critical,7" } },
		  0,
		  50 },
		{ "no key identifier", { .bare = 1, .add = { "crlNumber=7" } }, 0, 50 },
		{ "delta", { .add = { "deltaCRL=critical,7" } }, 36, 36 },
		{ "for servers", { .raw = { "2.5.29.28", "30038101ff", 1 } }, 0, 0 },
		{ "for CAs only", { .raw = { "2.5.29.28", "30038201ff", 1 } }, 44, 44 },
		{ "indirect", { .raw = { "2.5.29.28", "30038401ff", 1 } }, 44, 44 },
		{ "some reasons", { .raw = { "2.5.29.28", "300483020560", 1 } }, 44, 44 },
		{ "attribute certificates", { .raw = { "2.5.29.28", "30038501ff", 1 } }, 44, 44 },
		{ "broken scope", { .raw = { "2.5.29.28", "0401", 1 } }, 41, 41 },
		{ "of another point",
		  { .add = { "issuingDistributionPoint=critical,fullname:URI:http://a.example/other" } },
		  44,
		  44 },
	};
	struct world w;
	build(&w, NULL);
	int bad = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct list_recipe r = rows[i].list;
		if (strncmp(rows[i].what, "of another", 10) == 0)
			r.add[0] = NULL,
			r.raw = (struct raw_ext){ "2.5.29.28", "3014a012a010860e687474703a2f2f612f6f74686572",
						  1 };
		give_lists(&w, r);
		const struct verify_policy soft_strict = { .revocation = VERIFY_REVOCATION_SOFT,
							   .profile = VERIFY_STRICT };
		long h = judge(&w, hard), s = judge(&w, strict), so = judge(&w, soft);
		int told = rows[i].hard == 0 || has(rows[i].hard, 1);
		long ss = judge(&w, soft_strict);
		if (h != rows[i].hard || s != rows[i].strict || so != 0 || !told || ss != 0) {
			fprintf(stderr, "%s: hard %ld strict %ld soft %ld, told %d, soft and strict %ld\n",
				rows[i].what, h, s, so, told, ss);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	/* the next list of such a CA has no nextUpdate either: "a fresh one" would send its reader in a
	 * circle */
	give_lists(&w, (struct list_recipe){ .to = 1 });
	assert_int_equal(judge(&w, hard), 16);
	assert_non_null(strstr(v.findings[0].found, "a revocation list without nextUpdate"));
	assert_non_null(strstr(v.findings[0].hint, "have the CA issue its lists with nextUpdate"));
	/* what is not good enough to rely on is good enough to refuse by */
	for (size_t i = 0; i < 2; i++) {
		struct list_recipe partial = { .revoked = { &w.leaf } };
		if (i)
			partial.raw = (struct raw_ext){ "2.5.29.28", "300483020560", 1 };
		else
			partial.add[0] = "deltaCRL=critical,7";
		give_lists(&w, (struct list_recipe){ .from = 0 });
		assert_int_equal(judge(&w, hard), 0);
		factory_list_pem(&(struct list_recipe){ .issuer = &w.inter,
							.add = { partial.add[0] },
							.raw = partial.raw },
				 w.lists, TEXT);
		assert_int_equal(judge(&w, hard), 0);
		partial.issuer = &w.inter;
		factory_list_pem(&partial, w.lists, TEXT);
		assert_int_equal(judge(&w, hard), 23);
	}
	give_lists(&w, (struct list_recipe){ .revoked = { &w.other }, .entry_critical = 1 });
	assert_int_equal(judge(&w, hard), 36);
	tear_down(&w);
	assert_int_equal(bad, 0);
}

static void test_distribution_points(void **state)
{
	(void)state;
	struct recipe r = { .subject = "/CN=server.example",
			    .add = { "crlDistributionPoints=URI:http://a/list" } };
	struct world w;
	build(&w, &r);
	/* fullName URI:http://a/list */
	struct raw_ext here = { "2.5.29.28", "3013a011a00f860d687474703a2f2f612f6c697374", 1 };
	struct raw_ext there = { "2.5.29.28", "3013a011a00f860d687474703a2f2f622f6c697374", 1 };
	here.hex = "3013a011a00f860d687474703a2f2f612f6c697374";
	give_lists(&w, (struct list_recipe){ .raw = here });
	assert_int_equal(judge(&w, hard), 0);
	give_lists(&w, (struct list_recipe){ .raw = here, .revoked = { &w.leaf } });
	assert_int_equal(judge(&w, hard), 23);
	give_lists(&w, (struct list_recipe){ .raw = there, .revoked = { &w.leaf } });
	assert_int_equal(judge(&w, hard), 44);
	tear_down(&w);
	/* a point named relative to the issuer, CN=x below CN=I, in all ways of writing it */
	static const char *const points[] = {
		"3010300ea00ca10a300806035504030c0178",
		"30223020a01ea01ca41a3018310a300806035504030c0149310a300806035504030c0178"
	};
	static const char *const scopes[] = {
		"300ea00ca10a300806035504030c0178",
		"3020a01ea01ca41a3018310a300806035504030c0149310a300806035504030c0178"
	};
	for (size_t i = 0; i < 2; i++) {
		struct recipe named = { .subject = "/CN=server.example",
					.raw = { { "2.5.29.31", points[i], 0 } } };
		build(&w, &named);
		for (size_t k = 0; k < 2; k++) {
			give_lists(&w, (struct list_recipe){ .raw = { "2.5.29.28", scopes[k], 1 } });
			assert_int_equal(judge(&w, hard), 0);
			give_lists(&w, (struct list_recipe){ .raw = { "2.5.29.28", scopes[k], 1 },
							     .revoked = { &w.leaf } });
			assert_int_equal(judge(&w, hard), 23);
		}
		give_lists(&w, (struct list_recipe){ .raw = here });
		assert_int_equal(judge(&w, hard), 44);
		tear_down(&w);
	}
}

/* A list for one point covers only certificates that name this very point, for all reasons and by their own
 * issuer. */
static void test_other_distribution_points(void **state)
{
	(void)state;
	static const char fullname[] = "3013a011a00f860d687474703a2f2f612f6c697374"; /* URI:http://a/list */
	static const char relative[] = "300ea00ca10a300806035504030c0178"; /* CN=x below the issuer */
	static const char directory[] =
		"3020a01ea01ca41a3018310a300806035504030c0149310a300806035504030c0178";
	static const struct {
		const char *what, *points, *scope;
		long code;
	} cases[] = {
		{ "no point", NULL, fullname, 44 },
		{ "the second of two points",
		  "302a3013a011a00f860d687474703a2f2f622f6c697374"
		  "3013a011a00f860d687474703a2f2f612f6c697374",
		  fullname, 0 },
		{ "for some reasons", "30193017a011a00f860d687474703a2f2f612f6c69737481020560", fullname,
		  44 },
		{ "by another issuer",
		  "30273025a011a00f860d687474703a2f2f612f6c697374a210a40e300c310a300806035504030c0149",
		  fullname, 44 },
		{ "another relative name", "3010300ea00ca10a300806035504030c0179", relative, 44 },
		{ "another relative name, the list's in full", "3010300ea00ca10a300806035504030c0179",
		  directory, 44 },
		{ "another name in full, the list's relative",
		  "30223020a01ea01ca41a3018310a300806035504030c0149310a300806035504030c0179", relative, 44 },
		{ "another name in full",
		  "30223020a01ea01ca41a3018310a300806035504030c0149310a300806035504030c0179", directory, 44 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct recipe r = { .subject = "/CN=server.example" };
		struct world w;
		if (cases[i].points)
			r.raw[0] = (struct raw_ext){ "2.5.29.31", cases[i].points, 0 };
		build(&w, &r);
		give_lists(&w, (struct list_recipe){ .raw = { "2.5.29.28", cases[i].scope, 1 } });
		long code = judge(&w, hard);
		if (code != cases[i].code)
			fail_msg("%s: %ld", cases[i].what, code);
		/* what does not cover the certificate does not revoke it either */
		give_lists(&w, (struct list_recipe){ .raw = { "2.5.29.28", cases[i].scope, 1 },
						     .revoked = { &w.leaf } });
		assert_int_equal(judge(&w, hard), cases[i].code ? 44 : 23);
		tear_down(&w);
	}
}

/* Lists for servers or for CAs only, and more than one list of an issuer, in either order: what says most
 * counts. */
static void test_scopes_and_several_lists(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	const struct raw_ext users = { "2.5.29.28", "30038101ff", 1 },
			     authorities = { "2.5.29.28", "30038201ff", 1 };
	const struct raw_ext trailing = { "2.5.29.28", "30038101ff00", 1 };
	w.lists[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &w.root, .raw = users }, w.lists, TEXT);
	factory_list_pem(&(struct list_recipe){ .issuer = &w.inter }, w.lists, TEXT);
	assert_int_equal(judge(&w, hard), 44);
	assert_int_equal(v.findings[0].depth, 1);
	w.lists[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &w.root, .raw = authorities }, w.lists, TEXT);
	factory_list_pem(&(struct list_recipe){ .issuer = &w.inter, .raw = users }, w.lists, TEXT);
	assert_int_equal(judge(&w, hard), 0);
	give_lists(&w, (struct list_recipe){ .raw = trailing });
	assert_int_equal(judge(&w, hard), 41);
	const struct {
		const char *what;
		struct list_recipe a, b;
		long code;
	} cases[] = {
		{ "one does not cover", { .raw = authorities }, { .to = 0 }, 0 },
		{ "one is stale", { .from = -9 * DAY, .to = -DAY }, { .to = 0 }, 0 },
		{ "one is forged", { .tamper = 1 }, { .to = 0 }, 0 },
		{ "one revokes", { .revoked = { &w.leaf } }, { .to = 0 }, 23 },
		{ "a stale one revokes",
		  { .from = -9 * DAY, .to = -DAY, .revoked = { &w.leaf } },
		  { .to = 0 },
		  23 },
		{ "a forged one revokes", { .tamper = 1, .revoked = { &w.leaf } }, { .to = 0 }, 0 },
		{ "one of another issuer revokes",
		  { .issuer = &w.other, .revoked = { &w.leaf } },
		  { .to = 0 },
		  0 },
		{ "one that does not cover revokes",
		  { .raw = authorities, .revoked = { &w.leaf } },
		  { .to = 0 },
		  0 },
	};
	for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
		struct list_recipe one = cases[i / 2].a, two = cases[i / 2].b;
		give_lists(&w, i % 2 ? two : one);
		one.issuer = one.issuer ? one.issuer : &w.inter;
		two.issuer = &w.inter;
		factory_list_pem(i % 2 ? &one : &two, w.lists, TEXT);
		long code = judge(&w, hard);
		if (code != cases[i / 2].code)
			fail_msg("%s, order %zu: %ld", cases[i / 2].what, i % 2, code);
	}
	tear_down(&w);
}

/* Lists signed with RSA-PSS and Ed25519 name their digest elsewhere, or not at all. */
static void test_signatures_of_lists(void **state)
{
	(void)state;
	static const struct {
		const char *key, *digest;
		long code;
	} rows[] = { { "PSS-2048:r", "SHA256", 0 },
		     { "PSS-2048:r", "SHA1", 68 },
		     { "ED25519:r", NULL, 0 },
		     { "RSA-2048:r", "SHA384", 0 },
		     { "RSA-2048:r", "MD5", 68 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct recipe root = { .subject = "/CN=R", .key = rows[i].key },
			      leaf = { .subject = "/CN=server.example" };
		struct world w;
		memset(&w, 0, sizeof w);
		w.root = factory_make(&root, NULL, factory_ca);
		w.leaf = factory_make(&leaf, &w.root, factory_leaf);
		factory_pem(&w.root, w.roots, TEXT);
		factory_pem(&w.leaf, w.sent, TEXT);
		factory_list_pem(&(struct list_recipe){ .issuer = &w.root, .digest = rows[i].digest },
				 w.lists, TEXT);
		assert_int_equal(judge(&w, hard), rows[i].code);
		factory_free(&w.root);
		factory_free(&w.leaf);
	}
}

/* A server that takes the connection and says nothing. */
static void test_silent_server(void **state)
{
	(void)state;
	struct world w;
	struct err e;
	int pair[2];
	build(&w, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	struct anchors *a = load(&w);
	struct verify_request q = {
		.anchors = a, .host = "server.example", .at_unix = FACTORY_NOW, .enforce = 1
	};
	struct verify_session *s = verify_session_new(&q);
	assert_int_equal(verify_session_handshake(s, pair[0], 100, &e), -1);
	assert_int_equal(e.kind, ERR_TIMEOUT);
	assert_null(verify_session_verdict(s));
	assert_null(verify_session_chain(s));
	close(pair[1]);
	assert_int_equal(verify_session_handshake(s, pair[0], 100, &e), -1);
	assert_int_equal(e.kind, ERR_TLS);
	close(pair[0]);
	verify_session_free(s);
	anchors_free(a);
	tear_down(&w);
}

/* A CA that signs its lists with another key: its certificate for that must lead to the same root. */
static void test_other_signer(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	struct recipe for_lists = { .subject = "/CN=I",
				    .key = "P-256:lists",
				    .add = { "keyUsage=critical,cRLSign" } };
	struct recipe not_for_lists = { .subject = "/CN=I",
					.key = "P-256:lists",
					.add = { "keyUsage=critical,keyCertSign" } };
	struct made signer = factory_make(&for_lists, &w.root, factory_ca),
		    wrong = factory_make(&not_for_lists, &w.root, factory_ca);
	struct made stranger = factory_make(&for_lists, &w.other, factory_ca);
	give_lists(&w, (struct list_recipe){ .signer = &signer });
	assert_int_equal(judge(&w, hard), 8);
	factory_pem(&wrong, w.sent, TEXT);
	factory_pem(&stranger, w.sent, TEXT);
	assert_int_equal(judge(&w, hard), 8);
	factory_pem(&signer, w.sent, TEXT);
	assert_int_equal(judge(&w, hard), 0);
	give_lists(&w, (struct list_recipe){ .signer = &signer, .revoked = { &w.leaf } });
	assert_int_equal(judge(&w, hard), 23);
	/* the signer itself is revoked by the root */
	w.lists[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &w.root, .revoked = { &signer } }, w.lists, TEXT);
	factory_list_pem(&(struct list_recipe){ .issuer = &w.inter, .signer = &signer }, w.lists, TEXT);
	assert_int_equal(judge(&w, hard), 8);
	/* or has expired */
	struct recipe old = {
		.subject = "/CN=I", .key = "P-256:lists", .add = { "keyUsage=critical,cRLSign" }, .to = -1
	};
	struct made expired = factory_make(&old, &w.root, factory_ca);
	w.sent[0] = '\0';
	factory_pem(&w.leaf, w.sent, TEXT);
	factory_pem(&w.inter, w.sent, TEXT);
	factory_pem(&expired, w.sent, TEXT);
	give_lists(&w, (struct list_recipe){ .signer = &signer });
	assert_int_equal(judge(&w, hard), 8);
	factory_free(&expired);
	factory_free(&signer);
	factory_free(&wrong);
	factory_free(&stranger);
	tear_down(&w);
}

/* A root that was uploaded signs lists of the CAs that lead to it, and of no others that have its name. */
static void test_root_of_the_same_name(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	struct made namesake =
		factory_make(&(struct recipe){ .subject = "/CN=I", .key = "P-256:n" }, NULL, factory_ca);
	factory_pem(&namesake, w.roots, TEXT);
	give_lists(&w, (struct list_recipe){ .signer = &namesake });
	assert_int_equal(judge(&w, hard), 8);
	factory_free(&namesake);
	tear_down(&w);
}

static void take_off(X509_CRL *l)
{
	X509_REVOKED *first = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(l), 0);
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
	ASN1_ENUMERATED_set(reason, CRL_REASON_REMOVE_FROM_CRL);
	X509_REVOKED_add1_ext_i2d(first, NID_crl_reason, reason, 0, 0);
	ASN1_ENUMERATED_free(reason);
}

/* Only a delta list takes a certificate off; in a whole list every entry is revoked, whatever its reason. */
static void test_taken_off_a_whole_list(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	give_lists(&w, (struct list_recipe){ .revoked = { &w.leaf }, .also = take_off });
	assert_int_equal(judge(&w, hard), 23);
	tear_down(&w);
}

/* What only seems to be such a CA: of another name, under another root, too weak, or with a key that did not
 * sign. */
static void test_not_another_signer(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	struct recipe for_lists = { .subject = "/CN=I",
				    .key = "P-256:lists",
				    .add = { "keyUsage=critical,cRLSign" } };
	struct recipe other_name = { .subject = "/CN=Else",
				     .key = "P-256:else",
				     .add = { "keyUsage=critical,cRLSign" } };
	struct recipe weak = { .subject = "/CN=I",
			       .key = "RSA-1024:lists",
			       .add = { "keyUsage=critical,cRLSign" } };
	struct recipe between = { .subject = "/CN=X",
				  .key = "P-256:x",
				  .add = { "extendedKeyUsage=clientAuth" } };
	struct made signer = factory_make(&for_lists, &w.root, factory_ca),
		    named = factory_make(&other_name, &w.root, factory_ca);
	struct made small = factory_make(&weak, &w.root, factory_ca),
		    stranger = factory_make(&for_lists, &w.other, factory_ca);
	struct made x = factory_make(&between, &w.root, factory_ca),
		    below = factory_make(&for_lists, &x, factory_ca);
	factory_pem(&w.other, w.roots, TEXT); /* trusted, but not the root that the server leads to */
	const struct {
		const char *what;
		const struct made *signer, *sent[4];
		long code;
	} cases[] = {
		{ "sent first", &signer, { &signer, &w.inter }, 0 },
		{ "sent last", &signer, { &w.inter, &signer }, 0 },
		{ "of another name", &named, { &w.inter, &named }, 8 },
		{ "under another root", &stranger, { &w.inter, &stranger }, 8 },
		{ "too weak a key", &small, { &w.inter, &small }, 8 },
		{ "somebody else's signature", &w.other, { &w.inter, &signer }, 8 },
		{ "below a CA that is sent before it", &below, { &x, &w.inter, &below }, 0 },
		{ "below a CA that is sent last", &below, { &below, &w.inter, &x }, 0 },
		{ "below a CA that is not sent", &below, { &below, &w.inter }, 8 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		w.sent[0] = '\0';
		factory_pem(&w.leaf, w.sent, TEXT);
		for (size_t k = 0; k < 4 && cases[i].sent[k]; k++)
			factory_pem(cases[i].sent[k], w.sent, TEXT);
		give_lists(&w, (struct list_recipe){ .signer = cases[i].signer });
		factory_list_pem(&(struct list_recipe){ .issuer = &x }, w.lists,
				 TEXT); /* the signer is looked up, too */
		factory_list_pem(&(struct list_recipe){ .issuer = &w.other }, w.lists, TEXT);
		long code = judge(&w, hard);
		if (code != cases[i].code)
			fail_msg("%s: %ld", cases[i].what, code);
	}
	struct made *all[] = { &signer, &named, &small, &stranger, &x, &below };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		factory_free(all[i]);
	tear_down(&w);
}

static void test_issuer_without_key_usage(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	struct recipe r = { .subject = "/CN=I", .key = "P-256:i", .drop = "keyUsage" };
	factory_free(&w.inter);
	w.inter = factory_make(&r, &w.root, factory_ca);
	w.sent[0] = '\0';
	factory_pem(&w.leaf, w.sent, TEXT);
	factory_pem(&w.inter, w.sent, TEXT);
	give_lists(&w, (struct list_recipe){ .revoked = { NULL } });
	assert_int_equal(judge(&w, hard), 0);
	tear_down(&w);
}

static void test_issuer_may_not_sign_lists(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	struct recipe r = { .subject = "/CN=I",
			    .key = "P-256:i",
			    .add = { "keyUsage=critical,keyCertSign" } };
	factory_free(&w.inter);
	w.inter = factory_make(&r, &w.root, factory_ca);
	w.sent[0] = '\0';
	factory_pem(&w.leaf, w.sent, TEXT);
	factory_pem(&w.inter, w.sent, TEXT);
	give_lists(&w, (struct list_recipe){ .revoked = { NULL } });
	assert_int_equal(judge(&w, hard), 35);
	tear_down(&w);
}

/* --- stapled answers --- */

struct answer {
	int status; /* V_OCSP_CERTSTATUS_... */
	const struct made *signer, *about, *issuer;
	long from, to; /* to 1: none */
	const char *digest, *id_digest;
	int tamper, garbage, failed;   /* failed 2: an error, and yet an answer in it */
	int ends_now;                  /* instead of to */
	int bare;                      /* without the signer's certificate */
	const struct made *also_about; /* a good answer about that one stands first */
};

static long make_answer(const struct answer *a, unsigned char **ret)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_get_digestbyname(a->id_digest ? a->id_digest : "SHA1"),
					  a->about->x, a->issuer->x);
	ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, FACTORY_NOW + (a->from ? a->from : -DAY));
	ASN1_TIME *to = a->to == 1 ? NULL
				   : ASN1_GENERALIZEDTIME_set(NULL, FACTORY_NOW + (a->ends_now ? 0
										   : a->to     ? a->to
											       : DAY));
	if (a->also_about) {
		OCSP_CERTID *other = OCSP_cert_to_id(EVP_sha1(), a->also_about->x, a->issuer->x);
		assert_non_null(
			OCSP_basic_add1_status(basic, other, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, to));
		OCSP_CERTID_free(other);
	}
	assert_non_null(OCSP_basic_add1_status(
		basic, id, a->status, 0, a->status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL, from, to));
	assert_int_equal(OCSP_basic_sign(basic, a->signer->x, a->signer->key,
					 EVP_get_digestbyname(a->digest ? a->digest : "SHA256"), NULL,
					 OCSP_NOTIME | (a->bare ? OCSP_NOCERTS : 0)),
			 1);
	if (a->tamper) {
		const ASN1_OCTET_STRING *s = OCSP_resp_get0_signature(basic);
		s->data[s->length - 1] ^= 1;
	}
	OCSP_RESPONSE *r = OCSP_response_create(a->failed ? OCSP_RESPONSE_STATUS_TRYLATER
							  : OCSP_RESPONSE_STATUS_SUCCESSFUL,
						a->failed == 1 ? NULL : basic);
	*ret = NULL;
	long len = i2d_OCSP_RESPONSE(r, ret);
	if (a->garbage)
		len /= 2;
	OCSP_RESPONSE_free(r);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_GENERALIZEDTIME_free(from);
	ASN1_GENERALIZEDTIME_free(to);
	return len;
}

static int give_staple(SSL *ssl, void *arg)
{
	const struct answer *a = arg;
	unsigned char *der;
	if (!a)
		return SSL_TLSEXT_ERR_NOACK;
	long len = make_answer(a, &der);
	SSL_set_tlsext_status_ocsp_resp(ssl, der, len); /* takes */
	return SSL_TLSEXT_ERR_OK;
}

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
		if (c != 1 && SSL_get_error(client, c) != SSL_ERROR_WANT_READ)
			return 0;
	}
	return 0;
}

/* The verdict's code after a handshake; -1 when the handshake and the verdict do not fit each other. */
static long connect_once(const struct world *w, struct answer *a, int version, struct verify_policy policy,
			 int enforce)
{
	SSL_CTX *sc = SSL_CTX_new(TLS_server_method()), *cc = SSL_CTX_new(TLS_client_method());
	struct anchors *anchors = load(w);
	struct verify_request q = { .anchors = anchors,
				    .policy = policy,
				    .host = "server.example",
				    .at_unix = FACTORY_NOW,
				    .enforce = enforce };
	struct verify_session *s = verify_session_new(&q);
	SSL_CTX_use_certificate(sc, w->leaf.x);
	SSL_CTX_use_PrivateKey(sc, w->leaf.key);
	SSL_CTX_add1_chain_cert(sc, w->inter.x);
	SSL_CTX_set_max_proto_version(sc, version);
	SSL_CTX_set_tlsext_status_cb(sc, give_staple);
	SSL_CTX_set_tlsext_status_arg(sc, a);
	assert_int_equal(verify_session_attach(s, cc, NULL), 0);
	SSL *client = SSL_new(cc), *server = SSL_new(sc);
	int passed = shake_hands(client, server);
	v = *verify_session_verdict(s);
	struct cert_info sent;
	assert_int_equal(verify_chain_info(verify_session_chain(s), 1, &sent), 0);
	assert_int_equal(verify_chain_info(verify_session_chain(s), 2, &sent), -1);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(cc);
	SSL_CTX_free(sc);
	verify_session_free(s);
	anchors_free(anchors);
	return passed == (v.code == 0 || !enforce) ? v.code : -1;
}

static void test_staples(void **state)
{
	(void)state;
	struct world w;
	struct recipe demands = { .subject = "/CN=server.example", .add = { "tlsfeature=status_request" } };
	struct recipe delegate = { .subject = "/CN=Responder",
				   .key = "P-256:resp",
				   .add = { "extendedKeyUsage=OCSPSigning" } };
	struct recipe no_right = { .subject = "/CN=Responder", .key = "P-256:resp" };
	for (int must = 0; must < 2; must++) {
		build(&w, must ? &demands : NULL);
		struct made d = factory_make(&delegate, &w.inter, factory_leaf),
			    n = factory_make(&no_right, &w.inter, factory_leaf);
		struct made f = factory_make(&delegate, &w.other, factory_leaf);
		/* what only seems to be a delegate: signed by another CA in this one's name, by this one in
		 * another's name... */
		struct recipe in_our_name = delegate, in_its_name = delegate, old = delegate, weak = delegate;
		struct recipe sha1 = delegate, rsa = delegate;
		in_our_name.issuer_name = "/CN=I";
		in_our_name.drop = in_its_name.drop = "authorityKeyIdentifier";
		in_its_name.issuer_name = "/CN=Else";
		old.to = -1;
		weak.key = "RSA-1024:resp";
		sha1.digest = "SHA1";
		rsa.key = "RSA-2048:resp";
		struct made forged = factory_make(&in_our_name, &w.other, factory_leaf);
		struct made named = factory_make(&in_its_name, &w.inter, factory_leaf);
		struct made expired = factory_make(&old, &w.inter, factory_leaf),
			    small = factory_make(&weak, &w.inter, factory_leaf);
		struct made by_sha1 = factory_make(&sha1, &w.inter, factory_leaf),
			    by_rsa = factory_make(&rsa, &w.inter, factory_leaf);
		const struct {
			const char *what;
			struct answer a;
			long plain, demanded;
		} rows[] = {
			{ "good", { .signer = &w.inter }, 0, 0 },
			{ "by a delegate", { .signer = &d }, 0, 0 },
			{ "revoked", { .signer = &w.inter, .status = V_OCSP_CERTSTATUS_REVOKED }, 23, 23 },
			{ "revoked, says a delegate",
			  { .signer = &d, .status = V_OCSP_CERTSTATUS_REVOKED },
			  23,
			  23 },
			{ "revoked, long ago",
			  { .signer = &w.inter,
			    .status = V_OCSP_CERTSTATUS_REVOKED,
			    .from = -90 * DAY,
			    .to = -80 * DAY },
			  23,
			  23 },
			{ "unknown", { .signer = &w.inter, .status = V_OCSP_CERTSTATUS_UNKNOWN }, 0, 75 },
			{ "stale", { .signer = &w.inter, .from = -9 * DAY, .to = -2 * DAY }, 0, 74 },
			{ "no end, fresh", { .signer = &w.inter, .to = 1 }, 0, 0 },
			{ "no end, old", { .signer = &w.inter, .from = -9 * DAY, .to = 1 }, 0, 74 },
			{ "of tomorrow", { .signer = &w.inter, .from = DAY, .to = 2 * DAY }, 0, 74 },
			{ "delegate without the right", { .signer = &n }, 0, 74 },
			{ "delegate of another CA", { .signer = &f }, 0, 74 },
			{ "forged: revoked", { .signer = &f, .status = V_OCSP_CERTSTATUS_REVOKED }, 0, 74 },
			{ "broken signature", { .signer = &w.inter, .tamper = 1 }, 0, 74 },
			{ "SHA-1", { .signer = &w.inter, .digest = "SHA1" }, 0, 74 },
			{ "garbage", { .signer = &w.inter, .garbage = 1 }, 0, 74 },
			{ "as far ahead as a clock may run", { .signer = &w.inter, .from = 300 }, 0, 0 },
			{ "a second further ahead", { .signer = &w.inter, .from = 301 }, 0, 74 },
			{ "ends this second", { .signer = &w.inter, .ends_now = 1 }, 0, 0 },
			{ "ended a second ago", { .signer = &w.inter, .to = -1 }, 0, 74 },
			{ "no end, as old as it may be",
			  { .signer = &w.inter, .from = -7 * DAY, .to = 1 },
			  0,
			  0 },
			{ "no end, a second older",
			  { .signer = &w.inter, .from = -7 * DAY - 1, .to = 1 },
			  0,
			  74 },
			{ "identifier by SHA-256", { .signer = &w.inter, .id_digest = "SHA256" }, 0, 0 },
			{ "behind another answer", { .signer = &w.inter, .also_about = &w.inter }, 0, 0 },
			{ "revoked, behind another answer",
			  { .signer = &w.inter, .also_about = &w.inter, .status = V_OCSP_CERTSTATUS_REVOKED },
			  23,
			  23 },
			{ "the CA's certificate is not in it", { .signer = &w.inter, .bare = 1 }, 0, 0 },
			{ "the delegate's certificate is not in it", { .signer = &d, .bare = 1 }, 0, 74 },
			{ "a stranger's certificate is not in it", { .signer = &f, .bare = 1 }, 0, 74 },
			{ "the same: revoked",
			  { .signer = &f, .bare = 1, .status = V_OCSP_CERTSTATUS_REVOKED },
			  0,
			  74 },
			{ "about one of another CA's", { .signer = &w.inter, .issuer = &w.other }, 0, 74 },
			{ "RSA delegate", { .signer = &by_rsa }, 0, 0 },
			{ "MD5", { .signer = &by_rsa, .digest = "MD5" }, 0, 74 },
			{ "delegate signed by another CA in this one's name", { .signer = &forged }, 0, 74 },
			{ "the same: revoked",
			  { .signer = &forged, .status = V_OCSP_CERTSTATUS_REVOKED },
			  0,
			  74 },
			{ "delegate in another CA's name", { .signer = &named }, 0, 74 },
			{ "delegate that has expired", { .signer = &expired }, 0, 74 },
			{ "delegate with a weak key", { .signer = &small }, 0, 74 },
			{ "delegate signed with SHA-1", { .signer = &by_sha1 }, 0, 74 },
			{ "an error with an answer in it", { .signer = &w.inter, .failed = 2 }, 0, 74 },
			{ "the same: revoked",
			  { .signer = &w.inter, .failed = 2, .status = V_OCSP_CERTSTATUS_REVOKED },
			  0,
			  74 },
			{ "try later", { .signer = &w.inter, .failed = 1 }, 0, 74 },
			{ "about another", { .signer = &w.inter, .about = &w.inter }, 0, 74 },
		};
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
				struct answer a = rows[i].a;
				a.about = a.about ? a.about : &w.leaf;
				a.issuer = a.issuer ? a.issuer : &w.inter;
				long code = connect_once(&w, &a, version, off, 1),
				     expected = must ? rows[i].demanded : rows[i].plain;
				if (code != expected)
					fprintf(stderr, "%s: %ld\n", rows[i].what, code);
				assert_int_equal(code, expected);
				assert_int_equal(connect_once(&w, &a, version, off, 0), expected);
			}
		assert_int_equal(connect_once(&w, NULL, TLS1_2_VERSION, off, 1), must ? 73 : 0);
		assert_int_equal(connect_once(&w, NULL, TLS1_3_VERSION, off, 1), must ? 73 : 0);
		struct made *all[] = { &d, &n, &f, &forged, &named, &expired, &small, &by_sha1, &by_rsa };
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			factory_free(all[i]);
		tear_down(&w);
	}
}

/* Under Hard a staple that says nothing good refuses, whether it is demanded or not. */
static void test_staples_under_hard(void **state)
{
	(void)state;
	struct world w;
	build(&w, NULL);
	give_lists(&w, (struct list_recipe){ .revoked = { NULL } });
	struct answer good = { .signer = &w.inter, .about = &w.leaf, .issuer = &w.inter }, stale = good,
		      unknown = good, garbage = good;
	stale.from = -9 * DAY;
	stale.to = -2 * DAY;
	unknown.status = V_OCSP_CERTSTATUS_UNKNOWN;
	garbage.garbage = 1;
	assert_int_equal(connect_once(&w, &good, TLS1_3_VERSION, hard, 1), 0);
	assert_int_equal(connect_once(&w, NULL, TLS1_3_VERSION, hard, 1), 0);
	assert_int_equal(connect_once(&w, &stale, TLS1_3_VERSION, hard, 1), 74);
	assert_int_equal(connect_once(&w, &unknown, TLS1_3_VERSION, hard, 1), 75);
	assert_int_equal(connect_once(&w, &garbage, TLS1_3_VERSION, hard, 1), 74);
	assert_int_equal(connect_once(&w, &stale, TLS1_3_VERSION, soft, 1), 0);
	assert_true(has(74, 1));
	/* without an issuer to hold it against, the chain is the finding */
	struct recipe usual = { .subject = "/CN=server.example" },
		      unknown_ca = { .subject = "/CN=Z", .key = "P-256:z" };
	struct made z = factory_make(&unknown_ca, NULL, factory_ca);
	factory_free(&w.leaf);
	w.leaf = factory_make(&usual, &z, factory_leaf);
	stale.about = &w.leaf;
	assert_int_equal(connect_once(&w, &stale, TLS1_3_VERSION, off, 0), 20);
	assert_int_equal(v.built, 1);
	factory_free(&z);
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_odd_lists),
		cmocka_unit_test(test_distribution_points),
		cmocka_unit_test(test_other_signer),
		cmocka_unit_test(test_signatures_of_lists),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_issuer_may_not_sign_lists),
		cmocka_unit_test(test_staples),
		cmocka_unit_test(test_other_distribution_points),
		cmocka_unit_test(test_scopes_and_several_lists),
		cmocka_unit_test(test_not_another_signer),
		cmocka_unit_test(test_root_of_the_same_name),
		cmocka_unit_test(test_taken_off_a_whole_list),
		cmocka_unit_test(test_issuer_without_key_usage),
		cmocka_unit_test(test_staples_under_hard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
