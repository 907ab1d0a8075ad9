/* SPDX-License-Identifier: MIT */
#include "base/err.h"
#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

static void takes_whole_numbers_only(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
					   "-",
					   " 1",
					   "1 ",
					   "+1",
					   "1.0",
					   "0x10",
					   "1e3",
					   "٣",
					   "99999999999999999999",
					   "-9223372036854775809",
					   "11",
					   "-6" };
	int64_t v = 77;
	struct err e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(num_parse(bad[i], -5, 10, &v, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.text, "expected a whole number from -5 to 10");
		assert_int_equal(v, 77);
	}
	assert_int_equal(num_parse("-5", -5, 10, &v, &e), 0);
	assert_int_equal(v, -5);
	assert_int_equal(num_parse("007", -5, 10, &v, &e), 0);
	assert_int_equal(v, 7);
	assert_int_equal(num_parse("9223372036854775807", 0, INT64_MAX, &v, &e), 0);
	assert_true(v == INT64_MAX);
}

static void hex_there_and_back(void **state)
{
	(void)state;
	unsigned char bytes[4];
	char text[9];
	assert_int_equal(num_unhex("00:Ff:7a", bytes, sizeof bytes), 3);
	num_hex(bytes, 3, text);
	assert_string_equal(text, "00ff7a");
	assert_int_equal(num_unhex("", bytes, sizeof bytes), 0);
	assert_int_equal(num_unhex("0", bytes, sizeof bytes), -1);
	assert_int_equal(num_unhex("00:", bytes, sizeof bytes), -1);
	assert_int_equal(num_unhex("0g", bytes, sizeof bytes), -1);
	assert_int_equal(num_unhex("0001020304", bytes, sizeof bytes), -1);
}

static void numbers_are_written(void **state)
{
	(void)state;
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 7, "7" },
		{ -1, "-1" },
		{ 1234567890, "1234567890" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[NUM_TEXT];
		assert_ptr_equal(num_print(cases[i].n, text), text + strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

static void errors_carry_kind_code_and_cause(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(err_set(&e, ERR_HTTP, 503, "%s answered", "tms"), -1);
	assert_int_equal(err_prefix(&e, "slot %d", 2), -1);
	assert_int_equal(e.kind, ERR_HTTP);
	assert_int_equal(e.code, 503);
	assert_string_equal(e.text, "slot 2: tms answered");
	errno = ENOSPC;
	err_errno(&e, "cannot write");
	assert_int_equal(e.code, ENOSPC);
	assert_string_equal(e.text, "cannot write: No space left on device");
	assert_int_equal(err_set(NULL, ERR_IO, 0, "nobody listens"), -1);
	char longer[1000];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	err_set(&e, ERR_INPUT, 0, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_string_equal(err_kind_name(ERR_DENIED), "denied");
	assert_string_equal(err_kind_name((enum err_kind)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_whole_numbers_only),
		cmocka_unit_test(hex_there_and_back),
		cmocka_unit_test(numbers_are_written),
		cmocka_unit_test(errors_carry_kind_code_and_cause),
	};
	return cmocka_run_group_tests_name("num and err", tests, NULL, NULL);
}
