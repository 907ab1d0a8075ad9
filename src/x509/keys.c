/* SPDX-License-Identifier: MIT */
#include "x509/keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static void read_rsa(const EVP_PKEY *key, struct keys_strength *ret)
{
	BIGNUM *e = NULL;
	ret->bad_exponent = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1 || !BN_is_odd(e) ||
			    BN_num_bits(e) < 2;
	BN_free(e);
	ret->odd_modulus = EVP_PKEY_get_bits(key) % 8 != 0;
}

static enum keys_curve read_curve(const X509_PUBKEY *spki)
{
	X509_ALGOR *algorithm = NULL;
	const void *curve = NULL;
	int type = V_ASN1_UNDEF;
	if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, spki))
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

int keys_strength_of(const X509_PUBKEY *spki, struct keys_strength *ret)
{
	const EVP_PKEY *key = X509_PUBKEY_get0(spki);
	memset(ret, 0, sizeof *ret);
	if (!key)
		return -1;
	const char *name = EVP_PKEY_get0_type_name(key);
	snprintf(ret->text, sizeof ret->text, "%s of %d bits", name ? name : "a key", EVP_PKEY_get_bits(key));
	ret->kind = kind_of(key);
	ret->security_bits = EVP_PKEY_get_security_bits(key);
	if (ret->kind == KEYS_RSA || ret->kind == KEYS_RSA_PSS)
		read_rsa(key, ret);
	else if (ret->kind == KEYS_EC)
		ret->curve = read_curve(spki);
	return 0;
}

int keys_strength(const struct cert *c, struct keys_strength *ret)
{
	return keys_strength_of(X509_get_X509_PUBKEY(c->x), ret);
}

const char *keys_weakness(const struct keys_strength *k)
{
	if (k->kind == KEYS_DSA || k->kind == KEYS_OTHER)
		return "of a kind that servers' certificates do not have";
	if (k->security_bits < KEYS_SECURITY_MIN)
		return k->kind == KEYS_EC ? "too weak, P-256 is the least"
					  : "too weak, 2048 bits are the least";
	if (k->bad_exponent)
		return "of RSA with an exponent that is not an odd number of at least 3";
	if (k->curve == KEYS_CURVE_EXPLICIT)
		return "on a curve whose parameters are spelled out instead of named";
	return k->curve == KEYS_CURVE_OTHER ? "on a curve other than P-256, P-384 and P-521" : NULL;
}

int keys_check(const EVP_PKEY *key, struct err *e)
{
	struct keys_strength k;
	X509_PUBKEY *spki = NULL;
	const char *weakness = "of a kind that certificates do not have";
	if (X509_PUBKEY_set(&spki, (EVP_PKEY *)(uintptr_t)key) && keys_strength_of(spki, &k) == 0)
		weakness = keys_weakness(&k);
	X509_PUBKEY_free(spki);
	ERR_clear_error();
	return weakness ? err_set(e, ERR_INPUT, 0, "the private key is %s: make a new one", weakness) : 0;
}

int keys_same(const EVP_PKEY *a, const EVP_PKEY *b)
{
	int same = a && b && EVP_PKEY_eq(a, b) == 1;
	ERR_clear_error();
	return same;
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
