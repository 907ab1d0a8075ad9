/* SPDX-License-Identifier: MIT */
#include "checks.h"
#include "constraints.h"
#include "policy_form.h"
#include "x509/asn1_time.h"
#include "x509/codes.h"
#include "x509/der.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static const char *const ext_names[EXT_N] = {
	"basicConstraints",
	"keyUsage",
	"extendedKeyUsage",
	"subjectAltName",
	"issuerAltName",
	"subjectKeyIdentifier",
	"authorityKeyIdentifier",
	"nameConstraints",
	"certificatePolicies",
	"policyMappings",
	"policyConstraints",
	"inhibitAnyPolicy",
	"cRLDistributionPoints",
	"authorityInfoAccess",
	"tlsFeature",
	"netscapeCertType",
};

static int policy_extension(enum ext e)
{
	return e == EXT_POLICIES || e == EXT_POLICY_MAPPINGS || e == EXT_POLICY_CONSTRAINTS ||
	       e == EXT_INHIBIT_ANY;
}

static void check_encoding(const struct check_at *at)
{
	const struct cert *c = at->cert;
	char found[128];
	if (c->crowded)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .found = "more extensions than are read");
	if (c->repeated)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .found = "an extension that stands twice");
	for (enum ext e = 0; e < EXT_N; e++) {
		if (!(c->broken & EXT_BIT(e)))
			continue;
		snprintf(found, sizeof found, "%s cannot be decoded", ext_names[e]);
		FAILED(at,
		       .code = policy_extension(e) ? X509_V_ERR_INVALID_POLICY_EXTENSION
						   : X509_V_ERR_INVALID_EXTENSION,
		       .found = found);
	}
	if (c->unknown_critical[0])
		FAILED(at, .code = X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, .found = c->unknown_critical);
	if (!der_is_canonical(c->der, c->len))
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .weight = STRICT,
		       .found = "an encoding that is not DER");
	if (!cert_one_algorithm(c))
		FAILED(at, .code = X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY);
}

static void check_version_and_serial(const struct check_at *at, enum role role)
{
	const struct cert *c = at->cert;
	long version = X509_get_version(c->x) + 1;
	char found[64];
	snprintf(found, sizeof found, "version %ld", version);
	if (version != 3 && X509_get_ext_count(c->x) > 0)
		FAILED(at, .code = X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, .found = found);
	else if (version < 1 || version > 3)
		FAILED(at, .code = X509_V_ERR_APPLICATION_VERIFICATION, .wanted = "version 3",
		       .found = found);
	else if (version != 3)
		FAILED(at, .code = X509_V_ERR_APPLICATION_VERIFICATION, .weight = STRICT,
		       .wanted = "version 3", .found = found);

	const ASN1_INTEGER *serial = X509_get0_serialNumber(c->x);
	const unsigned char *p = ASN1_STRING_get0_data(serial);
	int len = ASN1_STRING_length(serial), zero = 1;
	for (int i = 0; i < len; i++)
		zero &= p[i] == 0;
	const char *wrong = NULL;
	if (ASN1_STRING_type(serial) & V_ASN1_NEG)
		wrong = "a negative serial number";
	else if (zero)
		wrong = "serial number 0";
	else if (len + (p[0] >> 7) > 20)
		wrong = "a serial number of more than 20 bytes";
	/* for a root only a note, since only its name and key are used, and some old public roots have the
	 * number 0 */
	if (wrong)
		FAILED(at, .code = X509_V_ERR_APPLICATION_VERIFICATION,
		       .weight = role == ROLE_ROOT ? NOTE : STRICT, .found = wrong,
		       .wanted = "a positive serial number of at most 20 bytes (RFC 5280, 4.1.2.2)");
}

static void distance_text(int64_t seconds, char *ret, size_t size)
{
	if (seconds < 7200)
		snprintf(ret, size, "%d minutes", (int)(seconds / 60));
	else if (seconds < 2 * 86400)
		snprintf(ret, size, "%d hours", (int)(seconds / 3600));
	else
		snprintf(ret, size, "%lld days", (long long)(seconds / 86400));
}

/* Adds the finding that the date `now` is outside the certificate's validity; bound: the limit that was
 * exceeded. The finding says by how much, and points to NTP if a wrong date is the likelier cause. */
static void failed_date(const struct check_at *at, long code, int64_t bound, int64_t now)
{
	char day[40], limit[40], off[32], wanted[96], found[128], hint[256];
	int64_t distance = code == X509_V_ERR_CERT_HAS_EXPIRED ? now - bound : bound - now;
	asn1_time_text(now, day, sizeof day);
	asn1_time_text(bound, limit, sizeof limit);
	distance_text(distance, off, sizeof off);
	snprintf(wanted, sizeof wanted, "valid on %s", day);
	snprintf(found, sizeof found, "%s %s, %s %s",
		 code == X509_V_ERR_CERT_HAS_EXPIRED ? "ended" : "begins", limit, off,
		 code == X509_V_ERR_CERT_HAS_EXPIRED ? "before" : "after");
	int clock = code == X509_V_ERR_CERT_NOT_YET_VALID && (distance < 86400 || distance > 366 * 86400);
	snprintf(hint, sizeof hint, "%s%s", codes_hint(code),
		 clock ? "; the date used is probably wrong: look at NTP first" : "");
	FAILED(at, .code = code, .wanted = wanted, .found = found, .hint = hint);
}

static void check_dates(const struct check_at *at, int64_t now)
{
	const struct cert *c = at->cert;
	const char *form =
		"UTCTime through 2049, GeneralizedTime from 2050, seconds and Z (RFC 5280, 4.1.2.5)";
	if (c->before_form != ASN1_TIME_GOOD)
		FAILED(at, .code = X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD,
		       .weight = c->before_form == ASN1_TIME_WRONG_FORM ? STRICT : REFUSE, .wanted = form);
	if (c->after_form != ASN1_TIME_GOOD)
		FAILED(at, .code = X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD,
		       .weight = c->after_form == ASN1_TIME_WRONG_FORM ? STRICT : REFUSE, .wanted = form);
	if (c->before_form != ASN1_TIME_UNREADABLE && now < c->not_before)
		failed_date(at, X509_V_ERR_CERT_NOT_YET_VALID, c->not_before, now);
	if (c->after_form != ASN1_TIME_UNREADABLE && now > c->not_after)
		failed_date(at, X509_V_ERR_CERT_HAS_EXPIRED, c->not_after, now);
}

static void check_subject(const struct check_at *at, enum role role)
{
	const struct cert *c = at->cert;
	int nameless = X509_NAME_entry_count(X509_get_subject_name(c->x)) == 0;
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	if (X509_NAME_entry_count(X509_get_issuer_name(c->x)) == 0)
		FAILED(at, .code = X509_V_ERR_ISSUER_NAME_EMPTY);
	if (names && sk_GENERAL_NAME_num(names) == 0)
		FAILED(at, .code = X509_V_ERR_EMPTY_SUBJECT_ALT_NAME);
	if (nameless && role != ROLE_LEAF)
		FAILED(at, .code = X509_V_ERR_SUBJECT_NAME_EMPTY);
	else if (nameless && !names)
		FAILED(at, .code = X509_V_ERR_SUBJECT_NAME_EMPTY, .weight = STRICT);
	else if (nameless && cert_has(c, EXT_KEY_USAGE) && (c->key_usage & KU_CRL_SIGN))
		FAILED(at, .code = X509_V_ERR_SUBJECT_NAME_EMPTY, .weight = STRICT,
		       .found = "no subject, but a key that may sign revocation lists");
	else if (nameless && !cert_is_critical(c, EXT_ALT_NAMES))
		FAILED(at, .code = X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, .weight = STRICT);
	else if (!nameless && cert_is_critical(c, EXT_ALT_NAMES))
		FAILED(at, .code = X509_V_ERR_APPLICATION_VERIFICATION, .weight = STRICT,
		       .wanted = "subjectAltName not critical beside a subject", .found = "critical");
}

/* Checks that extension e is not critical, which RFC 5280 forbids. OpenSSL treats a critical one like an
 * extension that it does not know, so profile Guide reports that code. */
static void check_not_critical(const struct check_at *at, enum ext e, long strict_code)
{
	char found[64];
	snprintf(found, sizeof found, "critical %s", ext_names[e]);
	if (cert_is_critical(at->cert, e))
		FAILED(at,
		       .code = at->to->profile == VERIFY_STRICT ? strict_code
								: X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		       .found = found, .hint = "have it issued anew with this extension not critical");
}

static void check_authority_key(const struct check_at *at, enum role role)
{
	const struct cert *c = at->cert;
	const AUTHORITY_KEYID *a = c->ext[EXT_AUTHORITY_KEY];
	check_not_critical(at, EXT_AUTHORITY_KEY, X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL);
	if (a && !a->issuer != !a->serial)
		FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION, .weight = STRICT,
		       .found = "authorityKeyIdentifier with one of issuer and serial number");
	/* profile Strict reports AKID_SKID_MISMATCH for such a root below */
	if (role == ROLE_ROOT && cert_issuer_hint(c, c) < 0 && at->to->profile == VERIFY_GUIDE)
		FAILED(at, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
		       .found = "a root whose authorityKeyIdentifier names another certificate as its issuer",
		       .hint = "have the root made anew with its own key identifier there, or with none, and "
			       "upload it");
	/* CA/Browser Forum, 7.1.2.1: a root's authority key identifier has its own key identifier and nothing
	 * else */
	if (role == ROLE_ROOT && a) {
		const ASN1_OCTET_STRING *s = c->ext[EXT_SUBJECT_KEY];
		if (!a->keyid || a->issuer || a->serial || !s || ASN1_OCTET_STRING_cmp(a->keyid, s) != 0)
			FAILED(at, .code = X509_V_ERR_AKID_SKID_MISMATCH, .weight = STRICT,
			       .wanted = "a root's authorityKeyIdentifier is its own key identifier and "
					 "nothing else");
	} else if (role != ROLE_ROOT && (!a || !a->keyid)) {
		FAILED(at, .code = X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, .weight = STRICT);
	}
}

static void check_subject_key(const struct check_at *at, enum role role)
{
	const struct cert *c = at->cert;
	const ASN1_OCTET_STRING *s = c->ext[EXT_SUBJECT_KEY];
	check_not_critical(at, EXT_SUBJECT_KEY, X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL);
	if (role != ROLE_LEAF && (!s || ASN1_STRING_length(s) == 0))
		FAILED(at, .code = X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, .weight = STRICT);
}

void check_form(const struct check_at *at, enum role role, const struct rules *r)
{
	check_encoding(at);
	check_version_and_serial(at, role);
	check_dates(at, r->now);
	check_subject(at, role);
	check_authority_key(at, role);
	check_subject_key(at, role);
	constraints_check_form(at);
	policy_form_check(at);
	check_not_critical(at, EXT_INFO_ACCESS, X509_V_ERR_INVALID_EXTENSION);
	check_not_critical(at, EXT_ISSUER_ALT, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
	check_not_critical(at, EXT_TLS_FEATURE, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
}

void check_cert(const struct check_at *at, enum role role, const struct rules *r)
{
	check_form(at, role, r);
	check_usage(at, role, r);
	check_key(at, role);
}

static int names_directory(const GENERAL_NAMES *names, const X509_NAME *wanted)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		if (n->type == GEN_DIRNAME && X509_NAME_cmp(n->d.directoryName, wanted) == 0)
			return 1;
	}
	return 0;
}

/* To be called when c's authority key identifier does not fit the issuer. If it is wrong in a way that no
 * other issuer could fit it either, returns the fault; otherwise NULL. */
static const char *wrong_identifier(const struct cert *c, const struct cert *issuer)
{
	const AUTHORITY_KEYID *a = c->ext[EXT_AUTHORITY_KEY];
	const ASN1_OCTET_STRING *own = c->ext[EXT_SUBJECT_KEY];
	if (!a || c->self_issued)
		return NULL;
	if (a->keyid && own && ASN1_OCTET_STRING_cmp(a->keyid, own) == 0)
		return "an authority key identifier that is the certificate's own subject key identifier";
	if (names_directory(a->issuer, X509_get_subject_name(c->x)))
		return "an authority key identifier that names the certificate's own subject";
	if (a->serial && ASN1_INTEGER_cmp(a->serial, X509_get0_serialNumber(c->x)) == 0)
		return "an authority key identifier with the certificate's own serial number";
	if (names_directory(a->issuer, X509_get_subject_name(issuer->x)) && !issuer->self_issued)
		return "an authority key identifier with the issuer's subject, where the issuer's own issuer "
		       "belongs";
	return NULL;
}

void check_link(const struct check_at *at, const struct cert *issuer)
{
	const struct cert *c = at->cert;
	check_signature_algorithm(at, issuer);
	int hint = cert_issuer_hint(c, issuer);
	const char *wrong = hint < 0 ? wrong_identifier(c, issuer) : NULL;
	if (hint < 0)
		FAILED(at, .code = -hint, .found = wrong,
		       .hint = wrong ? "have it issued anew: its CA writes the authority key identifier "
				       "wrongly"
				     : NULL);
}
