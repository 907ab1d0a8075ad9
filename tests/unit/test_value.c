/* SPDX-License-Identifier: MIT */
/* value: what one value may be, and how that is said. */
#include "schema/name.h"
#include "schema/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const struct schema_value ON_OFF = SCHEMA_LIT("Off/On");
static const struct schema_value HTTP = SCHEMA_LIT("HTTP+HTTPS/HTTPS/Off");
static const struct schema_value NTP = { .kind = SCHEMA_LITERAL,
					 .literals = "Auto/Manual/Off",
					 .also = "On=Manual/Yes=Manual" };
static const struct schema_value PORT = SCHEMA_INT(0, 65535);
static const struct schema_value NEGATIVE = SCHEMA_INT(-24, 10);
static const struct schema_value NAME = SCHEMA_STR(0, 8);
static const struct schema_value SECRET = {
	.kind = SCHEMA_STRING, .min = 1, .max = 8, .flags = SCHEMA_SECRET
};
static const struct schema_value URL = {
	.kind = SCHEMA_STRING, .min = 0, .max = 255, .check = schema_check_https_url
};
static const struct schema_value HOST = {
	.kind = SCHEMA_STRING, .max = 30, .check = schema_check_host_port, .flags = SCHEMA_HOST
};

static void good(const struct schema_value *v, const char *text, const char *wanted)
{
	char ret[300];
	struct err e = { .text = "" };
	if (schema_value_parse(v, text, ret, sizeof ret, &e))
		fail_msg("%s: %s", text, e.text);
	assert_string_equal(ret, wanted);
}

static void bad(const struct schema_value *v, const char *text, const char *wanted)
{
	char ret[300] = "untouched";
	struct err e = { .text = "" };
	assert_int_equal(schema_value_parse(v, text, ret, sizeof ret, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.text, wanted);
	assert_string_equal(ret, "untouched");
}

static void literals(void **state)
{
	(void)state;
	good(&ON_OFF, "on", "On");
	good(&ON_OFF, "OFF", "Off");
	good(&ON_OFF, "of", "Off");
	good(&HTTP, "https", "HTTPS");
	good(&HTTP, "http+", "HTTP+HTTPS");
	good(&NTP, "m", "Manual");
	good(&NTP, "on", "Manual");
	good(&NTP, "O", "Off");
	good(&NTP, "YES", "Manual");
	bad(&ON_OFF, "maybe", "expected <Off/On>, got \"maybe\"");
	bad(&ON_OFF, "", "expected <Off/On>, got \"\"");
	static const char quotes[] =
		" (single quotes belong to a value: write it without quotes, or in double quotes)";
	char wanted[200];
	snprintf(wanted, sizeof wanted, "expected <Off/On>, got \"'On'\"%s", quotes);
	bad(&ON_OFF, "'On'", wanted);
	snprintf(wanted, sizeof wanted, "expected <Off/On>, got \"\u2019On\u2019\"%s", quotes);
	bad(&ON_OFF, "\u2019On\u2019", wanted);
	bad(&ON_OFF, "o", "expected <Off/On>, got \"o\", which may be more than one of them");
	bad(&ON_OFF, "Off/On", "expected <Off/On>, got \"Off/On\"");
	bad(&ON_OFF, "Ofg", "expected <Off/On>, got \"Ofg\"; did you mean Off?");
	bad(&HTTP, "HTTP",
	    "expected <HTTP+HTTPS/HTTPS/Off>, got \"HTTP\", which may be more than one of them");
	bad(&NTP, "manuel", "expected <Auto/Manual/Off>, got \"manuel\"; did you mean Manual?");
	bad(&NTP, "On=Manual", "expected <Auto/Manual/Off>, got \"On=Manual\"; did you mean Manual?");
	assert_int_equal(schema_value_literal(&NTP, "Off"), 2);
	assert_int_equal(schema_value_literal(&NTP, "off"), -1);
	assert_int_equal(schema_value_literal(&NTP, "Of"), -1);
	char name[16];
	assert_int_equal(schema_value_literal_at(&NTP, 1, name, sizeof name), 0);
	assert_string_equal(name, "Manual");
	assert_int_equal(schema_value_literal_at(&NTP, 3, name, sizeof name), -1);
	assert_int_equal(schema_value_literal_at(&NTP, 0, name, 4), -1);
}

static void numbers(void **state)
{
	(void)state;
	good(&PORT, "0", "0");
	good(&PORT, "065535", "65535");
	good(&NEGATIVE, "-24", "-24");
	bad(&PORT, "65536", "expected <0..65535>, got \"65536\"");
	bad(&PORT, "-1", "expected <0..65535>, got \"-1\"");
	bad(&PORT, "1e3", "expected <0..65535>, got \"1e3\"");
	bad(&PORT, " 1", "expected <0..65535>, got \" 1\"");
	bad(&PORT, "", "expected <0..65535>, got \"\"");
	bad(&PORT, "99999999999999999999", "expected <0..65535>, got \"99999999999999999999\"");
}

static void hosts_in_ascii(void **state)
{
	(void)state;
	static const struct {
		const char *text, *ascii;
	} names[] = {
		{ "", "" },
		{ "Tms.Example.COM", "Tms.Example.COM" },
		{ "[::1]:5", "[::1]:5" },
		{ "a b", "a b" },
		{ "bücher.test", "xn--bcher-kva.test" },
		{ "BÜCHER.Test:123", "xn--bcher-kva.test:123" },
		{ "bu\xcc\x88"
		  "cher.test.",
		  "xn--bcher-kva.test." },               /* the same, composed of two */
		{ "straße.test", "xn--strae-oqa.test" }, /* not strasse.test */
		{ "日本語。jp", "xn--wgv71a119e.jp" },
		{ "https://bücher.test/büro?ü#ü", "https://xn--bcher-kva.test/büro?ü#ü" },
		{ "https://bücher.test:8443", "https://xn--bcher-kva.test:8443" },
		{ "https://a.test/http://bücher.test/", "https://a.test/http://bücher.test/" },
		{ "１２７.0.0.1", "127.0.0.1" },
	};
	static const char *const none[] = {
		"a\xff.test",
		"https://\xc3.test/",
		"\xcc\x88.test",
		"xn--ü.test",
		("a\xe2\x80\x8d"
		 "b.test"),
		"℀.test",
		"https://evil.c℀.test/",
		"https://a\xef\xbc\x9a.test/",
		"https://a\xef\xbc\x8f.test/",
		"https://a\xef\xbc\xa0.test/",
	};
	char ret[200];
	struct err e;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (schema_name_ascii(names[i].text, ret, sizeof ret, &e) < 0)
			fail_msg("%s: %s", names[i].text, e.text);
		assert_string_equal(ret, names[i].ascii);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		if (schema_name_ascii(none[i], ret, sizeof ret, &e) == 0)
			fail_msg("%s became %s", none[i], ret);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_non_null(strstr(e.text, "is no host name (IDNA: "));
	}
	assert_int_equal(schema_name_ascii("bücher.test", ret, 18, &e), -1);
	assert_string_equal(e.text, "expected at most 17 bytes, got 18");
	assert_int_equal(schema_name_ascii("bücher.test", ret, 19, &e), 0);
	/* As a setting's value. */
	good(&HOST, "ntp.bücher.test:124", "ntp.xn--bcher-kva.test:124");
	good(&HOST, "10.0.0.1", "10.0.0.1");
	good(&HOST, "", "");
	bad(&HOST, "https://ntp.test/",
	    "expected a host name or IP address, or either with a port (name:123, "
	    "[::1]:123), got \"https://ntp.test/\"");
	struct err why;
	static const char *const more[] = { "[::1]", "[::1]:6514", "log.test:6514", "https://log.test/",
					    "me@log.test" };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		assert_int_equal(schema_check_host(more[i], &why), -1);
		assert_non_null(strstr(why.text, "alone, without scheme, port, brackets and path"));
	}
	assert_int_equal(schema_check_host("::1", &why), 0);
	bad(&HOST, "ü b", "\"ü b\" is no host name (IDNA: A-label roundtrip failed)");
	bad(&HOST, "bücher.test:x",
	    "expected a port from 1 to 65535 behind the colon, got \"xn--bcher-kva.test:x\"");
	bad(&HOST, "üüüüüüüüüüüüüüüüüüüüüüüüü.test",
	    "expected <S: 0, 30>, got \"xn--tdaaaaaaaaaaaaaaaaaaaaaaaaa.test\", which has 36 characters");
}

static void strings(void **state)
{
	(void)state;
	good(&NAME, "", "");
	good(&NAME, "éééééééé", "éééééééé");
	bad(&NAME, "ééééééééé", "expected <S: 0, 8>, got \"ééééééééé\", which has 9 characters");
	bad(&NAME, "a\xff", "expected <S: 0, 8>, got \"a\\xff\", which is not UTF-8");
	bad(&SECRET, "", "expected <S: 1, 8>, which has 0 characters");
	bad(&SECRET, "correct horse", "expected <S: 1, 8>, which has 13 characters");
	char small[4] = "was";
	struct err e;
	assert_int_equal(schema_value_parse(&NAME, "abcd", small, sizeof small, &e), -1);
	assert_string_equal(e.text, "expected at most 3 bytes, got 4");
	assert_string_equal(small, "was");
	char shown[SCHEMA_SHOWN];
	assert_string_equal(schema_value_shown("0123456789012345678901234567890123456789", shown),
			    "0123456789012345678901234567890123456789");
	assert_string_equal(schema_value_shown("01234567890123456789012345678901234567890", shown),
			    "0123456789012345678901234567890123456789...");
	assert_string_equal(schema_value_shown("\x1b[2J\xc2\x9b", shown), "\\u001b[2J\\u009b");
}

static void value_spaces_explain_themselves(void **state)
{
	(void)state;
	static const struct {
		const struct schema_value *v;
		const char *wanted;
	} rows[] = {
		{ &ON_OFF, "<Off/On>" },
		{ &PORT, "<0..65535>" },
		{ &NAME, "<S: 0, 8>" },
		{ &NEGATIVE, "<-24..10>" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b;
		buf_init(&b, 100);
		schema_value_explain(rows[i].v, &b);
		assert_string_equal(buf_str(&b), rows[i].wanted);
		buf_done(&b);
	}
}

static void value_spaces_have_names(void **state)
{
	(void)state;
	static const struct {
		struct schema_value v;
		const char *wanted;
	} cases[] = {
		{ SCHEMA_STR(0, 64), "STR_0_64" },
		{ SCHEMA_INT(-1, 100), "INT_-1_100" },
		{ SCHEMA_LIT("Off/On"), "TTPAR_OffOn" },
		{ SCHEMA_LIT("auth/daemon"), "TTPAR_AuthDaemon" },
		{ SCHEMA_LIT("HTTP+HTTPS/Off"), "TTPAR_HTTPHTTPSOff" },
		{ SCHEMA_LIT(
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbbbbbbb/ccccccccccccccccccccc"),
		  "TTPAR_AaaaaaaaaaaaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbbbbbbbb" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char name[SCHEMA_NAME];
		schema_value_name(&cases[i].v, name);
		assert_string_equal(name, cases[i].wanted);
	}
}

static void urls(void **state)
{
	(void)state;
	static const char *const fine[] = {
		"https://server/path",
		"HTTPS://server",
		"https://server:8443/a?b=c&d=%20",
		"https://[2001:db8::1]:8443/x",
		"https://10.0.0.1/",
		"https://server.example.com./tms/public/phonebookservice.asmx",
		"",
	};
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		good(&URL, fine[i], fine[i]);
	bad(&URL, "http://server/path", "http is not spoken here, HTTPS only: write https://server/path");
	bad(&URL, "HTTP://server/path", "http is not spoken here, HTTPS only: write https://server/path");
	bad(&URL, "server/path", "expected an https URL: write https://server/path");
	bad(&URL, "ftp://server/", "expected an https URL (https://server/path), got \"ftp://server/\"");
	bad(&URL, "https://", "expected a server's name behind https://, got \"https://\"");
	bad(&URL, "https:///path", "expected a server's name behind https://, got \"https:///path\"");
	bad(&URL, "https://me:secret@server/", "expected an https URL without a user name or password in it");
	bad(&URL, "https://a b/",
	    "expected an https URL of ASCII characters without blanks (others as %20 and the like), got "
	    "\"https://a b/\"");
	bad(&URL, "https://server/a#b",
	    "expected an https URL without a fragment (#), got \"https://server/a#b\"");
	bad(&URL, "https://server/<a>",
	    "expected an https URL of ASCII characters without blanks (others as %20 and the like), got "
	    "\"https://server/<a>\"");
	bad(&URL, "https://server:0/", "expected a port from 1 to 65535 behind the colon, got \"server:0\"");
	bad(&URL, "https://server:99999/",
	    "expected a port from 1 to 65535 behind the colon, got \"server:99999\"");
	bad(&URL, "https://::1/",
	    "expected an IPv6 address in brackets, https://[2001:db8::1]/, got \"https://::1/\"");
	bad(&URL, "https://-server/", "expected a host name or IP address, got \"-server\"");
}

static int passes(int (*check)(const char *text, struct err *e), const char *text)
{
	struct err e = { .text = "" };
	int r = check(text, &e);
	assert_int_equal(r, e.text[0] ? -1 : 0);
	return !r;
}

static void hosts(void **state)
{
	(void)state;
	char label[70];
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(passes(schema_check_host, label));
	label[63] = '\0';
	assert_true(passes(schema_check_host, label));
	char name[256];
	snprintf(name, sizeof name, "%s.%s.%s.%.61s", label, label, label, label);
	assert_true(passes(schema_check_host, name));
	memcpy(name + 253, "a", 2);
	assert_false(passes(schema_check_host, name));
	static const char *const hosts[] = {
		"a",
		"rm204-bld5.company.com",
		"under_score.example.",
		"1.pool.ntp.org",
		"10.0.0.1",
		"::1",
		"2001:db8::1",
		"xn--bcher-kva.example",
	};
	static const char *const none[] = {
		"",    ".",   "a..b",           "-a",  "a-",    "a-.b",      "10.0.0", "10.0.0.256",
		"a b", "a/b", "bücher.example", "a:1", "[::1]", "10.0.0.1.", "\n",
	};
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		assert_true(passes(schema_check_host, hosts[i]));
		assert_true(passes(schema_check_host_port, hosts[i]));
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(passes(schema_check_host, none[i]));
	assert_true(passes(schema_check_host_port, "ntp.example.com:1123"));
	assert_true(passes(schema_check_host_port, "[::1]:53"));
	assert_true(passes(schema_check_host_port, "[::1]"));
	assert_false(passes(schema_check_host_port, "[name]:53"));
	assert_false(passes(schema_check_host_port, "name:"));
	/* longer than the space in which the host is looked at */
	char long_host[400] = "https://";
	for (size_t i = 8; i < sizeof long_host - 1; i++)
		long_host[i] = i % 50 ? 'a' : '.';
	assert_false(passes(schema_check_https_url, long_host));
	assert_false(passes(schema_check_host_port, long_host + 8));
	assert_false(passes(schema_check_address_port, long_host + 8));
	assert_false(passes(schema_check_host_port, ":53"));
	assert_false(passes(schema_check_host_port, "name:65536"));
	assert_false(passes(schema_check_host_port, "[::1]53"));
	assert_false(passes(schema_check_host_port, "[::1"));
	assert_true(passes(schema_check_address_port, "127.0.0.1:5353"));
	assert_true(passes(schema_check_address_port, "2001:db8::1"));
	assert_true(passes(schema_check_address_port, "fe80::53%eth0"));
	assert_true(passes(schema_check_address_port, "[fe80::53%eth0]:5353"));
	assert_false(passes(schema_check_address_port, "fe80::53%"));
	assert_false(passes(schema_check_address_port, "fe80::53%an-interface-too"));
	assert_false(passes(schema_check_address_port, "fe80::53%a b"));
	assert_false(passes(schema_check_address_port, "2001:db8::1%eth0"));
	assert_false(passes(schema_check_address_port, "10.0.0.1%eth0"));
	assert_false(passes(schema_check_address_port, "dns.example.com"));
	assert_true(passes(schema_check_address, "10.10.10.2"));
	assert_false(passes(schema_check_address, "10.10.10.2:53"));
	assert_true(passes(schema_check_text, "Zürich 3. Stock"));
	assert_false(passes(schema_check_text, "a\nb"));
	assert_false(passes(schema_check_text, "a\xc2\x85"));
	assert_false(passes(schema_check_text, "\xff"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals),
		cmocka_unit_test(numbers),
		cmocka_unit_test(hosts_in_ascii),
		cmocka_unit_test(strings),
		cmocka_unit_test(value_spaces_explain_themselves),
		cmocka_unit_test(value_spaces_have_names),
		cmocka_unit_test(urls),
		cmocka_unit_test(hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
