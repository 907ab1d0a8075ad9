/* SPDX-License-Identifier: MIT */
#include "openssl_verify.h"

#include "constraints.h"
#include "host_name.h"
#include "x509/names.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One call of X509_verify_cert, and its objection. */
struct question {
	const struct search *search;
	enum verify_name name;
	long code; /* OpenSSL's first objection for which there is no exception; 0: none */
	const struct cert *cert;
	int depth;
};

static const struct cert *top_of(const struct search *s)
{
	return search_cert(s, s->path.at[s->path.n - 1]);
}

/* Returns 1 if OpenSSL refuses this CA for its extended key usages although sealpost accepts them: OpenSSL
 * requires the usage for the purpose in CAs, too, and does not accept anyExtendedKeyUsage in its place. */
static int is_ca_for_any_usage(const struct question *q, const struct cert *c, int depth)
{
	unsigned wanted = q->search->rules.policy.purpose == VERIFY_CLIENT ? USAGE_CLIENT : USAGE_SERVER;
	return depth > 0 && cert_has(c, EXT_EXTENDED_USAGE) && (c->usages & USAGE_ANY) &&
	       !(c->usages & wanted) && (!cert_has(c, EXT_NETSCAPE_TYPE) || (c->netscape & NS_SSL_CA));
}

/* Returns 1 if a CA above this certificate constrains URIs, and the certificate has a URI of which OpenSSL
 * reads another part as the host. */
static int is_misread_uri(const struct question *q, const struct cert *c, int depth)
{
	const struct search *s = q->search;
	for (size_t i = (size_t)depth + 1; i < s->path.n; i++)
		if (constraints_hold_uris(search_cert(s, s->path.at[i])))
			return constraints_uri_misread(c);
	return 0;
}

/* Returns 1 if OpenSSL's refusal is one of the differences between the verifiers that docs/security.md
 * explains. For each of them the certificate must have the property that causes it; OpenSSL's code alone is
 * not enough. */
static int is_known_difference(const struct question *q, int code, const struct cert *c, int depth)
{
	switch (code) {
	case X509_V_ERR_INVALID_PURPOSE: return is_ca_for_any_usage(q, c, depth);
	case X509_V_ERR_CERT_HAS_EXPIRED: /* RFC 5280, 4.1.2.5: valid through the second of notAfter */
		return c->not_after == q->search->rules.now;
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
	case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX: return is_misread_uri(q, c, depth);
	case X509_V_ERR_HOSTNAME_MISMATCH: /* OpenSSL's wildcards do not match a label with an underscore */
		return depth == 0 && q->name == VERIFY_NAME_MATCH && strchr(q->search->host, '_') &&
		       host_name_only_by_wildcard(c, q->search->host);
	}
	return 0;
}

static const struct cert *cert_with(const struct search *s, const X509 *x)
{
	for (size_t i = 0; i < s->path.n; i++)
		if (search_cert(s, s->path.at[i])->x == x)
			return search_cert(s, s->path.at[i]);
	return NULL;
}

/* Called by X509_verify_cert for each good certificate and for each fault; returns 1 to continue. */
static int on_checked(int good, X509_STORE_CTX *ctx)
{
	struct question *q = X509_STORE_CTX_get_app_data(ctx);
	if (good)
		return 1;
	int code = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	const struct cert *c = cert_with(q->search, X509_STORE_CTX_get_current_cert(ctx));
	if (c && is_known_difference(q, code, c, depth)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	q->code = code;
	q->cert = c;
	q->depth = depth;
	return 0;
}

/* Returns 1 if sealpost's own verifier compares the common name with the host, so that OpenSSL must do the
 * same. Otherwise OpenSSL does not compare the common name with the CAs' name constraints either. */
static int counts_common_name(const struct search *s)
{
	return s->rules.policy.profile == VERIFY_GUIDE && !s->rules.policy.no_common_name &&
	       !cert_has(s->sent[0], EXT_ALT_NAMES);
}

static int set_name(const struct search *s, X509_VERIFY_PARAM *p)
{
	X509_VERIFY_PARAM_set_hostflags(
		p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
			   (counts_common_name(s) ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT));
	if (!s->host || !s->host[0])
		return 1;
	struct names_host h; /* names_host removes a final dot, which OpenSSL would compare */
	names_host(s->host, &h);
	return h.address_len ? X509_VERIFY_PARAM_set1_ip(p, h.address, h.address_len)
			     : X509_VERIFY_PARAM_set1_host(p, h.text, 0);
}

static int set_rules(const struct search *s, X509_STORE_CTX *ctx)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
	int top = s->path.at[s->path.n - 1];
	int pinned = s->path.n == 1 ||
		     ((size_t)top >= s->n_sent && anchors_at(s->anchors, (size_t)top - s->n_sent)->pin_host);
	unsigned long flags = (pinned ? X509_V_FLAG_PARTIAL_CHAIN : 0) |
			      (s->rules.policy.profile == VERIFY_STRICT ? X509_V_FLAG_X509_STRICT : 0);
	int purpose = s->rules.policy.purpose == VERIFY_SERVER   ? X509_PURPOSE_SSL_SERVER
		      : s->rules.policy.purpose == VERIFY_CLIENT ? X509_PURPOSE_SSL_CLIENT
								 : X509_PURPOSE_ANY;
	X509_VERIFY_PARAM_set_time(p, (time_t)s->rules.now);
	X509_VERIFY_PARAM_set_auth_level(p, 2);
	return X509_VERIFY_PARAM_set_flags(p, flags) && X509_STORE_CTX_set_purpose(ctx, purpose) &&
	       set_name(s, p);
}

/* Returns 1 if the service may trust what the path ends at. This is asked of the policy here, too,
 * whatever the search has found. */
static int is_allowed(const struct search *s)
{
	const struct allowed_roots *allowed = &s->rules.policy.allowed;
	for (size_t i = 0; i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		int counts = !a->pin_host || (s->host && strcasecmp(a->pin_host, s->host) == 0);
		if (counts && cert_same(a->cert, top_of(s)) && allowed_has(allowed, a))
			return 1;
	}
	return 0;
}

/* Calls X509_verify_cert. The stacks borrow the certificates. Returns 1 if OpenSSL accepts the path; 0 with
 * its objection in q. */
static int ask(struct question *q, X509_STORE_CTX *ctx, STACK_OF(X509) * trusted, STACK_OF(X509) * untrusted)
{
	const struct search *s = q->search;
	int has_root = s->path.anchored && is_allowed(s);
	for (size_t i = 1; i < s->path.n; i++) {
		int is_root = i + 1 == s->path.n && has_root;
		if (!sk_X509_push(is_root ? trusted : untrusted, search_cert(s, s->path.at[i])->x))
			return 0;
	}
	if (s->path.n == 1 && has_root && !sk_X509_push(trusted, top_of(s)->x))
		return 0;
	if (!X509_STORE_CTX_init(ctx, NULL, s->sent[0]->x, untrusted) || !set_rules(s, ctx))
		return 0;
	X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	X509_STORE_CTX_set_app_data(ctx, q);
	X509_STORE_CTX_set_verify_cb(ctx, on_checked);
	int good = X509_verify_cert(ctx) == 1;
	if (!good && !q->code)
		q->code = X509_STORE_CTX_get_error(ctx);
	return good;
}

static void add_refusal(const struct question *q, struct findings *to)
{
	char found[256];
	long code = q->code ? q->code : X509_V_ERR_OUT_OF_MEM;
	snprintf(found, sizeof found,
		 "the two verifiers disagree: sealpost's own accepts this chain, OpenSSL's X509_verify_cert "
		 "says \"%s\"",
		 X509_verify_cert_error_string(code));
	struct check_at at = { to, q->cert, q->depth };
	FAILED(&at, .code = code, .found = found,
	       .hint = "a chain must pass both verifiers: have the certificate issued anew without what "
		       "OpenSSL objects to, "
		       "and report the chain as a fault of sealpost");
	to->v->disagreed = code;
}

void openssl_verify(const struct search *s, struct findings *to)
{
	struct question q = { .search = s, .name = to->v->name };
	ERR_set_mark();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *trusted = sk_X509_new_null(), *untrusted = sk_X509_new_null();
	if (!ctx || !trusted || !untrusted || !ask(&q, ctx, trusted, untrusted))
		add_refusal(&q, to);
	X509_STORE_CTX_free(ctx);
	sk_X509_free(trusted);
	sk_X509_free(untrusted);
	ERR_pop_to_mark();
}
