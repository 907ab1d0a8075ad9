/* SPDX-License-Identifier: MIT */
#include "pkcs12.h"

#include "pbe.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

enum { DEPTH_MAX = 4 };

static const char file[] = "the PKCS#12 file";

struct opening {
	const struct pkcs12_taker *t;
	struct pbe pbe;
	int counting; /* 1: only adds up the work; nothing is decrypted */
	int depth;
};

static void note_algorithm(const struct opening *o, const char *what, const X509_ALGOR *a)
{
	char how[200];
	if (!o->t->protection)
		return;
	pbe_describe(a, how, sizeof how);
	buf_addf(o->t->protection, "%s: %s\n", what, how);
}

static int wrong_passphrase(const struct opening *o, struct err *e)
{
	return err_set(e, ERR_DENIED, 0,
		       o->pbe.passphrase && *o->pbe.passphrase ? "%s does not open with this passphrase"
							       : "%s is under a passphrase: give it, too",
		       file);
}

static int take_key(struct opening *o, const PKCS8_PRIV_KEY_INFO *p8, struct err *e)
{
	if (o->counting)
		return 0;
	EVP_PKEY *key = EVP_PKCS82PKEY(p8);
	return key ? o->t->key(o->t->arg, key, e)
		   : err_set(e, ERR_INPUT, 0, "the private key in %s is of a kind that is not supported",
			     file);
}

static int take_encrypted_key(struct opening *o, const X509_SIG *sig, struct err *e)
{
	const X509_ALGOR *a;
	const ASN1_OCTET_STRING *from;
	int len, r;
	X509_SIG_get0(sig, &a, &from);
	if (o->counting) {
		note_algorithm(o, "private key", a);
		return pbe_count(&o->pbe, a, "the private key in the PKCS#12 file", e);
	}
	unsigned char *der = pbe_open(&o->pbe, a, from, &len);
	const unsigned char *p = der;
	PKCS8_PRIV_KEY_INFO *p8 = der ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, len) : NULL;
	r = p8 ? take_key(o, p8, e) : wrong_passphrase(o, e);
	PKCS8_PRIV_KEY_INFO_free(p8);
	if (der)
		OPENSSL_clear_free(der, (size_t)len);
	return r;
}

static int take_cert(struct opening *o, const PKCS12_SAFEBAG *bag, struct err *e)
{
	if (o->counting || PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return 0;
	X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
	struct cert *c = x ? cert_of(x, e) : NULL;
	X509_free(x);
	if (!x)
		return err_set(e, ERR_INPUT, 0, "a certificate in %s is damaged", file);
	return c ? o->t->cert(o->t->arg, c, e) : -1;
}

static int take_list(struct opening *o, const PKCS12_SAFEBAG *bag, struct err *e)
{
	if (o->counting || !o->t->crl || PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Crl)
		return 0;
	X509_CRL *x = PKCS12_SAFEBAG_get1_crl(bag);
	unsigned char *der = NULL;
	int len = x ? i2d_X509_CRL(x, &der) : 0;
	struct crl *l = len > 0 ? crl_parse(der, (size_t)len, e) : NULL;
	OPENSSL_free(der);
	X509_CRL_free(x);
	if (!l)
		return err_set(e, ERR_INPUT, 0, "a revocation list in %s is damaged", file);
	return o->t->crl(o->t->arg, l, e);
}

static int visit_bags(struct opening *o, const STACK_OF(PKCS12_SAFEBAG) * bags, struct err *e)
{
	int r = 0;
	if (++o->depth > DEPTH_MAX)
		return err_set(e, ERR_INPUT, 0, "%s is nested too deeply", file);
	for (int i = 0; r == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_keyBag: r = take_key(o, PKCS12_SAFEBAG_get0_p8inf(bag), e); break;
		case NID_pkcs8ShroudedKeyBag:
			r = take_encrypted_key(o, PKCS12_SAFEBAG_get0_pkcs8(bag), e);
			break;
		case NID_certBag: r = take_cert(o, bag, e); break;
		case NID_crlBag: r = take_list(o, bag, e); break;
		case NID_safeContentsBag: r = visit_bags(o, PKCS12_SAFEBAG_get0_safes(bag), e); break;
		default: break;
		}
	}
	o->depth--;
	return r;
}

static void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

/* Decrypts bags. The decrypted content may have bags that are encrypted again: their work is counted before
 * they are decrypted. */
static int open_encrypted(struct opening *o, const PKCS7_ENC_CONTENT *content, struct err *e)
{
	if (o->counting) {
		note_algorithm(o, "certificates", content->algorithm);
		return pbe_count(&o->pbe, content->algorithm, "the content of the PKCS#12 file", e);
	}
	int len, r;
	unsigned char *der = pbe_open(&o->pbe, content->algorithm, content->enc_data, &len);
	const unsigned char *p = der;
	STACK_OF(PKCS12_SAFEBAG) *bags =
		der ? (void *)ASN1_item_d2i(NULL, &p, len, ASN1_ITEM_rptr(PKCS12_SAFEBAGS)) : NULL;
	if (bags) {
		o->counting = 1;
		r = visit_bags(o, bags, e);
		o->counting = 0;
		r = r == 0 ? visit_bags(o, bags, e) : r;
	} else {
		r = wrong_passphrase(o, e);
	}
	free_bags(bags);
	if (der)
		OPENSSL_clear_free(der, (size_t)len);
	return r;
}

static int visit_safe(struct opening *o, PKCS7 *safe, struct err *e)
{
	const PKCS7_ENCRYPT *under = PKCS7_type_is_encrypted(safe) ? safe->d.encrypted : NULL;
	if (under && under->enc_data && under->enc_data->enc_data)
		return open_encrypted(o, under->enc_data, e);
	if (PKCS7_type_is_enveloped(safe))
		return err_set(e, ERR_INPUT, 0,
			       "%s is encrypted for a certificate, not under a passphrase: export it again",
			       file);
	STACK_OF(PKCS12_SAFEBAG) *bags =
		PKCS7_type_is_data(safe) && safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
	int r = bags ? visit_bags(o, bags, e)
		     : err_set(e, ERR_INPUT, 0, "%s is damaged: a part of it cannot be read", file);
	free_bags(bags);
	return r;
}

static int visit_safes(struct opening *o, const STACK_OF(PKCS7) * safes, struct err *e)
{
	for (int i = 0; i < sk_PKCS7_num(safes); i++)
		if (visit_safe(o, sk_PKCS7_value(safes, i), e) < 0)
			return -1;
	return 0;
}

static int count_mac(struct opening *o, PKCS12 *p, struct err *e)
{
	const X509_ALGOR *a;
	const ASN1_INTEGER *iterations;
	char name[80];
	if (!PKCS12_mac_present(p)) {
		if (o->t->protection)
			buf_adds(o->t->protection,
				 "MAC: none; whether the file was changed cannot be checked\n");
		return 0;
	}
	PKCS12_get0_mac(NULL, &a, NULL, &iterations, p);
	if (OBJ_obj2txt(name, sizeof name, a->algorithm, 0) <= 0)
		name[0] = '\0';
	int64_t n = 1;
	if (iterations && !ASN1_INTEGER_get_int64(&n, iterations))
		n = INT64_MAX;
	if (o->t->protection)
		buf_addf(o->t->protection, "MAC: %s, %lld iterations\n", name, (long long)n);
	if (pbe_has_digest(OBJ_obj2nid(a->algorithm)))
		return pbe_count_iterations(&o->pbe, iterations, file, e);
	return err_set(e, ERR_INPUT, 0,
		       "%s has a MAC of a kind that is not supported (%s): export it again with SHA-256",
		       file, name);
}

/* Checks the MAC. Files without a passphrase are written either without one or with an empty one: finds out
 * which. */
static int check_mac(struct opening *o, PKCS12 *p)
{
	const char *given = o->pbe.passphrase;
	if (!PKCS12_mac_present(p) || (given && *given && PKCS12_verify_mac(p, given, -1)))
		return 0;
	if (given && *given)
		return -1;
	o->pbe.passphrase = PKCS12_verify_mac(p, NULL, 0) ? NULL : "";
	return !o->pbe.passphrase || PKCS12_verify_mac(p, "", 0) ? 0 : -1;
}

int pkcs12_read(const struct pkcs12_file *f, const struct pkcs12_taker *t, struct err *e)
{
	const unsigned char *at = f->der;
	PKCS12 *p = d2i_PKCS12(NULL, &at, (long)f->len);
	STACK_OF(PKCS7) *safes = p ? PKCS12_unpack_authsafes(p) : NULL;
	struct opening o = { .t = t, .pbe = PBE_START(f->passphrase ? f->passphrase : ""), .counting = 1 };
	int r = safes ? 0
		      : err_set(e, ERR_INPUT, 0,
				"%s is damaged, or signed instead of being under a passphrase", file);
	if (r == 0)
		r = count_mac(&o, p, e);
	if (r == 0)
		r = visit_safes(&o, safes, e);
	o.counting = 0;
	if (r == 0 && check_mac(&o, p) < 0)
		r = wrong_passphrase(&o, e);
	if (r == 0)
		r = visit_safes(&o, safes, e);
	pbe_done(&o.pbe);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	PKCS12_free(p);
	ERR_clear_error();
	return r;
}
