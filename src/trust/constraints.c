/* SPDX-License-Identifier: MIT */
#include "constraints.h"
#include "x509/describe.h"
#include "x509/names.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORK_MAX = 1 << 18 };

/* The relation of a name to a subtree of a name constraint. The functions ..._within return one of these, or
 * a negative code (-X509_V_ERR_...) if it cannot be decided. */
enum { OUTSIDE, INSIDE };
enum side { PERMITTED, EXCLUDED };

struct text {
	const char *s;
	size_t len;
};

static struct text text_of(const ASN1_STRING *a)
{
	return (struct text){ (const char *)ASN1_STRING_get0_data(a), (size_t)ASN1_STRING_length(a) };
}

static int ends_with(struct text name, struct text tail)
{
	return name.len >= tail.len && names_equal(name.s + name.len - tail.len, tail.len, tail.s, tail.len);
}

static int same(struct text a, struct text b)
{
	return names_equal(a.s, a.len, b.s, b.len);
}

/* Returns 1 if the name is the domain base, or below it. */
static int within_domain(struct text name, struct text base)
{
	if (base.len == 0 || same(name, base))
		return 1;
	return ends_with(name, base) && name.s[name.len - base.len - 1] == '.';
}

/* RFC 5280 has no DNS constraint with a leading dot. Such a constraint is interpreted in the safer way: it
 * permits only names below the domain, but also excludes the domain itself. A name with a wildcard is
 * permitted if every name that the wildcard matches is permitted, and excluded if any of them is excluded. */
static int dns_within(struct text name, struct text base, enum side side)
{
	int below_only = base.len > 1 && base.s[0] == '.';
	struct text domain = { base.s + below_only, base.len - (size_t)below_only };
	if (domain.len && names_dns_form(domain.s, domain.len) != DNS_GOOD &&
	    names_dns_form(domain.s, domain.len) != DNS_LOOSE)
		return -X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX;
	struct text bare = name;
	int wildcard = name.len > 2 && name.s[0] == '*' && name.s[1] == '.';
	if (wildcard)
		bare = (struct text){ name.s + 2, name.len - 2 };
	if (names_dns_form(bare.s, bare.len) != DNS_GOOD && names_dns_form(bare.s, bare.len) != DNS_LOOSE)
		return -X509_V_ERR_UNSUPPORTED_NAME_SYNTAX;
	if (side == PERMITTED)
		return below_only ? (wildcard && same(bare, domain)) ||
					    (within_domain(bare, domain) && !same(bare, domain))
				  : within_domain(bare, domain);
	if (within_domain(bare, domain))
		return INSIDE;
	const char *dot = wildcard ? memchr(domain.s, '.', domain.len) : NULL;
	return dot && same(bare, (struct text){ dot + 1, domain.len - (size_t)(dot + 1 - domain.s) });
}

static int host_within(struct text host, struct text base, enum side side)
{
	if (base.len == 0)
		return side == EXCLUDED;
	if (base.s[0] == '.')
		return (host.len > base.len && ends_with(host, base)) ||
		       (side == EXCLUDED && same(host, (struct text){ base.s + 1, base.len - 1 }));
	return same(host, base);
}

static int email_within(struct text name, struct text base, enum side side)
{
	const char *at = names_at_sign(name.s, name.len);
	if (!at)
		return -X509_V_ERR_UNSUPPORTED_NAME_SYNTAX;
	struct text local = { name.s, (size_t)(at - name.s) }, host = { at + 1, name.len - local.len - 1 };
	const char *base_at = memrchr(base.s, '@', base.len);
	if (!base_at)
		return host_within(host, base, side);
	struct text base_local = { base.s, (size_t)(base_at - base.s) };
	struct text base_host = { base_at + 1, base.len - base_local.len - 1 };
	return local.len == base_local.len && memcmp(local.s, base_local.s, local.len) == 0 &&
	       same(host, base_host);
}

/* Returns the host of a URI scheme://[user@]host[:port][/...]; an empty text if the URI has none. */
static struct text uri_host(struct text name)
{
	const char *p = memmem(name.s, name.len, "://", 3), *end = name.s + name.len;
	if (!p || p == name.s)
		return (struct text){ NULL, 0 };
	p += 3;
	size_t len = 0;
	while (p + len < end && !strchr("/?#", p[len]))
		len++;
	const char *user = memrchr(p, '@', len);
	if (user)
		len -= (size_t)(user + 1 - p), p = user + 1;
	const char *port = memchr(p, ':', len);
	return (struct text){ p, port ? (size_t)(port - p) : len };
}

/* A URI whose host is not a name cannot be compared with a constraint. */
static int uri_within(struct text name, struct text base, enum side side)
{
	struct text host = uri_host(name);
	if (!host.s ||
	    (names_dns_form(host.s, host.len) != DNS_GOOD && names_dns_form(host.s, host.len) != DNS_LOOSE))
		return -X509_V_ERR_UNSUPPORTED_NAME_SYNTAX;
	return host_within(host, base, side);
}

/* Returns 1 if base is an address and a mask of 4 or 16 bytes each, and the mask has ones, then zeros. */
static int is_network(struct text base)
{
	const unsigned char *mask = (const unsigned char *)base.s + base.len / 2;
	int ended = 0;
	if (base.len != 8 && base.len != 32)
		return 0;
	for (size_t i = 0; i < base.len * 4; i++) {
		int one = mask[i / 8] >> (7 - i % 8) & 1;
		if (one && ended)
			return 0;
		ended = !one;
	}
	return 1;
}

static int address_within(struct text name, struct text base)
{
	size_t n = base.len / 2;
	const unsigned char *b = (const unsigned char *)base.s, *a = (const unsigned char *)name.s;
	if (!is_network(base))
		return -X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX;
	if (name.len != n)
		return OUTSIDE;
	for (size_t i = 0; i < n; i++)
		if ((a[i] ^ b[i]) & b[n + i])
			return OUTSIDE;
	return INSIDE;
}

/* Returns the first n entries of the name; NULL if the (n + 1)th belongs to the same relative name as the
 * nth. */
static X509_NAME *head_of(const X509_NAME *name, int n)
{
	const X509_NAME_ENTRY *last = X509_NAME_get_entry(name, n - 1), *next = X509_NAME_get_entry(name, n);
	if (!last || (next && X509_NAME_ENTRY_set(next) == X509_NAME_ENTRY_set(last)))
		return NULL;
	X509_NAME *head = X509_NAME_new();
	int good = head != NULL;
	for (int i = 0, set = -1; good && i < n; i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		good = X509_NAME_add_entry(head, e, -1, X509_NAME_ENTRY_set(e) == set ? -1 : 0);
		set = X509_NAME_ENTRY_set(e);
	}
	if (!good) {
		X509_NAME_free(head);
		head = NULL;
	}
	return head;
}

/* Returns whether name begins with all of base's relative names. */
static int directory_within(const X509_NAME *name, const X509_NAME *base)
{
	int n = X509_NAME_entry_count(base);
	if (n == 0)
		return INSIDE;
	X509_NAME *head = head_of(name, n);
	int inside = head && X509_NAME_cmp(head, base) == 0;
	X509_NAME_free(head);
	return inside;
}

static int within(const GENERAL_NAME *name, const GENERAL_NAME *base, enum side side)
{
	switch (name->type) {
	case GEN_DNS: return dns_within(text_of(name->d.dNSName), text_of(base->d.dNSName), side);
	case GEN_EMAIL: return email_within(text_of(name->d.rfc822Name), text_of(base->d.rfc822Name), side);
	case GEN_URI: return uri_within(text_of(name->d.ia5), text_of(base->d.ia5), side);
	case GEN_IPADD: return address_within(text_of(name->d.iPAddress), text_of(base->d.iPAddress));
	case GEN_DIRNAME: return directory_within(name->d.directoryName, base->d.directoryName);
	default: return -X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE;
	}
}

static void describe(const GENERAL_NAME *n, char *ret, size_t size)
{
	static const char *const forms[] = { "another name", "email:", "DNS:", "an X.400 address", "",
					     "an EDI party", "URI:",   "IP:",  "a registered ID" };
	size_t used =
		(size_t)snprintf(ret, size, "%s", n->type >= 0 && n->type <= GEN_RID ? forms[n->type] : "");
	if (n->type == GEN_DNS || n->type == GEN_EMAIL || n->type == GEN_URI)
		describe_bytes(ASN1_STRING_get0_data(n->d.ia5), (size_t)ASN1_STRING_length(n->d.ia5),
			       ret + used, size - used);
	else if (n->type == GEN_DIRNAME)
		X509_NAME_oneline(n->d.directoryName, ret, (int)size);
	else if (n->type == GEN_IPADD && names_address_text(n->d.ip, ret + used, size - used) < 0)
		describe_bytes(ASN1_STRING_get0_data(n->d.ip), (size_t)ASN1_STRING_length(n->d.ip),
			       ret + used, size - used);
}

/* Counts one comparison; that of a long directory name counts as several. Returns 0 if the limit is
 * exceeded. */
static int count_work(const GENERAL_NAME *base, size_t *work)
{
	*work += 1 +
		 (base->type == GEN_DIRNAME ? 4 * (size_t)X509_NAME_entry_count(base->d.directoryName) : 0);
	return *work <= WORK_MAX;
}

static void check_name(const struct check_at *at, const GENERAL_NAME *name, const NAME_CONSTRAINTS *nc,
		       size_t *work)
{
	char found[256];
	int asked = 0, inside = 0;
	long code = 0;
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees) && !code && !inside; i++) {
		const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i)->base;
		if (base->type != name->type)
			continue;
		int r = count_work(base, work) ? within(name, base, PERMITTED) : -X509_V_ERR_UNSPECIFIED;
		asked = 1;
		inside = r == INSIDE;
		code = r < 0 ? -r : 0;
	}
	if (!code && asked && !inside)
		code = X509_V_ERR_PERMITTED_VIOLATION;
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(nc->excludedSubtrees) && !code; i++) {
		const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(nc->excludedSubtrees, i)->base;
		if (base->type != name->type)
			continue;
		int r = count_work(base, work) ? within(name, base, EXCLUDED) : -X509_V_ERR_UNSPECIFIED;
		code = r < 0 ? -r : r == INSIDE ? X509_V_ERR_EXCLUDED_VIOLATION : 0;
	}
	if (!code)
		return;
	describe(name, found, sizeof found);
	FAILED(at, .code = code, .found = found, .wanted = "a name that every CA above may issue");
}

/* Returns 1 if the text is a host name, or a domain with a leading dot. */
static int is_domain(struct text t)
{
	size_t dot = t.len > 1 && t.s[0] == '.';
	enum dns_form form = names_dns_form(t.s + dot, t.len - dot);
	return form == DNS_GOOD || form == DNS_LOOSE;
}

static int well_formed(const GENERAL_NAME *base)
{
	struct text t = { "", 0 };
	if (base->type == GEN_IPADD)
		return is_network(text_of(base->d.iPAddress));
	if (base->type == GEN_DNS || base->type == GEN_URI || base->type == GEN_EMAIL)
		t = text_of(base->d.ia5);
	if (t.len == 0) /* an empty constraint applies to all names of its kind */
		return 1;
	return base->type == GEN_EMAIL && memchr(t.s, '@', t.len) ? names_at_sign(t.s, t.len) != NULL
								  : is_domain(t);
}

static void check_subtrees(const struct check_at *at, const STACK_OF(GENERAL_SUBTREE) * list)
{
	char found[256];
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++) {
		const GENERAL_SUBTREE *t = sk_GENERAL_SUBTREE_value(list, i);
		if ((t->minimum && ASN1_INTEGER_get(t->minimum) != 0) || t->maximum)
			FAILED(at, .code = X509_V_ERR_SUBTREE_MINMAX);
		describe(t->base, found, sizeof found);
		int dotted = t->base->type == GEN_DNS && ASN1_STRING_length(t->base->d.dNSName) > 0 &&
			     ASN1_STRING_get0_data(t->base->d.dNSName)[0] == '.';
		if (!well_formed(t->base))
			FAILED(at, .code = X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, .found = found);
		else if (dotted)
			FAILED(at, .code = X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, .weight = STRICT,
			       .found = found, .wanted = "a dNSName constraint without a dot in front");
	}
}

void constraints_check_form(const struct check_at *at)
{
	const NAME_CONSTRAINTS *nc = at->cert->ext[EXT_NAME_CONSTRAINTS];
	if (!nc)
		return;
	if (!at->cert->ca)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .weight = STRICT,
		       .found = "nameConstraints, but no CA");
	else if (!cert_is_critical(at->cert, EXT_NAME_CONSTRAINTS))
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .weight = STRICT,
		       .wanted = "critical nameConstraints");
	if (sk_GENERAL_SUBTREE_num(nc->permittedSubtrees) <= 0 &&
	    sk_GENERAL_SUBTREE_num(nc->excludedSubtrees) <= 0)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION,
		       .found = "nameConstraints that permit and exclude nothing");
	check_subtrees(at, nc->permittedSubtrees);
	check_subtrees(at, nc->excludedSubtrees);
}

static int has_uri(const STACK_OF(GENERAL_SUBTREE) * list)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++)
		if (sk_GENERAL_SUBTREE_value(list, i)->base->type == GEN_URI)
			return 1;
	return 0;
}

int constraints_hold_uris(const struct cert *ca)
{
	const NAME_CONSTRAINTS *nc = ca->ext[EXT_NAME_CONSTRAINTS];
	return nc && (has_uri(nc->permittedSubtrees) || has_uri(nc->excludedSubtrees));
}

/* OpenSSL 3.0 ends the host at the first colon after "://", wherever it is, or else at the first slash. */
int constraints_uri_misread(const struct cert *c)
{
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		if (n->type != GEN_URI)
			continue;
		struct text uri = text_of(n->d.ia5), host = uri_host(uri);
		const char *p = memmem(uri.s, uri.len, "://", 3);
		size_t rest = p ? uri.len - (size_t)(p + 3 - uri.s) : 0;
		const char *end = p ? memchr(p + 3, ':', rest) : NULL;
		if (p && !end)
			end = memchr(p + 3, '/', rest);
		if (host.s && (host.s != p + 3 || host.len != (end ? (size_t)(end - p - 3) : rest)))
			return 1;
	}
	return 0;
}

/* Checks the subject, mail addresses in it, and the common name if it is used as a host name. */
static void check_subject_names(const struct check_at *at, const NAME_CONSTRAINTS *nc, size_t *work)
{
	X509_NAME *subject = X509_get_subject_name(at->cert->x);
	GENERAL_NAME name = { .type = GEN_DIRNAME, .d.directoryName = subject };
	if (X509_NAME_entry_count(subject) > 0)
		check_name(at, &name, nc, work);
	for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, i)) >= 0;) {
		name.type = GEN_EMAIL;
		name.d.rfc822Name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
		check_name(at, &name, nc, work);
	}
	if (at->depth > 0 || cert_has(at->cert, EXT_ALT_NAMES))
		return;
	const ASN1_STRING *cn = names_common_name(at->cert);
	char text[256];
	int len = cn ? names_utf8(cn, text, sizeof text) : 0;
	if (len <= 0 || names_dns_form(text, (size_t)len) == DNS_BAD)
		return;
	ASN1_IA5STRING *host = ASN1_IA5STRING_new();
	if (host && ASN1_STRING_set(host, text, len)) {
		name.type = GEN_DNS;
		name.d.dNSName = host;
		check_name(at, &name, nc, work);
	}
	ASN1_IA5STRING_free(host);
}

void constraints_check(const struct check_at *at, const struct cert *ca, size_t *work)
{
	const NAME_CONSTRAINTS *nc = ca->ext[EXT_NAME_CONSTRAINTS];
	const GENERAL_NAMES *names = at->cert->ext[EXT_ALT_NAMES];
	if (!nc)
		return;
	size_t trees = (size_t)(sk_GENERAL_SUBTREE_num(nc->permittedSubtrees) +
				sk_GENERAL_SUBTREE_num(nc->excludedSubtrees) + 2);
	size_t n = (size_t)(sk_GENERAL_NAME_num(names) +
			    X509_NAME_entry_count(X509_get_subject_name(at->cert->x)) + 3);
	if (*work + trees * n > WORK_MAX) {
		FAILED(at, .code = X509_V_ERR_UNSPECIFIED,
		       .found = "more names and constraints than are compared");
		return;
	}
	*work += trees * n / 8; /* skipped pairs take time, too, though less */
	check_subject_names(at, nc, work);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		check_name(at, sk_GENERAL_NAME_value(names, i), nc, work);
}
