/* SPDX-License-Identifier: MIT */
#include "pbe.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

/* Each of scrypt's parameters must be lower, so that their products do not overflow. */
enum { TOO_MUCH = 1 << 26 };

static int too_old(const char *what, const char *cipher, const char *name, struct err *e)
{
	return err_set(
		e, ERR_INPUT, 0,
		"%s is encrypted with %s%s%s%s, which is not supported here: sealpost-pki convert FILE "
		"--to p12, on a computer where OpenSSL's legacy provider is installed, writes it with "
		"AES-256",
		what, cipher, *name ? " (" : "", name, *name ? ")" : "");
}

static int unknown(const char *what, const char *kind, const ASN1_OBJECT *o, struct err *e)
{
	char name[80];
	if (!o || OBJ_obj2txt(name, sizeof name, o, 0) <= 0)
		snprintf(name, sizeof name, "none");
	return err_set(e, ERR_INPUT, 0,
		       "%s uses %s %s, which is not supported: export it again with AES-256 and PBKDF2", what,
		       kind, name);
}

int pbe_has_digest(int nid)
{
	EVP_MD *md = nid > 0 ? EVP_MD_fetch(NULL, OBJ_nid2sn(nid), NULL) : NULL;
	EVP_MD_free(md);
	ERR_clear_error();
	return md != NULL;
}

/* Returns a context with OpenSSL's old ciphers, so that the user need not know which OpenSSL provider a file
 * needs. */
static OSSL_LIB_CTX *old_ciphers(struct pbe *p)
{
	if (p->old)
		return p->old;
	p->old = OSSL_LIB_CTX_new();
	if (p->old) {
		p->providers[0] = OSSL_PROVIDER_load(p->old, "legacy");
		p->providers[1] = OSSL_PROVIDER_load(p->old, "default");
	}
	ERR_clear_error();
	return p->old;
}

void pbe_done(struct pbe *p)
{
	for (int i = 0; i < 2; i++)
		if (p->providers[i])
			OSSL_PROVIDER_unload(p->providers[i]);
	OSSL_LIB_CTX_free(p->old);
	p->old = NULL;
}

EVP_CIPHER *pbe_cipher(struct pbe *p, const char *name)
{
	EVP_CIPHER *c = p->old ? NULL : EVP_CIPHER_fetch(NULL, name, NULL);
	if (!c && old_ciphers(p))
		c = EVP_CIPHER_fetch(p->old, name, NULL);
	ERR_clear_error();
	return c;
}

static int has_cipher(struct pbe *p, const char *name)
{
	EVP_CIPHER *c = pbe_cipher(p, name);
	EVP_CIPHER_free(c);
	return c != NULL;
}

static int spend(struct pbe *w, uint64_t n, const char *what, struct err *e)
{
	if (n > w->left)
		return err_set(e, ERR_FULL, 0,
			       "%s asks for more than %d iterations of its passphrase in all: export it "
			       "again with fewer",
			       what, PBE_ITERATIONS_MAX);
	w->left -= n;
	return 0;
}

int pbe_count_iterations(struct pbe *w, const ASN1_INTEGER *n, const char *what, struct err *e)
{
	uint64_t count = 1;
	if (n && (ASN1_STRING_length(n) > 8 || !ASN1_INTEGER_get_uint64(&count, n)))
		count = UINT64_MAX;
	ERR_clear_error();
	return spend(w, count, what, e);
}

static uint64_t number(const ASN1_INTEGER *n)
{
	uint64_t value;
	int good = n && ASN1_INTEGER_get_uint64(&value, n) && value && value < TOO_MUCH;
	ERR_clear_error();
	return good ? value : TOO_MUCH;
}

static int count_scrypt(struct pbe *w, const SCRYPT_PARAMS *s, const char *what, struct err *e)
{
	uint64_t n = number(s->costParameter), r = number(s->blockSize),
		 p = number(s->parallelizationParameter);
	uint64_t most = (uint64_t)PBE_SCRYPT_MIB_MAX << 20;
	if (128 * r * n > most || 128 * r * p > most)
		return err_set(e, ERR_FULL, 0,
			       "%s asks for more than %d MiB of memory (scrypt): export it again with less",
			       what, PBE_SCRYPT_MIB_MAX);
	return spend(w, n * r * p, what, e);
}

static int count_pbkdf2(struct pbe *w, const PBKDF2PARAM *p, const char *what, struct err *e)
{
	int digest = NID_sha1, prf = p->prf ? OBJ_obj2nid(p->prf->algorithm) : NID_hmacWithSHA1;
	if (!EVP_PBE_find(EVP_PBE_TYPE_PRF, prf, NULL, &digest, NULL) || !pbe_has_digest(digest))
		return unknown(what, "the digest", p->prf ? p->prf->algorithm : NULL, e);
	return pbe_count_iterations(w, p->iter, what, e);
}

static int count_derivation(struct pbe *w, const X509_ALGOR *a, const char *what, struct err *e)
{
	int nid = a ? OBJ_obj2nid(a->algorithm) : NID_undef, r;
	if (nid == NID_id_pbkdf2) {
		PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), a->parameter);
		r = p ? count_pbkdf2(w, p, what, e)
		      : err_set(e, ERR_INPUT, 0, "%s is damaged: its PBKDF2 parameters cannot be read", what);
		PBKDF2PARAM_free(p);
		return r;
	}
	if (nid == NID_id_scrypt) {
		SCRYPT_PARAMS *s = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), a->parameter);
		r = s ? count_scrypt(w, s, what, e)
		      : err_set(e, ERR_INPUT, 0, "%s is damaged: its scrypt parameters cannot be read", what);
		SCRYPT_PARAMS_free(s);
		return r;
	}
	return unknown(what, "the key derivation", a ? a->algorithm : NULL, e);
}

static int count_pbes2(struct pbe *w, const X509_ALGOR *a, const char *what, struct err *e)
{
	PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), a->parameter);
	int nid = p ? OBJ_obj2nid(p->encryption->algorithm) : NID_undef, r;
	if (!p)
		r = err_set(e, ERR_INPUT, 0, "%s is damaged: its encryption cannot be read", what);
	else if (nid == NID_undef)
		r = unknown(what, "the cipher", p->encryption->algorithm, e);
	else if (!has_cipher(w, OBJ_nid2sn(nid)))
		r = too_old(what, OBJ_nid2sn(nid), "", e);
	else
		r = count_derivation(w, p->keyfunc, what, e);
	PBE2PARAM_free(p);
	return r;
}

int pbe_count(struct pbe *w, const X509_ALGOR *a, const char *what, struct err *e)
{
	int nid = OBJ_obj2nid(a->algorithm), cipher = NID_undef, digest = NID_undef;
	if (nid == NID_pbes2)
		return count_pbes2(w, a, what, e);
	if (nid == NID_undef || !EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher, &digest, NULL))
		return unknown(what, "the encryption", a->algorithm, e);
	if (!has_cipher(w, OBJ_nid2sn(cipher)) || !pbe_has_digest(digest))
		return too_old(what, OBJ_nid2sn(cipher), OBJ_nid2ln(nid), e);
	PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), a->parameter);
	int r = p ? pbe_count_iterations(w, p->iter, what, e)
		  : err_set(e, ERR_INPUT, 0, "%s is damaged: its encryption cannot be read", what);
	PBEPARAM_free(p);
	ERR_clear_error();
	return r;
}

/* --- descriptions --- */

static void derivation_text(const X509_ALGOR *a, char *ret, size_t size)
{
	PBKDF2PARAM *p = OBJ_obj2nid(a->algorithm) == NID_id_pbkdf2
				 ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), a->parameter)
				 : NULL;
	int64_t n = 0;
	if (p && ASN1_INTEGER_get_int64(&n, p->iter))
		snprintf(ret, size, "PBKDF2 with %s, %lld iterations",
			 p->prf ? OBJ_nid2sn(OBJ_obj2nid(p->prf->algorithm)) : "hmacWithSHA1", (long long)n);
	else if (OBJ_obj2txt(ret, (int)size, a->algorithm, 0) <= 0)
		ret[0] = '\0';
	PBKDF2PARAM_free(p);
}

void pbe_describe(const X509_ALGOR *a, char *ret, size_t size)
{
	char derivation[120];
	PBE2PARAM *p = OBJ_obj2nid(a->algorithm) == NID_pbes2
			       ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), a->parameter)
			       : NULL;
	PBEPARAM *old = p ? NULL : ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), a->parameter);
	int64_t n = 0;
	if (p) {
		derivation_text(p->keyfunc, derivation, sizeof derivation);
		snprintf(ret, size, "PBES2 with %s, %s", OBJ_nid2sn(OBJ_obj2nid(p->encryption->algorithm)),
			 derivation);
	} else {
		if (OBJ_obj2txt(derivation, sizeof derivation, a->algorithm, 0) <= 0)
			derivation[0] = '\0';
		if (old && ASN1_INTEGER_get_int64(&n, old->iter))
			snprintf(ret, size, "%s, %lld iterations", derivation, (long long)n);
		else
			snprintf(ret, size, "%s", derivation);
	}
	PBE2PARAM_free(p);
	PBEPARAM_free(old);
	ERR_clear_error();
}

/* --- decrypting --- */

static int decrypt(const EVP_CIPHER *c, const X509_ALGOR *algorithm, const unsigned char *key,
		   const ASN1_OCTET_STRING *from, unsigned char *to)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	int good = x && EVP_CipherInit_ex(x, c, NULL, NULL, NULL, 0) &&
		   EVP_CIPHER_asn1_to_param(x, algorithm->parameter) > 0 &&
		   EVP_CipherInit_ex(x, NULL, NULL, key, NULL, 0) &&
		   EVP_CipherUpdate(x, to, &n, ASN1_STRING_get0_data(from), ASN1_STRING_length(from)) &&
		   EVP_CipherFinal_ex(x, to + n, &last);
	EVP_CIPHER_CTX_free(x);
	return good ? n + last : -1;
}

/* Computes scrypt here, since OpenSSL's own decryption permits it only 32 MiB. */
static unsigned char *open_scrypt(struct pbe *p, const PBE2PARAM *params, const ASN1_OCTET_STRING *from,
				  int *ret_len)
{
	enum { MEMORY_MAX = (2 * PBE_SCRYPT_MIB_MAX + 1) << 20 };
	const char *passphrase = p->passphrase ? p->passphrase : "";
	unsigned char key[EVP_MAX_KEY_LENGTH],
		*to = OPENSSL_malloc((size_t)ASN1_STRING_length(from) + EVP_MAX_BLOCK_LENGTH);
	EVP_CIPHER *c = pbe_cipher(p, OBJ_nid2sn(OBJ_obj2nid(params->encryption->algorithm)));
	SCRYPT_PARAMS *s =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), params->keyfunc->parameter);
	int len = -1;
	if (to && c && s &&
	    EVP_PBE_scrypt(passphrase, strlen(passphrase), ASN1_STRING_get0_data(s->salt),
			   (size_t)ASN1_STRING_length(s->salt), number(s->costParameter),
			   number(s->blockSize), number(s->parallelizationParameter), MEMORY_MAX, key,
			   (size_t)EVP_CIPHER_get_key_length(c)) == 1)
		len = decrypt(c, params->encryption, key, from, to);
	OPENSSL_cleanse(key, sizeof key);
	SCRYPT_PARAMS_free(s);
	EVP_CIPHER_free(c);
	if (len < 0) {
		OPENSSL_clear_free(to, to ? (size_t)ASN1_STRING_length(from) : 0);
		return NULL;
	}
	*ret_len = len;
	return to;
}

unsigned char *pbe_open(struct pbe *p, const X509_ALGOR *a, const ASN1_OCTET_STRING *from, int *ret_len)
{
	const char *passphrase = p->passphrase;
	int is_pbes2 = OBJ_obj2nid(a->algorithm) == NID_pbes2;
	PBE2PARAM *params =
		is_pbes2 ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), a->parameter) : NULL;
	unsigned char *to = NULL;
	int len = 0;
	if (params && OBJ_obj2nid(params->keyfunc->algorithm) == NID_id_scrypt)
		to = open_scrypt(p, params, from, &len);
	else if (!PKCS12_pbe_crypt_ex(a, passphrase, passphrase ? (int)strlen(passphrase) : 0,
				      ASN1_STRING_get0_data(from), ASN1_STRING_length(from), &to, &len, 0,
				      p->old, NULL))
		to = NULL;
	PBE2PARAM_free(params);
	ERR_clear_error();
	*ret_len = len;
	return to;
}
