/* SPDX-License-Identifier: MIT */
#include "wire/xml.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct doc *parse(const char *text)
{
	struct err e;
	struct doc *d;
	if (xml_parse(text, strlen(text), NULL, &d, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	return d;
}

static void expect_refused_n(const char *text, size_t len, const struct xml_limits *limits, const char *why)
{
	struct err e = { .kind = ERR_NONE };
	struct doc *d;
	/* Exactly as long as said, and not followed by anything that may be read. */
	char *copy = malloc(len ? len : 1);
	memcpy(copy, text, len);
	assert_int_equal(xml_parse(copy, len, limits, &d, &e), -1);
	free(copy);
	assert_null(d);
	assert_int_equal(e.kind, ERR_INPUT);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" expected in: %s", why, e.text);
}

static void expect_refused(const char *text, const char *why)
{
	expect_refused_n(text, strlen(text), NULL, why);
}

/* As scripts write documents that begin on the line after a quotation mark. */
static void test_blanks_before_the_declaration(void **state)
{
	(void)state;
	static const char *const texts[] = { "\r\n<?xml version=\"1.0\"?><A>1</A>",
					     " \t\n\n<?xml version='1.0'?>\n<A>1</A>\n", "\n <A>1</A>" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct doc *d = parse(texts[i]);
		assert_string_equal(d->value, "1");
		doc_free(d);
	}
	expect_refused("\n\n\n<?xml version='1.0'?>\n<A>\n<B></A>", "line 6");
	expect_refused("\n\n\n<?xml version='1.0'?>\n<A>\nx<B/></A>", "line 6");
	expect_refused("\n\n<?xml version='1.0' encoding='latin1'?>\n<A>\xc3\xa4</A>", "line 3");
	expect_refused("\n\n<?xml version='1.0'?>\n<A>\xe4</A>", "line 4");
	expect_refused("x<?xml version='1.0'?><A/>", "line 1");
	expect_refused("<A/>\n<?xml version='1.0'?>", "line 2");
}

static void test_tree(void **state)
{
	(void)state;
	struct doc *d =
		parse("\xef\xbb\xbf<?xml version=\"1.0\" encoding='utf-8'?>\n<!-- hello -->\n"
		      "<Status product='Codec' version=\"1\">\n"
		      "  <Audio>\n    <Volume>65</Volume>\n    <Mode type='Literal'>On</Mode>\n  </Audio>\n"
		      "  <Call item=\"3\" maxOccurrence=\"n\"><Name> a &lt;b&gt; &#x41;&amp;</Name></Call>\n"
		      "  <Call item='4' ghost=\"True\"/>\n"
		      "  <Empty></Empty><Lines>\n </Lines><Blanks>  </Blanks>\n</Status>\n");
	assert_string_equal(d->name, "Status");
	assert_int_equal(d->type, DOC_NODE);
	assert_string_equal(doc_attr(d, "product"), "Codec");
	assert_string_equal(doc_attr(d, "version"), "1");
	struct doc *volume = doc_get(d, "Audio/Volume"), *mode = doc_get(d, "Audio/Mode");
	assert_string_equal(volume->value, "65");
	assert_int_equal(volume->type, DOC_INTEGER);
	assert_string_equal(mode->value, "On");
	assert_int_equal(mode->type, DOC_LITERAL);
	assert_null(doc_attr(mode, "type"));
	struct doc *call = doc_child(d, "Call", 3), *gone = doc_child(d, "Call", 4);
	assert_int_equal(call->max_occurrence, DOC_UNBOUNDED);
	assert_false(call->ghost);
	assert_true(gone->ghost);
	assert_string_equal(doc_text(call, "Name", NULL), " a <b> A&");
	assert_null(doc_get(d, "Empty")->value);
	assert_null(doc_get(d, "Lines")->value);
	assert_string_equal(doc_text(d, "Blanks", NULL), "  ");
	doc_free(d);
}

static void test_namespaces_and_cdata(void **state)
{
	(void)state;
	struct doc *d = parse("<env:Envelope xmlns:env='urn:e' xmlns='urn:d' xmlns:xsi='urn:i'>"
			      "<env:Body env:k='v' xsi:nil='true'>"
			      "<Configuration xmlns=''><A><![CDATA[<b>&amp;]]></A></Configuration>"
			      "<un:declared>x</un:declared></env:Body></env:Envelope>");
	assert_string_equal(d->name, "Envelope");
	assert_string_equal(doc_attr(doc_get(d, "Body"), "k"), "v");
	assert_string_equal(doc_attr(doc_get(d, "Body"), "nil"), "true");
	assert_string_equal(doc_text(d, "Body/Configuration/A", NULL), "<b>&amp;");
	assert_string_equal(doc_text(d, "Body/declared", NULL), "x");
	assert_null(d->attrs);
	doc_free(d);
}

static void test_types(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum doc_type type;
	} cases[] = {
		{ "0", DOC_INTEGER },
		{ "-7", DOC_INTEGER },
		{ "1234567890", DOC_INTEGER },
		{ "007", DOC_STRING },
		{ "-0", DOC_STRING },
		{ "1.5", DOC_STRING },
		{ "+1", DOC_STRING },
		{ " 1", DOC_STRING },
		{ "-", DOC_STRING },
		{ "0x1", DOC_STRING },
		{ "99999999999999999999999", DOC_STRING },
		{ "True", DOC_LITERAL },
		{ "False", DOC_LITERAL },
		{ "On", DOC_LITERAL },
		{ "Off", DOC_LITERAL },
		{ "on", DOC_STRING },
		{ "Offline", DOC_STRING },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[100];
		snprintf(text, sizeof text, "<A>%s</A>", cases[i].text);
		struct doc *d = parse(text);
		if (d->type != cases[i].type)
			fail_msg("%s: type %d", cases[i].text, d->type);
		assert_string_equal(d->value, cases[i].text);
		doc_free(d);
	}
	struct doc *d = parse("<A><B type='String'>12</B><C type='Integer'>x</C>"
			      "<D type='xsd:string'>3</D><E type='String'/></A>");
	assert_int_equal(doc_get(d, "B")->type, DOC_STRING);
	assert_int_equal(doc_get(d, "C")->type, DOC_INTEGER);
	assert_string_equal(doc_attr(doc_get(d, "D"), "type"), "xsd:string");
	assert_int_equal(doc_get(d, "E")->type, DOC_NODE);
	doc_free(d);
}

static void test_not_well_formed(void **state)
{
	(void)state;
	expect_refused("", "line 1, column 1");
	expect_refused("   ", "found nothing");
	expect_refused("plain text", "line 1");
	expect_refused(
		"<A>\n <B></A>",
		"line 2, column 9: not well-formed XML: Opening and ending tag mismatch: B line 2 and A");
	expect_refused("<A>", "line 1");
	expect_refused("<A/><B/>", "line 1, column 5");
	expect_refused("<A b=1/>", "line 1");
	expect_refused("<A b='1' b='2'/>", "redefined");
	expect_refused("<A>&nbsp;</A>", "Entity 'nbsp' not defined");
	expect_refused("<A b='&nbsp;'/>", "Entity 'nbsp' not defined");
	expect_refused("<A>&#0;</A>", "line 1");
	expect_refused("<A>&#xd800;</A>", "line 1");
	expect_refused("<A>\x01</A>", "line 1");
	expect_refused("<A>]]></A>", "line 1");
	expect_refused("<a:b:c/>", "two colons");
	expect_refused("<A a:b:c='1'/>", "two colons");
	expect_refused("<A\u200d/>", "an element name with a character that cannot be seen");
	expect_refused("<A b\u200c='1'/>", "an attribute name with a character that cannot be seen");
	expect_refused("<?xml version='1.0'?><?xml version='1.0'?><A/>", "line 1");
}

static void test_mixed_content(void **state)
{
	(void)state;
	expect_refused("<A>\n text <B/></A>", "line 2, column 9: text and elements mixed in A");
	expect_refused("<A><B/>text</A>", "text and elements mixed in A");
	doc_free(parse("<A>\t<B/>\r\n<C/>  </A>"));
}

static void test_encodings(void **state)
{
	(void)state;
	expect_refused_n("\xff\xfe<\0A\0/\0>\0", 10, NULL, "line 1, column 1: UTF-16: expected UTF-8");
	expect_refused_n("\0<\0A\0/\0>", 8, NULL, "line 1, column 1: UTF-16: expected UTF-8");
	expect_refused_n("<\0A\0/\0>\0", 8, NULL, "UTF-16: expected UTF-8");
	expect_refused_n("\0", 1, NULL, "line 1, column 1: a NUL byte");
	expect_refused("<?xml version='1.0' encoding='ISO-8859-1'?><A>\xe5</A>",
		       "encoding ISO-8859-1: expected UTF-8");
	expect_refused("<A>\n\xe5</A>", "line 2, column 1: a byte that is not UTF-8");
	expect_refused("<A>\xc0\xaf</A>", "not UTF-8");
	expect_refused("<A>\xed\xa0\x80</A>", "not UTF-8");
	expect_refused_n("<A>\xe4\xb8", 5, NULL, "not UTF-8");
	expect_refused("<?xml version='1.0' encoding='ISO-8859-1'?><A>\xc3\xa5</A>",
		       "encoding ISO-8859-1: expected UTF-8");
	struct doc *d = parse("<?xml version='1.0' encoding='ISO-8859-1'?><A>plain</A>");
	assert_string_equal(d->value, "plain");
	doc_free(d);
	d = parse("<?xml version='1.0' encoding='utf-16'?><A>M\xc3\xb8te</A>");
	assert_string_equal(d->value, "M\xc3\xb8te");
	doc_free(d);
	expect_refused("<?xml version='1.0' encoding='utf-16le'?><A>M\xc3\xb8te</A>",
		       "encoding utf-16le: expected UTF-8");
	d = parse("<?xml version='1.0' encoding='UTF-16'?><A>plain</A>");
	assert_string_equal(d->value, "plain");
	doc_free(d);
	d = parse("<?xml version='1.0' encoding=\"utf-8\" standalone='yes'?><A>\xf0\x9f\x98\x80</A>");
	assert_string_equal(d->value, "\xf0\x9f\x98\x80");
	doc_free(d);
}

static void test_doctype_and_entities(void **state)
{
	(void)state;
	expect_refused("<!DOCTYPE A><A/>", "a DOCTYPE is not allowed");
	expect_refused("<!DOCTYPE A [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><A>&e;</A>", "line 1, column");
	expect_refused("<!DOCTYPE A SYSTEM 'http://127.0.0.1:1/x.dtd'><A/>", "a DOCTYPE is not allowed");
	expect_refused(
		"<?xml version='1.0'?>\n<!DOCTYPE b [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
		"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>\n<b>&c;&c;&c;&c;</b>",
		"line 2, column");
}

static void test_references_in_attributes(void **state)
{
	(void)state;
	struct doc *d = parse("<A k='&amp;&lt;&gt;&quot;&apos;&#xa;&#9;&amp;amp;'>&amp;&lt;&amp;#38;</A>");
	assert_string_equal(doc_attr(d, "k"), "&<>\"'\n\t&amp;");
	assert_string_equal(d->value, "&<&#38;");
	doc_free(d);
	expect_refused("<A k='&other;'/>", "not well-formed XML");
	expect_refused("<!DOCTYPE A [<!ENTITY other 'x'>]><A k='&other;'/>", "a DOCTYPE is not allowed");
}

static void test_items(void **state)
{
	(void)state;
	expect_refused("<A><B item='0'/></A>",
		       "line 1, column 15: item=\"0\": expected a whole number from 1 on");
	expect_refused("<A><B item='x'/></A>", "item=\"x\"");
	expect_refused("<A><B item='4294967297'/></A>", "item=");
	expect_refused("<A><B item=''/></A>", "item=");
	expect_refused("<A><B maxOccurrence='many'/></A>", "maxOccurrence=\"many\"");
	struct doc *d = parse("<A><B item='2147483647' maxOccurrence='4'/></A>");
	assert_int_equal(doc_get(d, "B")->item, 2147483647);
	assert_int_equal(doc_get(d, "B")->max_occurrence, 4);
	doc_free(d);
}

static void repeat(struct buf *b, const char *text, unsigned n)
{
	while (n--)
		buf_adds(b, text);
}

static void test_limits(void **state)
{
	(void)state;
	struct xml_limits small = { .bytes = 1000, .nodes = 10, .depth = 5, .value = 20 };
	struct buf b;
	buf_init(&b, 10000);
	repeat(&b, "<A>", 6);
	expect_refused_n(b.data, b.len, &small, "line 1, column 18: elements nested deeper than 5");
	buf_reset(&b);
	buf_adds(&b, "<A>");
	repeat(&b, "<B/>", 10);
	buf_adds(&b, "</A>");
	expect_refused_n(b.data, b.len, &small, "more than 10 elements");
	expect_refused_n("<A>123456789012345678901</A>", 28, &small, "text longer than 20 bytes");
	expect_refused_n("<A b='123456789012345678901'/>", 30, &small,
			 "an attribute's value of more than 20 bytes");
	buf_reset(&b);
	repeat(&b, " ", 1001);
	expect_refused_n(b.data, b.len, &small, "a document of 1001 bytes, at most 1000");
	buf_reset(&b);
	buf_adds(&b, "<A><");
	repeat(&b, "n", DOC_NAME_MAX);
	buf_adds(&b, "/></A>");
	expect_refused_n(b.data, b.len, NULL, "an element name of more than 63 bytes");
	buf_done(&b);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Documents made to be slow: a megabyte of each is refused, or read, at once. */
static void test_hostile_sizes(void **state)
{
	(void)state;
	struct buf b;
	double start = seconds();
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<A");
	for (int i = 0; !b.full; i++)
		buf_addf(&b, " a%d='<'", i);
	expect_refused_n(b.data, b.len, NULL, "line 1, column");
	buf_reset(&b), b.full = 0;
	buf_adds(&b, "<A");
	for (int i = 0; !b.full; i++)
		buf_addf(&b, " a%d='>'", i);
	expect_refused_n(b.data, b.len, NULL, "line 1, column 1: an element with too many attributes");
	buf_reset(&b), b.full = 0;
	while (!b.full)
		buf_adds(&b, "<A>");
	expect_refused_n(b.data, b.len, NULL, "nested deeper");
	buf_reset(&b), b.full = 0;
	buf_adds(&b, "<A>");
	while (!b.full)
		buf_adds(&b, "<B/>");
	expect_refused_n(b.data, b.len, NULL, "more than 20000 elements");
	buf_reset(&b), b.full = 0;
	buf_adds(&b, "<A>");
	while (!b.full)
		buf_adds(&b, "&lt;");
	expect_refused_n(b.data, b.len, &(struct xml_limits){ .value = 200000 },
			 "text longer than 200000 bytes");
	buf_reset(&b), b.full = 0;
	while (!b.full)
		buf_adds(&b, "<");
	expect_refused_n(b.data, b.len, NULL, "line 1");
	buf_done(&b);
	assert_true(seconds() - start < 3);
}

static void test_silent(void **state)
{
	(void)state;
	char text[64] = "";
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	dup2(fileno(f), STDERR_FILENO);
	expect_refused("<A><B></A>", "mismatch");
	expect_refused("<?xml version='1.0' encoding='EBCDIC-XX'?><A>&x;</A>", "line 1");
	expect_refused("<A xmlns:x='' x:y='1' x:y='2'/>", "line 1");
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	assert_null(fgets(text, sizeof text, f));
	fclose(f);
}

static void test_text(void **state)
{
	(void)state;
	struct doc *d = parse("<R><Body><Id>\n  c_51 \t\n</Id><Name/><N>Æøå</N></Body></R>");
	char text[7];
	assert_int_equal(xml_text(d, "Body/Id", text, sizeof text), 0);
	assert_string_equal(text, "c_51");
	assert_int_equal(xml_text(d, "Body/Id", text, 4), -1);
	assert_int_equal(xml_text(d, "Body/Id", text, 5), 0);
	assert_int_equal(xml_text(d, "Body/Name", text, sizeof text), 0);
	assert_string_equal(text, "");
	assert_int_equal(xml_text(d, "Body/N", text, sizeof text), 0);
	assert_string_equal(text, "Æøå");
	assert_int_equal(xml_text(d, "Body/Missing", text, sizeof text), -1);
	assert_int_equal(xml_text(d, "Body", text, sizeof text), -1);
	doc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_blanks_before_the_declaration),
		cmocka_unit_test(test_namespaces_and_cdata),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_not_well_formed),
		cmocka_unit_test(test_mixed_content),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_doctype_and_entities),
		cmocka_unit_test(test_references_in_attributes),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile_sizes),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
