/* SPDX-License-Identifier: MIT */
/* date: which servers to trust, and for how long. */
#include "date/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

static const int64_t S = 1000000;       /* microseconds */
static const int64_t NOON = 1795780800; /* 2026-11-27T12:00:00Z */
static const int64_t DAY = 86400;

static struct date_sample says(const char *server, int64_t unix_s)
{
	return (struct date_sample){
		.unix_us = unix_s * S, .mono_ms = 5000, .distance_us = 20000, .server = server
	};
}

static int64_t now(const struct date *d, int64_t mono_ms)
{
	int64_t unix_s = -1;
	struct err e;
	assert_int_equal(date_now(d, mono_ms, &unix_s, &e), 0);
	return unix_s;
}

static void without_a_sample_there_is_no_date(void **state)
{
	(void)state;
	struct err e;
	int64_t unix_s = -1;
	struct date *d = date_new(0);
	assert_int_equal(date_state(d), DATE_UNKNOWN);
	assert_int_equal(date_now(d, 0, &unix_s, &e), -1);
	assert_int_equal(e.kind, ERR_DATE);
	assert_string_equal(e.text, "the date is not known (Unknown)");
	assert_int_equal(date_offer(d, NULL, 0, &e), -1);
	date_free(d);
	d = date_new(NOON);
	assert_int_equal(date_state(d), DATE_FLOOR);
	assert_int_equal(date_now(d, 1000 * DAY * 400, &unix_s, &e),
			 -1); /* NTP never: waiting does not make it known */
	assert_string_equal(e.text, "the date is not known (Floor: not before 2026-11-27T12:00:00Z)");
	assert_int_equal(unix_s, -1);
	assert_int_equal(date_floor(d, 1000 * DAY * 400), NOON);
	assert_string_equal(date_state_name(date_state(d)), "Floor");
	date_free(d);
	date_free(NULL);
}

static void one_server_is_believed_and_carried_forward(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(NOON - 100 * DAY);
	struct date_sample s = says("a", NOON);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	assert_int_equal(date_state(d), DATE_SYNCHRONISED);
	assert_int_equal(now(d, 5000), NOON);
	assert_int_equal(now(d, 5999), NOON);
	assert_int_equal(now(d, 6000), NOON + 1);
	assert_int_equal(now(d, 5000 + 1000 * 365 * DAY), NOON + 365 * DAY);
	date_forget(d);
	assert_int_equal(date_state(d), DATE_FLOOR);
	date_free(d);
}

static void a_false_ticker_is_outvoted(void **state)
{
	(void)state;
	struct err e;
	for (int ahead = -1; ahead <= 1; ahead += 2) {
		struct date *d = date_new(0);
		struct date_sample s[] = { says("a", NOON + ahead * 900 * DAY), says("b", NOON),
					   says("c", NOON) };
		assert_int_equal(date_offer(d, s, 3, &e), 0);
		assert_int_equal(now(d, 5000), NOON);
		assert_true(s[0].is_outvoted);
		assert_false(s[1].is_outvoted);
		assert_false(s[2].is_outvoted);
		date_free(d);
	}
}

static void two_servers_that_disagree_are_not_believed(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(NOON - DAY);
	struct date_sample s[] = { says("ntp1.test", NOON), says("ntp2.test", NOON - 3 * DAY) };
	assert_int_equal(date_offer(d, s, 2, &e), -1);
	assert_int_equal(e.kind, ERR_DATE);
	assert_string_equal(
		e.text, "the time servers disagree: of 2 that answered only 1 agrees, a majority is needed: "
			"ntp1.test says 2026-11-27T12:00:00Z, ntp2.test 3 days earlier");
	assert_int_equal(date_state(d), DATE_FLOOR);
	struct date_sample three[] = { says(NULL, NOON), says(NULL, NOON + 90), says("c", NOON + 5 * 3600) };
	assert_int_equal(date_offer(d, three, 3, &e), -1);
	assert_non_null(
		strstr(e.text, "server 1 says 2026-11-27T12:00:00Z, server 2 90.000 s later, c 5 h later"));
	date_free(d);
}

static void a_disagreement_leaves_the_date_that_was_known(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample good = says("a", NOON), s[] = { says("a", NOON + 10), says("b", NOON + 1000) };
	assert_int_equal(date_offer(d, &good, 1, &e), 0);
	s[0].mono_ms = s[1].mono_ms = 15000;
	assert_int_equal(date_offer(d, s, 2, &e), -1);
	assert_int_equal(date_state(d), DATE_SYNCHRONISED);
	assert_int_equal(now(d, 15000), NOON + 10);
	date_free(d);
}

static void samples_are_compared_at_one_moment(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample s[] = { says("a", NOON), says("b", NOON + 3600) };
	s[1].mono_ms = s[0].mono_ms + 3600 * 1000;
	assert_int_equal(date_offer(d, s, 2, &e), 0);
	assert_int_equal(now(d, s[1].mono_ms), NOON + 3600);
	date_free(d);
}

static void smeared_seconds_and_uncertain_servers_still_agree(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample s[] = { says("a", NOON), says("b", NOON) };
	s[1].unix_us += 1900000;
	assert_int_equal(date_offer(d, s, 2, &e), 0);
	s[1].unix_us += 200000;
	assert_int_equal(date_offer(d, s, 2, &e), -1);
	s[1].distance_us = 1000000;
	assert_int_equal(date_offer(d, s, 2, &e), 0);
	date_free(d);
}

/* Two that may be wrong by nothing agree while a second of each touches the other's. */
static void agreement_ends_where_it_is_said_to(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample s[] = { says("a", NOON), says("b", NOON), says("c", NOON) };
	s[0].distance_us = s[1].distance_us = 0;
	s[1].unix_us += 2 * S;
	assert_int_equal(date_offer(d, s, 2, &e), 0);
	assert_int_equal(now(d, 5000), NOON + 1);
	s[1].unix_us++;
	assert_int_equal(date_offer(d, s, 2, &e), -1);
	s[2].unix_us += 1000 * S; /* two of three: the majority's own middle, whoever is asked first */
	s[1].unix_us = s[0].unix_us;
	for (int i = 0; i < 3; i++) {
		struct date_sample turned[] = { s[i], s[(i + 1) % 3], s[(i + 2) % 3] };
		assert_int_equal(date_offer(d, turned, 3, &e), 0);
		assert_int_equal(now(d, 5000), NOON);
		for (int k = 0; k < 3; k++)
			assert_int_equal(turned[k].is_outvoted, turned[k].server[0] == 'c');
	}
	/* An age of one hour lets a crystal be off by 1.8 s. */
	s[0] = says("a", NOON);
	s[1] = says("b", NOON + 3600);
	s[0].distance_us = s[1].distance_us = 0;
	s[1].mono_ms += 3600 * 1000;
	s[1].unix_us += 2 * S + 1800000;
	assert_int_equal(date_offer(d, s, 2, &e), 0);
	s[1].unix_us += 1;
	assert_int_equal(date_offer(d, s, 2, &e), -1);
	date_free(d);
}

static void spans_are_told_for_people(void **state)
{
	(void)state;
	static const struct {
		int64_t s;
		const char *text;
	} all[] = {
		{ 3, "3.000 s" }, { 119, "119.000 s" }, { 120, "2 min" },     { 7199, "119 min" },
		{ 7200, "2 h" },  { 172799, "47 h" },   { 172800, "2 days" }, { 3650 * 86400, "3650 days" },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct err e;
		char earlier[64], later[64], below[64];
		struct date *d = date_new(NOON);
		struct date_sample s[] = { says("a", NOON + all[i].s), says("b", NOON),
					   says("c", NOON + 2 * all[i].s) };
		snprintf(earlier, sizeof earlier, "b %s earlier", all[i].text);
		snprintf(later, sizeof later, "c %s later", all[i].text);
		snprintf(below, sizeof below, " lies %s before ", all[i].text);
		assert_int_equal(date_offer(d, s, 3, &e), -1);
		if (!strstr(e.text, earlier) || !strstr(e.text, later))
			fail_msg("%s, %s: %s", earlier, later, e.text);
		s[0] = says("a", NOON - all[i].s);
		assert_int_equal(date_offer(d, s, 1, &e), -1);
		if (!strstr(e.text, below))
			fail_msg("%s: %s", below, e.text);
		date_free(d);
	}
}

static void what_lies_below_the_floor_is_refused(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(NOON);
	struct date_sample s = says("ntp.test", NOON - 10 * DAY);
	assert_int_equal(date_offer(d, &s, 1, &e), -1);
	assert_string_equal(e.text,
			    "ntp.test: 2026-11-17T12:00:00Z lies 10 days before 2026-11-27T12:00:00Z, "
			    "which has certainly passed: refused");
	assert_int_equal(date_state(d), DATE_FLOOR);
	s = says("ntp.test", NOON);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	date_free(d);
}

static void nonsense_before_1970_and_after_9999_is_refused(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample s = says("a", -1), late = says("a", 253402300801), last = says("a", 253402300799);
	assert_int_equal(date_offer(d, &s, 1, &e), -1);
	assert_int_equal(date_offer(d, &late, 1, &e), -1);
	date_raise_floor(d, 253402300800); /* a damaged one: no date would be accepted */
	assert_int_equal(date_state(d), DATE_UNKNOWN);
	assert_int_equal(date_offer(d, &last, 1, &e), 0);
	date_free(d);
}

static void the_floor_rises_with_what_is_sure(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(NOON - DAY);
	struct date_sample s = says("a", NOON);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	assert_int_equal(date_floor(d, 5000 + DATE_STEADY_MS - 1),
			 NOON - DAY); /* not before the date has stood for a while */
	int64_t steady_s = DATE_STEADY_MS / 1000;
	assert_in_range(date_floor(d, 5000 + DATE_STEADY_MS), NOON + steady_s - 5, NOON + steady_s);
	int64_t after_30_days = date_floor(d, 5000 + 1000 * 30 * DAY);
	/* A crystal may be fast: what is stored must have passed for certain. */
	assert_in_range(after_30_days, NOON + 30 * DAY - 30 * DAY / 1900, NOON + 30 * DAY - 30 * DAY / 2100);
	assert_int_equal(date_floor(d, 5000 + DATE_STEADY_MS), after_30_days); /* never falls */
	date_raise_floor(d, NOON);
	assert_int_equal(date_floor(d, 0), after_30_days);
	s = says("a", NOON + DAY);
	assert_int_equal(date_offer(d, &s, 1, &e), -1);
	assert_non_null(strstr(
		e.text, "refused (if that later date was wrong, \"xCommand Time Floor Reset\" forgets it)"));
	date_reset_floor(d, NOON); /* until the administrator says so */
	assert_int_equal(date_state(d), DATE_FLOOR);
	assert_int_equal(date_floor(d, 5000 + 1000 * 30 * DAY), NOON);
	s = says("a", NOON - 1); /* no reset goes below that */
	assert_int_equal(date_offer(d, &s, 1, &e), -1);
	assert_null(strstr(e.text, "Floor Reset"));
	s = says("a", NOON + DAY);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	date_free(d);
}

/* What the date may be wrong by is not sure to have passed. */
static void the_floor_stays_below_what_may_be_wrong(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample s = says("a", NOON);
	s.distance_us = 3600 * S;
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	assert_in_range(date_floor(d, 5000 + DATE_STEADY_MS), NOON + DATE_STEADY_MS / 1000 - 3605,
			NOON + DATE_STEADY_MS / 1000 - 3600);
	date_free(d);
}

static void a_stored_floor_counts_from_the_start(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	date_raise_floor(d, 0);
	assert_int_equal(date_state(d), DATE_UNKNOWN);
	date_raise_floor(d, NOON);
	assert_int_equal(date_state(d), DATE_FLOOR);
	struct date_sample s = says("a", NOON - DAY);
	assert_int_equal(date_offer(d, &s, 1, &e), -1);
	assert_non_null(strstr(e.text, "Time Floor Reset"));
	s = says("a", NOON);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	date_raise_floor(d, NOON);
	assert_int_equal(date_state(d), DATE_SYNCHRONISED);
	date_free(d);
}

/* The sample of a server at that minute of the device's life. */
static int offer_at(struct date *d, int64_t minute, int64_t unix_s)
{
	struct err e;
	struct date_sample s = says("a", unix_s);
	s.mono_ms = 60000 * minute;
	return date_offer(d, &s, 1, &e);
}

/* A wrong answer ten years ahead: what comes after it takes it back, until it has stood for as long as a
 * right one must. */
static void a_wrong_date_is_no_floor_until_it_is_old(void **state)
{
	(void)state;
	const int64_t steady_min = DATE_STEADY_MS / 60000, wrong = NOON + 3650 * DAY;
	struct date *d = date_new(NOON - DAY);
	assert_int_equal(offer_at(d, 0, wrong), 0);
	assert_int_equal(date_floor(d, 60000), NOON - DAY);
	assert_int_equal(offer_at(d, 17, NOON + 17 * 60), 0);
	assert_int_equal(date_floor(d, 60000 * (steady_min + 16)),
			 NOON - DAY); /* the right one has stood from minute 17 on */
	assert_in_range(date_floor(d, 60000 * (steady_min + 17)), NOON, NOON + DAY);
	/* While it is right, one wrong answer makes it wait again. */
	int64_t floor = date_floor(d, 60000 * (steady_min + 17));
	assert_int_equal(offer_at(d, 200, wrong), 0);
	assert_int_equal(date_floor(d, 60000 * (200 + steady_min - 1)), floor);
	assert_int_equal(offer_at(d, 230, NOON + 230 * 60), 0);
	assert_int_equal(date_floor(d, 60000 * (230 + steady_min - 1)), floor);
	/* Samples that agree, though not to the second, do not begin anew. */
	for (int64_t m = 231; m < 231 + steady_min; m += 5)
		assert_int_equal(offer_at(d, m, NOON + m * 60 + (m % 2 ? 25 : -25)), 0);
	assert_true(date_floor(d, 60000 * (230 + steady_min)) > floor);
	/* Forgotten in between: anew. */
	floor = date_floor(d, 60000 * (230 + steady_min));
	date_forget(d);
	assert_int_equal(offer_at(d, 300, NOON + 300 * 60), 0);
	assert_int_equal(date_floor(d, 60000 * (300 + steady_min - 1)), floor);
	assert_true(date_floor(d, 60000 * (300 + steady_min)) > floor);
	/* It is taken for as long as nobody says otherwise, and then nobody can. */
	assert_int_equal(offer_at(d, 400, wrong), 0);
	assert_true(date_floor(d, 60000 * (400 + steady_min)) > wrong);
	assert_int_equal(offer_at(d, 500, NOON + 500 * 60), -1);
	date_free(d);
}

/* A minute, and the second by which each of two exact answers is widened, in either direction. */
static void a_date_is_another_one_from_a_minute_on(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2)
		for (int64_t more_us = 0; more_us < 2; more_us++) {
			struct err e;
			struct date *d = date_new(NOON - 2 * DAY);
			struct date_sample s = says("a", NOON - DAY);
			s.distance_us = s.mono_ms = 0;
			assert_int_equal(date_offer(d, &s, 1, &e), 0);
			s.unix_us += DATE_STEADY_MS * INT64_C(1000) + sign * (62 * S + more_us);
			s.mono_ms += DATE_STEADY_MS;
			assert_int_equal(date_offer(d, &s, 1, &e), 0);
			assert_int_equal(date_floor(d, s.mono_ms) > NOON - 2 * DAY, !more_us);
			date_free(d);
		}
}

/* A date that may be wrong by an hour, and then says another time within that, is still the same. */
static void uncertain_dates_agree_within_what_they_may_be_wrong_by(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(0);
	struct date_sample s = says("a", NOON);
	s.distance_us = 1800 * S;
	for (int m = 0; m <= 60; m += 10) {
		s.mono_ms = 5000 + 60000 * m;
		s.unix_us = (NOON + 60 * m + (m % 20 ? 3000 : 0)) * S;
		assert_int_equal(date_offer(d, &s, 1, &e), 0);
	}
	assert_true(date_floor(d, s.mono_ms) > NOON);
	date_free(d);
}

/* --- a device's life --- */

/* Starts with what the store kept; asks once a minute until `minutes` have passed, with an answer from
 * `first` on. */
static struct date *live(int64_t floor_unix, int64_t true_unix, int minutes, int first, int *ret_known_after)
{
	struct date *d = date_new(floor_unix);
	struct err e;
	int64_t unix_s;
	*ret_known_after = -1;
	for (int m = 0; m <= minutes; m++) {
		int64_t mono_ms = 60000 * (int64_t)m;
		if (m >= first) {
			struct date_sample s = { .unix_us = (true_unix + 60 * m) * S,
						 .mono_ms = mono_ms,
						 .distance_us = 1000 };
			date_offer(d, &s, 1, &e);
		}
		if (date_now(d, mono_ms, &unix_s, &e) == 0) {
			assert_int_equal(unix_s, true_unix + 60 * m);
			if (*ret_known_after < 0)
				*ret_known_after = m;
		}
		if (m % 60 == 0)
			date_floor(d, mono_ms);
	}
	return d;
}

static void boots_are_judged_without_the_system_clock(void **state)
{
	(void)state;
	int known_after;
	struct date *d;
	/* Whatever the board's own clock says, 1970 or 2040: nobody reads it. */
	d = live(NOON - 30 * DAY, NOON, 3 * 1440, 10, &known_after); /* NTP after ten minutes */
	assert_int_equal(known_after, 10);
	assert_in_range(date_floor(d, 60000 * 3 * 1440), NOON + 3 * DAY - 200, NOON + 3 * DAY);
	int64_t stored = date_floor(d, 60000 * 3 * 1440);
	date_free(d);
	d = live(stored, 3600, 1440, 0, &known_after); /* a server that boots at 1970 */
	assert_int_equal(known_after, -1);
	assert_int_equal(date_state(d), DATE_FLOOR);
	date_free(d);
	d = live(stored, NOON + 4 * DAY, 1440, 5, &known_after); /* the next day */
	assert_int_equal(known_after, 5);
	date_free(d);
	d = live(0, 2208988800, 1440, 0, &known_after); /* the year really is 2040 */
	assert_int_equal(known_after, 0);
	date_free(d);
	d = live(stored, NOON, 1440, 100000, &known_after); /* never */
	assert_int_equal(known_after, -1);
	date_free(d);
}

static void a_wrong_future_can_be_taken_back_before_it_became_the_floor(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(NOON);
	struct date_sample s = says("a", NOON + 5000 * DAY);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	s = says("a", NOON + DAY);
	assert_int_equal(date_offer(d, &s, 1, &e), 0);
	assert_int_equal(now(d, 5000), NOON + DAY);
	date_free(d);
}

static void the_kernel_is_asked_but_not_trusted_blindly(void **state)
{
	(void)state;
	struct err e;
	struct date *d = date_new(NOON);
	assert_int_equal(date_offer_kernel(d, (NOON + DAY) * S, 1000, &e), 0);
	assert_int_equal(now(d, 2000), NOON + DAY + 1);
	assert_int_equal(date_offer_kernel(d, 5 * S, 1000, &e), -1);
	assert_memory_equal(e.text, "the system clock: ", 18);
	struct timex t = { .modes = 0 };
	int64_t unix_us = 0;
	int is_unsynchronised = adjtimex(&t) == TIME_ERROR || t.status & STA_UNSYNC;
	int failed = date_read_kernel(&unix_us, &e);
	if (is_unsynchronised) {
		assert_int_equal(failed, -1);
		assert_int_equal(e.kind, ERR_DATE);
	} else if (!failed) {
		assert_in_range(unix_us / S, t.time.tv_sec, t.time.tv_sec + 5);
	}
	date_free(d);
}

static void dates_are_written_and_read(void **state)
{
	(void)state;
	char text[32];
	struct err e;
	int64_t v = 0;
	const struct {
		int64_t unix_s;
		const char *text;
	} pairs[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ NOON, "2026-11-27T12:00:00Z" },
		{ 4102444799, "2099-12-31T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ -1, "1969-12-31T23:59:59Z" },
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		date_format(pairs[i].unix_s, text, sizeof text);
		assert_string_equal(text, pairs[i].text);
		assert_int_equal(date_parse(text, &v, &e), 0);
		assert_int_equal(v, pairs[i].unix_s);
	}
	date_format(INT64_MAX, text, sizeof text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	date_format(INT64_MIN, text, sizeof text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	assert_int_equal(date_parse("0", &v, &e), 0);
	assert_int_equal(v, 0);
	assert_int_equal(date_parse("1795780800", &v, &e), 0);
	assert_int_equal(v, NOON);
	const char *const bad[] = { "",
				    "now",
				    "-5",
				    "2026-11-27",
				    "2026-11-27T12:00:00",
				    "2026-11-27T12:00:00Zx",
				    "2026-02-30T00:00:00Z",
				    "2026-13-01T00:00:00Z",
				    "2026-11-27T24:00:00Z",
				    "2026-11-27t12:00:00Z",
				    "2026-11-27T12:00:60Z",
				    "2026-00-10T00:00:00Z",
				    "99999999999999" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(date_parse(bad[i], &v, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_int_equal(v, NOON);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_sample_there_is_no_date),
		cmocka_unit_test(one_server_is_believed_and_carried_forward),
		cmocka_unit_test(a_false_ticker_is_outvoted),
		cmocka_unit_test(two_servers_that_disagree_are_not_believed),
		cmocka_unit_test(a_disagreement_leaves_the_date_that_was_known),
		cmocka_unit_test(samples_are_compared_at_one_moment),
		cmocka_unit_test(smeared_seconds_and_uncertain_servers_still_agree),
		cmocka_unit_test(agreement_ends_where_it_is_said_to),
		cmocka_unit_test(spans_are_told_for_people),
		cmocka_unit_test(what_lies_below_the_floor_is_refused),
		cmocka_unit_test(nonsense_before_1970_and_after_9999_is_refused),
		cmocka_unit_test(the_floor_rises_with_what_is_sure),
		cmocka_unit_test(the_floor_stays_below_what_may_be_wrong),
		cmocka_unit_test(a_stored_floor_counts_from_the_start),
		cmocka_unit_test(a_wrong_date_is_no_floor_until_it_is_old),
		cmocka_unit_test(a_date_is_another_one_from_a_minute_on),
		cmocka_unit_test(uncertain_dates_agree_within_what_they_may_be_wrong_by),
		cmocka_unit_test(boots_are_judged_without_the_system_clock),
		cmocka_unit_test(a_wrong_future_can_be_taken_back_before_it_became_the_floor),
		cmocka_unit_test(the_kernel_is_asked_but_not_trusted_blindly),
		cmocka_unit_test(dates_are_written_and_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
