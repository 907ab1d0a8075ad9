/* SPDX-License-Identifier: MIT */
/* Which of the loaded roots a service trusts: a chain to another one is refused, and the verdict says why;
 * a list whose roots are all gone trusts nobody. */
#include "factory.h"

#include "certstore/crls.h"
#include "trust/allowed.h"
#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "blind.h"

enum { TEXT = 1 << 17 };
static char sent[TEXT];
static struct anchors *store;
static struct verdict v;

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

static int begin(void **state)
{
	(void)state;
	store = anchors_open(NULL, fitness_checks(), NULL, NULL);
	sent[0] = '\0';
	return 0;
}

static int end(void **state)
{
	(void)state;
	anchors_free(store);
	return 0;
}

/* Loads it with a name, or (host not NULL) pinned to the host. */
static void upload(const struct made *m, const char *name, const char *host)
{
	char pem[8192] = "";
	factory_pem(m, pem, sizeof pem);
	struct anchors_upload u = {
		.data = pem, .len = strlen(pem), .now_unix = FACTORY_NOW, .name = name, .pin_host = host
	};
	assert_int_equal(anchors_put(store, &u, NULL, NULL, NULL), 0);
}

static void send_all(const struct made *const *all, size_t n)
{
	sent[0] = '\0';
	for (size_t i = 0; i < n; i++)
		factory_pem(all[i], sent, TEXT);
}
#define SEND(...)                                                                                            \
	send_all((const struct made *const[]){ __VA_ARGS__ },                                                \
		 sizeof((const struct made *const[]){ __VA_ARGS__ }) / sizeof(const struct made *))

/* The code of what was sent, where Security Trust Service 2 has this list for the manager; NULL: none has. */
static long judge_with(const char *list, enum verify_revocation revocation)
{
	struct verify_request q = { .anchors = store, .at_unix = FACTORY_NOW, .host = "server.example" };
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	q.policy.revocation = revocation;
	if (list)
		allowed_limit(&q.policy.allowed, 2, list);
	snprintf(q.policy.allowed.service, sizeof q.policy.allowed.service, "%s", "ExternalManager");
	verify_chain_judge(&q, c, &v);
	verify_chain_free(c);
	return v.code;
}

static long judge(const char *list)
{
	return judge_with(list, VERIFY_REVOCATION_OFF);
}

static const char *fingerprint_at(size_t i)
{
	static struct cert_info info;
	assert_int_equal(anchors_info(store, i, &info), 0);
	return info.fingerprint_sha256;
}

static void free_all(struct made *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		factory_free(all[i]);
}
#define FREE(...)                                                                                            \
	free_all((struct made *const[]){ __VA_ARGS__ },                                                      \
		 sizeof((struct made *const[]){ __VA_ARGS__ }) / sizeof(struct made *))

/* --- the text of a list --- */

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define COLONS                                                                                               \
	"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF"

static void test_texts(void **state)
{
	static const char *const good[] = { "",          "Pins", "pins", " Pins ",      "Example CA",
					    "a,b, c-1 ", DIGEST, COLONS, ("a, " COLONS) };
	static const struct {
		const char *list, *why;
	} bad[] = {
		{ ",", "there is a comma with nothing beside it" },
		{ "a,,b", "there is a comma with nothing beside it" },
		{ "a,", "no comma at the end" },
		{ "a, Pins", "Pins stands alone" },
		{ "Pins, Pins", "Pins stands alone" },
		{ "Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,"
		  "Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins,Pins",
		  "at most 32 entries" },
		{ "one, Two, two", "\"two\" is in the list twice" },
		{ DIGEST "," COLONS, "\"" DIGEST "\" is in the list twice" },
		{ "a;b", "\"a;b\": expected a name" },
		{ "0123456789abcdef0123456789abcdef01234567", "expected the SHA-256 fingerprint" },
		{ "01:23", "expected the SHA-256 fingerprint" },
		{ DIGEST "0", "\"" DIGEST "0\": expected a name of at most 64 characters" },
		{ COLONS ":", "expected the SHA-256 fingerprint" },
		{ "0:123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		  "expected the SHA-256 fingerprint" },
	};
	char most[400] = "n1";
	struct err e;
	(void)state;
	for (size_t i = 2; i <= ALLOWED_ENTRIES; i++)
		snprintf(most + strlen(most), sizeof most - strlen(most), ", n%zu", i);
	assert_int_equal(allowed_check_list(most, &e), 0);
	snprintf(most + strlen(most), sizeof most - strlen(most), ",one more");
	assert_int_equal(allowed_check_list(most, &e), -1);
	assert_non_null(strstr(e.text, "expected at most 32 entries"));
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (allowed_check_list(good[i], &e) != 0)
			fail_msg("\"%s\": %s", good[i], e.text);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(allowed_check_list(bad[i].list, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		if (!strstr(e.text, bad[i].why))
			fail_msg("\"%s\": %s", bad[i].list, e.text);
	}
}

/* Each list that names the service limits it, so none widens what another allows. */
static void test_lists_together(void **state)
{
	struct allowed_roots a = { .settings = 0 }, other = a;
	char text[80];
	(void)state;
	allowed_limit(&a, 1, "");
	allowed_limit(&a, 2, "  ");
	assert_memory_equal(&a, &other, sizeof a);
	allowed_limit(&a, 1, "one, Two," COLONS);
	assert_string_equal(a.list, "one,Two," DIGEST ",");
	allowed_settings(&a, text, sizeof text);
	assert_string_equal(text, "Security Trust Service 1");
	allowed_limit(&a, 3, "");
	assert_int_equal(a.settings, 1);
	other = a;
	allowed_limit(&a, 8, DIGEST ", TWO, three");
	assert_string_equal(a.list, "Two," DIGEST ",");
	allowed_settings(&a, text, sizeof text);
	assert_string_equal(text, "Security Trust Service 1 and 8");
	allowed_limit(&other, 4, "Pins");
	assert_string_equal(other.list, "");
	assert_int_equal(other.settings, 1 | 1 << 3);
	allowed_limit(&other, 5, "one");
	assert_string_equal(other.list, "");
	/* a list of the greatest length that a setting has fits */
	char longest[1025];
	memset(longest, 'x', sizeof longest);
	for (size_t i = 60; i < sizeof longest; i += 60)
		longest[i] = ',';
	longest[sizeof longest - 1] = '\0';
	other = (struct allowed_roots){ .settings = 0 };
	allowed_limit(&other, 1, longest);
	assert_int_equal(strlen(other.list), sizeof longest);
}

/* --- the verdict --- */

static int says(const char *text)
{
	return v.n && (strstr(v.findings[0].found, text) || strstr(v.findings[0].hint, text));
}

static void test_the_root_of_another_service(void **state)
{
	(void)state;
	struct made a = ca("/CN=A", "P-256:a", NULL), b = ca("/CN=B", "P-256:b", NULL),
		    i = ca("/CN=I", "P-256:i", &b), l = leaf(&i);
	upload(&a, "root a", NULL);
	upload(&b, "root b", NULL);
	for (int sends_root = 0; sends_root < 2; sends_root++) {
		if (sends_root)
			SEND(&l, &i, &b);
		else
			SEND(&l, &i);
		char both[200];
		snprintf(both, sizeof both, "%s", fingerprint_at(0));
		snprintf(both + strlen(both), sizeof both - strlen(both), ",%s", fingerprint_at(1));
		assert_int_equal(judge(NULL), 0);
		assert_int_equal(judge(""), 0);
		assert_int_equal(judge("ROOT B"), 0);
		assert_int_equal(judge("root a, root b"), 0);
		assert_int_equal(judge(fingerprint_at(1)), 0);
		assert_int_equal(judge(both), 0);
		const char *const others[] = { "root a", "Pins", "nobody", "root", DIGEST };
		for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
			assert_int_equal(judge(others[k]), X509_V_ERR_CERT_UNTRUSTED);
			assert_string_equal(v.subject, "/CN=B");
			assert_int_equal(v.findings[0].depth, 2);
			assert_true(
				says("this root is loaded, but Security Trust Service 2 does not allow it "
				     "for ExternalManager"));
			assert_true(
				says("add its name or fingerprint to the Roots of Security Trust Service 2"));
			assert_int_equal(v.valid_until, 0);
		}
		assert_int_equal(judge(fingerprint_at(0)), X509_V_ERR_CERT_UNTRUSTED);
	}
	FREE(&a, &b, &i, &l);
}

/* The only root of the list is deleted: it does not fall back to the others, nor to all. */
static void test_all_gone(void **state)
{
	(void)state;
	struct made a = ca("/CN=A", "P-256:a", NULL), b = ca("/CN=B", "P-256:b", NULL), by_a = leaf(&a),
		    by_b = leaf(&b);
	struct allowed_roots list = { .settings = 0 };
	struct buf missing;
	struct err e;
	buf_init(&missing, 200);
	allowed_limit(&list, 1, "a, c");
	upload(&a, "a", NULL);
	upload(&b, "b", NULL);
	SEND(&by_a);
	assert_int_equal(judge("a"), 0);
	assert_int_equal(allowed_loaded(&list, store, &missing), 1);
	assert_string_equal(buf_str(&missing), "c");
	assert_false(allowed_is_nobody(&list, store, "server.example"));
	assert_int_equal(anchors_delete(store, fingerprint_at(0), NULL, &e), 0);
	assert_int_equal(judge("a"), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	SEND(&by_b);
	assert_int_equal(judge("a"), X509_V_ERR_CERT_UNTRUSTED);
	buf_reset(&missing);
	assert_int_equal(allowed_loaded(&list, store, &missing), 0);
	assert_string_equal(buf_str(&missing), "a, c");
	assert_true(allowed_is_nobody(&list, store, "server.example"));
	/* a root of the name is of no use as a pin of another host, nor is an intermediate of that name */
	upload(&a, NULL, "other.example");
	assert_true(allowed_is_nobody(&list, store, "server.example"));
	assert_false(allowed_is_nobody(&list, store, "other.example"));
	struct made i = ca("/CN=I", "P-256:i", &b);
	upload(&i, "a", NULL);
	assert_true(allowed_is_nobody(&list, store, "server.example"));
	list = (struct allowed_roots){ .settings = 0 };
	assert_false(allowed_is_nobody(&list, store, "server.example"));
	assert_int_equal(allowed_loaded(&list, store, NULL), 1);
	buf_done(&missing);
	FREE(&a, &b, &by_a, &by_b, &i);
}

static void test_same_subject(void **state)
{
	(void)state;
	struct recipe bare = { .subject = "/CN=R", .key = "P-256:2", .drop = "subjectKeyIdentifier" };
	struct made one = ca("/CN=R", "P-256:1", NULL), two = factory_make(&bare, NULL, factory_ca);
	struct made by_one = leaf(&one), by_two = leaf(&two);
	upload(&one, "one", NULL);
	upload(&two, "two", NULL);
	SEND(&by_one);
	assert_int_equal(judge("one"), 0);
	assert_int_equal(v.path[1], -1);
	assert_int_equal(judge("two"), X509_V_ERR_CERT_UNTRUSTED);
	SEND(&by_two);
	assert_int_equal(judge("two"), 0);
	assert_int_equal(v.path[1], -2);
	/* not "a CA of this name is loaded, but its key did not make this signature", which is about the other */
	assert_int_equal(judge("one"), X509_V_ERR_CERT_UNTRUSTED);
	FREE(&one, &two, &by_one, &by_two);
}

/* The way to the root that is not allowed is found first; the other one is taken. */
static void test_cross_signed(void **state)
{
	(void)state;
	struct made a = ca("/CN=A", "P-256:a", NULL), b = ca("/CN=B", "P-256:b", NULL);
	struct made by_a = ca("/CN=I", "P-256:i", &a), by_b = ca("/CN=I", "P-256:i", &b), l = leaf(&by_a);
	upload(&a, "a", NULL);
	upload(&b, "b", NULL);
	for (int swap = 0; swap < 2; swap++) {
		SEND(&l, swap ? &by_b : &by_a, swap ? &by_a : &by_b);
		assert_int_equal(judge("a"), 0);
		assert_int_equal(v.path[2], -1);
		assert_int_equal(judge("b"), 0);
		assert_int_equal(v.path[2], -2);
		assert_int_equal(judge("c"), X509_V_ERR_CERT_UNTRUSTED);
	}
	SEND(&l, &by_a);
	assert_int_equal(judge("b"), X509_V_ERR_CERT_UNTRUSTED);
	FREE(&a, &b, &by_a, &by_b, &l);
}

/* Where neither the roots that are allowed nor the others make a good chain, what is wrong with it is
 * told, and that it would end at a root that is not allowed. */
static void test_other_faults(void **state)
{
	(void)state;
	struct recipe old = { .subject = "/CN=I", .key = "P-256:i", .to = -DAY };
	struct made a = ca("/CN=A", "P-256:a", NULL), b = ca("/CN=B", "P-256:b", NULL),
		    other = ca("/CN=C", "P-256:c", NULL), i = factory_make(&old, &b, factory_ca),
		    l = leaf(&i), unknown = leaf(&other);
	upload(&a, "a", NULL);
	upload(&b, "b", NULL);
	SEND(&l, &i);
	assert_int_equal(judge("b"), X509_V_ERR_CERT_HAS_EXPIRED);
	assert_int_equal(judge("a"), X509_V_ERR_CERT_UNTRUSTED);
	assert_int_equal(v.findings[1].code, X509_V_ERR_CERT_HAS_EXPIRED);
	SEND(&unknown);
	assert_int_equal(judge("a"), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	SEND(&unknown, &other);
	assert_int_equal(judge("a"), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
	FREE(&a, &b, &other, &i, &l, &unknown);
}

/* A server's own certificate that was uploaded without a pin is listed like a root; what is pinned counts
 * beside any list, and an intermediate helps without being listed. */
static void test_what_is_no_authority(void **state)
{
	(void)state;
	struct recipe self = { .subject = "/CN=server.example", .key = "P-256:s" };
	struct made a = ca("/CN=A", "P-256:a", NULL), i = ca("/CN=I", "P-256:i", &a), l = leaf(&i),
		    alone = factory_make(&self, NULL, factory_leaf);
	upload(&alone, "the server", NULL);
	upload(&a, "a", NULL);
	upload(&i, NULL, NULL);
	SEND(&alone);
	assert_int_equal(judge(NULL), 0);
	assert_int_equal(judge("the server"), 0);
	assert_int_equal(judge("a"), X509_V_ERR_CERT_UNTRUSTED);
	assert_int_equal(judge("Pins"), X509_V_ERR_CERT_UNTRUSTED);
	assert_true(says("does not allow it for ExternalManager"));
	SEND(&l); /* without its intermediate, which is loaded */
	assert_int_equal(judge("a"), 0);
	assert_int_equal(judge("the server"), X509_V_ERR_CERT_UNTRUSTED);
	upload(&l, NULL, "server.example");
	assert_int_equal(judge("Pins"), 0);
	assert_int_equal(judge("the server"), 0);
	SEND(&alone);
	assert_int_equal(judge("Pins"), X509_V_ERR_CERT_UNTRUSTED);
	FREE(&a, &i, &l, &alone);
}

/* However little our own verifier sees, OpenSSL's is given no root that is not allowed. */
static void test_second_verifier(void **state)
{
	(void)state;
	struct made a = ca("/CN=A", "P-256:a", NULL), b = ca("/CN=B", "P-256:b", NULL), l = leaf(&b);
	struct recipe self = { .subject = "/CN=server.example", .key = "P-256:s" };
	struct made alone = factory_make(&self, NULL, factory_leaf);
	upload(&a, "a", NULL);
	upload(&b, "b", NULL);
	upload(&alone, "s", NULL);
	blind = 1;
	SEND(&l, &b);
	assert_int_equal(judge("b"), 0);
	assert_true(judge("a") != 0);
	assert_int_equal(v.code, v.disagreed);
	SEND(&alone);
	assert_int_equal(judge("s"), 0);
	assert_int_equal(judge("a"), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
	/* pinned to another host it is as if it were not pinned */
	upload(&alone, NULL, "other.example");
	assert_int_equal(judge("a"), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
	upload(&alone, NULL, "server.example");
	assert_int_equal(judge("a"), 0);
	blind = 0;
	FREE(&a, &b, &l, &alone);
}

static void give(const struct made *issuer, const struct made *signer)
{
	char pem[8192] = "";
	struct list_recipe r = { .issuer = issuer, .signer = signer };
	factory_list_pem(&r, pem, sizeof pem);
	struct anchors_upload u = { .data = pem, .len = strlen(pem), .now_unix = FACTORY_NOW };
	assert_int_equal(crls_put(store, &u, NULL, NULL, NULL), 0);
}

/* The CA above the key that signs a revocation list is cross-signed. The key is accepted through the root
 * that is listed, whichever certificate the server sends first, as if the other root were not loaded. */
static void test_signer_of_revocation_lists(void **state)
{
	(void)state;
	struct made a = ca("/CN=A", "P-256:a", NULL), b = ca("/CN=B", "P-256:b", NULL),
		    i = ca("/CN=I", "P-256:i", &a), l = leaf(&i), by_a = ca("/CN=X", "P-256:x", &a),
		    by_b = ca("/CN=X", "P-256:x", &b), signer = ca("/CN=I", "P-256:lists", &by_a);
	upload(&a, "a", NULL);
	give(&a, NULL);
	give(&b, NULL);
	give(&by_a, NULL);
	give(&i, &signer);
	for (int is_b_loaded = 0; is_b_loaded < 2; is_b_loaded++) {
		if (is_b_loaded)
			upload(&b, "b", NULL);
		SEND(&l, &i, &signer, &by_b, &by_a);
		assert_int_equal(judge_with("a", VERIFY_REVOCATION_HARD), 0);
		SEND(&l, &i, &signer, &by_a, &by_b);
		assert_int_equal(judge_with("a", VERIFY_REVOCATION_HARD), 0);
	}
	/* what explains the refusal is still the root that is not listed */
	assert_int_equal(judge_with("b", VERIFY_REVOCATION_HARD), X509_V_ERR_CERT_UNTRUSTED);
	assert_string_equal(v.subject, "/CN=A");
	FREE(&a, &b, &i, &l, &by_a, &by_b, &signer);
}

/* By which the manager may change a list and verify no less than before. */
static void test_narrower_lists(void **state)
{
	static const struct {
		const char *before, *after;
		int narrows;
	} cases[] = {
		{ "", "", 1 },         { "", "a", 1 },     { "", "Pins", 1 },  { "a", "", 0 },
		{ "a", " ", 0 },       { "a", "A", 1 },    { "a, b", "b", 1 }, { "a, b", "b,a", 1 },
		{ "a, b", "b, c", 0 }, { "a", "a, b", 0 }, { "a", "Pins", 1 }, { "Pins", "a", 0 },
		{ "Pins", "pins", 1 }, { "Pins", "", 0 },  { "ab", "a", 0 },   { "a", "ab", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (allowed_narrows(cases[i].before, cases[i].after) != cases[i].narrows)
			fail_msg("\"%s\" to \"%s\"", cases[i].before, cases[i].after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lists_together),
		cmocka_unit_test(test_narrower_lists),
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, begin, end)
		WITH_STORE(test_the_root_of_another_service),
		WITH_STORE(test_all_gone),
		WITH_STORE(test_same_subject),
		WITH_STORE(test_cross_signed),
		WITH_STORE(test_other_faults),
		WITH_STORE(test_what_is_no_authority),
		WITH_STORE(test_second_verifier),
		WITH_STORE(test_signer_of_revocation_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
