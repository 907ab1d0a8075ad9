/* SPDX-License-Identifier: MIT */
#include "x509/forms.h"

#include "crypto/base64.h"

#include "base/mem.h"
#include "base/num.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static const char begin[] = "-----BEGIN ";

enum form form_of_label(const char *label, size_t len)
{
	static const struct {
		const char *label;
		enum form form;
	} known[] = {
		{ "CERTIFICATE", FORM_CERTIFICATE },
		{ "X509 CERTIFICATE", FORM_CERTIFICATE },
		{ "X509 CRL", FORM_CRL },
		{ "CERTIFICATE CHAIN", FORM_CERTIFICATE },
		{ "CRL", FORM_CRL },
		{ "CERTIFICATE REQUEST", FORM_REQUEST },
		{ "NEW CERTIFICATE REQUEST", FORM_REQUEST },
		{ "PKCS7", FORM_PKCS7 },
		{ "PKCS #7 SIGNED DATA", FORM_PKCS7 },
		{ "CMS", FORM_PKCS7 },
		{ "PKCS12", FORM_PKCS12 },
		{ "TRUSTED CERTIFICATE", FORM_TRUSTED },
		{ "OPENSSH PRIVATE KEY", FORM_OPENSSH_KEY },
		{ "PUBLIC KEY", FORM_PUBLIC_KEY },
		{ "RSA PUBLIC KEY", FORM_PUBLIC_KEY },
		{ "EC PARAMETERS", FORM_PARAMETERS },
		{ "DSA PARAMETERS", FORM_PARAMETERS },
		{ "DH PARAMETERS", FORM_PARAMETERS },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].label) == len && memcmp(known[i].label, label, len) == 0)
			return known[i].form;
	return memmem(label, len, "PRIVATE KEY", 11) ? FORM_KEY : FORM_UNKNOWN;
}

/* --- DER, and BER of indefinite length, as other programs write PKCS#12 and PKCS#7 --- */

struct peek {
	const unsigned char *p;
	size_t len;
};

enum { INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, OID = 0x06, SEQUENCE = 0x30 };

static int tag(const struct peek *at)
{
	return at->len > 1 ? at->p[0] : -1;
}

/* Finds the content of the element at this place, and the bytes after it. Returns 0 if there is no element
 * with this tag. The element may be cut off. */
static int enter(const struct peek *at, int wanted, struct peek *ret_in, struct peek *ret_after)
{
	if (tag(at) != wanted)
		return 0;
	size_t head = 2, n = at->p[1], bytes = n & 0x7f;
	if (n & 0x80) {
		if (bytes > 4 || at->len < 2 + bytes)
			return 0;
		head += bytes;
		n = bytes ? 0 : at->len - head;
		for (size_t i = 0; i < bytes; i++)
			n = n << 8 | at->p[2 + i];
	}
	size_t left = at->len - head;
	n = n < left ? n : left;
	*ret_in = (struct peek){ at->p + head, n };
	*ret_after = (struct peek){ at->p + head + n, left - n };
	return 1;
}

static int begins(const struct peek *p, const char *bytes, size_t len)
{
	return p->len >= len && memcmp(p->p, bytes, len) == 0;
}

/* Certificates, revocation lists and requests have the same beginning, so each decoder is tried. */
static enum form form_of_signed(const unsigned char *der, size_t len)
{
	const unsigned char *p = der;
	enum form form = FORM_UNKNOWN;
	X509 *x = d2i_X509(NULL, &p, (long)len);
	X509_CRL *l = x ? NULL : d2i_X509_CRL(NULL, (p = der, &p), (long)len);
	X509_REQ *r = x || l ? NULL : d2i_X509_REQ(NULL, (p = der, &p), (long)len);
	if (x || l || r)
		form = x ? FORM_CERTIFICATE : l ? FORM_CRL : FORM_REQUEST;
	X509_free(x);
	X509_CRL_free(l);
	X509_REQ_free(r);
	ERR_clear_error();
	return form;
}

enum form form_of_der(const unsigned char *der, size_t len)
{
	static const char pkcs7[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07";
	struct peek all = { der, len }, in, first, after, ignored;
	if (!enter(&all, SEQUENCE, &in, &ignored))
		return FORM_UNKNOWN;
	if (enter(&in, OID, &first, &after))
		return begins(&first, pkcs7, sizeof pkcs7 - 1) ? FORM_PKCS7 : FORM_UNKNOWN;
	if (enter(&in, INTEGER, &first, &after)) {
		if (begins(&first, "\3", 1) && tag(&after) == SEQUENCE)
			return FORM_PKCS12;
		return first.len == 1 && first.p[0] <= 1 &&
				       (tag(&after) == SEQUENCE || tag(&after) == INTEGER ||
					tag(&after) == OCTET_STRING)
			       ? FORM_KEY
			       : FORM_UNKNOWN;
	}
	if (!enter(&in, SEQUENCE, &first, &after))
		return FORM_UNKNOWN;
	if (tag(&first) == OID && tag(&after) == OCTET_STRING)
		return FORM_KEY; /* an encrypted key */
	if (tag(&first) == OID && tag(&after) == BIT_STRING)
		return FORM_PUBLIC_KEY;
	return form_of_signed(der, len);
}

/* --- descriptions --- */

const char *form_advice(enum form form)
{
	switch (form) {
	case FORM_KEY: return "a private key";
	case FORM_CERTIFICATE: return "a certificate";
	case FORM_CRL: return "a revocation list";
	case FORM_REQUEST:
		return "a certificate request (CSR): send it to the CA, and upload the certificate that it "
		       "answers with";
	case FORM_PKCS7:
		return "PKCS#7 (p7b) without what is wanted here: export it again with all certificates in "
		       "the path";
	case FORM_PKCS12:
		return "PKCS#12 (p12, pfx): Services Add takes it if it holds a key; for its CA certificates "
		       "alone: sealpost-pki convert FILE --to p7b";
	case FORM_TRUSTED:
		return "OpenSSL's own form of a certificate with trust settings (TRUSTED CERTIFICATE), which "
		       "are not kept here: "
		       "sealpost-pki convert FILE --to pem writes the certificate alone";
	case FORM_OPENSSH_KEY:
		return "a private key in OpenSSH's own form: ssh-keygen -p -m PKCS8 -f FILE rewrites it as "
		       "PEM";
	case FORM_PUBLIC_KEY:
		return "a public key without a certificate: have a CA issue a certificate for it";
	default: return NULL;
	}
}

const char form_wrong_begin[] =
	"text whose BEGIN line is written wrongly or missing: expected five hyphens on each side, "
	"-----BEGIN CERTIFICATE-----";

const char *form_foreign(const char *data, size_t len)
{
	static const struct {
		const char *start;
		const char *advice;
	} known[] = {
		{ "\xfe\xed\xfe\xed",
		  "a Java keystore (JKS): keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 "
		  "-deststoretype PKCS12 turns it into PKCS#12" },
		{ "\xce\xce\xce\xce",
		  "a Java keystore (JCEKS): keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS "
		  "-destkeystore FILE.p12 -deststoretype PKCS12 turns it into PKCS#12" },
		{ "PK\3\4", "a ZIP archive: unpack it, and upload the file in it" },
		{ "\x1f\x8b", "a gzip archive: unpack it, and upload the file in it" },
		{ "PuTTY-User-Key-File",
		  "a private key in PuTTY's own form: puttygen FILE -O private-openssh-new -o KEY, then "
		  "ssh-keygen -p -m PKCS8 -f KEY writes it as PEM" },
		{ "---- BEGIN SSH2", "a public key for SSH, and no certificate" },
		{ "ssh-", "a public key for SSH, and no certificate" },
		{ "ecdsa-sha2-", "a public key for SSH, and no certificate" },
		{ "<", "a page in HTML or XML, and no certificate: save the certificate itself" },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (len >= strlen(known[i].start) &&
		    memcmp(data, known[i].start, strlen(known[i].start)) == 0)
			return known[i].advice;
	return memmem(data, len, "BEGIN CERTIFICATE", 17) || memmem(data, len, "END CERTIFICATE", 15)
		       ? form_wrong_begin
		       : NULL;
}

/* --- text --- */

static void replace(struct form_text *t, char *copy, size_t size, size_t len)
{
	form_text_close(t);
	copy[len] = '\0';
	*t = (struct form_text){ .data = copy, .len = len, .copy = copy, .copy_size = size };
}

/* Converts UTF-16, which Windows calls Unicode. It is recognised by its byte order mark, or by the zero byte
 * beside the first character. */
static void read_utf16(struct form_text *t)
{
	const unsigned char *p = (const unsigned char *)t->data;
	if (t->len < 4)
		return;
	int marked = (p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff);
	int little = p[0] == 0xff || (p[0] == '-' && p[1] == 0),
	    big = p[0] == 0xfe || (p[0] == 0 && p[1] == '-');
	if (!marked && !((little || big) && p[0] != 0xff && p[0] != 0xfe))
		return;
	char *copy = mem_array(t->len / 2 + 1, 1);
	size_t n = 0;
	for (size_t i = marked ? 2 : 0; i + 1 < t->len; i += 2) {
		unsigned unit = little ? p[i] | (unsigned)p[i + 1] << 8 : p[i + 1] | (unsigned)p[i] << 8;
		copy[n++] = unit < 0x80 ? (char)unit : '?';
	}
	replace(t, copy, t->len / 2 + 1, n);
}

/* Converts the blanks that do not break a line, which web pages have, to plain ones. */
static void read_hard_blanks(struct form_text *t)
{
	static const char hard[] = "\xc2\xa0";
	if (!memmem(t->data, t->len, hard, 2))
		return;
	char *copy = mem_array(t->len + 1, 1);
	size_t n = 0;
	for (size_t i = 0; i < t->len; i++) {
		int is_hard = t->len - i > 1 && memcmp(t->data + i, hard, 2) == 0;
		copy[n++] = is_hard ? ' ' : t->data[i];
		i += (size_t)is_hard;
	}
	replace(t, copy, t->len + 1, n);
}

/* Converts \n to line ends, in text that went through JSON, an environment variable or a shell, perhaps
 * twice. */
static void read_escapes(struct form_text *t)
{
	if (!memmem(t->data, t->len, "-----\\", 6))
		return;
	char *copy = mem_array(t->len + 1, 1);
	size_t n = 0;
	for (size_t i = 0; i < t->len; i++) {
		size_t after = i;
		while (after < t->len && t->data[after] == '\\')
			after++;
		char ch = after > i && after < t->len ? t->data[after] : '\0';
		if (ch == 'n')
			copy[n++] = '\n';
		else if (ch != 'r')
			copy[n++] = t->data[i];
		if (ch == 'n' || ch == 'r')
			i = after;
	}
	replace(t, copy, t->len + 1, n);
}

/* Converts %XX to characters, in text that went through a URL or the header of a proxy. */
static void read_percent(struct form_text *t)
{
	static const char with_plus[] = "-----BEGIN+", with_blank[] = "-----BEGIN%20";
	int has_plus = memmem(t->data, t->len, with_plus, sizeof with_plus - 1) != NULL;
	if (!has_plus && !memmem(t->data, t->len, with_blank, sizeof with_blank - 1))
		return;
	char *copy = mem_array(t->len + 1, 1);
	size_t n = 0;
	for (size_t i = 0; i < t->len; i++) {
		char ch = t->data[i];
		int high = ch == '%' && t->len - i > 2 ? num_nibble(t->data[i + 1]) : -1,
		    low = high >= 0 ? num_nibble(t->data[i + 2]) : -1;
		copy[n++] = low >= 0 ? (char)(high << 4 | low) : ch == '+' && has_plus ? ' ' : ch;
		i += low >= 0 ? 2 : 0;
	}
	replace(t, copy, t->len + 1, n);
}

static size_t marks(const char *p, const char *stop)
{
	size_t n = 0;
	while (p + n < stop && (p[n] == ' ' || p[n] == '\t' || p[n] == '>' || p[n] == '|'))
		n++;
	return n;
}

/* Removes blanks and quotation marks of mail at the beginning of a block's lines. */
static void read_quotes(struct form_text *t)
{
	const char *stop = t->data + t->len, *at = memmem(t->data, t->len, begin, sizeof begin - 1);
	const char *line = at && at > t->data ? memrchr(t->data, '\n', (size_t)(at - t->data)) : NULL;
	line = line ? line + 1 : t->data;
	if (!at || at == line || line + marks(line, stop) != at)
		return;
	char *copy = mem_array(t->len + 1, 1);
	size_t n = 0;
	for (const char *p = t->data; p < stop;) {
		const char *end = memchr(p, '\n', (size_t)(stop - p));
		end = end ? end + 1 : stop;
		p += marks(p, end);
		memcpy(copy + n, p, (size_t)(end - p));
		n += (size_t)(end - p);
		p = end;
	}
	replace(t, copy, t->len + 1, n);
}

/* Decodes base64 without BEGIN and END: of DER, as PKCS#12 is often written as text, or of PEM, as Kubernetes
 * stores it. */
static void read_bare_base64(struct form_text *t)
{
	static const char pem[] = "LS0tLS1CRUdJTi"; /* "-----BEGIN" */
	struct base64_fault fault;
	size_t blanks = 0;
	while (blanks < t->len && strchr(" \t\r\n", t->data[blanks]) && t->data[blanks])
		blanks++;
	int is_pem = t->len - blanks > sizeof pem - 1 && memcmp(t->data + blanks, pem, sizeof pem - 1) == 0;
	if (blanks == t->len || (t->data[blanks] != 'M' && !is_pem) ||
	    memmem(t->data, t->len, begin, sizeof begin - 1))
		return;
	char *copy = mem_array(t->len + 4, 1);
	long n = base64_read(t->data, t->len, (unsigned char *)copy, &fault);
	if (n > 0)
		replace(t, copy, t->len + 4, (size_t)n);
	else
		free(copy);
}

int form_is_der(const char *data, size_t len)
{
	return len > 1 && data[0] == SEQUENCE &&
	       (!memmem(data, len, begin, sizeof begin - 1) ||
		form_of_der((const unsigned char *)data, len) != FORM_UNKNOWN);
}

void form_text_open(struct form_text *t, const char *data, size_t len)
{
	*t = (struct form_text){ .data = data, .len = len };
	if (form_is_der(data, len)) /* DER may contain any bytes; there is no text to repair */
		return;
	read_utf16(t);
	if (t->len >= 3 && memcmp(t->data, "\xef\xbb\xbf", 3) == 0) {
		t->data += 3;
		t->len -= 3;
	}
	read_hard_blanks(t);
	read_bare_base64(t);
	read_percent(t);
	read_escapes(t);
	read_quotes(t);
}

void form_text_close(struct form_text *t)
{
	if (t->copy)
		explicit_bzero(t->copy, t->copy_size);
	free(t->copy);
	t->copy = NULL;
}
