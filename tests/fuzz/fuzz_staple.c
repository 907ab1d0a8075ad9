/* SPDX-License-Identifier: MIT */
/* A stapled OCSP answer, read on 2026-07-01 for a certificate whose CA has a known key: the seeds are signed
 * rightly. The first byte chooses certificate and policy, and may have what the rest can be read as signed
 * anew, by the CA, its delegate or a stranger: so changed answers get past the signature, too. */
#include "../../src/trust/staple.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1782907200, DAY = 86400, SERIAL = 1001 };
enum signer { AS_IT_CAME, BY_ISSUER, BY_DELEGATE, BY_STRANGER };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	X509 *x;
	EVP_PKEY *key;
	struct cert *cert;
} issuer, leaf, demanding, delegate, stranger;

static void require(int is_right)
{
	if (!is_right)
		abort();
}

/* The key of a small secret number: the same in each run, so that the seeds' signatures stay right. */
static EVP_PKEY *key_of(BN_ULONG secret)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *public = EC_POINT_new(group);
	BIGNUM *number = BN_new();
	unsigned char bytes[65], number_bytes[32];
	EVP_PKEY *key = NULL;
	BN_set_word(number, secret);
	require(EC_POINT_mul(group, public, number, NULL, NULL, NULL) == 1);
	require(EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof bytes, NULL) ==
		sizeof bytes);
	require(BN_bn2nativepad(number, number_bytes, sizeof number_bytes) == sizeof number_bytes);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("group", (char[]){ "P-256" }, 0),
				OSSL_PARAM_construct_octet_string("pub", bytes, sizeof bytes),
				OSSL_PARAM_construct_BN("priv", number_bytes, sizeof number_bytes),
				OSSL_PARAM_END };
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	require(EVP_PKEY_fromdata_init(c) == 1 && EVP_PKEY_fromdata(c, &key, EVP_PKEY_KEYPAIR, params) == 1);
	EVP_PKEY_CTX_free(c);
	BN_free(number);
	EC_POINT_free(public);
	EC_GROUP_free(group);
	return key;
}

static X509 *make(const char *name, long serial, EVP_PKEY *key, X509 *by, EVP_PKEY *by_key,
		  const char *const *extensions)
{
	X509 *x = X509_new();
	X509V3_CTX ctx;
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name,
				   -1, -1, 0);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - 10 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + 100 * DAY);
	X509_set_issuer_name(x, X509_get_subject_name(by ? by : x));
	X509_set_pubkey(x, key);
	X509V3_set_ctx(&ctx, by ? by : x, x, NULL, NULL, 0);
	for (; extensions[0]; extensions += 2) {
		X509_EXTENSION *e = X509V3_EXT_nconf(NULL, &ctx, extensions[0], extensions[1]);
		require(e && X509_add_ext(x, e, -1));
		X509_EXTENSION_free(e);
	}
	require(X509_sign(x, by_key ? by_key : key, EVP_sha256()) > 0);
	return x;
}

static void set_up(void)
{
	static const char *const ca[] = { "basicConstraints", "critical,CA:TRUE", "keyUsage",
					  "critical,keyCertSign", NULL };
	static const char *const plain[] = { "keyUsage", "critical,digitalSignature", NULL };
	static const char *const must[] = { "keyUsage", "critical,digitalSignature", "tlsfeature",
					    "status_request", NULL };
	static const char *const ocsp[] = { "extendedKeyUsage", "OCSPSigning", NULL };
	issuer.key = key_of(7);
	delegate.key = key_of(11);
	stranger.key = key_of(13);
	leaf.key = key_of(17);
	issuer.x = make("Issuer", 1, issuer.key, NULL, NULL, ca);
	stranger.x = make("Issuer", 1, stranger.key, NULL, NULL, ca);
	delegate.x = make("Responder", 2, delegate.key, issuer.x, issuer.key, ocsp);
	leaf.x = make("server.example", SERIAL, leaf.key, issuer.x, issuer.key, plain);
	demanding.x = make("server.example", SERIAL, leaf.key, issuer.x, issuer.key, must);
	issuer.cert = cert_of(issuer.x, NULL);
	leaf.cert = cert_of(leaf.x, NULL);
	demanding.cert = cert_of(demanding.x, NULL);
	require(issuer.cert && leaf.cert && demanding.cert && demanding.cert->must_staple);
}

static OCSP_BASICRESP *read_answer(const unsigned char *der, size_t len)
{
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &der, (long)len);
	OCSP_BASICRESP *basic = r ? OCSP_response_get1_basic(r) : NULL;
	OCSP_RESPONSE_free(r);
	return basic;
}

/* What there is to be signed, signed by that one; NULL: there is nothing. */
static unsigned char *sign_anew(const uint8_t *data, size_t size, enum signer by, size_t *ret_len)
{
	OCSP_BASICRESP *basic = read_answer(data, size);
	unsigned char *der = NULL;
	X509 *x = by == BY_ISSUER ? issuer.x : by == BY_DELEGATE ? delegate.x : stranger.x;
	EVP_PKEY *key = by == BY_ISSUER ? issuer.key : by == BY_DELEGATE ? delegate.key : stranger.key;
	if (basic && OCSP_basic_sign(basic, x, key, EVP_sha256(), NULL, OCSP_NOTIME) == 1) {
		OCSP_RESPONSE *r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
		int len = i2d_OCSP_RESPONSE(r, &der);
		*ret_len = len > 0 ? (size_t)len : 0;
		OCSP_RESPONSE_free(r);
	}
	OCSP_BASICRESP_free(basic);
	return der;
}

/* Whether some answer in it says this of the certificate, however its identifier was made. */
static int some_answer_says(const unsigned char *der, size_t len, int wanted)
{
	OCSP_BASICRESP *basic = read_answer(der, len);
	int found = 0;
	for (int i = 0; basic && i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *one = OCSP_resp_get0(basic, i);
		ASN1_INTEGER *serial = NULL;
		OCSP_id_get0_info(NULL, NULL, NULL, &serial,
				  (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(one));
		found |= serial && ASN1_INTEGER_get(serial) == SERIAL &&
			 OCSP_single_get0_status(one, NULL, NULL, NULL, NULL) == wanted;
	}
	OCSP_BASICRESP_free(basic);
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verdict v;
	if (!issuer.x)
		set_up();
	if (!size)
		return 0;
	enum signer by = (enum signer)(data[0] / 8 % 4);
	const struct cert *c = data[0] & 1 ? demanding.cert : leaf.cert;
	struct rules rules = { .now = NOW, .policy.revocation = (enum verify_revocation)(data[0] / 2 % 3) };
	size_t len = size - 1;
	unsigned char *der = by ? sign_anew(data + 1, size - 1, by, &len) : malloc(size);
	if (der && !by)
		memcpy(der, data + 1, size - 1);
	struct findings to = { .v = &v, .profile = VERIFY_GUIDE };
	memset(&v, 0, sizeof v);
	staple_check(&(struct check_at){ &to, c, 0 }, &(struct staple){ der, len, issuer.cert }, &rules);
	findings_to_verdict(&to);
	require(v.code != X509_V_ERR_CERT_REVOKED ||
		(by != BY_STRANGER && some_answer_says(der, len, V_OCSP_CERTSTATUS_REVOKED)));
	if (c->must_staple && !v.code) /* trusted */
		require(der && by != BY_STRANGER && some_answer_says(der, len, V_OCSP_CERTSTATUS_GOOD));
	require(ERR_peek_error() == 0 || !der);
	ERR_clear_error();
	if (by)
		OPENSSL_free(der);
	else
		free(der);
	return 0;
}
