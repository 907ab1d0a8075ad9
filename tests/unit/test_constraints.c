/* SPDX-License-Identifier: MIT */
/* Name constraints: what a CA may issue, held against every form of name, one boundary after the other. */
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TEXT = 1 << 15 };

struct row {
	const char *what;
	const char *names;              /* the leaf's subjectAltName; NULL: none */
	const char *constraint;         /* as nameConstraints is configured; NULL: see raw and directory */
	long code;                      /* in the guide's profile */
	const char *raw;                /* nameConstraints as it is encoded, in hexadecimal */
	const char *permits, *excludes; /* a directory name, "/O=Org"; "-": the empty one */
	const char *subject;            /* the leaf's; NULL: "/O=Org" */
	const char *below;              /* the subject of one more CA between; NULL: none */
	int by_root;                    /* the root has the constraint, not the intermediate */
	void (*also)(X509 *x);          /* done to the leaf */
};

/* "/C=US/CN=x+O=Example": what + joins is one relative name; encoded, CN is the first of these. */
static X509_NAME *name_of(const char *text)
{
	char copy[128], *plus;
	snprintf(copy, sizeof copy, "%s", text);
	plus = strchr(copy, '+');
	if (plus)
		*plus++ = '\0';
	X509_NAME *n = factory_name(copy);
	if (plus)
		assert(X509_NAME_add_entry_by_txt(n, "O", MBSTRING_ASC, (const unsigned char *)plus + 2, -1,
						  -1, -1));
	return n;
}

static void two_values(X509 *x)
{
	X509_NAME *n = name_of("/C=US/CN=x+O=Example");
	assert(X509_set_subject_name(x, n));
	X509_NAME_free(n);
}

#define P "critical,permitted;"
#define X "critical,excluded;"

static const struct row rows[] = {
	/* DNS: by whole labels */
	{ "the domain itself", "DNS:example", P "DNS:example", .code = 0 },
	{ "below it", "DNS:a.b.EXAMPLE", P "DNS:example", .code = 0 },
	{ "below one of two labels", "DNS:b.a.example", P "DNS:a.example", .code = 0 },
	{ "another with the same letters at its end", "DNS:server.notexample", P "DNS:example", .code = 47 },
	{ "excluded: another with the same letters at its end", "DNS:server.notexample", X "DNS:example",
	  .code = 0 },
	{ "shorter than the domain", "DNS:ample", P "DNS:example", .code = 47 },
	{ "as long, other letters", "DNS:exampel", P "DNS:example", .code = 47 },
	{ "beside it", "DNS:b.example", P "DNS:a.example", .code = 47 },
	{ "above it", "DNS:example", P "DNS:a.example", .code = 47 },
	{ "excluded: above it", "DNS:example", X "DNS:a.example", .code = 0 },
	{ "excluded: the domain itself", "DNS:example", X "DNS:example", .code = 48 },
	{ "underscore in the name", "DNS:a_b.example", P "DNS:example", .code = 0 },
	{ "underscore in the constraint", "DNS:x.a_b.example", P "DNS:a_b.example", .code = 0 },
	{ "no name at all", "DNS:a..example", P "DNS:example", .code = 53 },
	{ "the second name is outside", "DNS:a.example,DNS:a.other", P "DNS:example", .code = 47 },
	{ "one of two permitted", "DNS:a.example", P "DNS:other,permitted;DNS:example", .code = 0 },
	{ "none of two permitted", "DNS:a.third", P "DNS:other,permitted;DNS:example", .code = 47 },
	{ "the first of two permitted", "DNS:a.example", P "DNS:example,permitted;DNS:other", .code = 0 },
	{ "the first of two excluded", "DNS:a.example", X "DNS:example,excluded;DNS:other", .code = 48 },
	{ "not permitted, and another excluded", "DNS:a.example", P "DNS:other,excluded;DNS:bad",
	  .code = 47 },
	{ "the second of two excluded", "DNS:a.example", X "DNS:other,excluded;DNS:example", .code = 48 },
	{ "permitted, and excluded further down", "DNS:a.bad.example",
	  P "DNS:example,excluded;DNS:bad.example", .code = 48 },
	{ "excluded, and the form permitted nowhere", "DNS:a.example", P "email:example,excluded;DNS:example",
	  .code = 48 },
	{ "other forms are free", "DNS:a.example", P "email:other", .code = 0 },
	/* a dot in front */
	{ "dot: below it", "DNS:a.example", P "DNS:.example", .code = 0 },
	{ "dot: two below it", "DNS:b.a.example", P "DNS:.example", .code = 0 },
	{ "dot: the domain itself", "DNS:hosts.example", P "DNS:.hosts.example", .code = 47 },
	{ "dot: another domain", "DNS:a.other", P "DNS:.example", .code = 47 },
	{ "dot, excluded: below it", "DNS:a.example", X "DNS:.example", .code = 48 },
	{ "dot, excluded: the domain itself", "DNS:example", X "DNS:.example", .code = 48 },
	{ "dot, excluded: another", "DNS:notexample", X "DNS:.example", .code = 0 },
	/* wildcards */
	{ "wildcard: all of it", "DNS:*.hosts.example", P "DNS:hosts.example", .code = 0 },
	{ "wildcard: all of it, with a dot", "DNS:*.hosts.example", P "DNS:.hosts.example", .code = 0 },
	{ "wildcard: all of it, further up", "DNS:*.hosts.example", P "DNS:.example", .code = 0 },
	{ "wildcard: some of it", "DNS:*.hosts.example", P "DNS:a.hosts.example", .code = 47 },
	{ "wildcard: some of it, with a dot", "DNS:*.hosts.example", P "DNS:.a.hosts.example", .code = 47 },
	{ "wildcard: beside it", "DNS:*.hosts.example", P "DNS:.other.example", .code = 47 },
	{ "wildcard, excluded: one that it covers", "DNS:*.hosts.example", X "DNS:b.hosts.example",
	  .code = 48 },
	{ "wildcard, excluded: all below it", "DNS:*.hosts.example", X "DNS:.hosts.example", .code = 48 },
	{ "wildcard, excluded: two labels further down", "DNS:*.hosts.example", X "DNS:c.b.hosts.example",
	  .code = 0 },
	{ "wildcard, excluded: below another domain", "DNS:*.hosts.example", X "DNS:b.other.example",
	  .code = 0 },
	{ "wildcard, excluded: a single label", "DNS:*.hosts.example", X "DNS:localhost", .code = 0 },
	{ "no wildcard, excluded: its neighbour", "DNS:b.hosts.example", X "DNS:c.hosts.example", .code = 0 },
	{ "a star in a label", "DNS:*a.hosts.example", P "DNS:hosts.example", .code = 53 },
	{ "a star alone", "DNS:*", X "DNS:example", .code = 53 },
	{ "a star and a dot", "DNS:*.", X "DNS:example", .code = 53 },
	/* mail */
	{ "mail: the host", "email:a@mail.example", P "email:mail.example", .code = 0 },
	{ "mail: another host", "email:a@mail.example", P "email:other.example", .code = 47 },
	{ "mail: a host below it", "email:a@b.mail.example", P "email:mail.example", .code = 47 },
	{ "mail: dot, below it", "email:a@b.mail.example", P "email:.mail.example", .code = 0 },
	{ "mail: dot, the host itself", "email:a@mail.example", P "email:.mail.example", .code = 47 },
	{ "mail: dot, the same letters", "email:a@bmail.example", P "email:.mail.example", .code = 47 },
	{ "mail: dot, excluded, another", "email:a@mail.example", X "email:.other.example", .code = 0 },
	{ "mail: nothing permitted", "email:a@mail.example", NULL, 47, .raw = "3006a00430028100" },
	{ "mail: the box", "email:a@mail.example", P "email:a@MAIL.example", .code = 0 },
	{ "mail: a longer box", "email:ab@mail.example", P "email:a@mail.example", .code = 47 },
	{ "mail: a shorter box", "email:a@mail.example", P "email:ab@mail.example", .code = 47 },
	{ "mail: a box in capitals", "email:A@mail.example", P "email:a@mail.example", .code = 47 },
	{ "mail: the box elsewhere", "email:a@other.example", P "email:a@mail.example", .code = 47 },
	{ "mail in the subject, first", "DNS:a.example", X "email:bad.example", 48,
	  .subject = "/emailAddress=a@bad.example" },
	{ "mail in the subject, second of two", "DNS:a.example", X "email:bad.example", 48,
	  .subject = "/emailAddress=a@good.example/emailAddress=a@bad.example" },
	/* URIs */
	{ "URI: the host, nothing behind", "URI:https://x.good.example", P "URI:x.good.example", .code = 0 },
	{ "URI: a path", "URI:https://x.good.example/a:b@c.example", P "URI:x.good.example", .code = 0 },
	{ "URI: a question", "URI:https://x.good.example?@c.example/", P "URI:x.good.example", .code = 0 },
	{ "URI: a fragment", "URI:https://x.good.example#@c.example/", P "URI:x.good.example", .code = 0 },
	{ "URI: a user", "URI:https://u@x.good.example/", P "URI:x.good.example", .code = 0 },
	{ "URI: two at signs", "URI:https://x.good.example@v@y.bad.example/", P "URI:x.good.example",
	  .code = 47 },
	{ "URI: a port", "URI:https://x.good.example:1/", P "URI:x.good.example", .code = 0 },
	{ "URI: the user is the host permitted", "URI:https://x.good.example:1@bad.example/",
	  P "URI:x.good.example", .code = 47 },
	{ "URI: an underscore", "URI:https://a_b.good.example/", P "URI:.good.example", .code = 0 },
	{ "URI: dot, excluded, the domain itself", "URI:https://good.example/", X "URI:.good.example",
	  .code = 48 },
	{ "URI: dot, excluded, another", "URI:https://x.good.example/", X "URI:.bad.example", .code = 0 },
	{ "URI: no scheme", "URI:://x.good.example/", P "URI:x.good.example", .code = 53 },
	{ "URI: no host", "URI:x://", P "URI:x.good.example", .code = 53 },
	{ "URI: an IPv6 address", "URI:https://[::1]/", X "URI:bad.example", .code = 53 },
	/* addresses, bit by bit */
	{ "IP: in the network", "IP:192.0.2.255", P "IP:192.0.2.0/255.255.255.0", .code = 0 },
	{ "IP: outside by the last octet", "IP:192.0.2.7", P "IP:192.0.2.0/255.255.255.252", .code = 47 },
	{ "IP: inside by the last octet", "IP:192.0.2.3", P "IP:192.0.2.0/255.255.255.252", .code = 0 },
	{ "IP: outside by the last bit", "IP:192.0.2.6", P "IP:192.0.2.7/255.255.255.255", .code = 47 },
	{ "IP: outside by the first octet", "IP:193.0.2.7", P "IP:192.0.0.0/255.0.0.0", .code = 47 },
	{ "IP: outside by the first bit", "IP:64.0.2.7", P "IP:192.0.0.0/128.0.0.0", .code = 47 },
	{ "IP: outside by an octet between", "IP:192.1.2.7", P "IP:192.0.0.0/255.255.0.0", .code = 47 },
	{ "IP: outside by the third octet", "IP:192.0.3.7", P "IP:192.0.2.0/255.255.255.0", .code = 47 },
	{ "IP: everything", "IP:192.0.2.7", P "IP:0.0.0.0/0.0.0.0", .code = 0 },
	{ "IP: excluded by the last octet", "IP:192.0.2.7", X "IP:192.0.2.4/255.255.255.252", .code = 48 },
	{ "IP: not excluded by the last octet", "IP:192.0.2.8", X "IP:192.0.2.4/255.255.255.252", .code = 0 },
	{ "IPv6: in the network", "IP:2001:db8::7", P "IP:2001:db8::/ffff:ffff::", .code = 0 },
	{ "IPv6: outside", "IP:2001:db9::7", P "IP:2001:db8::/ffff:ffff::", .code = 47 },
	{ "IPv6: outside by the last bit", "IP:2001:db8::6",
	  P "IP:2001:db8::7/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", .code = 47 },
	{ "IPv6 that begins like the IPv4 network", "IP:c000:207::", P "IP:192.0.2.0/255.255.255.0",
	  .code = 47 },
	{ "IPv4, network for IPv6", "IP:192.0.2.7", P "IP:c000:200::/ffff:ff00::", .code = 47 },
	{ "mask with a hole before its last bit", "IP:192.0.2.7", P "IP:192.0.2.0/255.255.255.253",
	  .code = 52 },
	{ "mask with a hole at its first bit", "IP:192.0.2.7", P "IP:64.0.2.0/127.255.255.255", .code = 52 },
	{ "IPv6 mask with a hole before its last bit", "IP:2001:db8::7",
	  P "IP:2001:db8::/ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd", .code = 52 },
	{ "a network of 6 bytes", "DNS:a.example", NULL, 52, .raw = "300ca00a30088706c00002ffffff" },
	/* directory names, by whole relative names */
	{ "directory: it begins so", "DNS:a.example", NULL, 0, .permits = "/C=US/O=Example",
	  .subject = "/C=US/O=Example/CN=x" },
	{ "directory: the very name", "DNS:a.example", NULL, 0, .permits = "/C=US/O=Example",
	  .subject = "/C=US/O=Example" },
	{ "directory: shorter", "DNS:a.example", NULL, 47, .permits = "/C=US/O=Example", .subject = "/C=US" },
	{ "directory: the second differs", "DNS:a.example", NULL, 47, .permits = "/C=US/O=Example",
	  .subject = "/C=US/O=Other/CN=x" },
	{ "directory: the first differs", "DNS:a.example", NULL, 47, .permits = "/C=US/O=Example",
	  .subject = "/C=DE/O=Example/CN=x" },
	{ "directory: half of a relative name", "DNS:a.example", NULL, 47, .permits = "/C=US/O=Example",
	  .also = two_values },
	{ "directory: half of a relative name is not excluded", "DNS:a.example", NULL, 0,
	  .excludes = "/C=US/O=Example", .also = two_values },
	{ "directory: the first half of a relative name", "DNS:a.example", NULL, 47, .permits = "/C=US/CN=x",
	  .also = two_values },
	{ "directory: the first half of one is not excluded", "DNS:a.example", NULL, 0,
	  .excludes = "/C=US/CN=x", .also = two_values },
	{ "directory: a whole relative name of two values", "DNS:a.example", NULL, 0,
	  .permits = "/C=US/CN=x+O=Example", .also = two_values },
	{ "directory: excluded by one of two values", "DNS:a.example", NULL, 48,
	  .excludes = "/C=US/CN=x+O=Example", .also = two_values },
	{ "directory: another relative name of two values", "DNS:a.example", NULL, 47,
	  .permits = "/C=US/CN=y+O=Example", .also = two_values },
	{ "directory: two relative names instead of one of two values", "DNS:a.example", NULL, 47,
	  .permits = "/C=US/CN=x+O=Example", .subject = "/C=US/CN=x/O=Example" },
	{ "directory: before a relative name of two values", "DNS:a.example", NULL, 0, .permits = "/C=US",
	  .also = two_values },
	{ "directory: excluded", "DNS:a.example", NULL, 48, .excludes = "/C=US",
	  .subject = "/C=US/O=Example" },
	{ "directory: all excluded", "DNS:a.example", NULL, 48, .excludes = "-" },
	{ "directory: all permitted", "DNS:a.example", NULL, 0, .permits = "-" },
	{ "directory: no subject is no name", "critical,DNS:a.example", NULL, 0, .permits = "/O=Other",
	  .subject = "-" },
	/* a common name that stands for a host */
	{ "common name, permitted", NULL, P "DNS:example", 0, .subject = "/CN=a.example" },
	{ "common name, not permitted", NULL, P "DNS:example", 47, .subject = "/CN=a.other" },
	{ "common name beside alternative names", "DNS:a.example", P "DNS:example", 0,
	  .subject = "/CN=a.other" },
	{ "common name that is no host", NULL, P "DNS:example", 0, .subject = "/CN=Some server" },
	{ "common name of a CA", "DNS:a.example", P "DNS:example", 0, .below = "/CN=ca.other" },
	/* CAs between are held to it, too, but for those that a CA issued to itself */
	{ "a CA between is outside", "DNS:a.example", NULL, 47, .permits = "/O=Org", .below = "/O=Other" },
	{ "a CA between is inside", "DNS:a.example", NULL, 0, .permits = "/O=Org", .below = "/O=Org/CN=CA" },
	{ "by the root: the intermediate is outside", "DNS:a.example", NULL, 47, .permits = "/O=Org",
	  .by_root = 1 },
	{ "by the root: both are inside", "DNS:a.example", NULL, 0, .permits = "/C=US/O=Example",
	  .by_root = 1, .subject = "/C=US/O=Example/CN=x" },
	{ "by the root: two below", "DNS:a.other", P "DNS:example", 47, .by_root = 1, .below = "/O=Org" },
	{ "a CA that was issued to itself", "DNS:a.example", NULL, 0, .permits = "/O=Org",
	  .below = "/C=US/O=Example/CN=Intermediate" },
	{ "a server with the issuer's own name", "DNS:a.bad.example", X "DNS:bad.example", 48,
	  .subject = "/C=US/O=Example/CN=Intermediate" },
	/* how it is written */
	{ "a maximum", "IP:192.0.2.7", NULL, 49, .raw = "300ca10a30088203626164810101" },
	{ "a minimum", "IP:192.0.2.7", NULL, 49, .raw = "300ca10a30088203626164800101" },
	{ "a minimum of zero", "IP:192.0.2.7", NULL, 0, .raw = "300ca10a30088203626164800100" },
	{ "nothing permitted, nothing excluded", "DNS:a.example", NULL, 41, .raw = "3004a000a100" },
	{ "a wildcard, and no name of the form", "IP:192.0.2.7", X "DNS:*.example", .code = 52 },
	{ "a dot alone", "IP:192.0.2.7", X "DNS:.", .code = 52 },
	{ "two dots in front", "IP:192.0.2.7", X "DNS:..example", .code = 52 },
	{ "a hyphen in front", "IP:192.0.2.7", X "DNS:-example", .code = 52 },
	{ "a mail address as a DNS name", "IP:192.0.2.7", X "DNS:a@b.example", .code = 52 },
	{ "a URI as a URI's host", "DNS:a.example", X "URI:https://a.example/", .code = 52 },
	{ "a URI's host with an underscore", "DNS:a.example", X "URI:a_b.example", .code = 0 },
	{ "a mail host that is none", "DNS:a.example", X "email:a b", .code = 52 },
	{ "the second is written wrongly", "IP:192.0.2.7", X "DNS:a.example,excluded;DNS:-example",
	  .code = 52 },
};

static char *directory_constraint(const char *name, int permits)
{
	NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
	GENERAL_SUBTREE *t = GENERAL_SUBTREE_new();
	unsigned char *der = NULL;
	GENERAL_NAME_set0_value(t->base, GEN_DIRNAME, name_of(name));
	STACK_OF(GENERAL_SUBTREE) *list = sk_GENERAL_SUBTREE_new_null();
	sk_GENERAL_SUBTREE_push(list, t);
	*(permits ? &nc->permittedSubtrees : &nc->excludedSubtrees) = list;
	ASN1_OCTET_STRING s = { .length = ASN1_item_i2d((const ASN1_VALUE *)nc, &der,
							ASN1_ITEM_rptr(NAME_CONSTRAINTS)) };
	static char hex[512];
	for (int i = 0; i < s.length; i++)
		snprintf(hex + 2 * i, sizeof hex - 2 * (size_t)i, "%02x", der[i]);
	OPENSSL_free(der);
	NAME_CONSTRAINTS_free(nc);
	return hex;
}

static long judge(const struct row *r, struct verdict *v)
{
	static char roots[TEXT], sent[TEXT], constraint[256], names[256];
	struct recipe root = { .subject = "/C=US/O=Example/CN=Root", .key = "P-256:root" };
	struct recipe inter = { .subject = "/C=US/O=Example/CN=Intermediate", .key = "P-256:inter" };
	struct recipe below = { .subject = r->below, .key = "P-256:below" };
	struct recipe leaf = { .subject = r->subject ? r->subject : "/O=Org",
			       .drop = "subjectAltName",
			       .also = r->also };
	struct recipe *bound = r->by_root ? &root : &inter;
	roots[0] = sent[0] = '\0';
	snprintf(constraint, sizeof constraint, "nameConstraints=%s", r->constraint ? r->constraint : "");
	if (r->constraint)
		bound->add[0] = constraint;
	else
		bound->raw[0] =
			(struct raw_ext){ "2.5.29.30",
					  r->raw ? r->raw
						 : directory_constraint(r->permits ? r->permits : r->excludes,
									r->permits != NULL),
					  1 };
	snprintf(names, sizeof names, "subjectAltName=%s", r->names ? r->names : "");
	if (r->names)
		leaf.add[0] = names;
	struct made top = factory_make(&root, NULL, factory_ca),
		    middle = factory_make(&inter, &top, factory_ca);
	struct made low = factory_make(r->below ? &below : &inter, &middle, factory_ca);
	struct made server = factory_make(&leaf, r->below ? &low : &middle, factory_leaf);
	factory_pem(&top, roots, TEXT);
	factory_pem(&server, sent, TEXT);
	factory_pem(&middle, sent, TEXT);
	if (r->below)
		factory_pem(&low, sent, TEXT);
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = roots, .len = strlen(roots), .mode = ANCHORS_AS_IS };
	assert_int_equal(anchors_put(a, &u, NULL, NULL, NULL), 0);
	struct verify_chain *c = verify_chain_new(sent, strlen(sent), NULL);
	verify_chain_judge(&(struct verify_request){ .anchors = a, .at_unix = FACTORY_NOW }, c, v);
	verify_chain_free(c);
	anchors_free(a);
	struct made *all[] = { &top, &middle, &low, &server };
	for (size_t i = 0; i < 4; i++)
		factory_free(all[i]);
	return v->code;
}

static void test_rows(void **state)
{
	(void)state;
	static struct verdict v;
	int bad = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		long code = judge(&rows[i], &v);
		if (code == rows[i].code)
			continue;
		fprintf(stderr, "%s: expected %ld, got %ld (%s)\n", rows[i].what, rows[i].code, code,
			v.n ? v.findings[0].found : "");
		bad++;
	}
	assert_int_equal(bad, 0);
}

/* The verdict says which name it was. */
static void test_found(void **state)
{
	(void)state;
	static struct verdict v;
	static const struct {
		struct row row;
		const char *found;
	} cases[] = {
		{ { .names = "DNS:a.other", .constraint = P "DNS:example", .code = 47 }, "DNS:a.other" },
		{ { .names = "email:a@other.example", .constraint = P "email:mail.example", .code = 47 },
		  "email:a@other.example" },
		{ { .names = "URI:https://a.other/x", .constraint = P "URI:a.example", .code = 47 },
		  "URI:https://a.other/x" },
		{ { .names = "IP:192.0.2.7", .constraint = P "IP:198.51.100.0/255.255.255.0", .code = 47 },
		  "IP:192.0.2.7" },
		{ { .names = "IP:2001:db8::7", .constraint = X "IP:2001:db8::/ffff:ffff::", .code = 48 },
		  "IP:2001:db8::7" },
		{ { .names = "DNS:a.example", .permits = "/O=Other", .code = 47 }, "/O=Org" },
		{ { .names = "IP:192.0.2.7", .constraint = X "DNS:-b.example", .code = 52 },
		  "DNS:-b.example" },
		{ { .names = "DNS:a.example", .constraint = X "IP:192.0.2.0/255.0.255.0", .code = 52 },
		  "IP:192.0.2.0/255.0.255.0" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(judge(&cases[i].row, &v), cases[i].row.code);
		assert_string_equal(v.findings[0].found, cases[i].found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_found) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
