/* text: UTF-8, and the nearest of many names. */
#include "base/text.h"

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
		s[n - 1] = '\0';	/* cut off */
		assert_int_equal(text_utf8(s, NULL), 0);
	}
}

static void what_is_too_long_or_stray_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
					   "\xf5\x80\x80\x80", "\xff", "\xc3" "a", "\xe2\x82" "a" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(text_utf8(bad[i], NULL), 0);
	assert_int_equal(text_length("Zürich"), 6);
	assert_int_equal(text_length(""), 0);
	assert_int_equal(text_length("a\xff"), -1);
	assert_true(text_is_control(0) && text_is_control(0x1f) && text_is_control(0x7f) && text_is_control(0x9f));
	assert_false(text_is_control(' ') || text_is_control('~') || text_is_control(0xa0));
}

static const char *nearest(const char *word, const char *const *candidates)
{
	struct text_nearest n = text_nearest_to(word);
	for (; *candidates; candidates++)
		text_nearest_see(&n, *candidates);
	return n.best;
}

static void the_nearest_name_is_suggested(void **state)
{
	(void)state;
	static const char *const names[] = { "Address", "KeyAlgorithm", "KeyId", "Key", "Mode", "On", NULL };
	assert_string_equal(nearest("adress", names), "Address");
	assert_string_equal(nearest("Moed", names), "Mode");
	assert_string_equal(nearest("KEYALGORITM", names), "KeyAlgorithm");
	assert_string_equal(nearest("keyd", names), "KeyId");	/* the first of equals */
	assert_string_equal(nearest("Key", names), "Key");
	assert_null(nearest("xy", names));
	assert_string_equal(nearest("addr", names), "Address");	/* the beginning of a name */
	assert_null(nearest("MAC", names));			/* two letters of three are another word */
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
		cmocka_unit_test(what_is_too_long_or_stray_is_refused),
		cmocka_unit_test(the_nearest_name_is_suggested),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
