/* SPDX-License-Identifier: MIT */
#include "x509/csr.h"

#include "base/mem.h"
#include "x509/der.h"
#include "x509/describe.h"
#include "x509/keys.h"
#include "x509/names.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static void read_names(struct csr *c)
{
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(c->x);
	int found = -1;
	if (list)
		c->names = X509V3_get_d2i(list, NID_subject_alt_name, &found, NULL);
	c->names_broken = !c->names && found != -1;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

struct csr *csr_parse(const unsigned char *der, size_t len, struct err *e)
{
	const unsigned char *p = der;
	if (len > CSR_DER_MAX) {
		err_set(e, ERR_FULL, 0, "a certificate request can have at most %d bytes, not %zu",
			CSR_DER_MAX, len);
		return NULL;
	}
	X509_REQ *x = d2i_X509_REQ(NULL, &p, (long)len);
	if (!x || p != der + len) {
		X509_REQ_free(x);
		ERR_clear_error();
		der_refuse(der, len, "certificate request", e);
		return NULL;
	}
	struct csr *c = mem_new(sizeof *c);
	c->x = x;
	c->der = (unsigned char *)mem_dup_n(der, len);
	c->len = len;
	c->key = X509_REQ_get0_pubkey(x);
	read_names(c);
	ERR_clear_error();
	return c;
}

void csr_free(struct csr *c)
{
	if (!c)
		return;
	GENERAL_NAMES_free(c->names);
	X509_REQ_free(c->x);
	free(c->der);
	free(c);
}

int csr_is_signed(const struct csr *c)
{
	int good = c->key && X509_REQ_verify(c->x, c->key) == 1;
	ERR_clear_error();
	return good;
}

void csr_subject(const struct csr *c, char *ret, size_t size)
{
	ret[0] = '\0';
	X509_NAME_oneline(X509_REQ_get_subject_name(c->x), ret, (int)size);
}

void csr_names(const struct csr *c, char *ret, size_t size)
{
	names_list_of(c->names, ret, size);
}

int csr_each_name(const struct csr *c, const struct names_taker *t, struct err *e)
{
	return names_each(X509_REQ_get_subject_name(c->x), c->names, t, e);
}

/* --- checks before a CA signs it --- */

static int check_key(const struct csr *c, struct err *e)
{
	struct keys_strength k;
	if (keys_strength_of(X509_REQ_get_X509_PUBKEY(c->x), &k) < 0)
		return err_set(e, ERR_INPUT, 0, "the key in the request cannot be read");
	const char *weakness = keys_weakness(&k);
	return weakness ? err_set(e, ERR_INPUT, 0,
				  "the key in the request is %s (%s): make a new key and request", weakness,
				  k.text)
			: 0;
}

static int check_subject(const struct csr *c, struct err *e)
{
	const X509_NAME *subject = X509_REQ_get_subject_name(c->x);
	const unsigned char *der;
	size_t len = 0;
	char text[CSR_SUBJECT_MAX], shown[120];
	if (!X509_NAME_get0_der(subject, &der, &len) || len > CSR_SUBJECT_MAX)
		return err_set(e, ERR_INPUT, 0,
			       "the subject of the request has %zu bytes, at most %d can be signed", len,
			       CSR_SUBJECT_MAX);
	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		const ASN1_STRING *s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
		int n = names_utf8(s, text, sizeof text);
		if (n >= 0 && !names_has_control(text, (size_t)n))
			continue;
		describe_bytes(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s), shown, sizeof shown);
		return err_set(e, ERR_INPUT, 0,
			       "the subject of the request has a value with control characters or bytes that "
			       "are no text: %s",
			       shown);
	}
	return 0;
}

static int is_fit(const GENERAL_NAME *n)
{
	char text[NAMES_ADDRESS_TEXT];
	const ASN1_STRING *s = n->d.ia5;
	switch (n->type) {
	case GEN_DNS:
		return names_dns_form((const char *)ASN1_STRING_get0_data(s),
				      (size_t)ASN1_STRING_length(s)) != DNS_BAD;
	case GEN_IPADD:
		return (ASN1_STRING_length(s) == 4 || ASN1_STRING_length(s) == 16) &&
		       names_address_text(s, text, sizeof text) == 0;
	case GEN_EMAIL:
		return names_at_sign((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)) !=
		       NULL;
	case GEN_URI:
		return ASN1_STRING_length(s) > 0 && !names_has_control((const char *)ASN1_STRING_get0_data(s),
								       (size_t)ASN1_STRING_length(s));
	default: return 0;
	}
}

static int check_names(const struct csr *c, struct err *e)
{
	char shown[120];
	int n = sk_GENERAL_NAME_num(c->names);
	if (c->names_broken)
		return err_set(e, ERR_INPUT, 0, "the alternative names in the request cannot be decoded");
	if (n > CSR_NAMES_MAX)
		return err_set(e, ERR_INPUT, 0,
			       "the request has %d alternative names, at most %d can be signed", n,
			       CSR_NAMES_MAX);
	for (int i = 0; i < n; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(c->names, i);
		if (is_fit(name))
			continue;
		if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI)
			describe_bytes(ASN1_STRING_get0_data(name->d.ia5),
				       (size_t)ASN1_STRING_length(name->d.ia5), shown, sizeof shown);
		else
			snprintf(shown, sizeof shown, "%s",
				 name->type == GEN_IPADD ? "bytes that are no address"
							 : "a name of another kind");
		return err_set(e, ERR_INPUT, 0,
			       "an alternative name in the request is neither a host name nor an address: %s",
			       shown);
	}
	if (!n && X509_NAME_entry_count(X509_REQ_get_subject_name(c->x)) == 0)
		return err_set(e, ERR_INPUT, 0, "the request has neither a subject nor alternative names");
	return 0;
}

int csr_check(const struct csr *c, struct err *e)
{
	if (check_key(c, e) < 0 || check_subject(c, e) < 0 || check_names(c, e) < 0)
		return -1;
	return csr_is_signed(c)
		       ? 0
		       : err_set(e, ERR_INPUT, 0,
				 "the request is not signed by the key in it: it was damaged or changed");
}
