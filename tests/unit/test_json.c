/* SPDX-License-Identifier: MIT */
/* json: text as strings of JSON. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *string(const char *text, size_t len)
{
	static struct buf out;
	buf_done(&out);
	buf_init(&out, 1000);
	json_write_string(text, len, &out);
	return buf_str(&out);
}

static void strings(void **state)
{
	(void)state;
	assert_string_equal(string("", 0), "\"\"");
	assert_string_equal(string("a \"b\" c\\d/", 10), "\"a \\\"b\\\" c\\\\d/\"");
	assert_string_equal(string("a\r\n\tb\x1b\x7f", 7), "\"a\\r\\n\\tb\\u001b\\u007f\"");
	assert_string_equal(string("a\0b", 3), "\"a\\u0000b\"");
	assert_string_equal(string("\xc3\xa9\xf0\x9f\x98\x80", 6), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
	/* no UTF-8: a byte that never stands there, one that is missing, a surrogate */
	assert_string_equal(string("\xff\xc3z", 3), "\"\xef\xbf\xbd\xef\xbf\xbdz\"");
	assert_string_equal(string("\xed\xa0\x80", 3), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_string_equal(string("\xc3\xa9", 1), "\"\xef\xbf\xbd\""); /* cut within a character */
	assert_string_equal(string("abc", 2), "\"ab\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(strings) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
