/* SPDX-License-Identifier: MIT */
#include "x509/issue.h"

#include "crypto/signing.h"
#include "x509/keys.h"

#include <openssl/err.h>

static int check_ca(const struct issue_order *o, struct err *e)
{
	struct keys_strength k;
	char name[200];
	cert_subject(o->ca, name, sizeof name);
	if (X509_check_private_key(o->ca->x, o->ca_key) != 1) {
		ERR_clear_error();
		return err_set(e, ERR_INPUT, 0, "the CA's key does not belong to its certificate %s", name);
	}
	if (!o->ca->ca)
		return err_set(
			e, ERR_INPUT, 0,
			"%s is not the certificate of a CA (basic constraints CA:TRUE), so nothing that it "
			"signs would be trusted",
			name);
	if (cert_has(o->ca, EXT_KEY_USAGE) && !(o->ca->key_usage & KU_KEY_CERT_SIGN))
		return err_set(e, ERR_INPUT, 0, "the CA %s may not sign certificates (key usage keyCertSign)",
			       name);
	if (keys_strength(o->ca, &k) < 0 || keys_weakness(&k))
		return err_set(e, ERR_INPUT, 0, "the key of the CA %s is %s (%s)", name,
			       o->ca->key ? keys_weakness(&k) : "unreadable", k.text);
	if (o->from > o->ca->not_after)
		return err_set(e, ERR_INPUT, 0, "the CA %s has expired", name);
	return 0;
}

static int add_extensions(X509 *x, const struct issue_order *o)
{
	const struct {
		int nid;
		const char *value;
	} extensions[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, EVP_PKEY_get_base_id(o->csr->key) == EVP_PKEY_RSA
					 ? "critical,digitalSignature,keyEncipherment"
					 : "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth,clientAuth" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, cert_has(o->ca, EXT_SUBJECT_KEY) ? "keyid" : "issuer" },
	};
	int empty = X509_NAME_entry_count(X509_get_subject_name(x)) == 0;
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (!signing_add_extension(x, o->ca->x, extensions[i].nid, extensions[i].value))
			return 0;
	return !o->csr->names ||
	       X509_add1_ext_i2d(x, NID_subject_alt_name, o->csr->names, empty, X509V3_ADD_DEFAULT) == 1;
}

struct cert *issue_cert(const struct issue_order *o, struct err *e)
{
	if (csr_check(o->csr, e) < 0 || check_ca(o, e) < 0)
		return NULL;
	int64_t until = o->until < o->ca->not_after ? o->until : o->ca->not_after;
	X509 *x = X509_new();
	int good = x && X509_set_version(x, X509_VERSION_3) && signing_set_serial(x) &&
		   X509_set_subject_name(x, X509_REQ_get_subject_name(o->csr->x)) &&
		   X509_set_issuer_name(x, X509_get_subject_name(o->ca->x)) &&
		   X509_set_pubkey(x, o->csr->key) &&
		   ASN1_TIME_set(X509_getm_notBefore(x), (time_t)o->from) &&
		   ASN1_TIME_set(X509_getm_notAfter(x), (time_t)until) && add_extensions(x, o) &&
		   X509_sign(x, (EVP_PKEY *)(uintptr_t)o->ca_key, signing_digest(o->ca_key)) > 0;
	struct cert *c = good ? cert_of(x, e) : NULL;
	if (!good)
		signing_failed("the certificate", e);
	ERR_clear_error();
	X509_free(x);
	return c;
}
