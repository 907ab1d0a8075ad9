/* SPDX-License-Identifier: MIT */
#include "trust/verify.h"

#include "base/mem.h"
#include "chain.h"
#include "host_name.h"
#include "path.h"
#include "openssl_verify.h"
#include "x509/codes.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char pins_alone[] =
	"this host is trusted by its pins alone (CA Add with Only), and none of them is in "
	"the chain";

/* Returns why the self-signed certificate c is no anchor of this verification although it was uploaded; NULL:
 * it was not uploaded. */
static const char *why_no_anchor(const struct search *s, const struct cert *c)
{
	const char *why = s->pins_alone ? pins_alone : NULL;
	for (size_t i = 0; i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		if (s->pins_alone || !cert_same(a->cert, c))
			continue;
		if (!a->pin_host)
			return s->rules.policy.profile == VERIFY_STRICT
				       ? "it was uploaded without a pin; profile Strict trusts a server's "
					 "self-signed certificate only where it is pinned to the server's "
					 "host (CA Add with Pin)"
				       : "it was uploaded without a pin, and is trusted only for a host "
					 "whose name is known";
		why = "it was uploaded, but is pinned to a host that was not asked for";
	}
	return why;
}

/* Returns what is loaded although the path does not end there; NULL: no anchor has this issuer's name. */
static const char *near_anchor(const struct search *s, const struct cert *top, const char **ret_hint)
{
	if (s->pins_alone) {
		*ret_hint =
			"pin the certificate that the server has now, or one above it, to this host (CA Add "
			"with Pin)";
		return pins_alone;
	}
	for (size_t i = 0; i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		if (!cert_names_join(top, a->cert))
			continue;
		*ret_hint = a->pin_host
				    ? "upload it without a pin, too, or pinned to this host"
				    : "the authority may have a new key: compare fingerprints with it, and "
				      "upload its present root; otherwise do not trust this server";
		return a->pin_host ? "an anchor of this name is loaded, but pinned to another host"
				   : "a root of this name with another key is loaded";
	}
	return NULL;
}

/* Writes what to do about an issuer that was neither sent nor is it loaded. It may be an intermediate or a
 * root, which its name does not show; but above an intermediate that was sent a root is more likely. */
static void missing_issuer(const struct search *s, const struct cert *top, char *ret, size_t size)
{
	char name[160];
	cert_issuer(top, name, sizeof name);
	if (s->path.n > 1)
		snprintf(
			ret, size,
			"if you trust %s, upload it; it is probably the root above the intermediate that the "
			"server sends, and if not, let the server send it, too",
			name);
	else
		snprintf(ret, size,
			 "let the server send %s, which issued its certificate, and the intermediates above "
			 "it; or upload it, if it is a root that you trust",
			 name);
}

/* Adds the finding that explains why the path does not reach an anchor. */
static void explain_end(const struct search *s, struct findings *to)
{
	const struct path *p = &s->path;
	int last = p->at[p->n - 1];
	struct cert *top = search_cert(s, last);
	struct check_at at = { to, top, (int)p->n - 1 };
	char wanted[256], missing[320];
	if (p->n == VERIFY_PATH_MAX) {
		FAILED(&at, .code = X509_V_ERR_CERT_CHAIN_TOO_LONG);
		return;
	}
	if (cert_self_signed(top)) {
		FAILED(&at,
		       .code = p->n == 1 ? X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
					 : X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
		       .found = why_no_anchor(s, top));
		return;
	}
	cert_issuer(top, wanted, sizeof wanted);
	const char *hint = NULL, *found = near_anchor(s, top, &hint);
	if ((size_t)last >= s->n_sent) {
		FAILED(&at, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, .wanted = wanted,
		       .found = found ? found : "an intermediate was uploaded as if it were a root",
		       .hint = hint);
		return;
	}
	missing_issuer(s, top, missing, sizeof missing);
	FAILED(&at, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, .wanted = wanted,
	       .found = found            ? found
			: s->n_sent == 1 ? "the server sent no intermediate"
					 : NULL,
	       .hint = found ? hint : missing);
	if (p->n == 1)
		FAILED(&at, .code = X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, .wanted = wanted,
		       .hint = found ? hint : missing);
}

/* Adds the finding that the path ends at a root that is loaded, and that this service may not trust. */
static void explain_barred(const struct search *s, struct findings *to)
{
	const struct allowed_roots *allowed = &s->rules.policy.allowed;
	int top = s->path.at[s->path.n - 1];
	/* where the server's own certificate was uploaded, the path is that certificate alone */
	struct check_at at = { to, search_cert(s, top), (int)s->path.n - 1 };
	char setting[80], wanted[256], found[256], hint[320];
	allowed_settings(allowed, setting, sizeof setting);
	snprintf(wanted, sizeof wanted, "a root that %s allows for %s", setting, allowed->service);
	snprintf(found, sizeof found, "this root is loaded, but %s does not allow it for %s", setting,
		 allowed->service);
	snprintf(hint, sizeof hint,
		 "if %s may trust this root, add its name or fingerprint to the Roots of %s; otherwise have "
		 "the server use a certificate of another authority",
		 allowed->service, setting);
	FAILED(&at, .code = VERIFY_ROOT_NOT_ALLOWED, .wanted = wanted, .found = found, .hint = hint);
}

/* Bars the roots that the policy does not allow. Returns how many they are. */
static size_t bar_roots(struct search *s)
{
	size_t n = 0;
	for (size_t i = 0; i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		s->not_allowed[i] = anchors_is_root(a) && !allowed_has(&s->rules.policy.allowed, a);
		n += s->not_allowed[i];
	}
	s->barred = n ? s->not_allowed : NULL;
	return n;
}

static int ends_at_barred(const struct search *s)
{
	int top = s->path.at[s->path.n - 1];
	return s->path.anchored && ((size_t)top < s->n_sent || s->not_allowed[(size_t)top - s->n_sent]);
}

/* Finds a path that the policy allows. If there is none, s->path is the one that explains most, and
 * *ret_barred says whether it ends at a root that is loaded, but not allowed; only then these roots are not
 * barred afterwards. Returns 1 if the path passes every check above the server's own certificate. */
static int find_path(struct search *s, int *ret_barred)
{
	size_t n = bar_roots(s);
	int good = path_find(s);
	if (!good && n) {
		s->barred = NULL;
		*ret_barred = path_find(s) && ends_at_barred(s);
		s->barred = s->not_allowed;
	}
	if (!good && !*ret_barred)
		path_find_closest(s);
	if (!s->path.anchored && n) {
		s->barred = NULL;
		path_find_closest(s);
		*ret_barred = ends_at_barred(s);
	}
	s->barred = n && !*ret_barred ? s->not_allowed : NULL;
	return good;
}

/* Returns 1 if the certificate issues others and names no host, so that it can hardly be a server's own. */
static int only_issues(const struct cert *c)
{
	return c->ca && cert_has(c, EXT_KEY_USAGE) && (c->key_usage & KU_KEY_CERT_SIGN) &&
	       !cert_has(c, EXT_ALT_NAMES);
}

/* Returns a sentence about the order of the chain if the first certificate is not the server's own: it is a
 * CA's, or it is for another host and a later certificate is for the requested host. Otherwise returns
 * NULL. */
static const char *wrong_order(const struct search *s)
{
	struct findings count = { .profile = s->rules.policy.profile };
	struct check_at at = { .to = &count, .cert = s->sent[0] };
	enum verify_name first = host_name_check(&at, &s->rules, s->host);
	for (size_t i = 1; i < s->n_sent; i++) {
		if (s->sent[i]->ca)
			continue;
		at.cert = s->sent[i];
		if (s->sent[0]->ca)
			return "a CA's certificate comes first: the server's own must be the first, its "
			       "issuers follow";
		if (first == VERIFY_NAME_NO_MATCH &&
		    host_name_check(&at, &s->rules, s->host) == VERIFY_NAME_MATCH)
			return "another certificate of the chain is for this host: the server's own must be "
			       "the first, its issuers follow";
	}
	if (first != VERIFY_NAME_MATCH && only_issues(s->sent[0]) && s->rules.policy.purpose != VERIFY_ANY)
		return "it is a CA's certificate: the server's own is missing, which must be the first (a "
		       "file with the full chain has it)";
	return NULL;
}

/* Fills the verdict's fields about the path: its certificates and the dates between which it is valid. */
static void describe_path(const struct search *s, struct verdict *v)
{
	v->built = s->path.n;
	for (size_t i = 0; i < s->path.n; i++) {
		int number = s->path.at[i];
		const struct cert *c = search_cert(s, number);
		v->path[i] = (size_t)number < s->n_sent ? number : -1 - (number - (int)s->n_sent);
		if (c->not_before > v->path_from)
			v->path_from = c->not_before;
		if (!i || c->not_after < v->certificate_until) {
			v->certificate_until = c->not_after;
			v->certificate_from = c->not_before;
		}
	}
	v->valid_until = v->certificate_until;
	if (s->lists_until && s->lists_until < v->valid_until)
		v->valid_until = s->lists_until;
}

/* Verifies the chain for the date r->at_unix; with r->floor_unix that date is a moment. */
static void judge_at(const struct verify_request *r, const struct verify_chain *in, struct verdict *v)
{
	const char *reason = NULL, *hint = "";
	if (r->at_unix == 0)
		reason = "the date is not known",
		hint = "set NTP servers and wait until the date is synchronised";
	else if (anchors_count(r->anchors) == 0)
		reason = "no root certificate is loaded",
		hint = "upload the root certificate of the server's CA";
	else if (in->n == 0)
		reason = in->damaged[0] ? in->damaged : "the server sent no certificate";
	else if (in->n > SENT_MAX)
		reason = "the server sent more than 64 certificates",
		hint = codes_hint(X509_V_ERR_CERT_CHAIN_TOO_LONG);
	if (reason) {
		verdict_unable(v, reason, hint);
		v->judged_at = r->at_unix;
		v->sent = in->n;
		return;
	}
	memset(v, 0, sizeof *v);
	v->judged_at = r->at_unix;
	v->sent = in->n;
	cert_subject(in->at[0], v->subject, sizeof v->subject);
	struct findings to = { .v = v, .profile = r->policy.profile };
	struct check_at leaf = { &to, in->at[0], 0 }, whole = { &to, NULL, -1 };
	struct search *s = mem_new(sizeof *s);
	*s = (struct search){
		.anchors = r->anchors,
		.sent = in->at,
		.n_sent = in->n,
		.host = r->host,
		.rules = { .policy = r->policy, .now = r->at_unix, .is_earliest = r->floor_unix != 0 }
	};
	to.leaf_hint = wrong_order(s);
	if (in->damaged[0])
		FAILED(&whole, .code = X509_V_ERR_APPLICATION_VERIFICATION, .found = in->damaged,
		       .hint = "repair what cannot be read in the chain, or leave it out");
	check_cert(&leaf, ROLE_LEAF, &s->rules);
	v->name = host_name_check(&leaf, &s->rules, r->host);
	int is_barred = 0, good = find_path(s, &is_barred);
	path_check(s, &to);
	if (is_barred)
		explain_barred(s, &to);
	else if (!s->path.anchored)
		explain_end(s, &to);
	else if (s->path.uploaded_leaf)
		FAILED(&leaf, .code = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, .weight = NOTE,
		       .found = "it was uploaded, and is trusted as the server that it names",
		       .hint = "trusted as uploaded, for the names that it carries; profile Strict asks for "
			       "a pin (CA Add with Pin)");
	/* path_find reached a limit of its search before it tried this path, which is good */
	if (!good && !to.refusals)
		FAILED(&whole, .code = X509_V_ERR_UNSPECIFIED);
	if (!to.refusals)
		openssl_verify(s, &to);
	describe_path(s, v);
	findings_to_verdict(&to);
	free(s);
}

void verify_chain_judge(const struct verify_request *r, const struct verify_chain *c, struct verdict *v)
{
	/* another moment may lead to another path, whose validity begins at another time */
	enum { MOMENTS_MAX = 8 };
	struct verify_request at = *r;
	if (r->at_unix || !r->floor_unix) {
		at.floor_unix = 0;
		judge_at(&at, c, v);
		return;
	}
	at.at_unix = r->floor_unix;
	for (int i = 0; i < MOMENTS_MAX; i++) {
		judge_at(&at, c, v);
		int64_t moment = v->path_from > r->floor_unix ? v->path_from : r->floor_unix;
		if (moment == at.at_unix || !v->built)
			return;
		at.at_unix = moment;
	}
	verdict_unable(v, "the date is not known, and no moment fits one path of the chain",
		       "have the server send one chain without cross-signed certificates");
	v->judged_at = at.at_unix;
	v->sent = c->n;
}

int64_t verify_chain_forecast(const struct verify_request *r, const struct verify_chain *c, struct verdict *v)
{
	/* Each round verifies the chain for the second after the first end of validity in the path of the
	 * previous round. It may still be trusted then, through another path. If it is trusted in all rounds,
	 * no date of refusal is returned. */
	enum { STEPS_MAX = 64 };
	struct verify_request then = *r;
	for (int i = 0; i < STEPS_MAX; i++) {
		verify_chain_judge(&then, c, v);
		if (v->code)
			return then.at_unix;
		then.at_unix = v->valid_until + 1;
	}
	return 0;
}
