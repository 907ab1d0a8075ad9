/* SPDX-License-Identifier: MIT */
/* text: UTF-8, and the nearest of many names. */
#include "base/text.h"

#include "unquote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void every_code_point_is_read_and_nothing_else(void **state)
{
	(void)state;
	for (uint32_t point = 1; point < 0x120000; point++) {
		char s[5] = "";
		size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
		for (size_t i = n; i-- > 1;)
			s[i] = (char)(0x80 | (point >> 6 * (n - 1 - i) & 0x3f));
		static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
		s[0] = (char)(lead[n] | point >> 6 * (n - 1));
		uint32_t got = 0;
		int is_character = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
		assert_int_equal(text_utf8(s, &got), is_character ? n : 0);
		if (is_character)
			assert_int_equal(got, point);
		s[n - 1] = '\0'; /* cut off */
		assert_int_equal(text_utf8(s, NULL), 0);
	}
}

static void what_is_too_long_or_stray_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
					   "\x80",
					   "\xbf",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xe0\x9f\xbf",
					   "\xf0\x8f\xbf\xbf",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "\xc3"
					   "a",
					   "\xe2\x82"
					   "a" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(text_utf8(bad[i], NULL), 0);
	assert_int_equal(text_length("Zürich"), 6);
	assert_int_equal(text_length(""), 0);
	assert_int_equal(text_length("a\xff"), -1);
	assert_true(text_is_control(0) && text_is_control(0x1f) && text_is_control(0x7f) &&
		    text_is_control(0x9f));
	assert_false(text_is_control(' ') || text_is_control('~') || text_is_control(0xa0));
}

/* Every character that there is, and every byte that is none, can be read back; and what is shown can be
 * seen. */
static void foreign_text_is_shown_and_read_back(void **state)
{
	(void)state;
	struct buf whole, quoted, back;
	buf_init(&whole, 8 << 20);
	buf_init(&quoted, 8 << 20);
	buf_init(&back, 8 << 20);
	for (uint32_t point = 1; point < 0x110000; point++)
		if (point < 0xd800 || point > 0xdfff)
			unquote_point(point, &whole);
	for (int byte = 0x80; byte < 0x100; byte++)
		buf_addc(&whole, (char)byte);
	text_quote(buf_str(&whole), &quoted);
	const char *text = buf_str(&quoted);
	for (size_t n; *text; text += n) {
		uint32_t point = 0;
		assert_true((n = text_utf8(text, &point)) > 0 && !text_is_hidden(point));
	}
	assert_string_equal(unquote(buf_str(&quoted) + 1, &back), "");
	assert_int_equal(back.len, whole.len);
	assert_memory_equal(back.data, whole.data, whole.len);
	buf_done(&whole);
	buf_done(&quoted);
	buf_done(&back);
}

static void what_cannot_be_seen_is_hidden(void **state)
{
	(void)state;
	static const uint32_t hidden[] = { 0,      0x1b,   0x7f,   0x9b,   0xad,   0x61c,   0x200b,
					   0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,  0x202e,
					   0x2060, 0x2066, 0x2069, 0x3164, 0xfeff, 0xe0001, 0xe0041 };
	static const uint32_t shown[] = { ' ',    '~',    0xa0,   0xe9,   0x301,  0x5d0,  0x627,
					  0x4e2d, 0x2010, 0x202f, 0xfe0f, 0xfffd, 0x1f600 };
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert_true(text_is_hidden(hidden[i]));
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		assert_false(text_is_hidden(shown[i]));
}

static void a_quotation_that_is_too_long_is_cut(void **state)
{
	(void)state;
	char ret[20];
	assert_string_equal(text_quoted("a \"b\" \\", ret, sizeof ret), "\"a \\\"b\\\" \\\\\"");
	assert_string_equal(text_quoted("0123456789abcdef", ret, sizeof ret), "\"0123456789abcd\"...");
	assert_string_equal(text_quoted("0123456789\u202e", ret, sizeof ret), "\"0123456789\"...");
	assert_string_equal(text_quoted("", ret, sizeof ret), "\"\"");
}

static const char *nearest(const char *word, const char *const *candidates)
{
	static struct text_nearest n;
	n = text_nearest_to(word);
	for (; *candidates; candidates++)
		text_nearest_see(&n, *candidates);
	return *n.best ? n.best : NULL;
}

static void the_nearest_name_is_suggested(void **state)
{
	(void)state;
	static const char *const names[] = { "Address", "KeyAlgorithm", "KeyId", "Key", "Mode", "On", NULL };
	assert_string_equal(nearest("adress", names), "Address");
	assert_string_equal(nearest("Moed", names), "Mode");
	assert_string_equal(nearest("KEYALGORITM", names), "KeyAlgorithm");
	static const char *const long_names[] = { "VerifyServerCertificate", "Server", NULL };
	assert_string_equal(nearest("verifyservercertificates", long_names), "VerifyServerCertificate");
	assert_string_equal(nearest("sever", long_names), "Server");
	assert_string_equal(nearest("keyd", names), "KeyId"); /* the first of equals */
	assert_string_equal(nearest("Key", names), "Key");
	assert_null(nearest("xy", names));
	assert_string_equal(nearest("addr", names), "Address"); /* the beginning of a name */
	assert_null(nearest("MAC", names));                     /* two letters of three are another word */
	assert_null(nearest("Server", names));
	assert_null(nearest("", names));
	char longer[100];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	assert_null(nearest(longer, names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_read_and_nothing_else),
		cmocka_unit_test(foreign_text_is_shown_and_read_back),
		cmocka_unit_test(what_cannot_be_seen_is_hidden),
		cmocka_unit_test(a_quotation_that_is_too_long_is_cut),
		cmocka_unit_test(what_is_too_long_or_stray_is_refused),
		cmocka_unit_test(the_nearest_name_is_suggested),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
