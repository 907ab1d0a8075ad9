/* SPDX-License-Identifier: MIT */
/* keys: which keys and signatures are strong enough, and whether a signature's algorithm fits the key that
 * made it. */
#include "checks.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* OpenSSL's security level 2. */
enum { STRENGTH_MIN = 112 };

static void failed_key(const struct check_at *at, enum role role, enum weight w, const char *found)
{
	FAILED(at, .code = role == ROLE_LEAF ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL,
	       .weight = w, .found = found);
}

static void check_rsa(const struct check_at *at, enum role role)
{
	BIGNUM *e = NULL;
	if (EVP_PKEY_get_bn_param(at->cert->key, OSSL_PKEY_PARAM_RSA_E, &e) != 1 || !BN_is_odd(e) ||
	    BN_num_bits(e) < 2)
		failed_key(at, role, REFUSE, "an RSA exponent that is not an odd number of at least 3");
	BN_free(e);
	if (EVP_PKEY_get_bits(at->cert->key) % 8)
		failed_key(at, role, STRICT, "an RSA modulus whose length is not a multiple of 8 bits");
}

static void check_ec(const struct check_at *at, enum role role)
{
	X509_ALGOR *algorithm = NULL;
	const void *curve = NULL;
	int type = V_ASN1_UNDEF;
	if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(at->cert->x)))
		return;
	X509_ALGOR_get0(NULL, &type, &curve, algorithm);
	if (type != V_ASN1_OBJECT) {
		FAILED(at, .code = X509_V_ERR_EC_KEY_EXPLICIT_PARAMS);
		return;
	}
	int nid = OBJ_obj2nid(curve);
	if (nid != NID_X9_62_prime256v1 && nid != NID_secp384r1 && nid != NID_secp521r1)
		failed_key(at, role, STRICT, "a curve other than P-256, P-384 and P-521");
}

void check_key(const struct check_at *at, enum role role)
{
	EVP_PKEY *key = at->cert->key;
	if (!key) {
		FAILED(at, .code = X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY);
		return;
	}
	char found[96];
	const char *name = EVP_PKEY_get0_type_name(key);
	snprintf(found, sizeof found, "%s of %d bits", name ? name : "a key", EVP_PKEY_get_bits(key));
	if (EVP_PKEY_get_security_bits(key) < STRENGTH_MIN)
		failed_key(at, role, REFUSE, found);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS: check_rsa(at, role); break;
	case EVP_PKEY_EC: check_ec(at, role); break;
	case EVP_PKEY_DSA: failed_key(at, role, STRICT, found); break;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448: break;
	default: failed_key(at, role, REFUSE, found);
	}
}

static int fits(int signer, int signature, int key)
{
	int rsa_signature = signer == EVP_PKEY_RSA || signer == EVP_PKEY_RSA_PSS;
	if (key == EVP_PKEY_RSA)
		return rsa_signature;
	if (key == EVP_PKEY_RSA_PSS)
		return signature == NID_rsassaPss;
	return signer == key;
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

/* Whether an authority key identifier that does not fit is one that its CA wrote wrongly: no other issuer
 * would fit it then. NULL: nothing says so. */
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
	char found[96];
	const char *name = OBJ_nid2ln(c->signature_nid);
	snprintf(found, sizeof found, "%s", name ? name : "unknown");
	if (!c->signer_nid)
		FAILED(at, .code = X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, .found = found);
	else if (c->digest_bits < STRENGTH_MIN)
		FAILED(at, .code = X509_V_ERR_CA_MD_TOO_WEAK, .found = found);
	else if (issuer->key && !fits(c->signer_nid, c->signature_nid, EVP_PKEY_get_base_id(issuer->key)))
		FAILED(at, .code = X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, .found = found);
	else if (c->digest_nid == NID_sha224 || c->digest_nid == NID_sha512_224 ||
		 c->digest_nid == NID_sha3_224)
		FAILED(at, .code = X509_V_ERR_CA_MD_TOO_WEAK, .weight = STRICT, .found = found);
	int hint = cert_issuer_hint(c, issuer);
	const char *wrong = hint < 0 ? wrong_identifier(c, issuer) : NULL;
	if (hint < 0)
		FAILED(at, .code = -hint, .found = wrong,
		       .hint = wrong ? "have it issued anew: its CA writes the authority key identifier "
				       "wrongly"
				     : NULL);
}
