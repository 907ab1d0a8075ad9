/* SPDX-License-Identifier: MIT */
#include "x509/pem.h"

#include "base/mem.h"
#include "crypto/base64.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/describe.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";

struct reader {
	pem_take *fn;
	void *arg;
	struct err *e;
};

/* Returns the END line for this label; NULL if there is none before the next BEGIN. */
static const char *find_end(const char *p, const char *stop, const char *label, size_t label_len)
{
	for (; (p = memmem(p, (size_t)(stop - p), dashes, 5)) != NULL; p += 5) {
		size_t left = (size_t)(stop - p);
		if (left >= sizeof begin - 1 && memcmp(p, begin, sizeof begin - 1) == 0)
			return NULL;
		if (left >= sizeof end - 1 + label_len + 5 && memcmp(p, end, sizeof end - 1) == 0 &&
		    memcmp(p + sizeof end - 1, label, label_len) == 0 &&
		    memcmp(p + sizeof end - 1 + label_len, dashes, 5) == 0)
			return p;
	}
	return NULL;
}

static size_t count_lines(const char *from, const char *to)
{
	size_t n = 0;
	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

static int give(const struct reader *r, struct pem_block *b)
{
	const char *advice = form_advice(b->form);
	if (advice || !b->what)
		b->what = advice ? advice : "something else";
	return r->fn(r->arg, b, r->e);
}

static int give_der(const struct reader *r, const struct pem_block *outer, enum form form, unsigned char *der,
		    int len)
{
	struct pem_block b = *outer;
	b.form = form;
	b.origin = "taken out of PKCS#7";
	b.der = der;
	b.len = len > 0 ? (size_t)len : 0;
	int failed = len > 0 ? give(r, &b) : 0;
	OPENSSL_free(der);
	return failed;
}

/* Calls the caller's function for each certificate and list in PKCS#7. Decoding takes 20 times the memory of
 * the file, so a long one is not decoded. The signature of the PKCS#7 itself does not matter: each
 * certificate and list is verified by itself. */
static int take_apart(const struct reader *r, struct pem_block *b)
{
	const unsigned char *p = b->der;
	if (b->len > PEM_PKCS7_MAX)
		return err_set(
			r->e, ERR_FULL, 0,
			"line %zu: this is PKCS#7 (p7b) of more than %d MiB, which is not read: convert it "
			"to PEM, or export fewer certificates",
			b->line, PEM_PKCS7_MAX >> 20);
	PKCS7 *file = d2i_PKCS7(NULL, &p, (long)b->len);
	STACK_OF(X509) *certs =
		file && PKCS7_type_is_signed(file) && file->d.sign ? file->d.sign->cert : NULL;
	STACK_OF(X509_CRL) *lists =
		file && PKCS7_type_is_signed(file) && file->d.sign ? file->d.sign->crl : NULL;
	int n_certs = certs ? sk_X509_num(certs) : 0, n_lists = lists ? sk_X509_CRL_num(lists) : 0,
	    failed = 0;
	for (int i = 0; !failed && i < n_certs; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(certs, i), &der);
		failed = give_der(r, b, FORM_CERTIFICATE, der, len);
	}
	for (int i = 0; !failed && i < n_lists; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509_CRL(sk_X509_CRL_value(lists, i), &der);
		failed = give_der(r, b, FORM_CRL, der, len);
	}
	if (!file)
		b->damaged = "this is PKCS#7 (p7b), but it cannot be decoded";
	if (n_certs + n_lists == 0)
		failed = give(r, b);
	PKCS7_free(file);
	ERR_clear_error();
	return failed;
}

/* Decides by the content, not by the label: Windows writes PKCS#7 between BEGIN CERTIFICATE lines. */
static int give_decoded(const struct reader *r, struct pem_block *b)
{
	enum form form = form_of_der(b->der, b->len);
	if (b->form != FORM_TRUSTED && form != FORM_UNKNOWN)
		b->form = form;
	return b->form == FORM_PKCS7 ? take_apart(r, b) : give(r, b);
}

static int is_base64_of_der(enum form f)
{
	return f == FORM_CERTIFICATE || f == FORM_CRL || f == FORM_PKCS7 || f == FORM_PKCS12 ||
	       f == FORM_REQUEST || f == FORM_TRUSTED;
}

static int one_block(const struct reader *r, struct pem_block *b, const char *body, const char *body_end)
{
	if (b->damaged || !is_base64_of_der(b->form))
		return give(r, b);
	size_t len = (size_t)(body_end - body);
	unsigned char *der = mem_array(len + 4, 1);
	struct base64_fault fault;
	long n = base64_read(body, len, der, &fault);
	int failed;
	if (n >= 0) {
		b->der = der;
		b->len = (size_t)n;
		failed = give_decoded(r, b);
	} else {
		b->damaged = fault.why;
		b->line += count_lines(b->text, body + fault.at);
		failed = give(r, b);
	}
	free(der);
	return failed;
}

/* Returns the length without line ends after the only element, which an editor or a shell has added. */
static size_t without_line_ends(const char *data, size_t len)
{
	size_t whole = der_whole((const unsigned char *)data, len), n = len;
	while (whole && n > whole && (data[n - 1] == '\r' || data[n - 1] == '\n'))
		n--;
	return n == whole ? n : len;
}

static int read_der(const struct reader *r, const char *data, size_t all)
{
	struct err cut;
	size_t len = without_line_ends(data, all);
	struct pem_block b = { .form = FORM_CERTIFICATE,
			       .origin = "converted from DER",
			       .line = 1,
			       .text = data,
			       .text_len = len,
			       .der = (const unsigned char *)data,
			       .len = len };
	if (der_whole(b.der, len) > len) {
		der_refuse(b.der, len, "file", &cut);
		b.damaged = cut.text;
	} else if (form_of_der(b.der, len) == FORM_UNKNOWN) {
		b.damaged =
			"this begins as DER does, but it can be read neither as a certificate nor as a "
			"request, revocation list, key, PKCS#7 or PKCS#12: it is damaged, or something else";
	}
	return b.damaged ? give(r, &b) : give_decoded(r, &b);
}

/* Gives a BEGIN line that lacks hyphens at its end as a damaged block. Other text that begins with five
 * hyphens and BEGIN is left out, as all text between blocks is. */
static int give_wrong_begin(const struct reader *r, const char *label, const char *stop, size_t line)
{
	size_t len = 0;
	while (label + len < stop && ((label[len] >= 'A' && label[len] <= 'Z') || label[len] == ' ' ||
				      (label[len] >= '0' && label[len] <= '9')))
		len++;
	struct pem_block b = { .form = form_of_label(label, len),
			       .line = line,
			       .text = label - (sizeof begin - 1),
			       .text_len = sizeof begin - 1 + len,
			       .damaged = form_wrong_begin };
	return b.form == FORM_UNKNOWN ? 0 : give(r, &b);
}

static int read_text(const struct reader *r, const char *data, size_t len)
{
	const char *stop = data + len, *p = data, *counted = data;
	size_t line = 1;
	while (p < stop && (p = memmem(p, (size_t)(stop - p), begin, sizeof begin - 1)) != NULL) {
		line += count_lines(counted, p);
		counted = p;
		const char *label = p + sizeof begin - 1;
		const char *label_end = memmem(label, (size_t)(stop - label), dashes, 5);
		if (!label_end || label_end - label > 64 ||
		    memchr(label, '\n', (size_t)(label_end - label))) {
			p = label;
			if (give_wrong_begin(r, label, stop, line) < 0)
				return -1;
			continue;
		}
		size_t label_len = (size_t)(label_end - label);
		char what[128], called[100], no_end[192];
		const char *body = label_end + 5, *body_end = find_end(body, stop, label, label_len);
		struct pem_block b = {
			.form = form_of_label(label, label_len), .line = line, .text = p, .what = what
		};
		describe_bytes(label, label_len, called, sizeof called);
		snprintf(what, sizeof what, "something else in PEM (BEGIN %s)", called);
		snprintf(no_end, sizeof no_end,
			 "the PEM block has no END line: expected -----END %s-----, with five hyphens on "
			 "each side",
			 called);
		if (!body_end)
			b.damaged = no_end, body_end = body;
		const char *after = b.damaged ? body : body_end + sizeof end - 1 + label_len + 5;
		b.text_len = (size_t)(after - p);
		if (one_block(r, &b, body, body_end) < 0)
			return -1;
		p = after;
	}
	return 0;
}

int pem_stored(const char *data, size_t len, pem_take *fn, void *arg, struct err *e)
{
	struct reader r = { fn, arg, e };
	return read_text(&r, data, len);
}

int pem_each(const char *data, size_t len, pem_take *fn, void *arg, struct err *e)
{
	struct reader r = { fn, arg, e };
	struct form_text t;
	int failed;
	form_text_open(&t, data, len);
	const char *foreign = NULL;
	if (form_is_der(t.data, t.len)) {
		failed = read_der(&r, t.data, t.len);
	} else if (memmem(t.data, t.len, begin, sizeof begin - 1)) {
		failed = read_text(&r, t.data, t.len);
	} else {
		foreign = form_foreign(t.data, t.len);
		struct pem_block b = {
			.form = FORM_UNKNOWN, .line = 1, .text = t.data, .text_len = t.len, .what = foreign
		};
		failed = foreign ? give(&r, &b) : 0;
	}
	form_text_close(&t);
	return failed;
}

void pem_write(struct buf *out, const char *label, const unsigned char *der, size_t len)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text = NULL;
	if (!b || PEM_write_bio(b, label, "", der, (long)len) <= 0)
		abort(); /* out of memory, as in base/mem */
	long n = BIO_get_mem_data(b, &text);
	buf_add(out, text, (size_t)n);
	BIO_free(b);
}
