/* SPDX-License-Identifier: MIT */
#include "net/address_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct dns_address address(unsigned char n)
{
	return (struct dns_address){ AF_INET, { 192, 0, 2, n } };
}

/* "1 2 3": the last bytes of the addresses, in the order in which they are tried. */
static int order(struct address_orders *t, const char *host, const char *given, char ret[64])
{
	struct dns_answer a = { .n = 0 };
	for (const char *s = given; *s; s++)
		if (*s != ' ')
			a.addresses[a.n++] = address((unsigned char)(*s - '0'));
	int r = address_order_apply(t, host, 443, &a);
	size_t len = 0;
	ret[0] = '\0';
	for (size_t i = 0; i < a.n; i++)
		len += (size_t)snprintf(ret + len, 64 - len, "%s%d", i ? " " : "", a.addresses[i].bytes[3]);
	return r;
}

static void expect(struct address_orders *t, const char *given, const char *wanted)
{
	char got[64];
	order(t, "a.test", given, got);
	assert_string_equal(got, wanted);
}

static void failed(struct address_orders *t, unsigned char n)
{
	struct dns_address a = address(n);
	address_order_failed(t, "a.test", 443, &a);
}

static void worked(struct address_orders *t, unsigned char n)
{
	struct dns_address a = address(n);
	address_order_worked(t, "a.test", 443, &a);
}

static void what_failed_goes_to_the_end(void **state)
{
	struct address_orders t = { NULL };
	char got[64];
	(void)state;
	worked(&t, 2);
	expect(&t, "1 2 3", "1 2 3"); /* nothing has failed: DNS's order, which spreads many devices */
	failed(&t, 1);
	expect(&t, "1 2 3", "2 3");
	failed(&t, 2);
	expect(&t, "1 2 3", "3");
	assert_int_equal(order(&t, "a.test", "1 2 3", got), 1);
	worked(&t, 3);
	expect(&t, "4 1 2 3", "3 4"); /* the one that works stays in front of one that is new */
	failed(&t, 3);
	expect(&t, "1 2 3", "1 2 3");
	assert_int_equal(order(&t, "a.test", "1 2 3", got), 0);
	worked(&t, 1);
	worked(&t, 2);
	expect(&t, "1 2 3", "2 1");
	assert_int_equal(order(&t, "b.test", "1 2 3", got), 1);
	assert_string_equal(got, "1 2 3");
	address_orders_forget(&t);
	expect(&t, "1 2 3", "1 2 3");
}

static void its_memory_is_bounded(void **state)
{
	struct address_orders t = { NULL };
	struct dns_address one = address(1);
	char host[32], got[64];
	(void)state;
	for (unsigned char n = 0; n < 200; n++)
		failed(&t, n);
	expect(&t, "1 2 3", "1 2 3");
	for (int i = 0; i < 3 * ADDRESS_ORDER_SERVERS; i++) {
		snprintf(host, sizeof host, "h%d.test", i);
		address_order_failed(&t, host, 443, &one);
		order(&t, "h0.test", "1 2", got); /* used again and again, and so kept */
	}
	assert_string_equal(got, "2");
	size_t n = 0;
	for (int i = 0; i < 3 * ADDRESS_ORDER_SERVERS; i++) {
		snprintf(host, sizeof host, "h%d.test", i);
		order(&t, host, "1 2", got);
		n += strcmp(got, "2") == 0;
	}
	assert_int_equal(n, ADDRESS_ORDER_SERVERS);
	address_orders_forget(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_failed_goes_to_the_end),
		cmocka_unit_test(its_memory_is_bounded),
	};
	return cmocka_run_group_tests_name("address_order", tests, NULL, NULL);
}
