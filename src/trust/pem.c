#include "pem.h"

#include "base/mem.h"
#include "base64.h"

#include <stdlib.h>
#include <string.h>

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";

static int label_is(const char *label, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(label, text, len) == 0;
}

static enum pem_kind kind_of(const char *label, size_t len)
{
	if (label_is(label, len, "CERTIFICATE") || label_is(label, len, "X509 CERTIFICATE"))
		return PEM_CERTIFICATE;
	if (label_is(label, len, "X509 CRL"))
		return PEM_CRL;
	return memmem(label, len, "PRIVATE KEY", 11) ? PEM_KEY : PEM_OTHER;
}

/* The block's end for this label, NULL if there is none before the next BEGIN. */
static const char *find_end(const char *p, const char *stop, const char *label, size_t label_len)
{
	for (; (p = memmem(p, (size_t)(stop - p), dashes, 5)) != NULL; p += 5) {
		size_t left = (size_t)(stop - p);
		if (left >= sizeof begin - 1 && memcmp(p, begin, sizeof begin - 1) == 0)
			return NULL;
		if (left >= sizeof end - 1 + label_len + 5 && memcmp(p, end, sizeof end - 1) == 0 &&
		    memcmp(p + sizeof end - 1, label, label_len) == 0 && memcmp(p + sizeof end - 1 + label_len, dashes, 5) == 0)
			return p;
	}
	return NULL;
}

static int one_block(struct pem_block *b, const char *body, const char *body_end,
		     int (*fn)(void *arg, const struct pem_block *b, struct err *e), void *arg, struct err *e)
{
	unsigned char *der = NULL;
	if (!b->damaged && (b->kind == PEM_CERTIFICATE || b->kind == PEM_CRL)) {
		der = mem_array((size_t)(body_end - body) + 4, 1);
		long n = base64_read(body, (size_t)(body_end - body), der, &b->damaged);
		if (n >= 0) {
			b->der = der;
			b->len = (size_t)n;
		}
	}
	int r = fn(arg, b, e);
	free(der);
	return r;
}

int pem_each(const char *data, size_t len, int (*fn)(void *arg, const struct pem_block *b, struct err *e), void *arg,
	     struct err *e)
{
	const char *stop = data + len, *p = data, *counted = data;
	size_t line = 1;
	if (len > 1 && data[0] == 0x30 && !memmem(data, len, begin, sizeof begin - 1)) {
		struct pem_block b = { .kind = PEM_CERTIFICATE, .from_der = 1, .line = 1, .text = data, .text_len = len,
				       .der = (const unsigned char *)data, .len = len };
		return fn(arg, &b, e);
	}
	while (p < stop && (p = memmem(p, (size_t)(stop - p), begin, sizeof begin - 1)) != NULL) {
		for (; counted < p; counted++)
			line += *counted == '\n';
		const char *label = p + sizeof begin - 1;
		const char *label_end = memmem(label, (size_t)(stop - label), dashes, 5);
		if (!label_end || label_end - label > 64 || memchr(label, '\n', (size_t)(label_end - label))) {
			p = label;
			continue;
		}
		size_t label_len = (size_t)(label_end - label);
		const char *body = label_end + 5, *body_end = find_end(body, stop, label, label_len);
		struct pem_block b = { .kind = kind_of(label, label_len), .line = line, .text = p };
		if (!body_end)
			b.damaged = "the PEM block has no END line", body_end = body;
		const char *after = b.damaged ? body : body_end + sizeof end - 1 + label_len + 5;
		b.text_len = (size_t)(after - p);
		if (one_block(&b, body, body_end, fn, arg, e) < 0)
			return -1;
		p = after;
	}
	return 0;
}

void pem_write(struct buf *out, const char *label, const unsigned char *der, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[65];
	buf_addf(out, "%s%s%s\n", begin, label, dashes);
	for (size_t i = 0, n = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned long group = (unsigned long)der[i] << 16 | (left > 1 ? (unsigned long)der[i + 1] << 8 : 0) |
				      (left > 2 ? der[i + 2] : 0u);
		text[n++] = letters[group >> 18];
		text[n++] = letters[group >> 12 & 63];
		text[n++] = left > 1 ? letters[group >> 6 & 63] : '=';
		text[n++] = left > 2 ? letters[group & 63] : '=';
		if (n == 64 || left <= 3) {
			text[n++] = '\n';
			buf_add(out, text, n);
			n = 0;
		}
	}
	buf_addf(out, "%s%s%s\n", end, label, dashes);
}
