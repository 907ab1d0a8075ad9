/* SPDX-License-Identifier: MIT */
#include "x509/cert.h"

#include "base/mem.h"
#include "base/num.h"
#include "x509/asn1_time.h"
#include "x509/der.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	int nid;
	const ASN1_ITEM *(*item)(void);
} kinds[EXT_N] = {
	[EXT_BASIC] = { NID_basic_constraints, ASN1_ITEM_ref(BASIC_CONSTRAINTS) },
	[EXT_KEY_USAGE] = { NID_key_usage, ASN1_ITEM_ref(ASN1_BIT_STRING) },
	[EXT_EXTENDED_USAGE] = { NID_ext_key_usage, ASN1_ITEM_ref(EXTENDED_KEY_USAGE) },
	[EXT_ALT_NAMES] = { NID_subject_alt_name, ASN1_ITEM_ref(GENERAL_NAMES) },
	[EXT_ISSUER_ALT] = { NID_issuer_alt_name, ASN1_ITEM_ref(GENERAL_NAMES) },
	[EXT_SUBJECT_KEY] = { NID_subject_key_identifier, ASN1_ITEM_ref(ASN1_OCTET_STRING) },
	[EXT_AUTHORITY_KEY] = { NID_authority_key_identifier, ASN1_ITEM_ref(AUTHORITY_KEYID) },
	[EXT_NAME_CONSTRAINTS] = { NID_name_constraints, ASN1_ITEM_ref(NAME_CONSTRAINTS) },
	[EXT_POLICIES] = { NID_certificate_policies, ASN1_ITEM_ref(CERTIFICATEPOLICIES) },
	[EXT_POLICY_MAPPINGS] = { NID_policy_mappings, ASN1_ITEM_ref(POLICY_MAPPINGS) },
	[EXT_POLICY_CONSTRAINTS] = { NID_policy_constraints, ASN1_ITEM_ref(POLICY_CONSTRAINTS) },
	[EXT_INHIBIT_ANY] = { NID_inhibit_any_policy, ASN1_ITEM_ref(ASN1_INTEGER) },
	[EXT_CRL_POINTS] = { NID_crl_distribution_points, ASN1_ITEM_ref(CRL_DIST_POINTS) },
	[EXT_INFO_ACCESS] = { NID_info_access, ASN1_ITEM_ref(AUTHORITY_INFO_ACCESS) },
	[EXT_TLS_FEATURE] = { NID_tlsfeature, ASN1_ITEM_ref(ASN1_SEQUENCE_ANY) },
	[EXT_NETSCAPE_TYPE] = { NID_netscape_cert_type, ASN1_ITEM_ref(ASN1_BIT_STRING) },
};

static unsigned bits_of(const ASN1_BIT_STRING *s)
{
	unsigned bits = s->length > 0 ? s->data[0] : 0;
	return s->length > 1 ? bits | (unsigned)s->data[1] << 8 : bits;
}

static unsigned usages_of(const EXTENDED_KEY_USAGE *list)
{
	unsigned usages = 0;
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
		switch (OBJ_obj2nid(sk_ASN1_OBJECT_value(list, i))) {
		case NID_server_auth: usages |= USAGE_SERVER; break;
		case NID_client_auth: usages |= USAGE_CLIENT; break;
		case NID_anyExtendedKeyUsage: usages |= USAGE_ANY; break;
		case NID_OCSP_sign: usages |= USAGE_OCSP; break;
		case NID_code_sign:
		case NID_email_protect:
		case NID_time_stamp: usages |= USAGE_NOT_TLS; break;
		default: usages |= USAGE_OTHER;
		}
	}
	return usages;
}

/* Returns 1 if the extension requires a stapled OCSP response. RFC 7633: it is a list of numbers of TLS
 * extensions; 5 is status_request. */
static int demands_staple(const ASN1_SEQUENCE_ANY *features)
{
	for (int i = 0; i < sk_ASN1_TYPE_num(features); i++) {
		const ASN1_TYPE *t = sk_ASN1_TYPE_value(features, i);
		if (t->type == V_ASN1_INTEGER && ASN1_INTEGER_get(t->value.integer) == 5)
			return 1;
	}
	return 0;
}

static void take_meaning(struct cert *c, enum ext which, void *value)
{
	switch (which) {
	case EXT_BASIC: {
		const BASIC_CONSTRAINTS *b = value;
		c->ca = b->ca != 0;
		if (b->pathlen) {
			int64_t n = 0;
			c->path_len = ASN1_INTEGER_get_int64(&n, b->pathlen) == 1 && n >= 0
					      ? (n > 1000 ? 1000 : (long)n)
					      : -2;
		}
		break;
	}
	case EXT_KEY_USAGE: c->key_usage = bits_of(value); break;
	case EXT_EXTENDED_USAGE: c->usages = usages_of(value); break;
	case EXT_NETSCAPE_TYPE: c->netscape = bits_of(value); break;
	case EXT_TLS_FEATURE: c->must_staple = demands_staple(value); break;
	default: break;
	}
}

/* Decodes an extension. OpenSSL's own decoder accepts a value with bytes after its end; this one does not. */
static void *decode(enum ext which, const ASN1_OCTET_STRING *s)
{
	const ASN1_ITEM *item = ASN1_ITEM_ptr(kinds[which].item);
	const unsigned char *p = ASN1_STRING_get0_data(s), *end = p + ASN1_STRING_length(s);
	void *value = (void *)ASN1_item_d2i(NULL, &p, end - p, item);
	if (value && p != end) {
		ASN1_item_free(value, item);
		value = NULL;
	}
	return value;
}

static void note_unknown(struct cert *c, const ASN1_OBJECT *o)
{
	if (!c->unknown_critical[0] &&
	    OBJ_obj2txt(c->unknown_critical, sizeof c->unknown_critical, o, 1) <= 0)
		snprintf(c->unknown_critical, sizeof c->unknown_critical, "an unreadable identifier");
}

static void read_extension(struct cert *c, X509_EXTENSION *x, int index)
{
	const ASN1_OBJECT *o = X509_EXTENSION_get_object(x);
	int nid = OBJ_obj2nid(o), critical = X509_EXTENSION_get_critical(x);
	enum ext which = 0;
	while (which < EXT_N && kinds[which].nid != nid)
		which++;
	if (X509_get_ext_by_OBJ(c->x, o, -1) != index)
		c->repeated = 1;
	if (which == EXT_N) {
		if (critical)
			note_unknown(c, o);
		return;
	}
	if (cert_has(c, which))
		return;
	c->has |= EXT_BIT(which);
	if (critical)
		c->critical |= EXT_BIT(which);
	c->ext[which] = decode(which, X509_EXTENSION_get_data(x));
	if (c->ext[which])
		take_meaning(c, which, c->ext[which]);
	else
		c->broken |= EXT_BIT(which);
}

static void read_signature_algorithm(struct cert *c)
{
	uint32_t flags;
	c->signature_nid = X509_get_signature_nid(c->x);
	if (!X509_get_signature_info(c->x, &c->digest_nid, &c->signer_nid, &c->digest_bits, &flags))
		c->digest_nid = c->signer_nid = c->digest_bits = 0;
}

static void read_all(struct cert *c)
{
	c->before_form = asn1_time_read(X509_get0_notBefore(c->x), &c->not_before);
	c->after_form = asn1_time_read(X509_get0_notAfter(c->x), &c->not_after);
	c->self_issued = X509_NAME_cmp(X509_get_subject_name(c->x), X509_get_issuer_name(c->x)) == 0;
	c->self_signed = c->self_issued ? -1 : 0;
	c->key = X509_get0_pubkey(c->x);
	c->path_len = -1;
	read_signature_algorithm(c);
	int n = X509_get_ext_count(c->x);
	c->crowded = n > CERT_EXTENSIONS_MAX;
	for (int i = 0; i < n && !c->crowded; i++)
		read_extension(c, X509_get_ext(c->x, i), i);
	ERR_clear_error();
}

struct cert *cert_parse(const unsigned char *der, size_t len, struct err *e)
{
	const unsigned char *p = der;
	X509 *x = len <= CERT_DER_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;
	if (!x || p != der + len) {
		X509_free(x);
		ERR_clear_error();
		der_refuse(der, len, "certificate", e);
		return NULL;
	}
	struct cert *c = mem_new(sizeof *c);
	c->refs = 1;
	c->x = x;
	c->der = (unsigned char *)mem_dup_n(der, len);
	c->len = len;
	read_all(c);
	return c;
}

struct cert *cert_of(X509 *x, struct err *e)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	if (len <= 0) {
		ERR_clear_error();
		err_set(e, ERR_INPUT, 0, "the certificate cannot be written as DER");
		return NULL;
	}
	struct cert *c = mem_new(sizeof *c);
	c->refs = 1;
	X509_up_ref(x);
	c->x = x;
	c->der = (unsigned char *)mem_dup_n(der, (size_t)len);
	c->len = (size_t)len;
	OPENSSL_free(der);
	read_all(c);
	return c;
}

struct cert *cert_ref(struct cert *c)
{
	c->refs++;
	return c;
}

void cert_free(struct cert *c)
{
	if (!c || --c->refs)
		return;
	for (enum ext i = 0; i < EXT_N; i++)
		if (c->ext[i])
			ASN1_item_free(c->ext[i], ASN1_ITEM_ptr(kinds[i].item));
	X509_free(c->x);
	free(c->der);
	free(c);
}

int cert_same(const struct cert *a, const struct cert *b)
{
	return a->len == b->len && memcmp(a->der, b->der, a->len) == 0;
}

static int same_key(const struct cert *a, const struct cert *b)
{
	return a->key && b->key && EVP_PKEY_eq(a->key, b->key) == 1;
}

int cert_same_name_and_key(const struct cert *a, const struct cert *b)
{
	return X509_NAME_cmp(X509_get_subject_name(a->x), X509_get_subject_name(b->x)) == 0 && same_key(a, b);
}

int cert_names_join(const struct cert *child, const struct cert *issuer)
{
	return X509_NAME_cmp(X509_get_issuer_name(child->x), X509_get_subject_name(issuer->x)) == 0;
}

int cert_one_algorithm(const struct cert *c)
{
	const X509_ALGOR *outer;
	X509_get0_signature(NULL, &outer, c->x);
	return X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(c->x)) == 0;
}

int cert_signed_by(const struct cert *child, const struct cert *issuer)
{
	int good = issuer->key && X509_verify(child->x, issuer->key) == 1;
	ERR_clear_error();
	return good;
}

int cert_self_signed(struct cert *c)
{
	if (c->self_signed < 0)
		c->self_signed = cert_signed_by(c, c);
	return c->self_signed;
}

int cert_issuer_hint(const struct cert *child, const struct cert *issuer)
{
	const AUTHORITY_KEYID *a = child->ext[EXT_AUTHORITY_KEY];
	const ASN1_OCTET_STRING *s = issuer->ext[EXT_SUBJECT_KEY];
	if (!a)
		return 0;
	if (a->keyid && s && ASN1_OCTET_STRING_cmp(a->keyid, s) != 0)
		return -X509_V_ERR_AKID_SKID_MISMATCH;
	if (a->serial && ASN1_INTEGER_cmp(a->serial, X509_get0_serialNumber(issuer->x)) != 0)
		return -X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;
	for (int i = 0; a->issuer && i < sk_GENERAL_NAME_num(a->issuer); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(a->issuer, i);
		if (n->type == GEN_DIRNAME &&
		    X509_NAME_cmp(n->d.directoryName, X509_get_issuer_name(issuer->x)) != 0)
			return -X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;
	}
	return a->keyid && s;
}

static void name_text(const X509_NAME *name, char *ret, size_t size)
{
	ret[0] = '\0';
	X509_NAME_oneline(name, ret, (int)size);
}

void cert_subject(const struct cert *c, char *ret, size_t size)
{
	name_text(X509_get_subject_name(c->x), ret, size);
}

void cert_issuer(const struct cert *c, char *ret, size_t size)
{
	name_text(X509_get_issuer_name(c->x), ret, size);
}

const char *cert_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
