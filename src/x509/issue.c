/* SPDX-License-Identifier: MIT */
#include "x509/issue.h"

#include "x509/keys.h"

#include <openssl/err.h>
#include <openssl/rand.h>

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

/* Sets twenty random bytes as serial number. Their first bit is 0 and the second 1, which makes a positive
 * number of full length. */
static int set_serial(X509 *x)
{
	unsigned char bytes[20];
	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return 0;
	bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
	return ASN1_STRING_set(X509_get_serialNumber(x), bytes, sizeof bytes);
}

static int add(X509 *x, X509 *issuer, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_nconf(NULL, &ctx, name, value);
	int good = ext && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

static int add_extensions(X509 *x, const struct issue_order *o)
{
	int is_rsa = EVP_PKEY_get_base_id(o->csr->key) == EVP_PKEY_RSA;
	int empty = X509_NAME_entry_count(X509_get_subject_name(x)) == 0;
	return add(x, o->ca->x, "basicConstraints", "critical,CA:FALSE") &&
	       add(x, o->ca->x, "keyUsage",
		   is_rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") &&
	       add(x, o->ca->x, "extendedKeyUsage", "serverAuth,clientAuth") &&
	       add(x, o->ca->x, "subjectKeyIdentifier", "hash") &&
	       add(x, o->ca->x, "authorityKeyIdentifier",
		   cert_has(o->ca, EXT_SUBJECT_KEY) ? "keyid" : "issuer") &&
	       (!o->csr->names ||
		X509_add1_ext_i2d(x, NID_subject_alt_name, o->csr->names, empty, X509V3_ADD_DEFAULT) == 1);
}

/* Returns the digest for signatures with this key; NULL for keys whose signatures have a fixed digest. */
static const EVP_MD *digest_for(const EVP_PKEY *key)
{
	int id = EVP_PKEY_get_base_id(key);
	if (id == EVP_PKEY_ED25519 || id == EVP_PKEY_ED448)
		return NULL;
	return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

struct cert *issue_cert(const struct issue_order *o, struct err *e)
{
	if (csr_check(o->csr, e) < 0 || check_ca(o, e) < 0)
		return NULL;
	int64_t until = o->until < o->ca->not_after ? o->until : o->ca->not_after;
	X509 *x = X509_new();
	int good = x && X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
		   X509_set_subject_name(x, X509_REQ_get_subject_name(o->csr->x)) &&
		   X509_set_issuer_name(x, X509_get_subject_name(o->ca->x)) &&
		   X509_set_pubkey(x, o->csr->key) &&
		   ASN1_TIME_set(X509_getm_notBefore(x), (time_t)o->from) &&
		   ASN1_TIME_set(X509_getm_notAfter(x), (time_t)until) && add_extensions(x, o) &&
		   X509_sign(x, (EVP_PKEY *)(uintptr_t)o->ca_key, digest_for(o->ca_key)) > 0;
	struct cert *c = good ? cert_of(x, e) : NULL;
	if (!good)
		err_set(e, ERR_INPUT, 0, "the certificate cannot be made: %s",
			ERR_reason_error_string(ERR_peek_error()));
	ERR_clear_error();
	X509_free(x);
	return c;
}
