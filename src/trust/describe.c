/* SPDX-License-Identifier: MIT */
/* describe: a certificate in words and plain data, for people. */
#include "cert.h"

#include "base/num.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

void cert_printable(const void *data, size_t len, char *ret, size_t size)
{
	const unsigned char *p = data;
	size_t n = 0;
	for (size_t i = 0; i < len && n + 5 < size; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\')
			ret[n++] = (char)p[i];
		else
			n += (size_t)snprintf(ret + n, size - n, "\\x%02X", p[i]);
	}
	ret[n] = '\0';
}

static void name_text(const X509_NAME *name, char *ret, size_t size)
{
	ret[0] = '\0';
	X509_NAME_oneline(name, ret, (int)size);
}

void cert_subject(const struct cert *c, char *ret, size_t size)
{
	name_text(X509_get_subject_name(c->x), ret, size);
}

void cert_issuer(const struct cert *c, char *ret, size_t size)
{
	name_text(X509_get_issuer_name(c->x), ret, size);
}

/* Days since 1970 of a day in the Gregorian calendar (March-based years; Howard Hinnant's
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

int cert_time(const ASN1_TIME *t, int64_t *ret)
{
	const char *s = t ? (const char *)ASN1_STRING_get0_data(t) : NULL;
	int len = t ? ASN1_STRING_length(t) : 0, utc = t && ASN1_STRING_type(t) == V_ASN1_UTCTIME;
	*ret = 0;
	if (len != (utc ? 13 : 15) || s[len - 1] != 'Z')
		return 1;
	for (int i = 0; i < len - 1; i++)
		if (s[i] < '0' || s[i] > '9')
			return 1;
	int64_t year = utc ? two(s) + (two(s) >= 50 ? 1900 : 2000) : two(s) * 100 + two(s + 2);
	const char *p = s + (utc ? 2 : 4);
	int month = two(p), day = two(p + 2), hour = two(p + 4), minute = two(p + 6), second = two(p + 8);
	if (month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour > 23 || minute > 59 ||
	    second > 59)
		return 1;
	*ret = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return !utc && year < 2050 ? 2 : 0; /* RFC 5280, 4.1.2.5: UTCTime through 2049 */
}

void cert_time_text(int64_t unix_s, char *ret, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t days = unix_s / 86400, rest = unix_s % 86400;
	if (rest < 0)
		rest += 86400, days--;
	int64_t year = 1970 + days / 366; /* never too late: walk forward to it */
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

static void digest_text(const struct cert *c, const EVP_MD *md, char *ret)
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	ret[0] = '\0';
	if (EVP_Digest(c->der, c->len, d, &len, md, NULL) == 1)
		num_hex(d, len, ret);
}

static void serial_text(const ASN1_INTEGER *n, char *ret, size_t size)
{
	const unsigned char *p = ASN1_STRING_get0_data(n);
	size_t used = (size_t)snprintf(ret, size, "%s", ASN1_STRING_type(n) & V_ASN1_NEG ? "-" : "");
	for (int i = 0; i < ASN1_STRING_length(n) && used + 3 < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%02X", p[i]);
}

void cert_describe(const struct cert *c, struct cert_info *ret)
{
	memset(ret, 0, sizeof *ret);
	digest_text(c, EVP_sha1(), ret->fingerprint);
	digest_text(c, EVP_sha256(), ret->fingerprint_sha256);
	cert_subject(c, ret->subject, sizeof ret->subject);
	cert_issuer(c, ret->issuer, sizeof ret->issuer);
	serial_text(X509_get0_serialNumber(c->x), ret->serial, sizeof ret->serial);
	OBJ_obj2txt(ret->hash_algorithm, sizeof ret->hash_algorithm, X509_get0_tbs_sigalg(c->x)->algorithm,
		    0);
	ASN1_OBJECT *algorithm = NULL;
	if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(c->x)))
		OBJ_obj2txt(ret->key_algorithm, sizeof ret->key_algorithm, algorithm, 0);
	ret->key_bits = c->key ? EVP_PKEY_get_bits(c->key) : 0;
	ret->version = (int)X509_get_version(c->x) + 1;
	ret->is_ca = c->ca;
	ret->not_before = c->not_before;
	ret->not_after = c->not_after;
	cert_time_text(c->not_before, ret->not_before_text, sizeof ret->not_before_text);
	cert_time_text(c->not_after, ret->not_after_text, sizeof ret->not_after_text);
}
