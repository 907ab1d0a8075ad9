/* SPDX-License-Identifier: MIT */
/* What is DER, and what only BER. */
#include "x509/der.h"

#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static int canonical(const char *hex)
{
	unsigned char bytes[512];
	int len = num_unhex(hex, bytes, sizeof bytes);
	assert_true(len >= 0);
	return der_is_canonical(bytes, (size_t)len);
}

struct row {
	const char *what, *hex;
	int is_der;
};

static void test_rows(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ "nothing", "", 0 },
		{ "one byte", "30", 0 },
		{ "an empty sequence", "3000", 1 },
		{ "a byte behind it", "300000", 0 },
		{ "two elements", "30003000", 0 },
		{ "NULL in it", "30020500", 1 },
		{ "a byte too few", "30030500", 0 },
		{ "a byte too many inside", "3003050000", 0 },
		{ "of unknown length", "30800000", 0 },
		{ "length of one byte, written long", "308100", 0 },
		{ "length of five bytes", "30850000000000", 0 },
		{ "length that is cut", "3082", 0 },
		{ "length that is cut in it", "308201", 0 },
		{ "a long tag", "1f0100", 0 },
		{ "a long tag in it", "30035f0100", 0 },
		{ "no sequence", "020100", 0 },
	};
	/* in a sequence */
	static const struct row inner[] = {
		{ "true", "0101ff", 1 },
		{ "false", "010100", 1 },
		{ "true as 1", "010101", 0 },
		{ "true as fe", "0101fe", 0 },
		{ "true of two bytes", "0102ffff", 0 },
		{ "true of none", "0100", 0 },
		{ "zero", "020100", 1 },
		{ "128", "02020080", 1 },
		{ "127 with a zero", "0202007f", 0 },
		{ "-1", "0201ff", 1 },
		{ "-1 with an ff", "0202ffff", 0 },
		{ "-129", "0202ff7f", 1 },
		{ "no number", "0200", 0 },
		{ "256", "02020100", 1 },
		{ "-32768", "02028000", 1 },
		{ "127 with a zero, second in it",
		  "3007020100"
		  "0202007f",
		  0 },
		{ "an octet string says nothing of what is in it", "0403010101", 1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (canonical(rows[i].hex) != rows[i].is_der)
			fail_msg("%s: %s", rows[i].what, rows[i].is_der ? "refused" : "taken");
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
		char hex[128];
		snprintf(hex, sizeof hex, "30%02zx%s", strlen(inner[i].hex) / 2, inner[i].hex);
		if (canonical(hex) != inner[i].is_der)
			fail_msg("%s: %s", inner[i].what, inner[i].is_der ? "refused" : "taken");
	}
}

/* The shortest form of each length, and the next longer form of it; what is in it are empty elements of two
 * bytes. */
static void test_lengths(void **state)
{
	(void)state;
	static unsigned char b[70000];
	const struct {
		size_t n;
		unsigned char head[6];
		size_t head_len;
		int is_der;
	} rows[] = {
		{ 126, { 0x30, 0x7e }, 2, 1 },
		{ 126, { 0x30, 0x81, 0x7e }, 3, 0 },
		{ 128, { 0x30, 0x81, 0x80 }, 3, 1 },
		{ 254, { 0x30, 0x81, 0xfe }, 3, 1 },
		{ 254, { 0x30, 0x82, 0, 0xfe }, 4, 0 },
		{ 256, { 0x30, 0x82, 1, 0 }, 4, 1 },
		{ 65534, { 0x30, 0x82, 0xff, 0xfe }, 4, 1 },
		{ 65534, { 0x30, 0x83, 0, 0xff, 0xfe }, 5, 0 },
		{ 65536, { 0x30, 0x83, 1, 0, 0 }, 5, 1 },
		{ 65536, { 0x30, 0x84, 0, 1, 0, 0 }, 6, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		memset(b, 0, sizeof b);
		memcpy(b, rows[i].head, rows[i].head_len);
		assert_int_equal(der_is_canonical(b, rows[i].head_len + rows[i].n), rows[i].is_der);
		assert_int_equal(der_is_canonical(b, rows[i].head_len + rows[i].n - 1), 0);
		assert_int_equal(der_is_canonical(b, rows[i].head_len + rows[i].n + 1), 0);
	}
}

/* Sequences in sequences, down to as many as are followed; the last one is empty. */
static void test_depth(void **state)
{
	(void)state;
	for (size_t depth = 1; depth <= 40; depth++) {
		unsigned char b[80] = { 0 };
		for (size_t i = 0; i < depth; i++) {
			b[2 * i] = 0x30;
			b[2 * i + 1] = (unsigned char)(2 * (depth - 1 - i));
		}
		assert_int_equal(der_is_canonical(b, 2 * depth), depth <= 33);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_lengths),
					    cmocka_unit_test(test_depth) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
