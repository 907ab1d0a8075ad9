/* SPDX-License-Identifier: MIT */
/* Signatures of posts: the example that standardwebhooks.com's libraries test themselves with. */
#include "crypto/hmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

static void signs_as_others_do(void **state)
{
	(void)state;
	static const char body[] = "{\"test\": 2432232314}";
	struct hmac_key k;
	struct err e;
	char signature[HMAC_SIGNATURE];
	assert_int_equal(hmac_key_parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &k, &e), 0);
	assert_int_equal(k.len, 24);
	hmac_sign_webhook(&k, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, strlen(body), signature);
	assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	hmac_sign_webhook(&k, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265331, body, strlen(body), signature);
	assert_string_not_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void keys_have_a_form_and_a_length(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"whsec_",
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa !",
		"whsec_"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
		"=",
	};
	struct hmac_key k;
	struct err e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(hmac_key_parse(bad[i], &k, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
	}
	assert_int_equal(hmac_key_parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", &k, &e), 0);
	assert_int_equal(k.len, 32);
	char text[] =
		"whsec_"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
	assert_int_equal(hmac_key_parse(text, &k, &e), 0);
	assert_int_equal(k.len, HMAC_KEY_MAX);
	text[sizeof text - 3] = 'A'; /* one byte more */
	assert_int_equal(hmac_key_parse(text, &k, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_as_others_do),
		cmocka_unit_test(keys_have_a_form_and_a_length),
	};
	return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
