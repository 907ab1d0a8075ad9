/* SPDX-License-Identifier: MIT */
#include "diagnostics/certificate_details.h"

#include "x509/codes.h"

#include <stdio.h>

enum { DAY_S = 24 * 3600 };

static void put_uses(struct doc *d, const struct cert_details *more)
{
	doc_add_text(d, "BasicConstraints", more->basic);
	doc_add_text(d, "ExtendedKeyUsage", more->extended_usage);
	doc_add_text(d, "KeyUsage", more->key_usage);
	doc_add_text(d, "NameConstraints", more->name_constraints);
	doc_add_text(d, "SubjectAltName", more->names);
}

void certificate_details_put(struct doc *d, const struct cert_info *info, const struct cert_details *more,
			     int64_t now)
{
	int64_t left = info->not_after - now;
	if (now)
		doc_add_int(d, "DaysLeft", left < 0 ? -1 - (-left - 1) / DAY_S : left / DAY_S);
	doc_add_value(d, "Fingerprint", DOC_STRING, info->fingerprint);
	doc_add_value(d, "FingerprintSHA256", DOC_STRING, info->fingerprint_sha256);
	doc_add_value(d, "HashingAlgorithm", DOC_STRING, info->hash_algorithm);
	doc_add_value(d, "IssuerName", DOC_STRING, info->issuer);
	doc_add_int(d, "PublicKeySize", info->key_bits);
	doc_add_value(d, "SerialNumber", DOC_STRING, info->serial);
	doc_add_value(d, "SignatureAlgorithm", DOC_STRING, info->key_algorithm);
	doc_add_value(d, "SubjectName", DOC_STRING, info->subject);
	doc_add_text(d, "UsedFor", info->used_for);
	doc_add_int(d, "Version", info->version);
	doc_add_value(d, "notAfter", DOC_STRING, info->not_after_text);
	doc_add_value(d, "notBefore", DOC_STRING, info->not_before_text);
	put_uses(d, more);
}

void certificate_details_chain(struct doc *result, const struct verify_chain *chain, int64_t now,
			       struct buf *pem)
{
	struct cert_info info;
	struct cert_details more;
	for (size_t i = 0; chain && verify_chain_info(chain, i, &info) == 0; i++) {
		struct doc *d = doc_add(result, "Certificate", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		verify_chain_details(chain, i, &more);
		certificate_details_put(d, &info, &more, now);
	}
	if (chain && pem)
		verify_chain_print_pem(chain, pem);
}

void certificate_details_code(struct doc *d, const char *name, long code)
{
	char text[96];
	snprintf(text, sizeof text, "%ld=%s", code, codes_symbol(code));
	doc_add_value(d, name, DOC_STRING, text);
}
