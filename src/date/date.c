/* SPDX-License-Identifier: MIT */
#include "date/date.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

enum {
	SLACK_US = 1000000, /* leap smears differ by up to half a second, each way */
	/* the error of a working clock crystal is at most one part in this number (500 ppm) */
	DRIFT_DIVISOR = 2000,
	/* the error from which on the kernel itself calls its clock unsynchronised: NTP_PHASE_LIMIT */
	KERNEL_ERROR_US = 16000000,
	JUMP_US = 60000000, /* a date that differs by more from the previous one is a jump */
	SECOND_US = 1000000,
};
static const int64_t LAST_SECOND = 253402300799; /* 9999-12-31T23:59:59Z */

struct date {
	enum date_state state;
	int64_t lowest_unix, floor_unix;
	/* the last accepted date, and the monotonic time at which it was accepted */
	int64_t unix_us, mono_ms;
	int64_t distance_us;
	int64_t steady_ms; /* the monotonic time since which the accepted dates have agreed with each other */
};

struct date *date_new(int64_t lowest_unix)
{
	struct date *d = mem_new(sizeof *d);
	date_reset_floor(d, lowest_unix);
	return d;
}

void date_free(struct date *d)
{
	free(d);
}

void date_forget(struct date *d)
{
	d->state = d->floor_unix ? DATE_FLOOR : DATE_UNKNOWN;
}

void date_reset_floor(struct date *d, int64_t lowest_unix)
{
	d->lowest_unix = d->floor_unix = lowest_unix > 0 ? lowest_unix : 0;
	date_forget(d);
}

void date_raise_floor(struct date *d, int64_t floor_unix)
{
	/* a floor after the year 9999 is damaged, since such a date is never accepted */
	if (floor_unix <= d->floor_unix || floor_unix > LAST_SECOND)
		return;
	d->floor_unix = floor_unix;
	if (d->state == DATE_UNKNOWN)
		d->state = DATE_FLOOR;
}

enum date_state date_state(const struct date *d)
{
	return d->state;
}

const char *date_state_name(enum date_state s)
{
	static const char *const names[] = { "Unknown", "Floor", "Synchronised" };
	return names[s];
}

/* --- agreement --- */

/* The interval that contains the time at one common moment, according to a server. */
struct interval {
	int64_t low_us, high_us;
};

static struct interval interval_at(const struct date_sample *s, int64_t mono_ms)
{
	int64_t age_us = (mono_ms - s->mono_ms) * 1000, middle_us = s->unix_us + age_us;
	int64_t half_us = (s->distance_us > 0 ? s->distance_us : 0) + age_us / DRIFT_DIVISOR + SLACK_US;
	return (struct interval){ middle_us - half_us, middle_us + half_us };
}

/* Finds the range that the most intervals have in common, by Marzullo's algorithm: such a range begins at the
 * beginning of one of the intervals. There are at most three, so they need not be sorted. */
static size_t agree(const struct date_sample *samples, size_t n, int64_t mono_ms, struct interval *ret)
{
	size_t most = 0;
	for (size_t i = 0; i < n; i++) {
		struct interval common = { interval_at(&samples[i], mono_ms).low_us, INT64_MAX };
		size_t count = 0;
		for (size_t k = 0; k < n; k++) {
			struct interval other = interval_at(&samples[k], mono_ms);
			if (other.low_us > common.low_us || other.high_us < common.low_us)
				continue;
			count++;
			if (other.high_us < common.high_us)
				common.high_us = other.high_us;
		}
		if (count > most) {
			most = count;
			*ret = common;
		}
	}
	return most;
}

/* Writes a time span for people: "3.250 s", "5 min", "2 h", "400 days". */
static void span_text(int64_t us, char *ret, size_t size)
{
	int64_t s = us / SECOND_US;
	if (s < 120)
		snprintf(ret, size, "%" PRId64 ".%03" PRId64 " s", s, us % SECOND_US / 1000);
	else if (s < 7200)
		snprintf(ret, size, "%" PRId64 " min", s / 60);
	else if (s < 172800)
		snprintf(ret, size, "%" PRId64 " h", s / 3600);
	else
		snprintf(ret, size, "%" PRId64 " days", s / 86400);
}

static void server_text(const struct date_sample *samples, size_t i, char *ret, size_t size)
{
	if (samples[i].server)
		snprintf(ret, size, "%s", samples[i].server);
	else
		snprintf(ret, size, "server %zu", i + 1);
}

static int64_t sample_at(const struct date_sample *s, int64_t mono_ms)
{
	return s->unix_us + (mono_ms - s->mono_ms) * 1000;
}

static int refuse_disagreement(const struct date_sample *samples, size_t n, size_t most, int64_t mono_ms,
			       struct err *e)
{
	struct buf b;
	buf_init(&b, sizeof e->text);
	int64_t first_us = sample_at(&samples[0], mono_ms);
	for (size_t i = 0; i < n; i++) {
		char server[128], text[32];
		server_text(samples, i, server, sizeof server);
		int64_t us = sample_at(&samples[i], mono_ms) - first_us;
		if (i == 0) {
			date_format(first_us / SECOND_US, text, sizeof text);
			buf_addf(&b, "%s says %s", server, text);
		} else {
			span_text(us < 0 ? -us : us, text, sizeof text);
			buf_addf(&b, ", %s %s %s", server, text, us < 0 ? "earlier" : "later");
		}
	}
	err_set(e, ERR_DATE, 0,
		"the time servers disagree: of %zu that answered only %zu agree%s, a majority is needed: %s",
		n, most, most == 1 ? "s" : "", buf_str(&b));
	buf_done(&b);
	return -1;
}

/* Returns the last accepted date, carried forward to mono_ms. */
static int64_t date_at_us(const struct date *d, int64_t mono_ms)
{
	return d->unix_us + (mono_ms - d->mono_ms) * 1000;
}

static int take(struct date *d, int64_t unix_us, int64_t mono_ms, int64_t distance_us, const char *who,
		struct err *e)
{
	int64_t unix_s = unix_us / SECOND_US;
	char said[32], floor[32], span[32];
	date_format(unix_s, said, sizeof said);
	if (unix_s > LAST_SECOND)
		return err_set(e, ERR_DATE, 0, "%s: %s is no date that a certificate could have", who, said);
	if (unix_s < d->floor_unix) {
		date_format(d->floor_unix, floor, sizeof floor);
		span_text((d->floor_unix - unix_s) * SECOND_US, span, sizeof span);
		return err_set(
			e, ERR_DATE, 0, "%s: %s lies %s before %s, which has certainly passed: refused%s",
			who, said, span, floor,
			d->floor_unix > d->lowest_unix
				? " (if that later date was wrong, \"xCommand Time Floor Reset\" forgets it)"
				: "");
	}
	int64_t differs_us = unix_us - date_at_us(d, mono_ms),
		may_differ_us = JUMP_US + distance_us + d->distance_us;
	if (d->state != DATE_SYNCHRONISED || differs_us > may_differ_us || differs_us < -may_differ_us)
		d->steady_ms = mono_ms;
	d->unix_us = unix_us;
	d->mono_ms = mono_ms;
	d->distance_us = distance_us;
	d->state = DATE_SYNCHRONISED;
	return 0;
}

int date_offer(struct date *d, struct date_sample *samples, size_t n, struct err *e)
{
	if (!n)
		return err_set(e, ERR_DATE, 0, "no time server answered");
	int64_t mono_ms = samples[0].mono_ms;
	for (size_t i = 1; i < n; i++)
		if (samples[i].mono_ms > mono_ms)
			mono_ms = samples[i].mono_ms;
	struct interval common = { 0, 0 };
	size_t most = agree(samples, n, mono_ms, &common);
	if (2 * most <= n)
		return refuse_disagreement(samples, n, most, mono_ms, e);
	char who[128];
	size_t speaker = n;
	for (size_t i = n; i-- > 0;) {
		struct interval his = interval_at(&samples[i], mono_ms);
		samples[i].is_outvoted = his.low_us > common.low_us || his.high_us < common.high_us;
		if (!samples[i].is_outvoted)
			speaker = i;
	}
	server_text(samples, speaker, who, sizeof who);
	int64_t half_us = (common.high_us - common.low_us) / 2;
	return take(d, common.low_us + half_us, mono_ms, half_us, who, e);
}

int date_offer_kernel(struct date *d, int64_t unix_us, int64_t mono_ms, struct err *e)
{
	return take(d, unix_us, mono_ms, SLACK_US, "the system clock", e);
}

int date_read_kernel(int64_t *ret_unix_us, struct err *e)
{
	struct timex t = { .modes = 0 };
	int status = adjtimex(&t);
	if (status < 0)
		return err_errno(e, "adjtimex");
	if (status == TIME_ERROR || t.status & STA_UNSYNC || t.maxerror >= KERNEL_ERROR_US)
		return err_set(e, ERR_DATE, 0, "the kernel says that its clock is not synchronised");
	int64_t fraction_us = t.status & STA_NANO ? t.time.tv_usec / 1000 : t.time.tv_usec;
	*ret_unix_us = (int64_t)t.time.tv_sec * SECOND_US + fraction_us;
	return 0;
}

/* --- reading --- */

int date_now(const struct date *d, int64_t mono_ms, int64_t *ret_unix, struct err *e)
{
	if (d->state != DATE_SYNCHRONISED) {
		char floor[32];
		date_format(d->floor_unix, floor, sizeof floor);
		return err_set(e, ERR_DATE, 0, "the date is not known (%s%s%s)", date_state_name(d->state),
			       d->state == DATE_FLOOR ? ": not before " : "",
			       d->state == DATE_FLOOR ? floor : "");
	}
	*ret_unix = date_at_us(d, mono_ms) / SECOND_US;
	return 0;
}

int64_t date_floor(struct date *d, int64_t mono_ms)
{
	if (d->state == DATE_SYNCHRONISED && mono_ms - d->steady_ms >= DATE_STEADY_MS) {
		int64_t elapsed_us = (mono_ms - d->mono_ms) * 1000;
		date_raise_floor(d, (date_at_us(d, mono_ms) - d->distance_us - elapsed_us / DRIFT_DIVISOR) /
					    SECOND_US);
	}
	return d->floor_unix;
}

/* --- text --- */

void date_format(int64_t unix_s, char *ret, size_t size)
{
	static const int64_t first_second = -62167219200; /* 0000-01-01T00:00:00Z */
	time_t t = (time_t)(unix_s < first_second  ? first_second
			    : unix_s > LAST_SECOND ? LAST_SECOND
						   : unix_s);
	struct tm tm = { 0 };
	gmtime_r(&t, &tm);
	snprintf(ret, size, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static int digits(const char *text, size_t n)
{
	int v = 0;
	while (n--)
		v = v * 10 + (*text++ - '0');
	return v;
}

int date_parse(const char *text, int64_t *ret_unix, struct err *e)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	if (num_parse(text, 0, LAST_SECOND, ret_unix, NULL) == 0)
		return 0;
	size_t i = 0;
	while (form[i] && (form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i]))
		i++;
	if (!form[i] && !text[i]) {
		struct tm tm = {
			.tm_year = digits(text, 4) - 1900,
			.tm_mon = digits(text + 5, 2) - 1,
			.tm_mday = digits(text + 8, 2),
			.tm_hour = digits(text + 11, 2),
			.tm_min = digits(text + 14, 2),
			.tm_sec = digits(text + 17, 2),
		};
		int64_t unix_s = timegm(&tm);
		char again[sizeof form];
		/* a day that does not exist, such as 30 February, is printed as another day */
		date_format(unix_s, again, sizeof again);
		if (strcmp(again, text) == 0) {
			*ret_unix = unix_s;
			return 0;
		}
	}
	return err_set(e, ERR_INPUT, 0,
		       "expected a date such as 2026-11-21T02:51:46Z, or seconds since 1970");
}
