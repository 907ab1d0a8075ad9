/* SPDX-License-Identifier: MIT */
#include "x509/keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static void read_rsa(const struct cert *c, struct keys_strength *ret)
{
	BIGNUM *e = NULL;
	ret->bad_exponent = EVP_PKEY_get_bn_param(c->key, OSSL_PKEY_PARAM_RSA_E, &e) != 1 || !BN_is_odd(e) ||
			    BN_num_bits(e) < 2;
	BN_free(e);
	ret->odd_modulus = EVP_PKEY_get_bits(c->key) % 8 != 0;
}

static enum keys_curve read_curve(const struct cert *c)
{
	X509_ALGOR *algorithm = NULL;
	const void *curve = NULL;
	int type = V_ASN1_UNDEF;
	if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(c->x)))
		return KEYS_CURVE_GOOD;
	X509_ALGOR_get0(NULL, &type, &curve, algorithm);
	if (type != V_ASN1_OBJECT)
		return KEYS_CURVE_EXPLICIT;
	int nid = OBJ_obj2nid(curve);
	return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1 ? KEYS_CURVE_GOOD
											   : KEYS_CURVE_OTHER;
}

static enum keys_kind kind_of(const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA: return KEYS_RSA;
	case EVP_PKEY_RSA_PSS: return KEYS_RSA_PSS;
	case EVP_PKEY_EC: return KEYS_EC;
	case EVP_PKEY_DSA: return KEYS_DSA;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448: return KEYS_EDWARDS;
	default: return KEYS_OTHER;
	}
}

int keys_strength(const struct cert *c, struct keys_strength *ret)
{
	memset(ret, 0, sizeof *ret);
	if (!c->key)
		return -1;
	const char *name = EVP_PKEY_get0_type_name(c->key);
	snprintf(ret->text, sizeof ret->text, "%s of %d bits", name ? name : "a key",
		 EVP_PKEY_get_bits(c->key));
	ret->kind = kind_of(c->key);
	ret->security_bits = EVP_PKEY_get_security_bits(c->key);
	if (ret->kind == KEYS_RSA || ret->kind == KEYS_RSA_PSS)
		read_rsa(c, ret);
	else if (ret->kind == KEYS_EC)
		ret->curve = read_curve(c);
	return 0;
}

int keys_could_sign(const struct cert *issuer, const struct cert *child)
{
	int key = EVP_PKEY_get_base_id(issuer->key);
	if (key == EVP_PKEY_RSA)
		return child->signer_nid == EVP_PKEY_RSA || child->signer_nid == EVP_PKEY_RSA_PSS;
	if (key == EVP_PKEY_RSA_PSS)
		return child->signature_nid == NID_rsassaPss;
	return child->signer_nid == key;
}
