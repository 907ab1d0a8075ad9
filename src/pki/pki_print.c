/* SPDX-License-Identifier: MIT */
#include "pki/pki_print.h"

#include "trust/fitness.h"
#include "x509/asn1_dump.h"
#include "x509/details.h"

#include <string.h>

const char *print_kind(const struct content *at)
{
	if (at->cert)
		return at->cert->ca ? "a CA's certificate" : "a certificate";
	if (at->crl)
		return "a certificate revocation list";
	if (at->csr)
		return "a certificate signing request (CSR)";
	if (at->form == FORM_KEY)
		return at->encrypted ? "a private key, encrypted" : "a private key";
	if (at->form == FORM_PKCS12)
		return "PKCS#12 (p12, pfx)";
	const char *advice = form_advice(at->form);
	return advice ? advice : "something else";
}

static void heading(const struct content *at, const char *name, struct buf *out)
{
	buf_addf(out, "%s, line %zu: %s%s%s\n", name, at->line, print_kind(at), at->origin ? ", " : "",
		 at->origin ? at->origin : "");
}

static void fitness(struct cert *c, int64_t now, struct buf *out)
{
	static const struct {
		const char *label;
		enum verify_purpose purpose;
	} uses[] = { { "As a server", VERIFY_SERVER }, { "As a client", VERIFY_CLIENT } };
	struct buf why;
	buf_init(&why, 2000);
	if (c->ca) {
		int fit = fitness_checks()->root(c, now, &why, NULL);
		buf_addf(out, "  %-15s%s%s\n", "As a CA",
			 fit < 0 ? "cannot be used: " : "nothing is wrong with it", buf_str(&why));
	}
	for (size_t i = 0; !c->ca && i < 2; i++) {
		buf_reset(&why);
		int fit = fitness_for(c, uses[i].purpose, now, &why);
		buf_addf(out, "  %-15s%s%s\n", uses[i].label,
			 fit < 0 ? "cannot be used: " : "nothing is wrong with it", buf_str(&why));
	}
	buf_done(&why);
}

static void print_one(const struct content *at, int64_t now, struct buf *out)
{
	if (at->wrong)
		buf_addf(out, "  %-15s%s\n", "Not read", at->wrong);
	if (at->cert) {
		details_cert(at->cert, now, out);
		fitness(at->cert, now, out);
	}
	if (at->crl)
		details_crl(at->crl, out);
	if (at->csr)
		details_csr(at->csr, out);
	if (at->key)
		details_key(at->key, out);
}

void print_contents(const struct contents *c, const char *name, int64_t now_unix, struct buf *out)
{
	if (c->is_pkcs12) {
		buf_addf(out, "%s: PKCS#12 (p12, pfx), protected so:\n", name);
		const char *p = buf_str(&c->protection);
		for (; *p; p += strcspn(p, "\n"), p += *p == '\n')
			buf_addf(out, "  %.*s\n", (int)strcspn(p, "\n"), p);
	}
	for (size_t i = 0; i < c->n; i++) {
		heading(&c->at[i], name, out);
		print_one(&c->at[i], now_unix, out);
	}
}

void print_asn1(const struct contents *c, const char *name, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct content *at = &c->at[i];
		heading(at, name, out);
		if (at->cert)
			asn1_dump(at->cert->der, at->cert->len, out);
		else if (at->crl)
			asn1_dump(at->crl->der, at->crl->len, out);
		else if (at->csr)
			asn1_dump(at->csr->der, at->csr->len, out);
		else if (at->wrong)
			buf_addf(out, "  %s\n", at->wrong);
		else
			buf_adds(out, "  a private key: its structure, which is secret, is not shown\n");
	}
}
