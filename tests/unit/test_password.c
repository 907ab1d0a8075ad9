/* SPDX-License-Identifier: MIT */
/* Hashes of passwords: salted, never the password, and only it fits. */
#include "crypto/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void round_trip(void **state)
{
	(void)state;
	static const char *const words[] = { "superstrongpasswordhere", "", "Möte \"4\"", "$scrypt$" };
	char hash[PASSWORD_HASH], again[PASSWORD_HASH];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		assert_int_equal(password_hash(words[i], hash, NULL), 0);
		assert_int_equal(password_hash(words[i], again, NULL), 0);
		assert_string_not_equal(hash, again);
		assert_true(password_matches(words[i], hash) && password_matches(words[i], again));
		assert_false(password_matches("superstrongpasswordherE", hash));
		assert_true(!words[i][0] || strcmp(words[i], "$scrypt$") == 0 || !strstr(hash, words[i]));
		assert_true(strlen(hash) < PASSWORD_HASH - 1);
	}
}

/* Made by Python's hashlib.scrypt. */
static void known(void **state)
{
	(void)state;
	static const char hash[] = "$scrypt$ln=14,r=8,p=1$000102030405060708090a0b0c0d0e0f$"
				   "531604fe738df33ae62cd2b994bfe3f573ed28c0d9e5547f875b6413189ce59a";
	assert_true(password_matches("pleaseletmein", hash));
	assert_false(password_matches("pleaseletmeout", hash));
}

static void no_hash(void **state)
{
	(void)state;
	char hash[PASSWORD_HASH];
	assert_false(password_matches("", ""));
	assert_false(password_matches("x", "$scrypt$ln=14,r=8,p=1$"));
	assert_int_equal(password_hash("x", hash, NULL), 0);
	hash[25] = 'G';
	assert_false(password_matches("x", hash));
	assert_int_equal(password_hash("x", hash, NULL), 0);
	hash[strlen(hash) - 1] ^= 1;
	assert_false(password_matches("x", hash));
	hash[strlen(hash) - 1] = '\0';
	assert_false(password_matches("x", hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(round_trip), cmocka_unit_test(known),
					    cmocka_unit_test(no_hash) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
