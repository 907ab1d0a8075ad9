/* SPDX-License-Identifier: MIT */
/* Names: what a certificate may be called, and for which hosts it then is, one boundary after the other. */
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TEXT = 1 << 14 };
#define L10          "abcdefghij"
#define L60          L10 L10 L10 L10 L10 L10
#define L63          L60 "klm"
#define DOTTED(last) L63 "." L63 "." L63 "." last /* 192 letters and the last */

struct row {
	const char *names; /* subjectAltName; NULL: none */
	const char *host;  /* NULL: not asked for */
	long guide, strict;
	int matches;         /* in the guide's profile; the strict one's is the same unless strict_misses */
	const char *subject; /* NULL: "/O=Org" */
	void (*also)(X509 *x);
	const char *found; /* what the first finding of the guide's profile has found */
	int strict_misses;
	enum verify_purpose purpose;
	int no_common_name;
};

static void set_common_name(X509 *x, const char *bytes, int len)
{
	X509_NAME *n = X509_NAME_new();
	assert(X509_NAME_add_entry_by_NID(n, NID_commonName, V_ASN1_UTF8STRING, (const unsigned char *)bytes,
					  len, -1, 0));
	assert(X509_set_subject_name(x, n));
	X509_NAME_free(n);
}

static void nul_in_common_name(X509 *x)
{
	set_common_name(x, "a.example\0.org", 14);
}

static void of_255_bytes(X509 *x)
{
	set_common_name(x, L60 L60 L60 L60 L10 "abcde", 255);
}

static void of_256_bytes(X509 *x)
{
	set_common_name(x, L60 L60 L60 L60 L10 "abcdef", 256);
}

#define GOOD(name)                                                                                           \
	{                                                                                                    \
		"DNS:" name, name, .matches = 1                                                              \
	}
#define LOOSE(name)                                                                                          \
	{                                                                                                    \
		"DNS:" name, name, .strict = 53, .matches = 1                                                \
	}
/* No name: it stands for nothing, not even for what is spelt like it. */
#define BAD(name)                                                                                            \
	{                                                                                                    \
		"DNS:" name, name, .guide = 62, .strict = 53                                                 \
	}

static const struct row rows[] = {
	/* letters, digits and hyphens */
	GOOD("azAZ09-x.example"),
	GOOD("server"),
	GOOD("0.example"),
	GOOD("a-0.b"),
	LOOSE("a_b.example"),
	LOOSE("_a.example"),
	LOOSE("a.b_c"),
	BAD("a`.example"),
	BAD("a{.example"),
	BAD("a@b.example"),
	BAD("a[.example"),
	BAD("a/b.example"),
	BAD("a:b.example"),
	BAD("a b.example"),
	BAD("a..example"),
	BAD(".example"),
	BAD("a.example."),
	BAD("-a.example"),
	BAD("a-.example"),
	BAD("-"),
	BAD("a.-b"),
	BAD("a.b-"),
	/* no top-level domain is a number */
	BAD("a.123"),
	BAD("a.0"),
	BAD("a.9"),
	BAD("12"),
	GOOD("a.1b"),
	GOOD("a.b1"),
	GOOD("a.1-1"),
	GOOD("a.1b1"),
	GOOD("123.example"),
	/* how long it may be */
	GOOD(L63 ".example"),
	BAD(L63 "n.example"),
	GOOD("a." L63),
	BAD("a." L63 "n"),
	GOOD(DOTTED(L60 "a")),
	BAD(DOTTED(L60 "ab")),
	/* wildcards: the whole leftmost label, not above a single label or a public suffix */
	{ "DNS:*.hosts.example", "a.hosts.example", .matches = 1 },
	{ "DNS:*.hosts.example", "A.HOSTS.example", .matches = 1 },
	{ "DNS:*.hosts.example", "a.hostsxexample", .guide = 62, .strict = 62 },
	{ "DNS:*.hosts.example", "a.other.example", .guide = 62, .strict = 62 },
	{ "DNS:*.hosts.example", "hosts.example", .guide = 62, .strict = 62 },
	{ "DNS:*.hosts.example", "a.b.hosts.example", .guide = 62, .strict = 62 },
	{ "DNS:*.hosts.example", "localhost", .guide = 62, .strict = 62 },
	{ "DNS:*.hosts.example", ".hosts.example", .guide = 62, .strict = 62 },
	{ "DNS:*.a_b.example", "x.a_b.example", .matches = 1 },
	{ "DNS:*.co.uk", "a.co.uk", .guide = 62, .strict = 53 },
	{ "DNS:*.CO.UK", "a.co.uk", .guide = 62, .strict = 53 },
	{ "DNS:*.a.co.uk", "b.a.co.uk", .matches = 1 },
	{ "DNS:*.example", "a.example", .guide = 62, .strict = 53 },
	{ "DNS:*.-b.example", "a.-b.example", .guide = 62, .strict = 53 },
	{ "DNS:*", "example", .guide = 62, .strict = 53 },
	{ "DNS:*.", "a.", .guide = 62, .strict = 53 },
	{ "DNS:*a.hosts.example", "ba.hosts.example", .guide = 62, .strict = 53 },
	{ "DNS:*ab.hosts.example", "xab.hosts.example", .guide = 62, .strict = 53 },
	{ "DNS:**.hosts.example", "a.hosts.example", .guide = 62, .strict = 53 },
	{ "DNS:a.hosts.example", "*.hosts.example", .guide = 62, .strict = 62 },
	/* whole names only */
	{ "DNS:server.exam", "server.example", .guide = 62, .strict = 62 },
	{ "DNS:server.example.org", "server.example", .guide = 62, .strict = 62 },
	{ "DNS:server.exampel", "server.example", .guide = 62, .strict = 62 },
	{ "DNS:SERVER.example", "server.EXAMPLE.", .matches = 1 },
	{ "DNS:other.example,DNS:server.example", "server.example", .matches = 1 },
	{ "DNS:server.example", ".", .guide = 62, .strict = 62 },
	{ "DNS:server.example", "server.example..", .guide = 62, .strict = 62 },
	{ "DNS:server.example", DOTTED(L63 "." L63), .guide = 62, .strict = 62 },
	{ "DNS:server.example", DOTTED(L63), .guide = 62, .strict = 62 },     /* 255 */
	{ "DNS:server.example", DOTTED(L63 "n"), .guide = 62, .strict = 62 }, /* 256 */
	{ "DNS:server.example", NULL, .guide = 0 },
	{ "DNS:server.example", "", .guide = 0 },
	/* addresses */
	{ "IP:192.0.2.7", "192.0.2.7", .matches = 1 },
	{ "IP:192.0.2.7", "192.0.2.6", .guide = 64, .strict = 64 },
	{ "IP:192.0.2.7", "193.0.2.7", .guide = 64, .strict = 64 },
	{ "IP:2001:db8::7", "2001:DB8:0::7", .matches = 1 },
	{ "IP:2001:db8::7", "2001:db8::8", .guide = 64, .strict = 64 },
	{ "IP:c000:207::", "192.0.2.7", .guide = 64, .strict = 64 },
	{ "IP:192.0.2.7", "c000:207::", .guide = 64, .strict = 64 },
	{ "DNS:abcd", "97.98.99.100", .guide = 64, .strict = 64 },
	{ "DNS:192.0.2.7", "192.0.2.7", .guide = 64, .strict = 53 },
	{ "IP:97.98.99.100", "abcd", .guide = 62, .strict = 62 },
	/* control characters in any name; a blank is none */
	{ "DNS:server.example,DNS:a b.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,DNS:a\x1f.example", "server.example", .guide = 53, .strict = 53, .matches = 1 },
	{ "DNS:server.example,DNS:\x01"
	  "a.example",
	  "server.example", .guide = 53, .strict = 53, .matches = 1 },
	{ "DNS:server.example,DNS:a.example\x7f", "server.example", .guide = 53, .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:a\x01@b.example", "server.example", .guide = 53, .strict = 53,
	  .matches = 1 },
	{ "DNS:server.example,URI:https://a\x01/", "server.example", .guide = 53, .strict = 53,
	  .matches = 1 },
	{ "DNS:server.example", "server.example", .guide = 53, .strict = 53, .matches = 1,
	  .subject = "/CN=a\x01" },
	{ "DNS:server.example", "server.example", .guide = 53, .strict = 53, .matches = 1,
	  .also = nul_in_common_name },
	{ "DNS:server.example", "server.example", .matches = 1, .also = of_255_bytes },
	{ "DNS:server.example", "server.example", .guide = 53, .strict = 53, .matches = 1,
	  .also = of_256_bytes },
	{ NULL, "a.example", .guide = 53, .strict = 53, .also = nul_in_common_name },
	/* mail addresses */
	{ "DNS:server.example,email:a@b.example", "server.example", .matches = 1 },
	{ "DNS:server.example,email:a@b_c.example", "server.example", .matches = 1 },
	{ "DNS:server.example,email:a b@c.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:@c.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:c.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:a@-c.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:a@*.c.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:a@", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:\"a b\"@c.example", "server.example", .matches = 1 },
	{ "DNS:server.example,email:\"a b@c.example", "server.example", .strict = 53, .matches = 1 },
	{ "DNS:server.example,email:a b\\\"@c.example", "server.example", .strict = 53, .matches = 1 },
	/* the common name: only for want of alternative names, and only in the guide's profile */
	{ NULL, "server.example", .strict = 62, .matches = 1, .subject = "/CN=server.example",
	  .strict_misses = 1 },
	{ NULL, "server.example", .guide = 62, .strict = 62, .subject = "/CN=other.example",
	  .found = "CN:other.example" },
	{ NULL, "server.example", .guide = 62, .strict = 62, .subject = "/CN=server.exam" },
	{ NULL, "server.example", .guide = 62, .strict = 62, .subject = "/O=Org", .found = "" },
	{ NULL, "server.example", .guide = 62, .strict = 62,
	  .subject = "/CN=server.example/CN=other.example" },
	{ NULL, "server.example", .strict = 62, .matches = 1,
	  .subject = "/CN=other.example/CN=server.example", .strict_misses = 1 },
	{ NULL, "a.hosts.example", .strict = 62, .matches = 1, .subject = "/CN=*.hosts.example",
	  .strict_misses = 1 },
	{ NULL, "*.hosts.example", .guide = 62, .strict = 62, .subject = "/CN=*.hosts.example" },
	{ NULL, "192.0.2.7", .guide = 64, .strict = 64, .subject = "/CN=192.0.2.7" },
	{ NULL, "2001:db8::7", .guide = 64, .strict = 64, .subject = "/CN=2001:db8::7" },
	{ "email:a@b.example", "server.example", .guide = 62, .strict = 53, .subject = "/CN=server.example" },
	{ NULL, "server.example", .guide = 62, .strict = 62, .subject = "/CN=server.example",
	  .no_common_name = 1, .found = "the host as common name only" },
	{ "DNS:server.example", "server.example", .matches = 1, .no_common_name = 1 },
	/* beside alternative names, strict: letter by letter one of them, where it reads like a host */
	{ "DNS:server.example", "server.example", .matches = 1, .subject = "/CN=server.example" },
	{ "DNS:other.example,DNS:server.example", "server.example", .matches = 1,
	  .subject = "/CN=server.example" },
	{ "DNS:server.example", "server.example", .strict = 53, .matches = 1,
	  .subject = "/CN=Server.example" },
	{ "DNS:server.example", "server.example", .strict = 53, .matches = 1,
	  .subject = "/CN=server.exampl" },
	{ "DNS:server.example", "server.example", .strict = 53, .matches = 1,
	  .subject = "/CN=server.example.org" },
	{ "DNS:server.example", "server.example", .matches = 1, .subject = "/CN=Server" },
	{ "DNS:server.example", "server.example", .matches = 1, .subject = "/CN=The server.example" },
	{ "DNS:server.example", "server.example", .matches = 1, .subject = "/CN=ops@server.example" },
	{ "DNS:server.example", "server.example", .matches = 1, .subject = "/CN=other.example",
	  .purpose = VERIFY_ANY },
	{ "DNS:server.example,IP:192.0.2.7", "192.0.2.7", .matches = 1, .subject = "/CN=192.0.2.7" },
	{ "IP:192.0.2.7", "192.0.2.7", .strict = 53, .matches = 1, .subject = "/CN=192.0.2.8" },
	{ "DNS:server.example,IP:2001:db8::7", "2001:db8::7", .matches = 1, .subject = "/CN=2001:db8::7" },
	{ "IP:2001:db8::7", "2001:db8::7", .strict = 53, .matches = 1, .subject = "/CN=2001:db8::8" },
	{ "IP:192.0.2.7", "192.0.2.7", .strict = 53, .matches = 1, .subject = "/CN=0xC0000208" },
	{ "URI:192.0.2.8,IP:192.0.2.7", "192.0.2.7", .strict = 53, .matches = 1, .subject = "/CN=192.0.2.8" },
	/* what is told of a certificate for somebody else */
	{ "DNS:a.example,IP:192.0.2.1,IP:2001:db8::1,email:o@a.example,URI:https://a.example/,RID:1.2.3",
	  "server.example", .guide = 62, .strict = 62,
	  .found = "DNS:a.example, IP:192.0.2.1, IP:2001:db8::1, email:o@a.example, URI:https://a.example/, "
		   "a name of another type" },
	{ "DNS:a.example", "server.example", .guide = 62, .strict = 62, .found = "DNS:a.example" },
};

static void judge(const struct row *r, enum verify_profile profile, struct verdict *v)
{
	static char roots[TEXT], sent[TEXT], names[512];
	struct recipe root = { .subject = "/CN=Root", .key = "P-256:root" };
	struct recipe leaf = { .subject = r->subject ? r->subject : "/O=Org",
			       .drop = "subjectAltName",
			       .also = r->also };
	roots[0] = sent[0] = '\0';
	snprintf(names, sizeof names, "subjectAltName=%s", r->names ? r->names : "");
	if (r->names)
		leaf.add[0] = names;
	struct made top = factory_make(&root, NULL, factory_ca),
		    server = factory_make(&leaf, &top, factory_leaf);
	factory_pem(&top, roots, TEXT);
	factory_pem(&server, sent, TEXT);
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = roots, .len = strlen(roots), .mode = ANCHORS_AS_IS };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	struct verify_policy policy = { .profile = profile,
					.purpose = r->purpose,
					.no_common_name = r->no_common_name };
	verify_chain_judge(
		&(struct verify_request){
			.anchors = a, .at_unix = FACTORY_NOW, .host = r->host, .policy = policy },
		c, v);
	verify_chain_free(c);
	anchors_free(a);
	factory_free(&top);
	factory_free(&server);
}

static void test_rows(void **state)
{
	(void)state;
	static struct verdict v;
	int bad = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		int asked = r->host && *r->host;
		for (enum verify_profile p = VERIFY_GUIDE; p <= VERIFY_STRICT; p++) {
			judge(r, p, &v);
			int matches = r->matches && !(p == VERIFY_STRICT && r->strict_misses);
			enum verify_name named = !asked    ? VERIFY_NAME_UNCHECKED
						 : matches ? VERIFY_NAME_MATCH
							   : VERIFY_NAME_NO_MATCH;
			int told = p == VERIFY_STRICT || !r->found ||
				   (v.n && strcmp(v.findings[0].found, r->found) == 0);
			if (v.code == (p == VERIFY_STRICT ? r->strict : r->guide) && v.name == named && told)
				continue;
			fprintf(stderr,
				"row %zu, %s, subject %s, host %s, %s: got %ld, name %d, found '%s'\n", i,
				r->names ? r->names : "no names", r->subject ? r->subject : "-",
				asked ? r->host : "-", p ? "strict" : "guide", v.code, (int)v.name,
				v.n ? v.findings[0].found : "");
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
