/* SPDX-License-Identifier: MIT */
#include "policies.h"

#include "policy_form.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Returns the flags that a root without policies of its own sets for the certificates below it (RFC 5937).
 * Constraints that apply only after some CAs are applied at once, unless there are fewer CAs. */
static unsigned asked_by(const struct search *s, const struct path *p, const struct cert *root)
{
	const POLICY_CONSTRAINTS *c = root->ext[EXT_POLICY_CONSTRAINTS];
	long below = 0;
	for (size_t i = 0; i + 1 < p->n; i++)
		below += !search_cert(s, p->at[i])->self_issued;
	return (c && c->requireExplicitPolicy && ASN1_INTEGER_get(c->requireExplicitPolicy) <= below
			? X509_V_FLAG_EXPLICIT_POLICY
			: 0) |
	       (c && c->inhibitPolicyMapping && ASN1_INTEGER_get(c->inhibitPolicyMapping) < below
			? X509_V_FLAG_INHIBIT_MAP
			: 0) |
	       (root->ext[EXT_INHIBIT_ANY] && ASN1_INTEGER_get(root->ext[EXT_INHIBIT_ANY]) < below
			? X509_V_FLAG_INHIBIT_ANY
			: 0);
}

/* Returns 1 if a CA has policy constraints but no policies: then no policy is valid below it, and the only
 * question is whether one is required. OpenSSL 3.0 must not be called for such a path, nor for wrong policies
 * (which policy_form reports), since it leaks memory then (policy_cache_new). */
static int none_is_valid(const struct search *s, const struct path *p, size_t judged)
{
	for (size_t i = 0; i < judged; i++) {
		const struct cert *c = search_cert(s, p->at[i]);
		const CERTIFICATEPOLICIES *list = c->ext[EXT_POLICIES];
		if (cert_has(c, EXT_POLICY_CONSTRAINTS) && (!list || policy_form_is_wrong(list)))
			return 1;
	}
	return 0;
}

/* Returns 1 if the path requires a valid policy (RFC 5280, 6.1.2 (d), 6.1.4 (h) and (i), 6.1.5 (a) and (b)).
 * Like the other functions here it considers the path's first `judged` certificates only. */
static int one_is_required(const struct search *s, const struct path *p, size_t judged, unsigned flags)
{
	/* number of further certificates, from the root down, that need no valid policy */
	long left = flags & X509_V_FLAG_EXPLICIT_POLICY ? 0 : (long)judged + 1;
	for (size_t i = judged; i-- > 0 && left > 0;) {
		const struct cert *c = search_cert(s, p->at[i]);
		const POLICY_CONSTRAINTS *limits = c->ext[EXT_POLICY_CONSTRAINTS];
		long skip = limits && limits->requireExplicitPolicy
				    ? ASN1_INTEGER_get(limits->requireExplicitPolicy)
				    : -1;
		left -= !c->self_issued;
		if (skip >= 0 && skip < left)
			left = skip;
	}
	return left == 0;
}

static int ask_library(const struct search *s, const struct path *p, size_t judged, unsigned flags)
{
	int explicit_policy = 0;
	X509_POLICY_TREE *tree = NULL;
	STACK_OF(X509) *certs = sk_X509_new_null();
	STACK_OF(ASN1_OBJECT) *wanted = sk_ASN1_OBJECT_new_null();
	int good = certs && wanted && sk_ASN1_OBJECT_push(wanted, OBJ_nid2obj(NID_any_policy)) > 0;
	for (size_t i = 0; good && i < p->n; i++)
		good = sk_X509_push(certs, search_cert(s, p->at[i])->x) > 0;
	/* X509_policy_check ignores the last certificate, so a root that counts is passed twice. */
	if (good && judged == p->n)
		good = sk_X509_push(certs, search_cert(s, p->at[p->n - 1])->x) > 0;
	int r = good ? X509_policy_check(&tree, &explicit_policy, certs, wanted, flags)
		     : X509_PCY_TREE_INTERNAL;
	X509_policy_tree_free(tree);
	sk_X509_free(certs);
	sk_ASN1_OBJECT_free(wanted);
	ERR_clear_error();
	return r;
}

/* sealpost accepts any policy, so a path can fail only if one of its certificates has policy constraints. A
 * root that has policies is processed like the certificates below it; one without policies only sets flags
 * (asked_by). */
void policies_check(struct search *s, const struct path *p, struct findings *to)
{
	int demanded = 0;
	for (size_t i = 0; i < p->n; i++)
		demanded |= cert_has(search_cert(s, p->at[i]), EXT_POLICY_CONSTRAINTS);
	if (!demanded)
		return;
	const struct cert *root = search_cert(s, p->at[p->n - 1]);
	int full = cert_has(root, EXT_POLICIES);
	size_t judged = full ? p->n : p->n - 1;
	unsigned flags = full ? 0 : asked_by(s, p, root);
	int r;
	if (none_is_valid(s, p, judged))
		r = one_is_required(s, p, judged, flags) ? X509_PCY_TREE_FAILURE : X509_PCY_TREE_VALID;
	else
		r = ask_library(s, p, judged, flags);
	struct check_at whole = { to, NULL, -1 };
	if (r == X509_PCY_TREE_FAILURE)
		FAILED(&whole, .code = X509_V_ERR_NO_EXPLICIT_POLICY);
	else if (r != X509_PCY_TREE_VALID)
		FAILED(&whole, .code = X509_V_ERR_INVALID_POLICY_EXTENSION);
}
