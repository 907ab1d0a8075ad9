/* SPDX-License-Identifier: MIT */
#include "ca.h"

#include "ca_files.h"
#include "site.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES "DNS:" LAB_MANAGER ",DNS:" LAB_PHONEBOOK ",DNS:" LAB_FEEDBACK

/* 2000-01-01 and 2099-12-31: the root is valid on every date that the lab can simulate. */
static const int64_t root_from = 946684800, root_until = 4102358400;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "sealpost-lab: certificate authority: cannot %s: ", what);
	ERR_print_errors_fp(stderr);
	fputc('\n', stderr);
	abort();
}

EVP_PKEY *ca_key_new(enum ca_key kind)
{
	EVP_PKEY *key = NULL;
	switch (kind) {
	case CA_RSA: key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048); break;
	case CA_RSA_1024: key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024); break;
	case CA_EC: key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); break;
	case CA_ED25519: key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); break;
	}
	must(key != NULL, "make a key");
	return key;
}

static void set_serial(X509 *x, long serial)
{
	if (serial) {
		must(ASN1_INTEGER_set(X509_get_serialNumber(x), serial), "set the serial number");
		return;
	}
	BIGNUM *by_chance = BN_new();
	must(by_chance && BN_rand(by_chance, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
		     BN_to_ASN1_INTEGER(by_chance, X509_get_serialNumber(x)),
	     "make a serial number");
	BN_free(by_chance);
}

static void set_name(X509 *x, const char *common_name)
{
	X509_NAME *name = X509_NAME_new();
	must(name &&
		     X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
						(const unsigned char *)"sealpost lab", -1, -1, 0) &&
		     X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
						-1, -1, 0) &&
		     X509_set_subject_name(x, name),
	     "set the name");
	X509_NAME_free(name);
}

X509 *ca_make(const struct ca_recipe *r)
{
	X509 *x = X509_new();
	must(x && X509_set_version(x, r->version_1 ? X509_VERSION_1 : X509_VERSION_3), "begin a certificate");
	set_serial(x, r->serial);
	set_name(x, r->name);
	X509 *issuer = r->issuer ? r->issuer : x;
	must(X509_set_issuer_name(x, X509_get_subject_name(issuer)) && X509_set_pubkey(x, r->key) &&
		     ASN1_TIME_set(X509_getm_notBefore(x), (time_t)r->from) &&
		     ASN1_TIME_set(X509_getm_notAfter(x), (time_t)r->until),
	     "fill a certificate");
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	for (const struct ca_extension *e = r->extensions; e->name && !r->version_1; e++) {
		X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &ctx, e->name, e->value);
		must(extension && X509_add_ext(x, extension, -1), e->value);
		X509_EXTENSION_free(extension);
	}
	must(X509_sign(x, r->issuer ? r->issuer_key : r->key,
		       r->digest ? EVP_get_digestbyname(r->digest) : NULL) > 0,
	     "sign a certificate");
	return x;
}

X509 *ca_spoil(X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	must(len > 0, "encode a certificate");
	der[len - 1] ^= 1;
	const unsigned char *p = der;
	X509 *spoilt = d2i_X509(NULL, &p, len);
	must(spoilt != NULL, "decode a certificate");
	OPENSSL_free(der);
	X509_free(x);
	return spoilt;
}

struct ca_recipe ca_server(const struct ca *ca)
{
	return (struct ca_recipe){
		.name = LAB_MANAGER, .key = ca->leaf_key,
		.issuer = ca->intermediate, .issuer_key = ca->intermediate_key,
		.from = ca->now - CA_DAY, .until = ca->now + 90 * CA_DAY, .digest = "SHA256",
		.extensions = {
			{ "basicConstraints", "critical,CA:FALSE" },
			{ "keyUsage", "critical,digitalSignature" },
			{ "extendedKeyUsage", "serverAuth" },
			{ "subjectAltName", NAMES },
			{ "subjectKeyIdentifier", "hash" },
			{ "authorityKeyIdentifier", "keyid" },
		},
	};
}

struct ca_recipe ca_authority(const struct ca *ca, const char *name)
{
	return (struct ca_recipe){
		.name = name, .key = ca->intermediate_key, .issuer = ca->root, .issuer_key = ca->root_key,
		.from = ca->now - 30 * CA_DAY, .until = ca->now + 5 * 365 * CA_DAY, .digest = "SHA256",
		.extensions = {
			{ "basicConstraints", "critical,CA:TRUE" },
			{ "keyUsage", "critical,keyCertSign,cRLSign" },
			{ "subjectKeyIdentifier", "hash" },
			{ "authorityKeyIdentifier", "keyid" },
		},
	};
}

void ca_extend(struct ca_recipe *r, const char *name, const char *value)
{
	struct ca_extension *at = r->extensions;
	while (at->name && strcmp(at->name, name) != 0)
		at++;
	must(at < r->extensions + CA_EXTENSIONS, "hold so many extensions");
	if (value)
		*at = (struct ca_extension){ name, value };
	else
		for (; at->name; at++)
			*at = at[1];
}

void ca_send(struct ca_chain *c, X509 *x)
{
	if (!c->sent)
		c->sent = sk_X509_new_null();
	must(c->sent && sk_X509_push(c->sent, x) > 0, "build a chain");
}

void ca_chain_done(struct ca_chain *c)
{
	sk_X509_pop_free(c->sent, X509_free);
	EVP_PKEY_free(c->key);
	*c = (struct ca_chain){ 0 };
}

/* --- the root --- */

static X509 *make_root(const struct ca *ca, EVP_PKEY *key, const char *name)
{
	struct ca_recipe r = ca_authority(ca, name);
	r.key = key;
	r.issuer = NULL;
	r.from = root_from;
	r.until = root_until;
	ca_extend(&r, "authorityKeyIdentifier", NULL);
	return ca_make(&r);
}

static int first_root(struct ca *ca, const char *folder, struct err *e)
{
	ca->root_key = ca_key_new(CA_RSA);
	ca->root = make_root(ca, ca->root_key, "sealpost lab root");
	return ca_files_save(ca, folder, e);
}

int ca_rotate_begin(struct ca *ca, const char *folder, struct err *e)
{
	char name[64] = "";
	if (ca->other)
		return err_set(e, ERR_INPUT, 0,
			       "rotate: the root is being replaced already; next is rotate %s",
			       ca->other_key ? "switch" : "end");
	X509_NAME_get_text_by_NID(X509_get_subject_name(ca->root), NID_commonName, name, sizeof name);
	ca->other_key = ca_key_new(CA_RSA);
	ca->other = make_root(ca, ca->other_key,
			      strstr(name, "root 2") ? "sealpost lab root" : "sealpost lab root 2");
	return ca_files_save(ca, folder, e);
}

int ca_rotate_switch(struct ca *ca, const char *folder, struct err *e)
{
	if (!ca->other_key)
		return err_set(e, ERR_INPUT, 0, "rotate: there is no next root; %s",
			       ca->other ? "next is rotate end" : "begin with rotate begin");
	X509 *before = ca->root;
	EVP_PKEY_free(ca->root_key);
	ca->root = ca->other;
	ca->root_key = ca->other_key;
	ca->other = before;
	ca->other_key = NULL;
	return ca_files_save(ca, folder, e) < 0 ? -1 : ca_set_date(ca, folder, ca->now, e);
}

int ca_rotate_end(struct ca *ca, const char *folder, struct err *e)
{
	if (!ca->other || ca->other_key)
		return err_set(e, ERR_INPUT, 0, "rotate: the new root is not in use yet; next is rotate %s",
			       ca->other_key ? "switch" : "begin");
	X509_free(ca->other);
	ca->other = NULL;
	return ca_files_save(ca, folder, e);
}

static void write_crl(BIO *pem, X509 *issuer, EVP_PKEY *key, long revoked, int64_t from, int64_t until)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)from), *next = ASN1_TIME_set(NULL, (time_t)until);
	must(crl && entry && serial && at && next && ASN1_INTEGER_set(serial, revoked) &&
		     X509_REVOKED_set_serialNumber(entry, serial) &&
		     X509_REVOKED_set_revocationDate(entry, at) &&
		     X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
		     X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) &&
		     X509_CRL_set1_lastUpdate(crl, at) && X509_CRL_set1_nextUpdate(crl, next) &&
		     X509_CRL_add0_revoked(crl, entry) && X509_CRL_sort(crl),
	     "fill a revocation list");
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
	X509_EXTENSION *issuer_id = X509V3_EXT_nconf(NULL, &ctx, "authorityKeyIdentifier", "keyid");
	must(issuer_id && X509_CRL_add_ext(crl, issuer_id, -1) && X509_CRL_sign(crl, key, EVP_sha256()) > 0 &&
		     PEM_write_bio_X509_CRL(pem, crl),
	     "sign a revocation list");
	X509_EXTENSION_free(issuer_id);
	ASN1_TIME_free(at);
	ASN1_TIME_free(next);
	ASN1_INTEGER_free(serial);
	X509_CRL_free(crl);
}

static int save_crls(const struct ca *ca, const char *folder, const char *name, int64_t from, int64_t until,
		     struct err *e)
{
	BIO *pem = BIO_new(BIO_s_mem());
	must(pem != NULL, "write the revocation lists");
	write_crl(pem, ca->root, ca->root_key, CA_SERIAL_REVOKED_AUTHORITY, from, until);
	write_crl(pem, ca->intermediate, ca->intermediate_key, CA_SERIAL_REVOKED, from, until);
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return ca_files_write(path, pem, 0644, e);
}

int ca_set_date(struct ca *ca, const char *folder, int64_t now, struct err *e)
{
	ca->now = now;
	X509_free(ca->intermediate);
	struct ca_recipe r = ca_authority(ca, "sealpost lab intermediate");
	ca->intermediate = ca_make(&r);
	if (save_crls(ca, folder, "crl.pem", now - CA_DAY, now + 7 * CA_DAY, e) < 0)
		return -1;
	return save_crls(ca, folder, "crl-stale.pem", now - 9 * CA_DAY, now - CA_DAY, e);
}

int ca_init(struct ca *ca, const char *folder, int64_t now, struct err *e)
{
	*ca = (struct ca){ .now = now };
	if (ca_files_load(ca, folder) < 0 && first_root(ca, folder, e) < 0)
		return -1;
	/* new keys at every start; making RSA keys would take long */
	ca->intermediate_key = ca_key_new(CA_EC);
	ca->leaf_key = ca_key_new(CA_EC);
	return ca_set_date(ca, folder, now, e);
}

void ca_done(struct ca *ca)
{
	X509_free(ca->root);
	X509_free(ca->other);
	EVP_PKEY_free(ca->other_key);
	X509_free(ca->intermediate);
	EVP_PKEY_free(ca->root_key);
	EVP_PKEY_free(ca->intermediate_key);
	EVP_PKEY_free(ca->leaf_key);
	*ca = (struct ca){ 0 };
}
