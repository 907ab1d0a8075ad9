/* SPDX-License-Identifier: MIT */
/* 5,000 spoiled certificates and chains, others in each run, since signatures differ: none makes
 * verification stumble, and none is accepted unless every signed byte of the path that was built is as its
 * issuer signed it. MUTATION_ROUNDS asks for another number. */
#include "certstore/crls.h"
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROUNDS = 5000, CERTS = 4, DER_MAX = 4096 };

struct der {
	unsigned char bytes[DER_MAX + 64];
	size_t len;
};

static uint64_t seed = 0x5ea1905751ull;

static size_t below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n ? (size_t)(seed % n) : 0;
}

static void der_of(const struct made *m, struct der *ret)
{
	unsigned char *p = ret->bytes;
	ret->len = (size_t)i2d_X509(m->x, &p);
	assert_true(ret->len <= DER_MAX);
}

/* One change: bits, bytes, lengths, pieces that are cut, doubled or taken from another certificate. */
static void spoil(struct der *d, const struct der *other)
{
	static const unsigned char odd[] = { 0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff, 0x30,
					     0x31, 0x02, 0x03, 0x05, 0x06, 0xa0, 0xa3 };
	size_t at = below(d->len), n = 1 + below(16);
	switch (below(7)) {
	case 0: d->bytes[at] ^= (unsigned char)(1u << below(8)); break;
	case 1: d->bytes[at] = odd[below(sizeof odd)]; break;
	case 2: d->bytes[at] = (unsigned char)(d->bytes[at] + (below(2) ? 1 : 255)); break;
	case 3:
		n = n > d->len - at ? d->len - at : n;
		memmove(d->bytes + at, d->bytes + at + n, d->len - at - n);
		d->len -= n;
		break;
	case 4:
		if (d->len + n <= DER_MAX) {
			memmove(d->bytes + at + n, d->bytes + at, d->len - at);
			d->len += n;
		}
		break;
	case 5:
		for (size_t i = 0; i < n && at + i < d->len && at + i < other->len; i++)
			d->bytes[at + i] = other->bytes[at + i];
		break;
	default: d->len = at;
	}
}

static void add_pem(const struct der *d, char *text, size_t size)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio(b, "CERTIFICATE", "", d->bytes, (long)d->len);
	long len = BIO_get_mem_data(b, &data);
	size_t used = strlen(text);
	assert_true(used + (size_t)len < size);
	memcpy(text + used, data, (size_t)len);
	text[used + (size_t)len] = '\0';
	BIO_free(b);
}

/* What its issuer signed, as the library reads it. */
static size_t signed_part(const struct der *d, unsigned char ret[DER_MAX + 64])
{
	const unsigned char *p = d->bytes;
	X509 *x = d2i_X509(NULL, &p, (long)d->len);
	unsigned char *to = ret;
	int len = x ? i2d_re_X509_tbs(x, &to) : 0;
	X509_free(x);
	return len > 0 ? (size_t)len : 0;
}

/* The certificate of the verdict's path at i, among those sent or loaded. */
static int same_signed_part(const struct der *now, const struct der *then)
{
	unsigned char a[DER_MAX + 64], b[DER_MAX + 64];
	size_t la = signed_part(now, a), lb = signed_part(then, b);
	return la && la == lb && memcmp(a, b, la) == 0;
}

/* With this root, if it is taken, and these revocation lists, if any. */
static struct anchors *anchors_of(const struct der *root, const char *lists)
{
	static char roots[16384];
	roots[0] = '\0';
	add_pem(root, roots, sizeof roots);
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = roots, .len = strlen(roots), .mode = ANCHORS_AS_IS };
	anchors_put(a, &u, NULL, NULL, NULL);
	if (lists)
		crls_put(a,
			 &(struct anchors_upload){
				 .data = lists, .len = strlen(lists), .mode = ANCHORS_AS_IS },
			 NULL, NULL, NULL);
	return a;
}

static void test_mutations(void **state)
{
	(void)state;
	struct recipe root = { .subject = "/CN=R", .key = "P-256:r" };
	struct recipe upper = { .subject = "/CN=U",
				.key = "P-256:u",
				.add = { "nameConstraints=critical,permitted;DNS:example",
					 "certificatePolicies=1.2.3.4,1.2.3.5",
					 "policyConstraints=critical,requireExplicitPolicy:0" } };
	struct recipe lower = { .subject = "/CN=L",
				.key = "P-256:l",
				.add = { "basicConstraints=critical,CA:TRUE,pathlen:0",
					 "crlDistributionPoints=URI:http://a/l",
					 "certificatePolicies=1.2.3.4" } };
	struct recipe leaf = { .subject = "/CN=server.example",
			       .add = { "certificatePolicies=1.2.3.4",
					"subjectAltName=DNS:server.example,DNS:*.hosts.example,IP:192.0.2.7,"
					"URI:https://server.example/",
					"crlDistributionPoints=URI:http://a/l",
					"authorityInfoAccess=OCSP;URI:http://a/o" } };
	struct made m[CERTS];
	struct der good[CERTS], now[CERTS];
	m[0] = factory_make(&root, NULL, factory_ca);
	m[1] = factory_make(&upper, &m[0], factory_ca);
	m[2] = factory_make(&lower, &m[1], factory_ca);
	m[3] = factory_make(&leaf, &m[2], factory_leaf);
	for (int i = 0; i < CERTS; i++)
		der_of(&m[i], &good[i]);
	static char lists[8192], sent[32768];
	lists[0] = '\0';
	for (int i = 0; i < 3; i++)
		factory_list_pem(&(struct list_recipe){ .issuer = &m[i] }, lists, sizeof lists);
	struct anchors *whole[2] = { anchors_of(&good[0], NULL), anchors_of(&good[0], lists) };

	const char *text = getenv("MUTATION_ROUNDS");
	size_t rounds = text ? strtoul(text, NULL, 10) : ROUNDS;
	static struct verdict v;
	size_t believed = 0, unchanged = 0;
	for (size_t round = 0; round < rounds; round++) {
		size_t victim = below(CERTS), times = below(8) ? 1 : 1 + below(4);
		memcpy(now, good, sizeof now);
		for (size_t i = 0; i < times; i++)
			spoil(&now[victim], &good[below(CERTS)]);
		unchanged += now[victim].len == good[victim].len &&
			     !memcmp(now[victim].bytes, good[victim].bytes, good[victim].len);
		sent[0] = '\0';
		for (int i = CERTS - 1; i > 0; i--)
			add_pem(&now[i], sent, sizeof sent);
		int listed = below(4) == 0;
		struct anchors *spoiled = victim == 0 ? anchors_of(&now[0], listed ? lists : NULL) : NULL;
		struct anchors *a = spoiled ? spoiled : whole[listed];
		struct verify_request q = { .anchors = a, .host = "server.example", .at_unix = FACTORY_NOW };
		q.policy.profile = below(2) ? VERIFY_STRICT : VERIFY_GUIDE;
		q.policy.revocation = crls_count(a) ? VERIFY_REVOCATION_HARD : VERIFY_REVOCATION_OFF;
		struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
		assert_non_null(c);
		verify_chain_judge(&q, c, &v);
		if (v.code == 0) {
			believed++;
			assert_int_equal(v.built, CERTS);
			assert_true(same_signed_part(&now[victim], &good[victim]));
		}
		verify_chain_free(c);
		anchors_free(spoiled);
	}
	/* The unspoiled chain is accepted, or all this says nothing. Few others can be: those whose change
	 * lies outside of what is signed and is read as the same. */
	fprintf(stderr, "%zu rounds: %zu accepted, %zu of all had come out unchanged\n", rounds, believed,
		unchanged);
	assert_true(believed >= unchanged);
	assert_true(unchanged > 0 && believed < unchanged + rounds / 100);
	for (int i = 0; i < CERTS; i++)
		factory_free(&m[i]);
	anchors_free(whole[0]);
	anchors_free(whole[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mutations) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
