/* SPDX-License-Identifier: MIT */
#include "x509/details.h"

#include "base/num.h"
#include "crypto/sha256.h"
#include "x509/describe.h"
#include "x509/keys.h"
#include "x509/names.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, LONG_MAX_TEXT = 64 << 10 };

static void line(struct buf *out, const char *label, const char *value)
{
	buf_addf(out, "  %-15s%s\n", label, value);
}

/* Appends lines that OpenSSL has written about data from outside, each with a margin. */
static void foreign_lines(struct buf *out, const char *p, size_t len)
{
	char shown[LONG_MAX_TEXT];
	for (const char *stop = p + len; p < stop;) {
		const char *end = memchr(p, '\n', (size_t)(stop - p));
		end = end ? end : stop;
		while (p < end && *p == ' ')
			p++;
		describe_bytes(p, (size_t)(end - p), shown, sizeof shown);
		if (*shown)
			buf_addf(out, "      %s\n", shown);
		p = end + 1;
	}
}

static void bytes_line(struct buf *out, const ASN1_OCTET_STRING *s)
{
	enum { SHOWN = 64 };
	char hex[2 * SHOWN + 1];
	int len = ASN1_STRING_length(s), shown = len < SHOWN ? len : SHOWN;
	num_hex(ASN1_STRING_get0_data(s), (size_t)shown, hex);
	buf_addf(out, "      %d bytes: %s%s\n", len, hex, shown < len ? "..." : "");
}

static void extension(struct buf *out, X509_EXTENSION *x)
{
	char name[128];
	const ASN1_OBJECT *o = X509_EXTENSION_get_object(x);
	if (OBJ_obj2txt(name, sizeof name, o, 0) <= 0)
		snprintf(name, sizeof name, "an unreadable identifier");
	buf_addf(out, "    %s%s\n", name, X509_EXTENSION_get_critical(x) ? ", critical" : "");
	if (OBJ_obj2nid(o) == NID_subject_alt_name) {
		GENERAL_NAMES *names = X509V3_EXT_d2i(x);
		char *text = names ? malloc(LONG_MAX_TEXT) : NULL;
		if (text) {
			names_list_of(names, text, LONG_MAX_TEXT);
			buf_addf(out, "      %s\n", text);
		}
		free(text);
		GENERAL_NAMES_free(names);
		if (names)
			return;
	}
	BIO *b = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = b && X509V3_EXT_print(b, x, X509V3_EXT_DEFAULT, 0) == 1 ? BIO_get_mem_data(b, &text) : 0;
	if (len > 0)
		foreign_lines(out, text, (size_t)len);
	else
		bytes_line(out, X509_EXTENSION_get_data(x));
	BIO_free(b);
	ERR_clear_error();
}

static void extensions(struct buf *out, const STACK_OF(X509_EXTENSION) * list, const char *title)
{
	if (sk_X509_EXTENSION_num(list) > 0)
		buf_addf(out, "  %s\n", title);
	for (int i = 0; i < sk_X509_EXTENSION_num(list); i++)
		extension(out, sk_X509_EXTENSION_value(list, i));
}

/* Appends the key's kind, and a digest with which the keys of a certificate, a request and a key file can be
 * compared. */
static void public_key(struct buf *out, const X509_PUBKEY *spki)
{
	struct keys_strength k;
	unsigned char *der = NULL;
	char text[TEXT_MAX], digest[SHA256_HEX];
	int len = i2d_X509_PUBKEY(spki, &der);
	const char *weakness = NULL;
	if (keys_strength_of(spki, &k) == 0)
		weakness = keys_weakness(&k);
	else
		snprintf(k.text, sizeof k.text, "cannot be read");
	snprintf(text, sizeof text, "%s%s%s", k.text, weakness ? ", " : "", weakness ? weakness : "");
	line(out, "Key", text);
	if (len > 0) {
		sha256_hex(der, (size_t)len, digest);
		line(out, "Key SHA-256", digest);
	}
	OPENSSL_free(der);
	ERR_clear_error();
}

static void algorithm(struct buf *out, const char *label, const X509_ALGOR *a)
{
	char text[128];
	if (OBJ_obj2txt(text, sizeof text, a->algorithm, 0) <= 0)
		snprintf(text, sizeof text, "unreadable");
	line(out, label, text);
}

/* Appends a line such as "2027-... (364 days left)". */
static void end_line(struct buf *out, const struct cert_info *i, int64_t now)
{
	char text[TEXT_MAX];
	int64_t days = (i->not_after - now) / 86400;
	if (now < i->not_before)
		snprintf(text, sizeof text, "%s (not valid yet)", i->not_after_text);
	else if (now > i->not_after)
		snprintf(text, sizeof text, "%s (expired %lld days ago)", i->not_after_text,
			 (long long)-days);
	else
		snprintf(text, sizeof text, "%s (%lld days left)", i->not_after_text, (long long)days);
	line(out, "Valid until", text);
}

void details_cert(const struct cert *c, int64_t now_unix, struct buf *out)
{
	struct cert_info i;
	char text[TEXT_MAX];
	describe_cert(c, &i);
	line(out, "Subject", i.subject[0] ? i.subject : "(none)");
	line(out, "Issuer", c->self_issued ? "the same: it is signed by its own key" : i.issuer);
	if (c->self_issued && !cert_signed_by(c, c))
		line(out, "", "its signature is not by its own key, though its issuer has the same name");
	names_list(c, text, sizeof text);
	line(out, "Names", *text ? text : "(none)");
	line(out, "Valid from", i.not_before_text);
	end_line(out, &i, now_unix);
	line(out, "Kind", i.is_ca ? "certificate authority" : "server, client or other end of a connection");
	public_key(out, X509_get_X509_PUBKEY(c->x));
	algorithm(out, "Signed with", X509_get0_tbs_sigalg(c->x));
	line(out, "Serial", i.serial);
	snprintf(text, sizeof text, "%d", i.version);
	line(out, "Version", text);
	line(out, "SHA-1", i.fingerprint);
	line(out, "SHA-256", i.fingerprint_sha256);
	extensions(out, X509_get0_extensions(c->x), "Extensions");
}

static void revoked(struct buf *out, const X509_REVOKED *r)
{
	char serial[128], reason[64] = "", at[40] = "";
	int64_t unix_s = 0;
	const ASN1_INTEGER *n = X509_REVOKED_get0_serialNumber(r);
	size_t len = (size_t)ASN1_STRING_length(n) < 60 ? (size_t)ASN1_STRING_length(n) : 60;
	num_hex(ASN1_STRING_get0_data(n), len, serial);
	if (asn1_time_read(X509_REVOKED_get0_revocationDate(r), &unix_s) != ASN1_TIME_UNREADABLE)
		asn1_time_text(unix_s, at, sizeof at);
	ASN1_ENUMERATED *why = X509_REVOKED_get_ext_d2i(r, NID_crl_reason, NULL, NULL);
	if (why)
		snprintf(reason, sizeof reason, ", reason %ld", ASN1_ENUMERATED_get(why));
	ASN1_ENUMERATED_free(why);
	buf_addf(out, "    %s since %s%s\n", serial, at, reason);
}

void details_crl(const struct crl *l, struct buf *out)
{
	struct crl_info i;
	char text[TEXT_MAX];
	const X509_ALGOR *a;
	describe_crl(l, &i);
	line(out, "Issuer", i.issuer);
	line(out, "Number", i.number[0] ? i.number : "(none)");
	line(out, "From", i.this_update_text);
	line(out, "Next list", i.next_update ? i.next_update_text : "(not announced)");
	X509_CRL_get0_signature(l->x, NULL, &a);
	algorithm(out, "Signed with", a);
	line(out, "SHA-1", i.fingerprint);
	line(out, "SHA-256", i.fingerprint_sha256);
	extensions(out, X509_CRL_get0_extensions(l->x), "Extensions");
	snprintf(text, sizeof text, "%zu certificates%s", i.revoked, i.revoked ? ":" : "");
	line(out, "Revoked", text);
	const STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(l->x);
	for (int n = 0; n < sk_X509_REVOKED_num(list); n++)
		revoked(out, sk_X509_REVOKED_value(list, n));
	ERR_clear_error();
}

static void attributes(struct buf *out, const struct csr *c)
{
	for (int i = 0; i < X509_REQ_get_attr_count(c->x); i++) {
		char name[128];
		X509_ATTRIBUTE *a = X509_REQ_get_attr(c->x, i);
		const ASN1_OBJECT *o = X509_ATTRIBUTE_get0_object(a);
		int nid = OBJ_obj2nid(o);
		if (nid == NID_ext_req || nid == NID_ms_ext_req)
			continue;
		if (OBJ_obj2txt(name, sizeof name, o, 0) <= 0)
			snprintf(name, sizeof name, "an unreadable identifier");
		buf_addf(out, "  %-15s%s%s\n", "Attribute", name,
			 nid == NID_pkcs9_challengePassword ? ", whose value is a secret" : "");
	}
}

void details_csr(const struct csr *c, struct buf *out)
{
	char text[TEXT_MAX];
	const X509_ALGOR *a;
	struct err why;
	csr_subject(c, text, sizeof text);
	line(out, "Subject", *text ? text : "(none)");
	csr_names(c, text, sizeof text);
	line(out, "Names", *text ? text : c->names_broken ? "(cannot be decoded)" : "(none)");
	public_key(out, X509_REQ_get_X509_PUBKEY(c->x));
	X509_REQ_get0_signature(c->x, NULL, &a);
	algorithm(out, "Signed with", a);
	line(out, "Signature", csr_is_signed(c) ? "right: by the key in it" : "wrong: not by the key in it");
	attributes(out, c);
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(c->x);
	extensions(out, list, "Extensions asked for");
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	line(out, "A CA", csr_check(c, &why) == 0 ? "can sign it" : why.text);
	ERR_clear_error();
}

void details_key(const EVP_PKEY *key, struct buf *out)
{
	X509_PUBKEY *spki = NULL;
	if (X509_PUBKEY_set(&spki, (EVP_PKEY *)(uintptr_t)key))
		public_key(out, spki);
	X509_PUBKEY_free(spki);
	ERR_clear_error();
}
