/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

static void grows_and_stays_terminated(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_addf(&b, "%03d,", i), 0);
	assert_int_equal(b.len, 400);
	assert_int_equal(strlen(buf_str(&b)), 400);
	buf_drop(&b, 396);
	assert_string_equal(buf_str(&b), "099,");
	buf_drop(&b, 5);
	assert_string_equal(buf_str(&b), "");
	buf_done(&b);
}

/* An empty file is read into room of which nothing is then taken. */
static void room_that_is_not_used_is_terminated(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	assert_non_null(buf_room(&b, 1));
	assert_string_equal(buf_str(&b), "");
	buf_adds(&b, "text");
	assert_non_null(buf_room(&b, 500));
	assert_string_equal(buf_str(&b), "text");
	buf_done(&b);
}

static void refuses_beyond_its_ceiling_and_stays_so(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);
	assert_int_equal(buf_adds(&b, "12345678"), 0);
	assert_int_equal(buf_addc(&b, '9'), -1);
	assert_true(b.full);
	buf_drop(&b, 4);
	assert_int_equal(buf_adds(&b, "x"), -1); /* a hole in the text would be worse than its end missing */
	assert_string_equal(buf_str(&b), "5678");
	buf_reset(&b);
	assert_int_equal(buf_adds(&b, "x"), 0);
	assert_int_equal(buf_add(&b, "", SIZE_MAX), -1);
	buf_done(&b);
}

static void hands_its_text_over(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	char *none = buf_take(&b);
	assert_string_equal(none, "");
	free(none);
	buf_adds(&b, "text");
	char *text = buf_take(&b);
	assert_string_equal(text, "text");
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 100);
	free(text);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(room_that_is_not_used_is_terminated),
		cmocka_unit_test(refuses_beyond_its_ceiling_and_stays_so),
		cmocka_unit_test(hands_its_text_over),
	};
	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
