/* SPDX-License-Identifier: MIT */
#include "policy_form.h"

#include <openssl/x509v3.h>

int policy_form_is_wrong(const CERTIFICATEPOLICIES *list)
{
	int n = sk_POLICYINFO_num(list);
	for (int i = 1; i < n; i++)
		for (int k = 0; k < i; k++)
			if (OBJ_cmp(sk_POLICYINFO_value(list, i)->policyid,
				    sk_POLICYINFO_value(list, k)->policyid) == 0)
				return 1;
	return n == 0;
}

/* Returns 1 if a policy has a qualifier that is not known. RFC 5280, 4.2.1.4: a critical extension must be
 * refused unless all of it can be interpreted, including qualifiers. */
static int has_unknown_qualifier(const CERTIFICATEPOLICIES *list)
{
	for (int i = 0; i < sk_POLICYINFO_num(list); i++) {
		const STACK_OF(POLICYQUALINFO) *all = sk_POLICYINFO_value(list, i)->qualifiers;
		for (int k = 0; k < sk_POLICYQUALINFO_num(all); k++) {
			int nid = OBJ_obj2nid(sk_POLICYQUALINFO_value(all, k)->pqualid);
			if (nid != NID_id_qt_cps && nid != NID_id_qt_unotice)
				return 1;
		}
	}
	return 0;
}

static int is_negative(const ASN1_INTEGER *n)
{
	return n && ASN1_STRING_type(n) == V_ASN1_NEG_INTEGER;
}

void policy_form_check(const struct check_at *at)
{
	enum { POLICIES_MAX = 64 };
	const struct cert *c = at->cert;
	const CERTIFICATEPOLICIES *list = c->ext[EXT_POLICIES];
	const POLICY_MAPPINGS *maps = c->ext[EXT_POLICY_MAPPINGS];
	const POLICY_CONSTRAINTS *limits = c->ext[EXT_POLICY_CONSTRAINTS];
	if (sk_POLICYINFO_num(list) > POLICIES_MAX || sk_POLICY_MAPPING_num(maps) > POLICIES_MAX)
		FAILED(at, .code = X509_V_ERR_INVALID_POLICY_EXTENSION, .found = "more than 64 policies");
	else if (list && policy_form_is_wrong(list))
		FAILED(at, .code = X509_V_ERR_INVALID_POLICY_EXTENSION,
		       .found = "no policy, or one that stands twice");
	if (cert_is_critical(c, EXT_POLICIES) && has_unknown_qualifier(list))
		FAILED(at, .code = X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		       .found = "certificatePolicies with an unknown qualifier");
	for (int i = 0; i < sk_POLICY_MAPPING_num(maps); i++) {
		const POLICY_MAPPING *m = sk_POLICY_MAPPING_value(maps, i);
		if (OBJ_obj2nid(m->issuerDomainPolicy) == NID_any_policy ||
		    OBJ_obj2nid(m->subjectDomainPolicy) == NID_any_policy)
			FAILED(at, .code = X509_V_ERR_INVALID_POLICY_EXTENSION,
			       .found = "a mapping from or to anyPolicy");
	}
	if (limits && !limits->requireExplicitPolicy && !limits->inhibitPolicyMapping)
		FAILED(at, .code = X509_V_ERR_INVALID_POLICY_EXTENSION, .found = "empty policyConstraints");
	if (limits &&
	    (is_negative(limits->requireExplicitPolicy) || is_negative(limits->inhibitPolicyMapping)))
		FAILED(at, .code = X509_V_ERR_INVALID_POLICY_EXTENSION,
		       .found = "a negative number in policyConstraints");
	if ((limits && !cert_is_critical(c, EXT_POLICY_CONSTRAINTS)) ||
	    (cert_has(c, EXT_INHIBIT_ANY) && !cert_is_critical(c, EXT_INHIBIT_ANY)))
		FAILED(at, .code = X509_V_ERR_INVALID_POLICY_EXTENSION, .weight = STRICT,
		       .wanted = "critical policyConstraints and inhibitAnyPolicy");
}
