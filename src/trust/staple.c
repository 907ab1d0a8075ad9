/* SPDX-License-Identifier: MIT */
#include "staple.h"
#include "x509/asn1_time.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

/* The maximum by which a responder's clock may be ahead of the trusted date; the maximum age of a response
 * without nextUpdate. */
enum { SKEW_S = 300, AGE_MAX_S = 7 * 86400 };

/* Returns the answer about certificate c in the response, whichever digest was used for its identifier; NULL:
 * there is none. Borrowed from basic. */
static OCSP_SINGLERESP *find_answer(OCSP_BASICRESP *basic, const struct cert *c, const struct cert *issuer)
{
	for (int i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *one = OCSP_resp_get0(basic, i);
		const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(one);
		ASN1_OBJECT *digest = NULL;
		OCSP_id_get0_info(NULL, &digest, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id);
		const EVP_MD *md = digest ? EVP_get_digestbyobj(digest) : NULL;
		OCSP_CERTID *ours = md ? OCSP_cert_to_id(md, c->x, issuer->x) : NULL;
		int same = ours && OCSP_id_cmp(ours, id) == 0;
		OCSP_CERTID_free(ours);
		if (same)
			return one;
	}
	return NULL;
}

/* Returns 1 if the signer of a response is the issuer itself, or has a valid certificate for signing OCSP
 * responses that the issuer itself issued (RFC 6960, 4.2.2.2). */
static int may_answer(X509 *signer, const struct cert *issuer, const struct rules *r)
{
	struct cert *c = cert_of(signer, NULL);
	if (!c)
		return 0;
	struct findings count = { .profile = VERIFY_GUIDE };
	struct check_at at = { &count, c, 1 };
	int good = cert_same_name_and_key(c, issuer);
	if (!good && cert_names_join(c, issuer) && (c->usages & USAGE_OCSP) && cert_signed_by(c, issuer)) {
		check_form(&at, ROLE_LEAF, r);
		check_key(&at, ROLE_LEAF);
		check_link(&at, issuer);
		good = !count.refusals;
	}
	cert_free(c);
	return good;
}

static int strong_signature(const OCSP_BASICRESP *basic)
{
	int digest = 0, nid = OBJ_obj2nid(OCSP_resp_get0_tbs_sigalg(basic)->algorithm);
	OBJ_find_sigid_algs(nid, &digest, NULL);
	return digest != NID_sha1 && digest != NID_md5;
}

/* Returns why the response's signer or signature is not valid; NULL if both are valid. */
static const char *wrong_signature(OCSP_BASICRESP *basic, const struct cert *issuer, const struct rules *r)
{
	STACK_OF(X509) *known = sk_X509_new_null();
	X509 *signer = NULL;
	const char *why = NULL;
	if (!known || sk_X509_push(known, issuer->x) <= 0 ||
	    OCSP_resp_get0_signer(basic, &signer, known) != 1)
		why = "its signer is not known";
	else if (!may_answer(signer, issuer, r))
		why = "its signer has no right to answer for this CA";
	else if (!strong_signature(basic))
		why = "its signature uses a digest that is too weak";
	else if (OCSP_basic_verify(basic, known, NULL, OCSP_NOVERIFY) != 1)
		why = "its signature is wrong";
	sk_X509_free(known);
	ERR_clear_error();
	return why;
}

/* Returns why an answer with these dates is not valid on the date now; NULL if it is valid. next may be
 * NULL. */
static const char *wrong_date(const ASN1_GENERALIZEDTIME *issued, const ASN1_GENERALIZEDTIME *next,
			      const struct rules *r)
{
	int64_t from = 0, to = 0, now = r->now;
	if (asn1_time_read(issued, &from) == ASN1_TIME_UNREADABLE ||
	    (next && asn1_time_read(next, &to) == ASN1_TIME_UNREADABLE))
		return "its dates are written wrongly";
	if (from > now + SKEW_S && !r->is_earliest)
		return "it is dated in the future";
	return now > (next ? to : from + AGE_MAX_S) ? "it is out of date" : NULL;
}

static void judge_answer(const struct check_at *at, OCSP_BASICRESP *basic, const struct staple *s,
			 const struct rules *r, enum weight w)
{
	OCSP_SINGLERESP *one = find_answer(basic, at->cert, s->issuer);
	const char *why = one ? wrong_signature(basic, s->issuer, r) : "it is about another certificate";
	if (why) {
		FAILED(at, .code = X509_V_ERR_OCSP_VERIFY_FAILED, .weight = w, .found = why);
		return;
	}
	ASN1_GENERALIZEDTIME *issued = NULL, *next = NULL;
	int status = OCSP_single_get0_status(one, NULL, NULL, &issued, &next);
	if (status == V_OCSP_CERTSTATUS_REVOKED) {
		FAILED(at, .code = X509_V_ERR_CERT_REVOKED, .found = "revoked, by the stapled OCSP answer");
		return;
	}
	if (status != V_OCSP_CERTSTATUS_GOOD)
		FAILED(at, .code = X509_V_ERR_OCSP_CERT_UNKNOWN, .weight = w);
	why = wrong_date(issued, next, r);
	if (why)
		FAILED(at, .code = X509_V_ERR_OCSP_VERIFY_FAILED, .weight = w, .found = why);
}

void staple_check(const struct check_at *at, const struct staple *s, const struct rules *r)
{
	enum weight w =
		at->cert->must_staple || r->policy.revocation == VERIFY_REVOCATION_HARD ? REFUSE : NOTE;
	if (!s->der) {
		if (at->cert->must_staple)
			FAILED(at, .code = X509_V_ERR_OCSP_VERIFY_NEEDED);
		return;
	}
	if (!s->issuer)
		return;
	const unsigned char *p = s->der;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)s->len);
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	if (!basic || OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		FAILED(at, .code = X509_V_ERR_OCSP_VERIFY_FAILED, .weight = w,
		       .found = "it is not an answer");
	else
		judge_answer(at, basic, s, r, w);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
}
