/* SPDX-License-Identifier: MIT */
/* Chains made at random, with any mixture of right and wrong parts, judged here and by OpenSSL's
 * X509_verify_cert as anybody would call it, with policies and without the second verifier's recipe: what
 * OpenSSL refuses is refused here too, but for the differences that docs/security.md explains, and our own
 * verifier finds it first: the second one is never needed. */
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The leak sanitizer's own switches, where it is linked in. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

enum { ROUNDS = 1500 };
enum who { ROOT, INTER, LEAF };

static uint64_t seed = 20260701;

static size_t below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)((seed >> 11) % n);
}

static int chance(unsigned percent)
{
	return below(100) < percent;
}
#define PICK(list) list[below(sizeof list / sizeof *list)]

static const char *const basics[] = { "basicConstraints=critical,CA:TRUE", "basicConstraints=CA:TRUE",
				      "basicConstraints=critical,CA:FALSE",
				      "basicConstraints=critical,CA:TRUE,pathlen:0",
				      "basicConstraints=critical,CA:TRUE,pathlen:1" };
static const char *const usages[] = {
	"keyUsage=critical,keyCertSign,cRLSign", "keyUsage=keyCertSign",
	"keyUsage=critical,digitalSignature",    "keyUsage=critical,keyEncipherment",
	"keyUsage=critical,keyAgreement",        "keyUsage=nonRepudiation",
	"keyUsage=digitalSignature,keyCertSign"
};
static const char *const extended[] = { "extendedKeyUsage=serverAuth",
					"extendedKeyUsage=clientAuth",
					"extendedKeyUsage=OCSPSigning",
					"extendedKeyUsage=anyExtendedKeyUsage",
					"extendedKeyUsage=serverAuth,clientAuth",
					"extendedKeyUsage=critical,codeSigning" };
static const char *const netscape[] = { "nsCertType=server", "nsCertType=client", "nsCertType=sslCA",
					"nsCertType=emailCA,sslCA" };
static const char *const constraints[] = { "nameConstraints=critical,permitted;DNS:example",
					   "nameConstraints=critical,permitted;DNS:other",
					   "nameConstraints=critical,excluded;DNS:server.example",
					   "nameConstraints=permitted;DNS:.example",
					   "nameConstraints=critical,permitted;IP:192.0.2.0/255.255.255.0",
					   "nameConstraints=critical,excluded;DNS:b.hosts.example",
					   "nameConstraints=critical,permitted;email:mail.example" };
static const char *const names[] = { "subjectAltName=DNS:server.example",
				     "subjectAltName=DNS:*.hosts.example,DNS:server.example",
				     "subjectAltName=IP:192.0.2.7",
				     "subjectAltName=DNS:other.example,email:a@mail.example",
				     "subjectAltName=email:a@mail.example",
				     "subjectAltName=DNS:*.example",
				     "subjectAltName=critical,DNS:server.example,URI:https://x.example/" };
static const char *const policies[] = { "certificatePolicies=1.2.3.4", "certificatePolicies=2.5.29.32.0",
					"inhibitAnyPolicy=critical,0",
					"policyConstraints=critical,requireExplicitPolicy:0",
					"policyMappings=critical,1.2.3.4:1.2.3.5" };
static const char *const keys[] = { "P-256",   "P-384",    "RSA-2048", "RSA-1024",
				    "ED25519", "PSS-2048", "P-192",    "EXPLICIT-P-256" };
static const char *const digests[] = { "SHA256", "SHA384", "SHA1", "SHA224", "SHA512" };
static const char *const drops[] = { "basicConstraints", "keyUsage", "extendedKeyUsage",
				     "subjectKeyIdentifier authorityKeyIdentifier",
				     "authorityKeyIdentifier" };
static const char *const hosts[] = { "server.example",    "server.example", "server.example",
				     "a.hosts.example",   "192.0.2.7",      "other.example",
				     "a.b.hosts.example", "hosts.example" };

static void add(struct recipe *r, size_t *n, unsigned percent, const char *text)
{
	if (chance(percent))
		r->add[(*n)++] = text;
}

static void vary(struct recipe *r, enum who who, char key[32])
{
	size_t n = 0;
	snprintf(key, 32, "%s:%d", chance(12) ? PICK(keys) : keys[0], (int)who);
	r->key = key;
	add(r, &n, 7, PICK(basics));
	add(r, &n, 7, PICK(usages));
	add(r, &n, who == LEAF ? 12 : 5, PICK(extended));
	add(r, &n, 3, PICK(netscape));
	add(r, &n, who == LEAF ? 2 : 9, PICK(constraints));
	add(r, &n, who == LEAF ? 30 : 0, PICK(names));
	add(r, &n, 6, PICK(policies));
	r->drop = chance(25) ? PICK(drops) : who == LEAF && chance(5) ? "subjectAltName" : NULL;
	r->digest = chance(5) ? PICK(digests) : NULL;
	r->to = chance(2) ? -DAY : 0;
	r->from = chance(1) ? DAY : 0;
	r->tamper = chance(2);
	if (chance(2))
		r->raw[0] = (struct raw_ext){ "1.2.3.4.5", "0500", (int)below(2) };
	r->serial = chance(1) ? "-5" : NULL;
}

static int asks_for(const struct recipe *r, const char *what)
{
	for (size_t i = 0; i < 8 && r->add[i]; i++)
		if (strstr(r->add[i], what))
			return 1;
	return 0;
}

static int openssl_says(const struct made *m, const char *host, int strict)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *others = sk_X509_new_null();
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	X509_STORE_add_cert(store, m[ROOT].x);
	sk_X509_push(others, m[INTER].x);
	X509_STORE_CTX_init(c, store, m[LEAF].x, others);
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(c);
	X509_VERIFY_PARAM_set_time(p, FACTORY_NOW);
	X509_VERIFY_PARAM_set_auth_level(p, 2);
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_CHECK_SS_SIGNATURE | X509_V_FLAG_POLICY_CHECK |
					       (strict ? X509_V_FLAG_X509_STRICT : 0));
	X509_VERIFY_PARAM_add0_policy(p, OBJ_nid2obj(NID_any_policy));
	X509_STORE_CTX_set_purpose(c, X509_PURPOSE_SSL_SERVER);
	if (strcmp(host, "192.0.2.7") == 0)
		X509_VERIFY_PARAM_set1_ip_asc(p, host);
	else
		X509_VERIFY_PARAM_set1_host(p, host, 0);
	/* OpenSSL 3.0 never frees the policy constraints of a CA without policies */
	if (__lsan_disable)
		__lsan_disable();
	X509_verify_cert(c);
	if (__lsan_enable)
		__lsan_enable();
	int code = X509_STORE_CTX_get_error(c);
	X509_STORE_CTX_free(c);
	sk_X509_free(others);
	X509_STORE_free(store);
	return code;
}

static long we_say(const struct made *m, const char *host, int strict, long *disagreed)
{
	static struct verdict v;
	static char roots[16384], sent[32768];
	roots[0] = sent[0] = '\0';
	factory_pem(&m[ROOT], roots, sizeof roots);
	factory_pem(&m[LEAF], sent, sizeof sent);
	factory_pem(&m[INTER], sent, sizeof sent);
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = roots, .len = strlen(roots), .mode = ANCHORS_AS_IS };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
	struct verify_request q = { .anchors = a, .host = host, .at_unix = FACTORY_NOW };
	q.policy.profile = strict ? VERIFY_STRICT : VERIFY_GUIDE;
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	verify_chain_judge(&q, c, &v);
	verify_chain_free(c);
	anchors_free(a);
	*disagreed = v.disagreed;
	return v.code;
}

static void test_beside_openssl(void **state)
{
	(void)state;
	size_t both = 0, neither = 0, bad = 0;
	for (int round = 0; round < ROUNDS; round++) {
		struct recipe r[] = { { .subject = "/CN=R" },
				      { .subject = "/CN=I" },
				      { .subject = chance(85) ? "/CN=server.example" : "/O=Example" } };
		char key[3][32];
		struct made m[3];
		const char *host = PICK(hosts);
		int strict = (int)below(2);
		for (enum who w = ROOT; w <= LEAF; w++) {
			vary(&r[w], w, key[w]);
			m[w] = factory_make(&r[w], w ? &m[w - 1] : NULL,
					    w == LEAF ? factory_leaf : factory_ca);
		}
		long disagreed, ours = we_say(m, host, strict, &disagreed);
		int theirs = openssl_says(m, host, strict);
		both += !ours && !theirs;
		neither += ours && theirs;
		/* anyExtendedKeyUsage in a CA permits servers; a common name beside alternative names is not
		 * a name */
		int explained =
			(theirs == 26 && (asks_for(&r[ROOT], "anyExt") || asks_for(&r[INTER], "anyExt"))) ||
			((theirs == 47 || theirs == 48) && asks_for(&r[LEAF], "subjectAltName") &&
			 !asks_for(&r[LEAF], "DNS:"));
		if (!ours && theirs && !explained) {
			fprintf(stderr, "round %d, host %s, strict %d: accepted, though OpenSSL says %d %s\n",
				round, host, strict, theirs, X509_verify_cert_error_string(theirs));
			bad++;
		}
		if (disagreed) { /* our own verifier is to find it first, in its own words */
			fprintf(stderr,
				"round %d, host %s, strict %d: only the second verifier refuses, by %ld\n",
				round, host, strict, disagreed);
			bad++;
		}
		for (enum who w = ROOT; w <= LEAF; w++)
			factory_free(&m[w]);
	}
	fprintf(stderr, "%d rounds: %zu accepted by both, %zu by neither\n", ROUNDS, both, neither);
	assert_int_equal(bad, 0);
	assert_true(both > ROUNDS / 50 && neither > ROUNDS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_beside_openssl) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
