/* SPDX-License-Identifier: MIT */
/* Files as people have them: each form of certificate file is taken, or named with the way out. */
#include "certstore/crls.h"
#include "factory.h"

#include "trust/fitness.h"
#include "trust/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

struct bytes {
	char data[65536];
	size_t len;
};

static struct world {
	struct made root, inter, leaf;
	char pem[4096]; /* the root's */
	struct bytes p7,
		list_p7; /* both CAs and the server's certificate; the root with its revocation list */
	struct anchors *anchors;
	struct buf report;
	struct err err;
} w;

static struct bytes pkcs7(const struct made *const *certs, X509_CRL *list)
{
	struct bytes b = { .len = 0 };
	unsigned char *to = (unsigned char *)b.data;
	PKCS7 *p = PKCS7_new();
	PKCS7_set_type(p, NID_pkcs7_signed);
	PKCS7_content_new(p, NID_pkcs7_data);
	for (; *certs; certs++)
		PKCS7_add_certificate(p, (*certs)->x);
	if (list)
		PKCS7_add_crl(p, list);
	b.len = (size_t)i2d_PKCS7(p, &to);
	PKCS7_free(p);
	return b;
}

static int setup(void **state)
{
	(void)state;
	struct recipe ca = { .subject = "/CN=Root" }, inter = { .subject = "/CN=Issuing", .key = "P-256:i" };
	struct recipe leaf = { .subject = "/CN=server.example", .key = "P-256:l" };
	w.root = factory_make(&ca, NULL, factory_ca);
	w.inter = factory_make(&inter, &w.root, factory_ca);
	w.leaf = factory_make(&leaf, &w.inter, factory_leaf);
	w.pem[0] = '\0';
	factory_pem(&w.root, w.pem, sizeof w.pem);
	const struct made *all[] = { &w.root, &w.inter, &w.leaf, NULL }, *one[] = { &w.root, NULL };
	X509_CRL *list = factory_list(&(struct list_recipe){ .issuer = &w.root });
	w.p7 = pkcs7(all, NULL);
	w.list_p7 = pkcs7(one, list);
	X509_CRL_free(list);
	w.anchors = anchors_open(NULL, fitness_checks(), NULL, NULL);
	buf_init(&w.report, 65536);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	anchors_free(w.anchors);
	buf_done(&w.report);
	factory_free(&w.root);
	factory_free(&w.inter);
	factory_free(&w.leaf);
	return 0;
}

static int put_list(const char *data, size_t len)
{
	struct anchors_upload u = { .data = data, .len = len, .now_unix = FACTORY_NOW };
	w.err = (struct err){ .kind = ERR_NONE };
	return crls_put(w.anchors, &u, NULL, NULL, &w.err);
}

static int put(const char *data, size_t len)
{
	struct anchors_upload u = { .data = data, .len = len, .now_unix = FACTORY_NOW };
	buf_reset(&w.report);
	w.err = (struct err){ .kind = ERR_NONE };
	return anchors_put(w.anchors, &u, &w.report, NULL, &w.err);
}

/* The root is in it, whatever was made of its text. */
static void taken(const struct bytes *b)
{
	struct cert_info info;
	if (put(b->data, b->len) < 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(anchors_count(w.anchors), 1);
	assert_int_equal(anchors_info(w.anchors, 0, &info), 0);
	assert_string_equal(info.subject, "/CN=Root");
	assert_int_equal(anchors_clear(w.anchors, NULL), 0);
}

static void named(const char *data, size_t len, const char *words)
{
	assert_int_equal(put(data, len), -1);
	if (!strstr(w.err.text, words))
		fail_msg("expected '%s' in '%s'", words, w.err.text);
	assert_int_equal(anchors_count(w.anchors), 0);
}

/* Each letter of text through fn. */
static struct bytes through(const char *text, size_t (*fn)(char ch, char *to))
{
	struct bytes b = { .len = 0 };
	for (; *text; text++)
		b.len += fn(*text, b.data + b.len);
	return b;
}

static size_t little_endian(char ch, char *to)
{
	to[0] = ch;
	to[1] = '\0';
	return 2;
}

static size_t big_endian(char ch, char *to)
{
	to[0] = '\0';
	to[1] = ch;
	return 2;
}

static size_t escaped(char ch, char *to)
{
	if (ch != '\n')
		return *to = ch, 1;
	memcpy(to, "\\n", 2);
	return 2;
}

static size_t escaped_crlf(char ch, char *to)
{
	if (ch != '\n')
		return *to = ch, 1;
	memcpy(to, "\\r\\n", 4);
	return 4;
}

static size_t escaped_twice(char ch, char *to)
{
	if (ch != '\n')
		return *to = ch, 1;
	memcpy(to, "\\\\r\\\\n", 6);
	return 6;
}

static size_t in_one_line(char ch, char *to)
{
	*to = ch == '\n' ? ' ' : ch;
	return 1;
}

static size_t quoted(char ch, char *to)
{
	*to = ch;
	if (ch != '\n')
		return 1;
	memcpy(to + 1, ">> ", 3);
	return 4;
}

static size_t indented_crlf(char ch, char *to)
{
	if (ch != '\n')
		return *to = ch, 1;
	memcpy(to, "\r\n \t", 4);
	return 4;
}

static size_t in_url(char ch, char *to)
{
	static const char digits[] = "0123456789ABCDEF";
	*to = ch;
	if (!strchr("\n +/=", ch))
		return 1;
	memcpy(to, (char[]){ '%', digits[ch >> 4], digits[ch & 15] }, 3);
	return 3;
}

static size_t in_form(char ch, char *to)
{
	*to = '+';
	return ch == ' ' ? 1 : in_url(ch, to);
}

static size_t lines_only(char ch, char *to)
{
	*to = ch;
	return 1;
}

static size_t with_hard_blanks(char ch, char *to)
{
	memcpy(to, ch == ' ' ? "\xc2\xa0" : &ch, ch == ' ' ? 2 : 1);
	return ch == ' ' ? 2 : 1;
}

static struct bytes before(const char *start, size_t len, struct bytes b)
{
	memmove(b.data + len, b.data, b.len);
	memcpy(b.data, start, len);
	b.len += len;
	return b;
}

static void test_text_as_it_arrives(void **state)
{
	(void)state;
	char quoted_pem[8192];
	snprintf(quoted_pem, sizeof quoted_pem, "Hello,\n%s", w.pem);
	struct bytes all[] = {
		through(w.pem, lines_only),
		before("\xef\xbb\xbf", 3, through(w.pem, lines_only)),
		through(w.pem, little_endian),
		before("\xff\xfe", 2, through(w.pem, little_endian)),
		before("\xfe\xff", 2, through(w.pem, big_endian)),
		through(w.pem, big_endian),
		through(w.pem, escaped),
		through(w.pem, escaped_crlf),
		through(w.pem, escaped_twice),
		through(w.pem, in_one_line),
		before("\"", 1, through(w.pem, escaped)),
		through(w.pem, in_url),
		through(w.pem, in_form),
		through(w.pem, with_hard_blanks),
		through(quoted_pem, quoted),
		before(" ", 1, through(w.pem, indented_crlf)),
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		taken(&all[i]);
	/* base64 of DER with nothing around it */
	char *body = strchr(w.pem, '\n') + 1;
	struct bytes bare = { .len = (size_t)(strstr(body, "-----END") - body) };
	memcpy(bare.data, body, bare.len);
	taken(&bare);
	/* and of PEM, as Kubernetes keeps it */
	bare.len = (size_t)EVP_EncodeBlock((unsigned char *)bare.data, (unsigned char *)w.pem,
					   (int)strlen(w.pem));
	taken(&bare);
}

static struct bytes labelled(const char *label, const struct bytes *der)
{
	struct bytes b;
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio(bio, label, "", (const unsigned char *)der->data, (long)der->len);
	b.len = (size_t)BIO_get_mem_data(bio, &data);
	memcpy(b.data, data, b.len);
	b.data[b.len] = '\0';
	BIO_free(bio);
	return b;
}

static void test_pkcs7(void **state)
{
	(void)state;
	const struct made *one[] = { &w.root, NULL };
	struct bytes alone = pkcs7(one, NULL);
	static const char *const labels[] = { "PKCS7", "CERTIFICATE", "PKCS #7 SIGNED DATA", "CMS" };
	taken(&alone);
	assert_non_null(strstr(buf_str(&w.report), "taken out of PKCS#7"));
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		struct bytes b = labelled(labels[i], &alone);
		taken(&b);
	}
	/* the server's certificate is left out, CAs are taken, a list is told */
	assert_int_equal(put(w.p7.data, w.p7.len), 0);
	assert_int_equal(anchors_count(w.anchors), 2);
	assert_non_null(strstr(buf_str(&w.report), "/CN=server.example: it is not a CA's"));
	assert_int_equal(anchors_clear(w.anchors, NULL), 0);
	taken(&w.list_p7);
	assert_non_null(strstr(buf_str(&w.report), "a revocation list; left out"));
	assert_int_equal(put_list(w.list_p7.data, w.list_p7.len), 0);
	assert_int_equal(crls_count(w.anchors), 1);
	/* cut short, and empty */
	const struct made *none[] = { NULL };
	struct bytes empty = pkcs7(none, NULL);
	struct bytes cut = w.p7;
	cut.len -= 9;
	named(cut.data, cut.len, "the file is cut short");
	cut = labelled("PKCS7", &cut);
	named(cut.data, cut.len, "PKCS#7 (p7b), but it cannot be decoded");
	named(empty.data, empty.len, "PKCS#7 (p7b) without what is wanted");
	assert_int_equal(put_list(alone.data, alone.len), -1);
	assert_non_null(strstr(w.err.text, "no revocation list in it"));
}

static void test_named_with_the_way_out(void **state)
{
	(void)state;
	struct bytes request = { .len = 0 }, p12 = { .len = 0 }, aux = { .len = 0 }, key = { .len = 0 },
		     public = { .len = 0 };
	unsigned char *to = (unsigned char *)request.data;
	X509_REQ *r = X509_to_X509_REQ(w.leaf.x, w.leaf.key, EVP_sha256());
	request.len = (size_t)i2d_X509_REQ(r, &to);
	X509_REQ_free(r);
	PKCS12 *p = PKCS12_create("secret", "x", w.leaf.key, w.leaf.x, NULL, 0, 0, 1, 1, 0);
	to = (unsigned char *)p12.data;
	p12.len = (size_t)i2d_PKCS12(p, &to);
	PKCS12_free(p);
	to = (unsigned char *)aux.data;
	aux.len = (size_t)i2d_X509_AUX(w.root.x, &to);
	to = (unsigned char *)key.data;
	key.len = (size_t)i2d_PrivateKey(w.leaf.key, &to);
	to = (unsigned char *)public.data;
	public.len = (size_t)i2d_PUBKEY(w.leaf.key, &to);
	const struct {
		struct bytes b;
		const char *words;
	} rows[] = {
		{ request, "request (CSR): send it to the CA" },
		{ labelled("CERTIFICATE REQUEST", &request), "request (CSR)" },
		{ labelled("NEW CERTIFICATE REQUEST", &request), "request (CSR)" },
		{ labelled("CERTIFICATE", &request), "request (CSR)" },
		{ p12, "PKCS#12 (p12, pfx): Services Add takes it if it holds a key" },
		{ labelled("PKCS12", &p12), "PKCS#12" },
		{ labelled("CERTIFICATE", &p12), "PKCS#12" },
		{ labelled("TRUSTED CERTIFICATE", &aux), "sealpost-pki convert FILE --to pem" },
		{ key, "private key" },
		{ labelled("EC PRIVATE KEY", &key), "private key" },
		{ labelled("OPENSSH PRIVATE KEY", &key), "private key" },
		{ labelled("CERTIFICATE", &key), "private key" },
		{ public, "a public key without" },
		{ labelled("PUBLIC KEY", &public), "a public key without" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		named(rows[i].b.data, rows[i].b.len, rows[i].words);
	static const struct {
		const char *data;
		size_t len;
		const char *words;
	} foreign[] = {
		{ "\xfe\xed\xfe\xed\0\0\0\2", 8, "Java keystore (JKS): keytool -importkeystore" },
		{ "\xce\xce\xce\xce\0\0\0\2", 8, "Java keystore (JCEKS)" },
		{ "PK\3\4\24\0\0\0", 8, "ZIP archive: unpack it" },
		{ "\x1f\x8b\10\0", 4, "gzip archive" },
		{ "PuTTY-User-Key-File-3: x\n", 25, "PuTTY" },
		{ "<!DOCTYPE html>", 15, "a page in HTML" },
		{ "ssh-ed25519 AAAAC3 me@here\n", 27, "a public key for SSH" },
		{ "\xe2\x80\x94\xe2\x80\x94"
		  "BEGIN CERTIFICATE--\nMIIB\n",
		  31, "BEGIN line is written wrongly" },
		{ "----BEGIN CERTIFICATE----\nMIIB\n----END CERTIFICATE----\n", 56,
		  "BEGIN line is written wrongly" },
		{ "MIIB\n-----END CERTIFICATE-----\n", 31, "BEGIN line is written wrongly or missing" },
		{ "-----BEGIN CERTIFICATE----\nMIIB\n-----END CERTIFICATE-----\n", 57,
		  "line 1: text whose BEGIN line is written wrongly" },
		{ "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE----\n", 57,
		  "no END line: expected -----END CERTIFICATE-----, with five hyphens on each side" },
	};
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		named(foreign[i].data, foreign[i].len, foreign[i].words);
	/* and where a revocation list is wanted */
	assert_int_equal(put_list(w.pem, strlen(w.pem)), -1);
	assert_non_null(strstr(w.err.text,
			       "expected a revocation list (-----BEGIN X509 CRL-----), found a certificate"));
}

/* The line and the character of the fault itself. */
static void test_faults_have_their_place(void **state)
{
	(void)state;
	static const struct {
		int line;
		char ch;
		const char *words;
	} rows[] = {
		{ 4, '*', "line 6: the character * is not base64" },
		{ 2, '!', "line 4: the character ! is not base64" },
		{ 3, '\x80', "line 5: the byte 0x80 is not base64" },
		{ 3, '\0', "line 5: the byte 0x00 is not base64" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes b = through(w.pem, lines_only);
		char *p = b.data;
		for (int line = 1; line < rows[i].line; line++)
			p = strchr(p, '\n') + 1;
		p[5] = rows[i].ch;
		b = before("subject\r\nissuer\r\n", 17, b);
		named(b.data, b.len, rows[i].words);
	}
	/* a line that is missing, a file that is cut short, and one that goes on */
	struct bytes pem = through(w.pem, lines_only), der = { .len = 0 };
	char *gone = strchr(strchr(pem.data, '\n') + 1, '\n') + 1, *next = strchr(gone, '\n') + 1;
	memmove(gone, next, (size_t)(pem.data + pem.len - next));
	named(pem.data, pem.len - (size_t)(next - gone), "line 1: the certificate is cut short: only");
	unsigned char *to = (unsigned char *)der.data;
	der.len = (size_t)i2d_X509(w.root.x, &to);
	named(der.data, der.len - 1, "line 1: the file is cut short: only");
	memcpy(der.data + der.len, "\r\nx", 3);
	named(der.data, der.len + 3, "after the end of the certificate, 3 more bytes are there");
	der.len += 2; /* a line end, as an editor adds it */
	taken(&der);
}

static void expect_verdict(const char *data, size_t len, long code, const char *words)
{
	struct verify_request r = { .anchors = w.anchors, .host = "server.example", .at_unix = FACTORY_NOW };
	struct verify_chain *c = verify_chain_new(data, len, NULL);
	struct verdict *v = malloc(sizeof *v);
	assert_non_null(c);
	verify_chain_judge(&r, c, v);
	assert_int_equal(v->code, code);
	if (code)
		assert_non_null(strstr(v->findings[0].found, words));
	free(v);
	verify_chain_free(c);
}

/* `sealpost verify` takes the same forms, and drops nothing that it cannot read without a word. */
static void test_verify(void **state)
{
	(void)state;
	char text[65536];
	struct bytes request = { .len = 0 };
	unsigned char *to = (unsigned char *)request.data;
	X509_REQ *r = X509_to_X509_REQ(w.leaf.x, w.leaf.key, EVP_sha256());
	request.len = (size_t)i2d_X509_REQ(r, &to);
	X509_REQ_free(r);
	struct bytes csr = labelled("CERTIFICATE REQUEST", &request),
		     as_cert = labelled("CERTIFICATE", &w.p7);
	snprintf(text, sizeof text, "%s%s-----BEGIN CERTIFICATE-----\nMI*B\n-----END CERTIFICATE-----\n",
		 csr.data, w.pem);
	struct anchors_upload u = { .data = text, .len = strlen(text), .mode = ANCHORS_AS_IS };
	assert_int_equal(anchors_put(w.anchors, &u, &w.report, NULL, NULL), 0);
	assert_int_equal(anchors_count(w.anchors), 1);
	assert_non_null(strstr(buf_str(&w.report), "line 1: a certificate request"));
	assert_non_null(strstr(buf_str(&w.report), "the character * is not base64; left out"));
	/* PKCS#7 has no order: the server's certificate is the one that issued no other */
	expect_verdict(w.p7.data, w.p7.len, 0, "");
	expect_verdict(as_cert.data, as_cert.len, 0, "");
	expect_verdict(csr.data, csr.len, 50, "line 1: a certificate request");
	text[0] = '\0';
	factory_pem(&w.leaf, text, sizeof text);
	factory_pem(&w.inter, text, sizeof text);
	snprintf(text + strlen(text), sizeof text - strlen(text), "%s", csr.data);
	expect_verdict(text, strlen(text), 50, "a certificate request");
	/* a file with the issuer first */
	text[0] = '\0';
	factory_pem(&w.inter, text, sizeof text);
	factory_pem(&w.leaf, text, sizeof text);
	struct verify_request question = { .anchors = w.anchors,
					   .host = "server.example",
					   .at_unix = FACTORY_NOW };
	struct verify_chain *c = verify_chain_new(text, strlen(text), NULL);
	struct verdict *v = malloc(sizeof *v);
	verify_chain_judge(&question, c, v);
	assert_true(v->code != 0);
	assert_non_null(strstr(v->findings[0].hint, "the server's own must be the first"));
	free(v);
	verify_chain_free(c);
	assert_null(verify_chain_new("nothing", 7, &w.err));
	assert_int_equal(w.err.kind, ERR_NOTFOUND);
}

/* What cannot serve is left out, and with Strict refuses the whole; everything that is damaged is told at
 * once. */
static void test_strict(void **state)
{
	(void)state;
	char text[65536] = "";
	factory_pem(&w.root, text, sizeof text);
	factory_pem(&w.leaf, text, sizeof text);
	struct anchors_upload u = { .data = text, .len = strlen(text), .now_unix = FACTORY_NOW, .strict = 1 };
	buf_reset(&w.report);
	assert_int_equal(anchors_put(w.anchors, &u, &w.report, NULL, &w.err), -1);
	assert_non_null(
		strstr(w.err.text, "nothing is taken, since Strict is True and 1 of 2 cannot serve: line "));
	assert_int_equal(anchors_count(w.anchors), 0);
	u.strict = 0;
	assert_int_equal(anchors_put(w.anchors, &u, &w.report, NULL, &w.err), 0);
	assert_int_equal(anchors_count(w.anchors), 1);
	assert_int_equal(anchors_clear(w.anchors, NULL), 0);
	u.strict = 1;
	u.len = strlen(w.pem);
	u.data = w.pem;
	assert_int_equal(anchors_put(w.anchors, &u, &w.report, NULL, &w.err), 0);
	assert_int_equal(anchors_clear(w.anchors, NULL), 0);
	static const char bad[] = "-----BEGIN CERTIFICATE-----\nMI*B\n-----END CERTIFICATE-----\n"
				  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
				  "-----BEGIN CERTIFICATE-----\nMIIB\n";
	snprintf(text, sizeof text, "%s%s", w.pem, bad);
	buf_reset(&w.report);
	assert_int_equal(put(text, strlen(text)), -1);
	assert_non_null(strstr(w.err.text, "the character * is not base64"));
	assert_non_null(strstr(w.err.text, "is not a certificate"));
	assert_non_null(strstr(w.err.text, "has no END line"));
	assert_int_equal(anchors_count(w.anchors), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_text_as_it_arrives),      TEST(test_pkcs7),  TEST(test_named_with_the_way_out),
		TEST(test_faults_have_their_place), TEST(test_verify), TEST(test_strict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
