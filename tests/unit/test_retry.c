/* SPDX-License-Identifier: MIT */
#include "base/episode.h"
#include "base/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void doubles_to_its_cap(void **state)
{
	(void)state;
	/* The largest random number gives the longest delay, 0 the shortest. */
	assert_in_range(retry_delay_ms(1, 1000, 300000, UINT32_MAX), 999, 1001);
	assert_int_equal(retry_delay_ms(1, 1000, 300000, 0), 1);
	assert_in_range(retry_delay_ms(2, 1000, 300000, UINT32_MAX), 1999, 2001);
	assert_in_range(retry_delay_ms(2, 1000, 300000, 0), 1001, 1001);
	assert_in_range(retry_delay_ms(9, 1000, 300000, UINT32_MAX), 255900, 256001);
	assert_in_range(retry_delay_ms(10, 1000, 300000, UINT32_MAX), 299900, 300001);
	assert_int_equal(retry_delay_ms(10, 1000, 300000, 0), 1);
	assert_in_range(retry_delay_ms(UINT32_MAX, 1000, 300000, UINT32_MAX), 299900, 300001);
}

static void what_a_server_asks_for_has_a_bound(void **state)
{
	(void)state;
	assert_int_equal(retry_not_before_ms(7, -1, 3600), 7);
	assert_int_equal(retry_not_before_ms(7, INT64_MIN, 3600), 7);
	assert_int_equal(retry_not_before_ms(7, 0, 3600), 7);
	assert_in_range(retry_not_before_ms(7, 3599, 3600), 3599000, 3599000 + 359900);
	assert_in_range(retry_not_before_ms(3599000, 3599, 3600), 3599000, 3599000 + 359900);
	assert_int_equal(retry_not_before_ms(5000000, 3599, 3600), 5000000);
	assert_in_range(retry_not_before_ms(7, 3601, 3600), 3600000, 3960000);
	assert_in_range(retry_not_before_ms(7, INT64_MAX, 3600), 3600000, 3960000);
}

/* All devices are told the same time: they come some seconds after it, not at once. */
static void retry_after_is_spread(void **state)
{
	(void)state;
	int64_t first = INT64_MAX, last = 0;
	for (int i = 0; i < 500; i++) {
		int64_t ms = retry_not_before_ms(1 + i, 2, 3600);
		first = ms < first ? ms : first;
		last = ms > last ? ms : last;
	}
	assert_in_range(first, 2000, 2500);
	assert_in_range(last, 6500, 7000);
}

/* Once the waits are at their longest, each device comes at its own place in the period, whatever time it
 * is. */
static void long_waits_have_a_place(void **state)
{
	(void)state;
	const struct retry_rule rule = { 1000, 300000, 3600 };
	unsigned bins[10] = { 0 };
	char mac[32];
	for (int i = 0; i < 2000; i++) {
		snprintf(mac, sizeof mac, "00:50:60:00:%02X:%02X", i >> 8, i & 255);
		int64_t at[2];
		for (int k = 0; k < 2; k++) {
			struct retry_tries t = { .attempts = 12 + (unsigned)k,
						 .identity = mac,
						 .now_ms = 1000000 + k * 1234567 };
			at[k] = t.now_ms + retry_next_ms(&rule, &t, -1);
		}
		int64_t apart = (at[1] - at[0]) % 300000;
		assert_true(apart <= 6000 || apart >= 294000); /* the random part is a fiftieth */
		bins[at[0] % 300000 / 30000]++;
		struct retry_tries early = { .attempts = 3, .identity = mac, .now_ms = 1000000 };
		assert_in_range(retry_next_ms(&rule, &early, -1), 2000, 4001);
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(bins[i], 140, 260);
}

/* 500 devices whose server was away for 28 minutes: their returns are spread, peak to mean per second below
 * 3. */
static void a_fleet_comes_back_spread(void **state)
{
	(void)state;
	enum { DEVICES = 500, CAP_S = 300, BIN_S = 10 };
	unsigned arrivals[CAP_S / BIN_S + 1] = { 0 };
	uint64_t seed = 42;
	int64_t outage = 28 * 60 * 1000;
	for (int d = 0; d < DEVICES; d++) {
		int64_t at = 0;
		for (unsigned attempt = 1; at < outage; attempt++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			at += retry_delay_ms(attempt, 1000, CAP_S * 1000, (uint32_t)(seed >> 32));
		}
		arrivals[(at - outage) / 1000 / BIN_S]++;
	}
	unsigned peak = 0;
	for (int i = 0; i <= CAP_S / BIN_S; i++)
		peak = arrivals[i] > peak ? arrivals[i] : peak;
	double mean = (double)DEVICES / (CAP_S / BIN_S);
	print_message("peak to mean after the outage: %.2f\n", peak / mean);
	assert_true(peak < 3 * mean);
}

static void phases_are_steady_and_spread(void **state)
{
	(void)state;
	unsigned bins[10] = { 0 };
	char mac[32];
	assert_int_equal(retry_offset_ms("A", 1000), retry_offset_ms("A", 1000));
	assert_int_equal(retry_offset_ms("A", 0), 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(mac, sizeof mac, "00:50:60:00:%02X:%02X", i >> 8, i & 255);
		bins[retry_offset_ms(mac, 1000) / 100]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(bins[i], 140, 260);
}

static void tells_at_powers_of_ten(void **state)
{
	(void)state;
	struct episode ep = { 0 };
	unsigned told = 0;
	for (int i = 1; i <= 20000; i++)
		told += (unsigned)episode_failed(&ep, 1, 1, i);
	assert_int_equal(told, 5); /* 1, 10, 100, 1000, 10000 */
	assert_int_equal(ep.since_ms, 1);
	assert_true(episode_failed(&ep, 2, 1, 7)); /* another kind of failure is news, once */
	assert_false(episode_failed(&ep, 1, 1, 8));
	assert_false(episode_failed(&ep, 2, 1, 9));
	assert_int_equal(episode_ended(&ep, 10), 20003);
	assert_int_equal(episode_ended(&ep, 11), 0);
	assert_true(episode_failed(&ep, 1, 1, 12)); /* what was told to be over is not */
	episode_forget(&ep);
	for (int i = 1; i <= 10; i++)
		assert_true(episode_failed(&ep, 2, 10, i));
	assert_false(episode_failed(&ep, 2, 10, 11));
	assert_int_not_equal(episode_key("a"), episode_key("b"));
}

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* The same success and failure as it comes and goes for three days, for each period: a few lines a day,
 * and all of them in the first hours. */
static void what_comes_and_goes_is_told_rarely(void **state)
{
	static const int64_t periods[] = { SECOND,      30 * SECOND, 5 * MINUTE, 59 * MINUTE,
					   61 * MINUTE, 3 * HOUR,    5 * HOUR };
	(void)state;
	for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
		struct episode ep = { 0 };
		unsigned lines = 0;
		int is_told_well = 1;
		for (int64_t at = 0; at < 72 * HOUR; at += periods[p]) {
			if (at % (24 * HOUR) < periods[p])
				lines = 0;
			if (episode_failed(&ep, 7, 1, at)) {
				lines++;
				is_told_well = 0;
			}
			if (episode_ended(&ep, at + periods[p] / 2)) {
				lines++;
				is_told_well = 1;
			}
			assert_in_range(lines, 0, 12);
		}
		/* When it has been well for a day and a half, the last line says so. */
		is_told_well |= episode_ended(&ep, (72 + 36) * (int64_t)HOUR) != 0;
		assert_true(is_told_well);
		assert_int_equal(episode_ended(&ep, (72 + 37) * (int64_t)HOUR), 0);
	}
}

static void the_end_is_told_when_it_has_lasted(void **state)
{
	struct episode ep = { 0 };
	(void)state;
	assert_true(episode_failed(&ep, 7, 1, 0));
	assert_int_equal(episode_ended(&ep, SECOND), 1); /* a plain outage: its end is told at once */
	assert_true(episode_failed(&ep, 7, 1, MINUTE));
	assert_int_equal(episode_ended(&ep, 2 * MINUTE), 0);
	assert_int_equal(episode_ended(&ep, HOUR), 0);
	assert_int_equal(episode_ended(&ep, 2 * MINUTE + HOUR), 2);
	/* A long outage after that is one of its own, whose end is told at once, too. */
	assert_true(episode_failed(&ep, 7, 1, 3 * HOUR));
	for (int hour = 4; hour < 9; hour++)
		episode_failed(&ep, 7, 1, hour * (int64_t)HOUR);
	assert_int_equal(episode_ended(&ep, 9 * HOUR), 6);
	assert_true(episode_failed(&ep, 7, 1, 9 * HOUR + MINUTE));
	for (int hour = 10; hour < 20; hour++)
		episode_failed(&ep, 7, 1, hour * (int64_t)HOUR);
	assert_int_equal(episode_ended(&ep, 20 * HOUR), 17);
	assert_true(episode_failed(&ep, 7, 1, 30 * HOUR));
}

/* A success is not always seen: what has not failed for long is over without it. */
static void what_fails_rarely_is_told_each_time_at_first(void **state)
{
	struct episode ep = { 0 };
	unsigned lines = 0;
	(void)state;
	for (int day = 0; day < 10; day++)
		lines += (unsigned)episode_failed(&ep, 7, 1, day * (int64_t)25 * HOUR);
	assert_int_equal(lines, 10);
	lines = 0;
	for (int hour = 0; hour < 72; hour++)
		lines += (unsigned)episode_failed(&ep, 7, 1, (hour + 1000) * (int64_t)HOUR);
	assert_in_range(lines, 2, 10);
}

/* An administrator tries many servers in an hour: each verdict is news; one that he tries again is, too. */
static void each_of_many_kinds_is_seen_and_a_person_renews(void **state)
{
	struct episode ep = { 0 };
	(void)state;
	for (uint64_t kind = 1; kind <= 100; kind++)
		assert_true(episode_seen(&ep, kind * 977, 10, (int64_t)kind * SECOND));
	assert_false(episode_seen(&ep, 99 * 977, 10, 101 * SECOND));
	episode_renew(&ep);
	assert_true(episode_seen(&ep, 99 * 977, 10, 102 * SECOND));
	episode_forget(&ep);
	assert_true(episode_failed(&ep, 20, 1, 0));
	assert_int_equal(episode_ended(&ep, SECOND), 1);
	assert_true(episode_failed(&ep, 20, 1, 2 * SECOND));
	assert_int_equal(episode_ended(&ep, 3 * SECOND), 0);
	assert_false(episode_failed(&ep, 20, 1, 4 * SECOND));
	episode_renew(&ep);
	assert_int_equal(episode_ended(&ep, 5 * SECOND), 3);
	assert_true(episode_failed(&ep, 20, 1, 6 * SECOND));
}

static void kinds_without_end_are_no_news(void **state)
{
	struct episode ep = { 0 };
	unsigned lines = 0;
	(void)state;
	for (unsigned i = 1; i <= 99; i++) {
		char text[32];
		snprintf(text, sizeof text, "port %u", i);
		lines += (unsigned)episode_failed(&ep, episode_key(text), 1, i);
	}
	assert_in_range(lines, 2, 9);
}

static void a_change_that_lasts_is_news(void **state)
{
	struct episode ep = { 0 };
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(episode_seen(&ep, 1, 10, i * (int64_t)HOUR));
	assert_false(episode_seen(&ep, 1, 10, 10 * HOUR));
	assert_true(episode_seen(&ep, 2, 10, 11 * HOUR));
	assert_true(episode_seen(&ep, 1, 10, 11 * HOUR + MINUTE)); /* mended */
	unsigned lines = 0;
	for (int64_t at = 12 * HOUR; at < 36 * HOUR; at += 2 * MINUTE) {
		lines += (unsigned)episode_seen(&ep, 2, 10, at);
		lines += (unsigned)episode_seen(&ep, 1, 10, at + MINUTE);
	}
	assert_in_range(lines, 1, 8);
	assert_false(episode_seen(&ep, 1, 10, 36 * HOUR));
	assert_true(episode_seen(&ep, 1, 10, 61 * (int64_t)HOUR)); /* it has settled */
}

/* A program changes something back and forth every few minutes, then people do now and then. */
static void what_happens_for_ever_is_logged_now_and_then(void **state)
{
	struct episode ep = { 0 };
	char text[EPISODE_TEXT];
	unsigned lines = 0, counted = 0, happened = 0;
	(void)state;
	for (int day = 0; day < 3; day++) {
		lines = 0;
		for (int64_t at = day * INT64_C(24) * HOUR; at < (day + 1) * INT64_C(24) * HOUR;
		     at += 5 * MINUTE) {
			uint64_t told = episode_happened(&ep, (uint64_t)(at / MINUTE % 2), 3, at);
			counted += (unsigned)told;
			lines += told != 0;
			happened++;
		}
		assert_in_range(lines, 6, 12);
	}
	/* What is not logged is counted. */
	assert_int_equal(counted + ep.left_out, happened);
	assert_int_equal(episode_happened(&ep, 77, 3, 72 * (int64_t)HOUR), happened - counted + 1);
	for (int i = 1; i < 20; i++) {
		uint64_t told = episode_happened(&ep, 0, 3, (72 + 4 * i) * (int64_t)HOUR);
		assert_int_equal(told, 1);
		assert_string_equal(episode_text(told, text), "");
	}
	assert_string_equal(episode_text(18, text), " (17 more since the last line of this kind)");
	assert_string_equal(episode_text(0, text), "");
}

static void a_burst_then_one_at_a_time(void **state)
{
	(void)state;
	struct retry_pace p = { 0 };
	int64_t now = 5000000;
	for (int i = 0; i < 3; i++)
		assert_int_equal(retry_pace_ms(&p, 1000, 3, now), 0);
	assert_int_equal(retry_pace_ms(&p, 1000, 3, now), 1000);
	assert_int_equal(retry_pace_ms(&p, 1000, 3, now + 400), 600);
	assert_int_equal(retry_pace_ms(&p, 1000, 3, now + 1000), 0);
	assert_int_equal(retry_pace_ms(&p, 1000, 3, now + 1000), 1000);
	now += 1000000; /* saved up, but for no more than the burst */
	for (int i = 0; i < 3; i++)
		assert_int_equal(retry_pace_ms(&p, 1000, 3, now), 0);
	assert_int_equal(retry_pace_ms(&p, 1000, 3, now), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_to_its_cap),
		cmocka_unit_test(what_a_server_asks_for_has_a_bound),
		cmocka_unit_test(retry_after_is_spread),
		cmocka_unit_test(long_waits_have_a_place),
		cmocka_unit_test(a_fleet_comes_back_spread),
		cmocka_unit_test(phases_are_steady_and_spread),
		cmocka_unit_test(tells_at_powers_of_ten),
		cmocka_unit_test(what_comes_and_goes_is_told_rarely),
		cmocka_unit_test(the_end_is_told_when_it_has_lasted),
		cmocka_unit_test(what_fails_rarely_is_told_each_time_at_first),
		cmocka_unit_test(each_of_many_kinds_is_seen_and_a_person_renews),
		cmocka_unit_test(kinds_without_end_are_no_news),
		cmocka_unit_test(a_change_that_lasts_is_news),
		cmocka_unit_test(what_happens_for_ever_is_logged_now_and_then),
		cmocka_unit_test(a_burst_then_one_at_a_time),
	};
	return cmocka_run_group_tests_name("retry and episode", tests, NULL, NULL);
}
