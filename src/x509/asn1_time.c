/* SPDX-License-Identifier: MIT */
#include "x509/asn1_time.h"

#include <stdio.h>

/* Returns the days since 1970 of a day in the Gregorian calendar (March-based years; Howard Hinnant's
 * days_from_civil). */
static int64_t days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

static int month_days(int64_t year, int month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

enum asn1_time_form asn1_time_read(const ASN1_TIME *t, int64_t *ret)
{
	const char *s = t ? (const char *)ASN1_STRING_get0_data(t) : NULL;
	int len = t ? ASN1_STRING_length(t) : 0, utc = t && ASN1_STRING_type(t) == V_ASN1_UTCTIME;
	*ret = 0;
	if (len != (utc ? 13 : 15) || s[len - 1] != 'Z')
		return ASN1_TIME_UNREADABLE;
	for (int i = 0; i < len - 1; i++)
		if (s[i] < '0' || s[i] > '9')
			return ASN1_TIME_UNREADABLE;
	int64_t year = utc ? two(s) + (two(s) >= 50 ? 1900 : 2000) : two(s) * 100 + two(s + 2);
	const char *p = s + (utc ? 2 : 4);
	int month = two(p), day = two(p + 2), hour = two(p + 4), minute = two(p + 6), second = two(p + 8);
	if (month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour > 23 || minute > 59 ||
	    second > 59)
		return ASN1_TIME_UNREADABLE;
	*ret = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	/* years through 2049 must be UTCTime */
	return !utc && year < 2050 ? ASN1_TIME_WRONG_FORM : ASN1_TIME_GOOD;
}

void asn1_time_text(int64_t unix_s, char *ret, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t days = unix_s / 86400, rest = unix_s % 86400;
	if (rest < 0)
		rest += 86400, days--;
	int64_t year = 1970 + days / 366; /* never too late: the loop below goes forward to the right year */
	if (days < 0)
		year = 1970 + days / 365 - 1;
	while (days_of(year + 1, 1, 1) <= days)
		year++;
	int month = 12;
	while (days_of(year, month, 1) > days)
		month--;
	snprintf(ret, size, "%.3s %02d %02d:%02d:%02d %04d GMT", months + 3 * (month - 1),
		 (int)(days - days_of(year, month, 1)) + 1, (int)(rest / 3600), (int)(rest / 60 % 60),
		 (int)(rest % 60), (int)year);
}
