/* SPDX-License-Identifier: MIT */
/* strength: decides which keys and signatures are strong enough (OpenSSL's security level 2), and whether a
 * signature's algorithm fits the key that made it. */
#include "checks.h"
#include "x509/keys.h"

#include <openssl/x509_vfy.h>

void check_key(const struct check_at *at, enum role role)
{
	struct keys_strength k;
	long too_small = role == ROLE_LEAF ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL;
	if (keys_strength(at->cert, &k) < 0) {
		FAILED(at, .code = X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY);
		return;
	}
	if (k.security_bits < KEYS_SECURITY_MIN || k.kind == KEYS_OTHER)
		FAILED(at, .code = too_small, .found = k.text);
	if (k.kind == KEYS_DSA)
		FAILED(at, .code = too_small, .weight = STRICT, .found = k.text);
	if (k.bad_exponent)
		FAILED(at, .code = too_small,
		       .found = "an RSA exponent that is not an odd number of at least 3");
	if (k.odd_modulus)
		FAILED(at, .code = too_small, .weight = STRICT,
		       .found = "an RSA modulus whose length is not a multiple of 8 bits");
	if (k.curve == KEYS_CURVE_EXPLICIT)
		FAILED(at, .code = X509_V_ERR_EC_KEY_EXPLICIT_PARAMS);
	if (k.curve == KEYS_CURVE_OTHER)
		FAILED(at, .code = too_small, .weight = STRICT,
		       .found = "a curve other than P-256, P-384 and P-521");
}

void check_signature_algorithm(const struct check_at *at, const struct cert *issuer)
{
	const struct cert *c = at->cert;
	const char *name = OBJ_nid2ln(c->signature_nid), *found = name ? name : "unknown";
	if (!c->signer_nid)
		FAILED(at, .code = X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, .found = found);
	else if (c->digest_bits < KEYS_SECURITY_MIN)
		FAILED(at, .code = X509_V_ERR_CA_MD_TOO_WEAK, .found = found);
	else if (issuer->key && !keys_could_sign(issuer, c))
		FAILED(at, .code = X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, .found = found);
	else if (c->digest_bits < 128) /* SHA-224, SHA-512/224, SHA3-224 */
		FAILED(at, .code = X509_V_ERR_CA_MD_TOO_WEAK, .weight = STRICT, .found = found);
}
