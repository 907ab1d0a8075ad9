/* SPDX-License-Identifier: MIT */
/* usage: checks whether a certificate may have its role in the path: a CA, or a server. */
#include "checks.h"

#include <openssl/x509v3.h>

static unsigned wanted_usage(enum verify_purpose p)
{
	return p == VERIFY_SERVER ? USAGE_SERVER : USAGE_CLIENT;
}

static const char other_ca[] = "have it issued by a CA that may issue for this use";

static void check_ca(const struct check_at *at, enum role role, const struct rules *r)
{
	const struct cert *c = at->cert;
	if (!c->ca)
		FAILED(at, .code = X509_V_ERR_INVALID_CA, .wanted = "basicConstraints with CA true",
		       .found = cert_has(c, EXT_BASIC) ? "CA false" : "no basicConstraints",
		       .hint = role == ROLE_ROOT ? "have the root made anew with "
						   "basicConstraints=critical,CA:TRUE, then upload it"
						 : NULL);
	else if (!cert_is_critical(c, EXT_BASIC))
		FAILED(at, .code = X509_V_ERR_CA_BCONS_NOT_CRITICAL, .weight = STRICT);
	if (!cert_has(c, EXT_KEY_USAGE))
		FAILED(at, .code = X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, .weight = STRICT);
	else if (!(c->key_usage & KU_KEY_CERT_SIGN))
		FAILED(at, .code = X509_V_ERR_KEYUSAGE_NO_CERTSIGN);
	if (cert_has(c, EXT_NETSCAPE_TYPE) && !(c->netscape & NS_SSL_CA))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .wanted = "Netscape certificate type SSL CA",
		       .found = "a Netscape certificate type without SSL CA", .hint = other_ca);
	if (!cert_has(c, EXT_EXTENDED_USAGE) || r->policy.purpose == VERIFY_ANY)
		return;
	if (!(c->usages & (wanted_usage(r->policy.purpose) | USAGE_ANY)))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .found = "a CA for other uses only",
		       .wanted = r->policy.purpose == VERIFY_SERVER ? "serverAuth" : "clientAuth",
		       .hint = other_ca);
	else if (!(c->usages & wanted_usage(r->policy.purpose)) && (c->usages & ~(unsigned)USAGE_ANY))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .weight = STRICT,
		       .found = "any usage and others, but not this one",
		       .wanted = "the usage by name, or anyExtendedKeyUsage alone (CA/Browser Forum, 7.1.2.2 "
				 "and 7.1.2.10)");
	if (role == ROLE_ROOT)
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .weight = STRICT,
		       .found = "a root with extendedKeyUsage",
		       .wanted = "none in a root (CA/Browser Forum, 7.1.2.1)");
}

static void check_leaf_is_no_ca(const struct check_at *at)
{
	const struct cert *c = at->cert;
	if (c->ca)
		FAILED(at, .code = X509_V_ERR_INVALID_NON_CA, .weight = STRICT);
}

/* Checks in the server's own certificate the rules of RFC 5280 about CAs (4.2.1.3 and 4.2.1.9): if it is
 * marked as a CA, it must have what a CA must have; otherwise it must not have what only a CA may have. */
static void check_leaf_as_ca(const struct check_at *at)
{
	const struct cert *c = at->cert;
	int may_sign = cert_has(c, EXT_KEY_USAGE) && (c->key_usage & KU_KEY_CERT_SIGN);
	if (!c->ca && c->path_len != -1)
		FAILED(at, .code = X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, .weight = STRICT);
	if (!c->ca && may_sign)
		FAILED(at, .code = X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, .weight = STRICT);
	if (c->ca && c->path_len >= 0 && !may_sign)
		FAILED(at, .code = X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, .weight = STRICT);
	if (c->ca && !cert_is_critical(c, EXT_BASIC))
		FAILED(at, .code = X509_V_ERR_CA_BCONS_NOT_CRITICAL, .weight = STRICT);
	if (c->ca && !cert_has(c, EXT_KEY_USAGE))
		FAILED(at, .code = X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, .weight = STRICT);
	if (c->ca && !cert_has(c, EXT_SUBJECT_KEY))
		FAILED(at, .code = X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, .weight = STRICT);
}

static void check_leaf_key_usage(const struct check_at *at, enum verify_purpose purpose)
{
	const struct cert *c = at->cert;
	if (!cert_has(c, EXT_KEY_USAGE))
		return;
	unsigned use = KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT;
	if (purpose == VERIFY_SERVER)
		use |= KU_KEY_ENCIPHERMENT;
	if (!(c->key_usage & use)) {
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .found = "key usage without any of them",
		       .wanted = "digitalSignature, keyEncipherment or keyAgreement");
		return;
	}
	int rsa = c->key && EVP_PKEY_get_base_id(c->key) == EVP_PKEY_RSA;
	if (!(c->key_usage &
	      (rsa ? KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT : KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT)))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .weight = STRICT,
		       .found = "a key usage that this kind of key cannot have");
}

static void check_leaf_purpose(const struct check_at *at, const struct rules *r)
{
	const struct cert *c = at->cert;
	const char *wanted = r->policy.purpose == VERIFY_SERVER ? "extended key usage serverAuth"
								: "extended key usage clientAuth";
	unsigned usage = wanted_usage(r->policy.purpose);
	if (!cert_has(c, EXT_EXTENDED_USAGE))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .weight = STRICT, .wanted = wanted,
		       .found = "no extended key usage");
	else if (!(c->usages & usage)) /* as in OpenSSL, anyExtendedKeyUsage is not enough */
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .wanted = wanted,
		       .found = c->usages & USAGE_ANY ? "anyExtendedKeyUsage without it"
						      : "other usages only");
	else if (c->usages & USAGE_ANY)
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .weight = STRICT, .wanted = wanted,
		       .found = "anyExtendedKeyUsage");
	else if (r->policy.purpose == VERIFY_SERVER && (c->usages & (USAGE_OCSP | USAGE_NOT_TLS)))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE, .weight = STRICT,
		       .found = "a usage that no server may have beside its own",
		       .wanted = "serverAuth, and at most clientAuth (CA/Browser Forum, 7.1.2.7)");
	if (cert_is_critical(c, EXT_EXTENDED_USAGE))
		FAILED(at, .code = X509_V_ERR_APPLICATION_VERIFICATION, .weight = STRICT,
		       .wanted = "extendedKeyUsage not critical (CA/Browser Forum, 7.1.2.7)");
	if (cert_has(c, EXT_NETSCAPE_TYPE) &&
	    !(c->netscape & (r->policy.purpose == VERIFY_SERVER ? NS_SSL_SERVER : NS_SSL_CLIENT)))
		FAILED(at, .code = X509_V_ERR_INVALID_PURPOSE,
		       .wanted = r->policy.purpose == VERIFY_SERVER ? "Netscape certificate type SSL server"
								    : "Netscape certificate type SSL client");
}

void check_usage(const struct check_at *at, enum role role, const struct rules *r)
{
	const struct cert *c = at->cert;
	const EXTENDED_KEY_USAGE *usages = c->ext[EXT_EXTENDED_USAGE];
	if (c->path_len == -2)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .found = "a path length that is no number");
	if (usages && sk_ASN1_OBJECT_num(usages) == 0)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .found = "an empty extendedKeyUsage");
	if (role != ROLE_LEAF) {
		check_ca(at, role, r);
		return;
	}
	check_leaf_as_ca(at);
	if (r->policy.purpose == VERIFY_ANY)
		return;
	check_leaf_is_no_ca(at);
	check_leaf_key_usage(at, r->policy.purpose);
	check_leaf_purpose(at, r);
}
