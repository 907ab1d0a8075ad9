/* SPDX-License-Identifier: MIT */
/* factory: makes certificates for tests, right or wrong in any way that is wanted. */
#ifndef TESTS_FACTORY_H
#define TESTS_FACTORY_H

#include "base/num.h"

#include <assert.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The day on which tests verify: 2026-07-01 12:00:00. */
#define FACTORY_NOW 1782907200L
enum { DAY = 86400 };

struct made {
	X509 *x;
	EVP_PKEY *key;
};

struct raw_ext {
	const char *oid, *hex;
	int critical;
};

struct recipe {
	const char *subject; /* "/CN=Root"; "-" for none */
	const char
		*key; /* "P-256", "RSA-2048", "ED25519", "DSA-2048"...; a number after ':' keeps keys apart */
	long from, to;                   /* seconds around FACTORY_NOW; 0: -10 days, +100 days */
	const char *from_text, *to_text; /* written as they stand, UTCTime or (15 letters) GeneralizedTime */
	const char *digest;              /* "SHA256" */
	const char *serial;              /* hex, may begin with '-' */
	int version;                     /* 3 */
	const char *add[8]; /* "keyUsage=critical,digitalSignature": instead of the default of that name */
	const char *drop;   /* names of defaults left out, with blanks between; "all" */
	struct raw_ext raw[2];
	int tamper;              /* spoils the signature */
	int other_algorithm;     /* names another algorithm outside than inside */
	const char *issuer_name; /* instead of the issuer's subject */
	void (*also)(X509 *x);   /* does the rest, before it is signed */
};

static EVP_PKEY *factory_make_key(const char *kind)
{
	char bare[32];
	EVP_PKEY *key = NULL;
	snprintf(bare, sizeof bare, "%s", kind);
	bare[strcspn(bare, ":")] = '\0';
	if (!strncmp(bare, "RSA-", 4)) {
		key = EVP_RSA_gen(strtoul(bare + 4, NULL, 10));
	} else if (!strncmp(bare, "EXPONENT-", 9)) { /* a public key only */
		EVP_PKEY *usual = EVP_RSA_gen(2048);
		BIGNUM *n = NULL, *e = NULL;
		EVP_PKEY_get_bn_param(usual, "n", &n);
		BN_dec2bn(&e, bare + 9);
		OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
		OSSL_PARAM_BLD_push_BN(b, "n", n);
		OSSL_PARAM_BLD_push_BN(b, "e", e);
		OSSL_PARAM *p = OSSL_PARAM_BLD_to_param(b);
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
		EVP_PKEY_fromdata_init(c);
		EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, p);
		EVP_PKEY_CTX_free(c);
		OSSL_PARAM_free(p);
		OSSL_PARAM_BLD_free(b);
		BN_free(n);
		BN_free(e);
		EVP_PKEY_free(usual);
	} else if (!strncmp(bare, "PSS-", 4)) {
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
		EVP_PKEY_keygen_init(c);
		EVP_PKEY_CTX_set_rsa_keygen_bits(c, (int)strtoul(bare + 4, NULL, 10));
		EVP_PKEY_generate(c, &key);
		EVP_PKEY_CTX_free(c);
	} else if (!strncmp(bare, "DSA-", 4)) {
		EVP_PKEY *params = NULL;
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
		EVP_PKEY_paramgen_init(c);
		OSSL_PARAM p[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
		size_t bits = strtoul(bare + 4, NULL, 10);
		p[0] = OSSL_PARAM_construct_size_t("pbits", &bits);
		EVP_PKEY_CTX_set_params(c, p);
		EVP_PKEY_generate(c, &params);
		EVP_PKEY_CTX *g = EVP_PKEY_CTX_new(params, NULL);
		EVP_PKEY_keygen_init(g);
		EVP_PKEY_generate(g, &key);
		EVP_PKEY_CTX_free(g);
		EVP_PKEY_CTX_free(c);
		EVP_PKEY_free(params);
	} else if (!strncmp(bare, "ED", 2) || !strncmp(bare, "X25519", 6)) {
		key = EVP_PKEY_Q_keygen(NULL, NULL, bare);
	} else if (!strncmp(bare, "EXPLICIT-", 9)) {
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
		EVP_PKEY_keygen_init(c);
		EVP_PKEY_CTX_set_group_name(c, bare + 9);
		EVP_PKEY_CTX_set_ec_param_enc(c, OPENSSL_EC_EXPLICIT_CURVE);
		EVP_PKEY_generate(c, &key);
		EVP_PKEY_CTX_free(c);
	} else {
		key = EVP_EC_gen(bare);
	}
	assert(key);
	return key;
}

/* The same key for the same kind; they live as long as the program. */
static EVP_PKEY *factory_key(const char *kind)
{
	static struct {
		char kind[32];
		EVP_PKEY *key;
	} keys[64];
	size_t i = 0;
	for (; keys[i].key; i++)
		if (!strcmp(keys[i].kind, kind))
			break;
	assert(i < 63);
	if (!keys[i].key) {
		snprintf(keys[i].kind, sizeof keys[i].kind, "%s", kind);
		keys[i].key = factory_make_key(kind);
	}
	EVP_PKEY_up_ref(keys[i].key);
	return keys[i].key;
}

static X509_NAME *factory_name(const char *text)
{
	X509_NAME *name = X509_NAME_new();
	char copy[512], *save = NULL;
	snprintf(copy, sizeof copy, "%s", strcmp(text, "-") ? text : "");
	for (char *part = strtok_r(copy, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		char *value = strchr(part, '=');
		assert(value);
		*value++ = '\0';
		assert(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (unsigned char *)value, -1, -1,
						  0));
	}
	return name;
}

static int factory_word_in(const char *word, size_t len, const char *list)
{
	for (const char *p = list; p && *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		if ((n == len && !strncmp(p, word, n)) || (n == 3 && !strncmp(p, "all", 3)))
			return 1;
		p += n;
	}
	return 0;
}

static void factory_add_text(X509 *x, X509 *issuer, const char *text)
{
	X509V3_CTX ctx;
	char name[64];
	const char *value = strchr(text, '=') + 1;
	snprintf(name, sizeof name, "%.*s", (int)(value - text - 1), text);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	CONF *conf = NCONF_new(NULL);
	X509V3_set_nconf(&ctx, conf);
	X509_EXTENSION *e = X509V3_EXT_nconf(conf, &ctx, name, value);
	NCONF_free(conf);
	if (!e)
		fprintf(stderr, "factory: %s\n", text);
	assert(e);
	assert(X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}

static void factory_extensions(X509 *x, X509 *issuer, const struct recipe *r, const char *const *defaults)
{
	for (; *defaults; defaults++) {
		size_t len = strcspn(*defaults, "=");
		int replaced = factory_word_in(*defaults, len, r->drop);
		if (!strncmp(*defaults, "authorityKey", 12))
			replaced |= X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) < 0;
		for (size_t i = 0; i < 8 && r->add[i]; i++)
			replaced |= !strncmp(r->add[i], *defaults, len + 1);
		if (!replaced)
			factory_add_text(x, issuer, *defaults);
	}
	for (size_t i = 0; i < 8 && r->add[i]; i++)
		factory_add_text(x, issuer, r->add[i]);
	for (size_t i = 0; i < 2 && r->raw[i].oid; i++) {
		unsigned char bytes[1024];
		int len = num_unhex(r->raw[i].hex, bytes, sizeof bytes);
		ASN1_OBJECT *o = OBJ_txt2obj(r->raw[i].oid, 1);
		ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
		ASN1_OCTET_STRING_set(s, bytes, len);
		X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, o, r->raw[i].critical, s);
		assert(e && X509_add_ext(x, e, -1));
		X509_EXTENSION_free(e);
		ASN1_OCTET_STRING_free(s);
		ASN1_OBJECT_free(o);
	}
}

static void factory_time(ASN1_TIME *to, const char *text, long offset)
{
	if (text) {
		ASN1_STRING_set(to, text, -1);
		to->type = strlen(text) == 15 ? V_ASN1_GENERALIZEDTIME : V_ASN1_UTCTIME;
	} else {
		ASN1_TIME_set(to, FACTORY_NOW + offset);
	}
}

static const char *const factory_ca[] = { "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid:always",
					  "basicConstraints=critical,CA:TRUE",
					  "keyUsage=critical,keyCertSign,cRLSign", NULL };
static const char *const factory_leaf[] = { "subjectKeyIdentifier=hash",
					    "authorityKeyIdentifier=keyid:always",
					    "basicConstraints=critical,CA:FALSE",
					    "keyUsage=critical,digitalSignature",
					    "extendedKeyUsage=serverAuth",
					    "subjectAltName=DNS:server.example",
					    NULL };

/* issuer NULL: signed by itself. defaults: factory_ca or factory_leaf. */
static inline struct made factory_make(const struct recipe *r, const struct made *issuer,
				       const char *const *defaults)
{
	static long serial = 1000;
	struct made m = { X509_new(), factory_key(r->key ? r->key : "P-256") };
	X509_NAME *subject = factory_name(r->subject ? r->subject : "/CN=Somebody");
	X509_NAME *other = r->issuer_name ? factory_name(r->issuer_name) : NULL;
	BIGNUM *n = NULL;
	if (r->serial)
		BN_hex2bn(&n, r->serial);
	else
		BN_set_word(n = BN_new(), (BN_ULONG)++serial);
	ASN1_INTEGER *number = BN_to_ASN1_INTEGER(n, NULL);
	X509_set_serialNumber(m.x, number);
	X509_set_version(m.x, (r->version ? r->version : 3) - 1);
	X509_set_subject_name(m.x, subject);
	X509_set_issuer_name(m.x, other ? other : issuer ? X509_get_subject_name(issuer->x) : subject);
	X509_set_pubkey(m.x, m.key);
	factory_time(X509_getm_notBefore(m.x), r->from_text, r->from ? r->from : -10 * DAY);
	factory_time(X509_getm_notAfter(m.x), r->to_text, r->to ? r->to : 100 * DAY);
	factory_extensions(m.x, issuer ? issuer->x : m.x, r, defaults);
	if (r->also)
		r->also(m.x);
	EVP_PKEY *by = issuer ? issuer->key : m.key;
	int pure = EVP_PKEY_get_base_id(by) == EVP_PKEY_ED25519 || EVP_PKEY_get_base_id(by) == EVP_PKEY_ED448;
	if (!X509_sign(m.x, by, pure ? NULL : EVP_get_digestbyname(r->digest ? r->digest : "SHA256"))) {
		fprintf(stderr, "factory: cannot sign %s\n", r->subject);
		ERR_print_errors_fp(stderr);
		abort();
	}
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *outer;
	X509_get0_signature(&signature, &outer, m.x);
	if (r->tamper)
		signature->data[signature->length - 1] ^= 1;
	if (r->other_algorithm)
		X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)outer, OBJ_nid2obj(NID_ecdsa_with_SHA384),
				V_ASN1_UNDEF, NULL);
	/* Read anew, as it would come over the wire. */
	unsigned char *der = NULL;
	int len = i2d_X509(m.x, &der);
	const unsigned char *p = der;
	X509_free(m.x);
	m.x = d2i_X509(NULL, &p, len);
	OPENSSL_free(der);
	assert(m.x);
	ASN1_INTEGER_free(number);
	BN_free(n);
	X509_NAME_free(subject);
	X509_NAME_free(other);
	return m;
}

static inline void factory_free(struct made *m)
{
	X509_free(m->x);
	EVP_PKEY_free(m->key);
	m->x = NULL;
	m->key = NULL;
}

/* Appends the certificate in PEM to text of size bytes. */
static inline void factory_pem(const struct made *m, char *text, size_t size)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_X509(b, m->x);
	long len = BIO_get_mem_data(b, &data);
	size_t used = strlen(text);
	assert(used + (size_t)len < size);
	memcpy(text + used, data, (size_t)len);
	text[used + (size_t)len] = '\0';
	BIO_free(b);
}

/* A revocation list by issuer. */
struct list_recipe {
	const struct made *issuer;
	const struct made *signer; /* NULL: the issuer */
	long from, to;             /* 0: -1 day, +7 days; to 1: none at all */
	const struct made *revoked[4];
	const char *digest;
	const char *add[4]; /* extensions */
	struct raw_ext raw;
	int bare; /* no default extensions */
	int tamper;
	void (*also)(X509_CRL *l); /* does the rest, before it is signed */
	int entry_critical;        /* the first entry has a critical extension that nobody knows */
};

static inline X509_CRL *factory_list(const struct list_recipe *r)
{
	X509_CRL *l = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_new();
	X509V3_CTX ctx;
	CONF *conf = NCONF_new(NULL);
	X509_CRL_set_version(l, 1);
	X509_CRL_set_issuer_name(l, X509_get_subject_name(r->issuer->x));
	X509_CRL_set1_lastUpdate(l, ASN1_TIME_set(t, FACTORY_NOW + (r->from ? r->from : -DAY)));
	if (r->to != 1)
		X509_CRL_set1_nextUpdate(l, ASN1_TIME_set(t, FACTORY_NOW + (r->to ? r->to : 7 * DAY)));
	for (size_t i = 0; i < 4 && r->revoked[i]; i++) {
		X509_REVOKED *e = X509_REVOKED_new();
		X509_REVOKED_set_serialNumber(e, X509_get_serialNumber(r->revoked[i]->x));
		X509_REVOKED_set_revocationDate(e, ASN1_TIME_set(t, FACTORY_NOW - DAY));
		if (r->entry_critical && i == 0) {
			ASN1_OBJECT *o = OBJ_txt2obj("1.2.3.4.5", 1);
			ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
			ASN1_OCTET_STRING_set(s, (const unsigned char *)"\5\0", 2);
			X509_EXTENSION *x = X509_EXTENSION_create_by_OBJ(NULL, o, 1, s);
			X509_REVOKED_add_ext(e, x, -1);
			X509_EXTENSION_free(x);
			ASN1_OCTET_STRING_free(s);
			ASN1_OBJECT_free(o);
		}
		X509_CRL_add0_revoked(l, e);
	}
	const char *const defaults[] = { "authorityKeyIdentifier=keyid:always", "crlNumber=7", NULL };
	X509V3_set_ctx(&ctx, (r->signer ? r->signer : r->issuer)->x, NULL, NULL, l, 0);
	X509V3_set_nconf(&ctx, conf);
	for (size_t k = 0; k < 2; k++) {
		const char *const *list = k ? r->add : defaults;
		for (size_t i = 0; i < 4 && list[i] && (k || !r->bare); i++) {
			char name[64];
			snprintf(name, sizeof name, "%.*s", (int)strcspn(list[i], "="), list[i]);
			const char *value = strchr(list[i], '=') + 1;
			int critical = strncmp(value, "critical,", 9) == 0;
			X509_EXTENSION *x = NULL;
			if (strcmp(name, "crlNumber") == 0 || strcmp(name, "deltaCRL") == 0) {
				ASN1_INTEGER *n = ASN1_INTEGER_new();
				ASN1_INTEGER_set(n, 7);
				x = X509V3_EXT_i2d(name[0] == 'c' ? NID_crl_number : NID_delta_crl, critical,
						   n);
				ASN1_INTEGER_free(n);
			} else {
				x = X509V3_EXT_nconf(conf, &ctx, name, value);
			}
			assert(x && X509_CRL_add_ext(l, x, -1));
			X509_EXTENSION_free(x);
		}
	}
	if (r->raw.oid) {
		unsigned char bytes[512];
		int len = num_unhex(r->raw.hex, bytes, sizeof bytes);
		ASN1_OBJECT *o = OBJ_txt2obj(r->raw.oid, 1);
		ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
		ASN1_OCTET_STRING_set(s, bytes, len);
		X509_EXTENSION *x = X509_EXTENSION_create_by_OBJ(NULL, o, r->raw.critical, s);
		assert(X509_CRL_add_ext(l, x, -1));
		X509_EXTENSION_free(x);
		ASN1_OCTET_STRING_free(s);
		ASN1_OBJECT_free(o);
	}
	if (r->also)
		r->also(l);
	X509_CRL_sort(l);
	EVP_PKEY *by = (r->signer ? r->signer : r->issuer)->key;
	int pure = EVP_PKEY_get_base_id(by) == EVP_PKEY_ED25519;
	if (!X509_CRL_sign(l, by, pure ? NULL : EVP_get_digestbyname(r->digest ? r->digest : "SHA256")))
		abort();
	if (r->tamper) {
		const ASN1_BIT_STRING *signature;
		X509_CRL_get0_signature(l, &signature, NULL);
		signature->data[signature->length - 1] ^= 1;
	}
	NCONF_free(conf);
	ASN1_TIME_free(t);
	return l;
}

/* Appends the list in PEM to text of size bytes, and frees it. */
static inline void factory_list_pem(const struct list_recipe *r, char *text, size_t size)
{
	X509_CRL *l = factory_list(r);
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_X509_CRL(b, l);
	long len = BIO_get_mem_data(b, &data);
	size_t used = strlen(text);
	assert(used + (size_t)len < size);
	memcpy(text + used, data, (size_t)len);
	text[used + (size_t)len] = '\0';
	BIO_free(b);
	X509_CRL_free(l);
}

#endif
