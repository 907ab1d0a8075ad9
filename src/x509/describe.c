/* SPDX-License-Identifier: MIT */
#include "x509/describe.h"

#include "x509/asn1_time.h"
#include "x509/cert.h"
#include "x509/crl.h"
#include "x509/fingerprint.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

void describe_bytes(const void *data, size_t len, char *ret, size_t size)
{
	const unsigned char *p = data;
	size_t n = 0;
	for (size_t i = 0; i < len && n + 5 < size; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\')
			ret[n++] = (char)p[i];
		else
			n += (size_t)snprintf(ret + n, size - n, "\\x%02X", p[i]);
	}
	ret[n] = '\0';
}

/* Writes a number of any length in upper-case hexadecimal digits, cut to size. */
static void number_text(const ASN1_INTEGER *n, char *ret, size_t size)
{
	const unsigned char *p = ASN1_STRING_get0_data(n);
	size_t used = (size_t)snprintf(ret, size, "%s", ASN1_STRING_type(n) & V_ASN1_NEG ? "-" : "");
	for (int i = 0; i < ASN1_STRING_length(n) && used + 3 < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%02X", p[i]);
}

void describe_cert(const struct cert *c, struct cert_info *ret)
{
	memset(ret, 0, sizeof *ret);
	fingerprint_of(c->der, c->len, ret->fingerprint, ret->fingerprint_sha256);
	cert_subject(c, ret->subject, sizeof ret->subject);
	cert_issuer(c, ret->issuer, sizeof ret->issuer);
	number_text(X509_get0_serialNumber(c->x), ret->serial, sizeof ret->serial);
	OBJ_obj2txt(ret->hash_algorithm, sizeof ret->hash_algorithm, X509_get0_tbs_sigalg(c->x)->algorithm,
		    0);
	ASN1_OBJECT *algorithm = NULL;
	if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(c->x)))
		OBJ_obj2txt(ret->key_algorithm, sizeof ret->key_algorithm, algorithm, 0);
	ret->key_bits = c->key ? EVP_PKEY_get_bits(c->key) : 0;
	ret->version = (int)X509_get_version(c->x) + 1;
	ret->is_ca = c->ca;
	ret->not_before = c->not_before;
	ret->not_after = c->not_after;
	asn1_time_text(c->not_before, ret->not_before_text, sizeof ret->not_before_text);
	asn1_time_text(c->not_after, ret->not_after_text, sizeof ret->not_after_text);
}

void describe_crl(const struct crl *l, struct crl_info *ret)
{
	memset(ret, 0, sizeof *ret);
	fingerprint_of(l->der, l->len, ret->fingerprint, ret->fingerprint_sha256);
	X509_NAME_oneline(X509_CRL_get_issuer(l->x), ret->issuer, sizeof ret->issuer);
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(l->x, NID_crl_number, NULL, NULL);
	if (number)
		number_text(number, ret->number, sizeof ret->number);
	ASN1_INTEGER_free(number);
	int n = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(l->x));
	ret->revoked = n > 0 ? (size_t)n : 0;
	ret->this_update = l->this_update;
	ret->next_update = l->next_form == ASN1_TIME_ABSENT ? 0 : l->next_update;
	asn1_time_text(l->this_update, ret->this_update_text, sizeof ret->this_update_text);
	if (ret->next_update)
		asn1_time_text(l->next_update, ret->next_update_text, sizeof ret->next_update_text);
}
