/* SPDX-License-Identifier: MIT */
#include "x509/asn1_dump.h"

#include "base/num.h"
#include "x509/describe.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>

enum { DEPTH_MAX = 60, HEX_SHOWN = 32 };

struct element {
	int tag, class, constructed, indefinite;
	size_t head, len;
};

struct dump {
	const unsigned char *start;
	struct buf *out;
};

/* Reads the head of the element at p. Returns 0 if there is no element that fits. */
static int read_head(const unsigned char *p, size_t left, struct element *ret)
{
	const unsigned char *at = p;
	long len;
	int tag, class, r = ASN1_get_object(&at, &len, &tag, &class, (long)left);
	ERR_clear_error();
	if (r & 0x80)
		return 0;
	*ret = (struct element){ .tag = tag,
				 .class = class,
				 .constructed = r & V_ASN1_CONSTRUCTED,
				 .indefinite = r & 1,
				 .head = (size_t)(at - p),
				 .len = (size_t)len };
	if (ret->indefinite)
		ret->len = left - ret->head;
	return 1;
}

static void hex(const unsigned char *p, size_t len, struct buf *out)
{
	char text[2 * HEX_SHOWN + 1];
	num_hex(p, len < HEX_SHOWN ? len : HEX_SHOWN, text);
	buf_addf(out, " %s%s", text, len > HEX_SHOWN ? "..." : "");
}

static void object(const unsigned char *p, size_t len, struct buf *out)
{
	char name[128], dots[128];
	ASN1_OBJECT *o = d2i_ASN1_OBJECT(NULL, &p, (long)len);
	if (o && OBJ_obj2txt(name, sizeof name, o, 0) > 0 && OBJ_obj2txt(dots, sizeof dots, o, 1) > 0)
		buf_addf(out, " %s (%s)", name, dots);
	ASN1_OBJECT_free(o);
	ERR_clear_error();
}

static void value(const struct dump *d, const unsigned char *p, const struct element *el)
{
	const unsigned char *content = p + el->head;
	char text[300];
	switch (el->class == V_ASN1_UNIVERSAL ? el->tag : -1) {
	case V_ASN1_OBJECT: object(p, el->head + el->len, d->out); return;
	case V_ASN1_NULL: return;
	case V_ASN1_BOOLEAN: buf_adds(d->out, el->len == 1 && content[0] ? " true" : " false"); return;
	case V_ASN1_UTF8STRING:
	case V_ASN1_PRINTABLESTRING:
	case V_ASN1_T61STRING:
	case V_ASN1_IA5STRING:
	case V_ASN1_VISIBLESTRING:
	case V_ASN1_NUMERICSTRING:
	case V_ASN1_UTCTIME:
	case V_ASN1_GENERALIZEDTIME:
		describe_bytes(content, el->len, text, sizeof text);
		buf_addf(d->out, " %s", text);
		return;
	default: hex(content, el->len, d->out);
	}
}

static void print(const struct dump *d, const unsigned char *p, const struct element *el, int depth)
{
	static const char *const classes[] = { "", "application ", "context ", "private " };
	char name[40];
	if (el->class == V_ASN1_UNIVERSAL)
		snprintf(name, sizeof name, "%s", ASN1_tag2str(el->tag));
	else
		snprintf(name, sizeof name, "%s[%d]", classes[el->class >> 6 & 3], el->tag);
	buf_addf(d->out, "%6zu d=%-2d hl=%zu l=", (size_t)(p - d->start), depth, el->head);
	if (el->indefinite)
		buf_adds(d->out, "inf ");
	else
		buf_addf(d->out, "%-4zu", el->len);
	buf_addf(d->out, " %*s%s", depth, "", name);
}

/* Prints elements, and returns the number of bytes that they have: less than len if something is no element,
 * or the end of an indefinite length was reached. */
static size_t elements(const struct dump *d, const unsigned char *p, size_t len, int depth)
{
	size_t at = 0;
	struct element el;
	while (at < len && !d->out->full) {
		if (depth > DEPTH_MAX || !read_head(p + at, len - at, &el))
			return at;
		print(d, p + at, &el, depth);
		if (el.constructed) {
			buf_addc(d->out, '\n');
			size_t used = elements(d, p + at + el.head, el.len, depth + 1);
			if (el.indefinite)
				el.len = used;
			else if (used < el.len)
				return at + el.head + used;
		} else {
			value(d, p + at, &el);
			buf_addc(d->out, '\n');
		}
		at += el.head + el.len;
		if (!el.constructed && el.class == V_ASN1_UNIVERSAL && el.tag == V_ASN1_EOC)
			return at;
	}
	return at;
}

void asn1_dump(const unsigned char *der, size_t len, struct buf *out)
{
	struct dump d = { der, out };
	size_t used = elements(&d, der, len, 0);
	if (used < len)
		buf_addf(out,
			 "%6zu the %zu bytes from here are no element that fits into the one around it\n",
			 used, len - used);
}
