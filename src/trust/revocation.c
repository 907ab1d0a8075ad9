/* SPDX-License-Identifier: MIT */
#include "revocation.h"

#include "base/mem.h"
#include "certstore/crls.h"
#include "path.h"
#include "x509/asn1_time.h"
#include "x509/crl.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

/* How many times the signer of a list may itself be looked up in another list. */
enum { NESTED_MAX = 2 };

/* Returns the weight of a finding that leaves unknown whether a certificate is revoked: mode Hard refuses,
 * mode Soft adds a note. */
static enum weight doubt(const struct search *s)
{
	return s->rules.policy.revocation == VERIFY_REVOCATION_HARD ? REFUSE : NOTE;
}

static int may_sign_lists(const struct cert *c)
{
	return !cert_has(c, EXT_KEY_USAGE) || (c->key_usage & KU_CRL_SIGN);
}

/* A CA may sign its lists with another key than its certificates. Returns 1 if the certificate of that key,
 * the candidate with this number, leads to the same anchor as the path p. */
static int leads_to_same_anchor(struct search *s, const struct path *p, int number)
{
	struct cert *sent[SENT_MAX + 1];
	size_t n = 0;
	sent[n++] = search_cert(s, number);
	for (size_t i = 1; i < s->n_sent && n < SENT_MAX; i++)
		if ((int)i != number)
			sent[n++] = s->sent[i];
	struct search *sub = mem_new(sizeof *sub);
	*sub = (struct search){ .anchors = s->anchors,
				.sent = sent,
				.n_sent = n,
				.host = s->host,
				.barred = s->barred,
				.rules = s->rules,
				.nested = s->nested + 1 };
	sub->rules.policy.purpose = VERIFY_ANY;
	struct findings count = { .profile = s->rules.policy.profile };
	struct check_at at = { &count, sent[0], 0 };
	check_form(&at, ROLE_CA, &sub->rules);
	check_key(&at, ROLE_CA);
	int good = !count.refusals && path_find(sub) &&
		   cert_same_name_and_key(search_cert(sub, sub->path.at[sub->path.n - 1]),
					  search_cert(s, p->at[p->n - 1]));
	free(sub);
	return good;
}

/* Returns 1 if the list was signed by another key of the CA that issued the i-th certificate of the path, and
 * that key's certificate leads to the same anchor. */
static int signed_by_other_key(struct search *s, const struct path *p, size_t i, struct crl *l)
{
	if (s->nested == NESTED_MAX)
		return 0;
	for (size_t k = 1; k < s->n_sent + anchors_count(s->anchors); k++) {
		struct cert *c = search_cert(s, (int)k);
		if (!crl_issued_by_name(l, X509_get_subject_name(c->x)) ||
		    cert_same(c, search_cert(s, p->at[i + 1])) || !may_sign_lists(c) || !crl_signed_by(l, c))
			continue;
		if (k < s->n_sent ? leads_to_same_anchor(s, p, (int)k)
				  : cert_same(c, search_cert(s, p->at[p->n - 1])))
			return 1;
	}
	return 0;
}

static void check_list_form(const struct check_at *at, const struct crl *l, enum weight w)
{
	if (l->broken)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .weight = w,
		       .found = "an extension of the revocation list is broken");
	if (l->unknown_critical[0])
		FAILED(at, .code = X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, .weight = w,
		       .found = l->unknown_critical);
	if (l->digest_bits < 112)
		FAILED(at, .code = X509_V_ERR_CA_MD_TOO_WEAK, .weight = w,
		       .found = "the signature of the revocation list");
	if (l->this_form == ASN1_TIME_UNREADABLE)
		FAILED(at, .code = X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, .weight = w);
	if (l->next_form == ASN1_TIME_UNREADABLE)
		FAILED(at, .code = X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, .weight = w);
	if (l->next_form == ASN1_TIME_ABSENT)
		FAILED(at, .code = X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, .weight = w,
		       .found = "a revocation list without nextUpdate: nobody can tell whether a newer one "
				"exists",
		       .hint = "have the CA issue its lists with nextUpdate (openssl ca: default_crl_days), "
			       "then upload one");
	if (w != NOTE && (X509_CRL_get_version(l->x) != 1 || !l->has_number || l->number_critical ||
			  !l->has_authority_key || l->this_form == ASN1_TIME_WRONG_FORM ||
			  l->next_form == ASN1_TIME_WRONG_FORM))
		FAILED(at, .code = X509_V_ERR_APPLICATION_VERIFICATION, .weight = STRICT,
		       .wanted = "a revocation list of version 2 with key identifier and a number that is "
				 "not critical");
}

/* With is_earliest, a list that is dated after now may be valid, since the date is not known. */
static void check_list_dates(const struct check_at *at, const struct crl *l, const struct rules *r,
			     enum weight w)
{
	char found[96], day[40];
	int64_t now = r->now;
	if (l->this_form != ASN1_TIME_UNREADABLE && now < l->this_update && !r->is_earliest) {
		asn1_time_text(l->this_update, day, sizeof day);
		snprintf(found, sizeof found, "issued %s", day);
		FAILED(at, .code = X509_V_ERR_CRL_NOT_YET_VALID, .weight = w, .found = found);
	}
	if (l->next_form == ASN1_TIME_GOOD && now > l->next_update) {
		asn1_time_text(l->next_update, day, sizeof day);
		snprintf(found, sizeof found, "the next one was due %s", day);
		FAILED(at, .code = X509_V_ERR_CRL_HAS_EXPIRED, .weight = w, .found = found);
	}
}

void revocation_check_list(const struct check_at *at, const struct crl *l, const struct rules *r,
			   enum weight w)
{
	check_list_form(at, l, w);
	check_list_dates(at, l, r, w);
}

/* The result of looking up a certificate in a list; a higher value overrides a lower one of another list. */
enum answer { NOT_COVERED, DOUBTFUL, GOOD, REVOKED };

/* Looks up the i-th certificate in one list; faults of the list get the weight w. */
static enum answer ask_list(struct search *s, const struct path *p, size_t i, struct crl *l,
			    struct findings *to, enum weight w)
{
	struct cert *c = search_cert(s, p->at[i]), *issuer = search_cert(s, p->at[i + 1]);
	struct check_at at = { to, c, (int)i };
	int covers = crl_covers(l, c);
	if (covers == 0) {
		FAILED(&at, .code = X509_V_ERR_DIFFERENT_CRL_SCOPE, .weight = w);
		return NOT_COVERED;
	}
	if (crl_signed_by(l, issuer)) {
		if (!may_sign_lists(issuer)) {
			FAILED(&at, .code = X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, .weight = w);
			return DOUBTFUL;
		}
	} else if (!signed_by_other_key(s, p, i, l)) {
		FAILED(&at, .code = X509_V_ERR_CRL_SIGNATURE_FAILURE, .weight = w);
		return DOUBTFUL;
	}
	size_t before = to->refusals;
	if (covers < 0) /* such a list can show that a certificate is revoked, but not that it is not */
		FAILED(&at,
		       .code = l->delta ? X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION
					: X509_V_ERR_DIFFERENT_CRL_SCOPE,
		       .weight = w,
		       .found = "a delta, indirect or partial revocation list, which is not supported");
	revocation_check_list(&at, l, &s->rules, w);
	enum answer answer = to->refusals == before ? GOOD : DOUBTFUL;
	if (crl_lists(l, c)) { /* a certificate on the list is refused even if the list has faults */
		FAILED(&at, .code = X509_V_ERR_CERT_REVOKED);
		answer = REVOKED;
	}
	return answer;
}

/* Looks up the certificate in all lists of its issuer, and reports the result with the highest value. */
static void ask_lists(struct search *s, const struct path *p, size_t i, struct findings *to)
{
	const struct cert *c = search_cert(s, p->at[i]);
	struct crl *best = NULL;
	enum answer best_answer = NOT_COVERED;
	for (size_t k = 0; k < crls_count(s->anchors) && best_answer != REVOKED; k++) {
		struct crl *l = crls_at(s->anchors, k);
		struct findings count = { .profile = to->profile };
		if (!crl_issued_by_name(l, X509_get_issuer_name(c->x)))
			continue;
		enum answer answer = ask_list(s, p, i, l, &count, REFUSE);
		if (!best || answer > best_answer)
			best = l, best_answer = answer;
	}
	if (best) {
		ask_list(s, p, i, best, to, doubt(s));
		if (doubt(s) == REFUSE && (!s->lists_until || best->next_update < s->lists_until))
			s->lists_until = best->next_update;
		return;
	}
	struct check_at at = { to, c, (int)i };
	char wanted[256];
	cert_issuer(c, wanted, sizeof wanted);
	FAILED(&at, .code = X509_V_ERR_UNABLE_TO_GET_CRL, .weight = doubt(s), .wanted = wanted);
}

void revocation_check(struct search *s, const struct path *p, struct findings *to)
{
	if (s->rules.policy.revocation == VERIFY_REVOCATION_OFF)
		return;
	for (size_t i = 0; i + 1 < p->n; i++)
		ask_lists(s, p, i, to);
}
