/* SPDX-License-Identifier: MIT */
/* sntp: which packets count, and how a query ends. The peer is a socket of our own on loopback. */
#include "net/sntp.h"
#include "../../src/net/sntp_mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t SENT = 0x0123456789abcdef;
static const int64_t NOON = 1795780800;   /* 2026-11-27T12:00:00Z */
static const uint64_t ERA_0 = 2208988800; /* seconds from 1900 to 1970 */

static void put32(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void put64(unsigned char *p, uint64_t v)
{
	put32(p, v >> 32);
	put32(p + 4, v);
}

/* What a good server of stratum 2 sends: received and sent at `unix_s`, root delay 1/8 s, root dispersion
 * 1/16 s. */
static void good_packet(unsigned char p[SNTP_PACKET_MAX], uint64_t originate, int64_t unix_s)
{
	memset(p, 0, SNTP_PACKET_MAX);
	p[0] = 0x24;
	p[1] = 2;
	put32(p + 4, 0x2000);
	put32(p + 8, 0x1000);
	memcpy(p + 12, "\300\0\2\1", 4);
	put64(p + 24, originate);
	put32(p + 32, (uint64_t)unix_s + ERA_0);
	put32(p + 40, (uint64_t)unix_s + ERA_0);
	p[44] = 0x80; /* half a second later */
}

static int reads(const unsigned char *p, size_t len, const struct sntp_key *key, struct sntp_answer *a,
		 struct err *e)
{
	struct sntp_exchange x = { .key = key, .transmit = SENT, .sent_ms = 1000, .received_ms = 2000 };
	return sntp_read(p, len, &x, a, e);
}

/* The same, but the answer came at that millisecond, and the server's time may be wrong by so many seconds
 * (0: 3). */
static int judge_at(const unsigned char *p, int64_t received_ms, int64_t max_s, struct sntp_answer *a,
		    struct err *e)
{
	struct sntp_exchange x = { .transmit = SENT,
				   .sent_ms = 1000,
				   .received_ms = received_ms,
				   .max_distance_us = max_s * 1000000 };
	return sntp_read(p, 48, &x, a, e);
}

static void a_good_packet_gives_time_and_distance(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	good_packet(p, SENT, NOON);
	assert_int_equal(reads(p, 48, NULL, &a, &e), 0);
	/* Sent at second 1, received at 2, half a second of it with the server: a quarter of a second each
	 * way. */
	assert_int_equal(a.sample.unix_us, NOON * 1000000 + 750000);
	assert_int_equal(a.sample.mono_ms, 2000);
	assert_int_equal(a.sample.distance_us, 250000 + 1000 + 62500 + 62500);
	assert_int_equal(a.stratum, 2);
	assert_int_equal(a.kiss, SNTP_KISS_NONE);
}

static void the_era_that_begins_in_2036_is_understood(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	good_packet(p, SENT, 2208988800); /* 2040-01-01 */
	assert_true(p[40] < 0x80);
	assert_int_equal(reads(p, 48, NULL, &a, &e), 0);
	assert_int_equal(a.sample.unix_us / 1000000, 2208988800);
	good_packet(p, SENT, 2085978495); /* the last second of the old era */
	put64(p + 40, 1);                 /* and just over it: held for a second */
	assert_int_equal(judge_at(p, 1500, 0, &a, &e), -1);
	assert_int_equal(judge_at(p, 4000, 0, &a, &e), 0);
	assert_int_equal(a.sample.unix_us / 1000000, 2085978496 + 1);
}

struct damage {
	const char *what;
	int at, value; /* this byte becomes this value */
	size_t len;
	enum err_kind kind;
};

static void bad_packets_are_refused(void **state)
{
	(void)state;
	static const struct damage all[] = {
		{ "too short", 0, 0x24, 47, ERR_PROTOCOL },
		{ "empty", 0, 0x24, 0, ERR_PROTOCOL },
		{ "half a key", 0, 0x24, 50, ERR_PROTOCOL },
		{ "an unwanted key", 0, 0x24, 72, ERR_PROTOCOL },
		{ "too long", 0, 0x24, 1000, ERR_PROTOCOL },
		{ "version 1", 0, 0x0c, 48, ERR_PROTOCOL },
		{ "version 5", 0, 0x2c, 48, ERR_PROTOCOL },
		{ "mode 3", 0, 0x23, 48, ERR_PROTOCOL },
		{ "mode 5", 0, 0x25, 48, ERR_PROTOCOL },
		{ "originate", 31, 0xee, 48, ERR_PROTOCOL },
		{ "originate", 24, 0x02, 48, ERR_PROTOCOL },
		{ "leap 3", 0, 0xe4, 48, ERR_DATE },
		{ "stratum 16", 1, 16, 48, ERR_DATE },
		{ "stratum 255", 1, 255, 48, ERR_DATE },
		{ "stratum 0", 1, 0, 48, ERR_DATE },
		{ "root delay", 5, 6, 48, ERR_DATE },
		{ "root delay, huge", 4, 0xff, 48, ERR_DATE },
		{ "root dispersion", 9, 3, 48, ERR_DATE },
		{ "held too long", 43, 0xff, 48, ERR_DATE },
		{ "sent before received", 35, 0xff, 48, ERR_DATE },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		unsigned char p[SNTP_PACKET_MAX];
		struct sntp_answer a;
		struct err e = { .kind = ERR_NONE };
		good_packet(p, SENT, NOON);
		p[all[i].at] = (unsigned char)all[i].value;
		if (reads(p, all[i].len, NULL, &a, &e) != -1 || e.kind != all[i].kind)
			fail_msg("%s: %s", all[i].what, e.text);
		assert_int_equal(a.kiss, SNTP_KISS_NONE);
	}
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	good_packet(p, SENT, NOON);
	memset(p + 40, 0, 8);
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	memset(p + 32, 0, 8); /* both: never set */
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	good_packet(p, SENT, NOON);
	memset(p + 32, 0, 8);
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	good_packet(p, SENT, NOON);
	p[36] = 0xe0; /* sent before it was received, by less than a trip */
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	good_packet(p, SENT, NOON);
	p[5] = 4; /* just below the limit */
	assert_int_equal(reads(p, 48, NULL, &a, &e), 0);
}

static void kisses_demand_what_rfc_5905_says(void **state)
{
	(void)state;
	static const struct {
		const char code[5];
		enum sntp_kiss kiss;
		const char *words;
	} all[] = {
		{ "DENY", SNTP_KISS_DENY, "the server refuses to serve this device (kiss-o'-death DENY)" },
		{ "RSTR", SNTP_KISS_DENY, "the server refuses to serve this device (kiss-o'-death RSTR)" },
		{ "RATE", SNTP_KISS_RATE, "the server is asked too often (kiss-o'-death RATE)" },
		{ "INIT", SNTP_KISS_NONE, "the server has no time yet: it was just started (INIT)" },
		{ "STEP", SNTP_KISS_NONE, "the server has no time yet: its clock was just set (STEP)" },
		{ "DROP", SNTP_KISS_NONE, "the server has no time now (kiss code DROP)" },
		{ "XYZ", SNTP_KISS_NONE, "the server has no time now (kiss code XYZ)" },
		{ "X\0Y", SNTP_KISS_NONE, "the server has no time now (kiss code X)" },
		{ "AZ09", SNTP_KISS_NONE, "the server has no time now (kiss code AZ09)" },
		{ "AZ0@", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
		{ "AZ[9", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
		{ "A/09", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
		{ ":Z09", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
		{ "rate", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
		{ "A\"\n\x1b", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
		{ "", SNTP_KISS_NONE, "the server has no time now (stratum 0)" },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		unsigned char p[SNTP_PACKET_MAX];
		struct sntp_answer a;
		struct err e;
		good_packet(p, SENT, NOON);
		p[0] = 0xe4;
		p[1] = 0;
		memcpy(p + 12, all[i].code, 4);
		assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
		assert_int_equal(e.kind, ERR_DATE);
		assert_int_equal(a.kiss, all[i].kiss);
		assert_string_equal(e.text, all[i].words);
		p[31] ^= 1; /* not from the server we asked */
		assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
		assert_int_equal(e.kind, ERR_PROTOCOL);
		assert_int_equal(a.kiss, SNTP_KISS_NONE);
	}
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	good_packet(p, SENT, NOON); /* RATE as the identifier of a server that has a stratum is none */
	memcpy(p + 12, "RATE", 4);
	assert_int_equal(reads(p, 48, NULL, &a, &e), 0);
	assert_int_equal(a.kiss, SNTP_KISS_NONE);
}

static void put_seconds(unsigned char *p, uint64_t high, uint64_t low)
{
	put32(p, high);
	put32(p + 4, low);
}

/* 0.5 s in the fraction of a timestamp is 1 << 31. */
static void odd_answers_are_told_in_words(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	good_packet(p, SENT, NOON);
	put_seconds(p + 40, (uint64_t)NOON + ERA_0 - 4, UINT32_C(1) << 31);
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	assert_string_equal(e.text, "by its own clock the server answered 3.500 s before it was asked");
	put_seconds(p + 40, (uint64_t)NOON + ERA_0 + 7, UINT32_C(1) << 30);
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	assert_string_equal(
		e.text,
		"the server says that it took 7.250 s to answer, and the answer was here after 1.000 s");
	memset(p + 40, 0, 8);
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	assert_string_equal(e.text, "the server's answer holds no time (its transmit timestamp is zero)");
	good_packet(p, SENT, NOON);
	memset(p + 32, 0, 8);
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	assert_string_equal(e.text, "the server's answer holds no time (its receive timestamp is zero)");
	good_packet(p, SENT, NOON);
	put32(p + 8, 0xa3333); /* 10.2 s, as a Windows domain controller far from its source says */
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	assert_string_equal(e.text,
			    "the server's time may be wrong by 10.5 s (half the way there and back, half "
			    "its root delay, and its dispersion); less than "
			    "3 s is allowed (NetworkServices NTP MaxDistance)");
	good_packet(p, SENT, NOON);
	p[1] = 16;
	assert_int_equal(reads(p, 48, NULL, &a, &e), -1);
	assert_string_equal(
		e.text,
		"the server has no time itself: it is not synchronised (stratum 16, leap indicator 0)");
}

/* By how much a server's time may be wrong is the administrator's to say. */
static void the_distance_allowed_is_a_setting(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	good_packet(p, SENT, NOON);
	put32(p + 4, 0);
	/* Half the trip of one second, half of which the server held it: 250 ms and one more for our own
	 * clock. */
	static const struct {
		int64_t max_s, dispersion_ms;
		int is_good;
	} all[] = {
		{ 0, 2748, 1 }, { 0, 2750, 0 },   { 3, 2748, 1 },   { 3, 2750, 0 },   { 1, 748, 1 },
		{ 1, 750, 0 },  { 11, 10200, 1 }, { 60, 59000, 1 }, { 60, 60000, 0 }, { 86400, 65535000, 1 },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		e.kind = ERR_NONE;
		put32(p + 8, (uint64_t)all[i].dispersion_ms * 65536 / 1000);
		assert_int_equal(judge_at(p, 2000, all[i].max_s, &a, &e), all[i].is_good ? 0 : -1);
		assert_int_equal(e.kind, all[i].is_good ? ERR_NONE : ERR_DATE);
	}
	put32(p + 8, 0); /* of the root delay half counts */
	put32(p + 4, 2 * 2748 * 65536 / 1000);
	assert_int_equal(judge_at(p, 2000, 3, &a, &e), 0);
	put32(p + 4, 2 * 2750 * 65536 / 1000);
	assert_int_equal(judge_at(p, 2000, 3, &a, &e), -1);
}

static void packets_of_no_length_are_told_by_it(void **state)
{
	(void)state;
	static const size_t lengths[] = { 0, 1, 47, 49, 50, 51, SNTP_PACKET_MAX + 1, 65507 };
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		unsigned char p[SNTP_PACKET_MAX];
		struct sntp_answer a;
		struct err e;
		char text[64];
		good_packet(p, SENT, NOON);
		snprintf(text, sizeof text, "%zu bytes are no time packet", lengths[i]);
		assert_int_equal(reads(p, lengths[i], NULL, &a, &e), -1);
		assert_string_equal(e.text, text);
	}
}

/* Each limit itself: strata, the time held, the distance. */
static void limits_are_where_they_are_said_to_be(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	for (int stratum = 1; stratum <= 15; stratum++) {
		good_packet(p, SENT, NOON);
		p[1] = (unsigned char)stratum;
		assert_int_equal(reads(p, 48, NULL, &a, &e), 0);
		assert_int_equal(a.stratum, stratum);
	}
	for (int leap = 0; leap < 4; leap++) {
		good_packet(p, SENT, NOON);
		p[0] = (unsigned char)(leap << 6 | 0x24);
		assert_int_equal(reads(p, 48, NULL, &a, &e), leap == 3 ? -1 : 0);
	}
	for (int version = 0; version < 8; version++) {
		good_packet(p, SENT, NOON);
		p[0] = (unsigned char)(version << 3 | 4);
		assert_int_equal(reads(p, 48, NULL, &a, &e), version == 3 || version == 4 ? 0 : -1);
	}
	/* Held for exactly as long as it was away, and one step of our own clock more. */
	good_packet(p, SENT, NOON);
	put32(p + 40, (uint64_t)NOON + ERA_0 + 1);
	put32(p + 44, 0);
	assert_int_equal(judge_at(p, 1999, 0, &a, &e), 0);
	assert_int_equal(a.sample.unix_us, (NOON + 1) * 1000000);
	assert_int_equal(judge_at(p, 1998, 0, &a, &e), -1);
	/* Sent exactly that step before it was received. */
	put32(p + 32, (uint64_t)NOON + ERA_0 + 1);
	put32(p + 36, (UINT64_C(1000) << 32) / 1000000 + 1);
	assert_int_equal(judge_at(p, 1000, 0, &a, &e), 0);
	put32(p + 36, (UINT64_C(1002) << 32) / 1000000);
	assert_int_equal(judge_at(p, 1000, 0, &a, &e), -1);
	/* A distance of exactly three seconds is too much: 250 ms of the way, the clock's step, 2.75 s - 1 ms
	 * of its own. */
	good_packet(p, SENT, NOON);
	put32(p + 4, 0);
	int64_t below = 0;
	for (uint64_t dispersion = 2748 * 65536 / 1000; dispersion < 2750 * 65536 / 1000; dispersion++) {
		put32(p + 8, dispersion);
		int failed = reads(p, 48, NULL, &a, &e);
		assert_int_equal(failed, a.sample.distance_us < 3000000 ? 0 : -1);
		below += !failed;
	}
	assert_in_range(below, 60, 70);
	put32(p + 8, 0);
	memcpy(p + 40, p + 32, 8); /* not held: half of 5.998 s, and the clock's step */
	assert_int_equal(judge_at(p, 1000 + 5997, 0, &a, &e), 0);
	assert_int_equal(judge_at(p, 1000 + 5998, 0, &a, &e), -1);
	assert_int_equal(a.sample.distance_us, 3000000);
	/* The first second of the era that begins in 2036, and the last before 1968. */
	good_packet(p, SENT, -61505152);
	assert_int_equal(reads(p, 48, NULL, &a, &e), 0);
	assert_int_equal(a.sample.unix_us / 1000000,
			 -61505151); /* half a second and a quarter later, towards zero */
}

/* Windows' clock goes on in steps of 15.6 ms: it may have ticked while it held the packet for less. */
static void a_coarse_clock_may_tick_in_between(void **state)
{
	(void)state;
	static const struct {
		int precision;
		int64_t held_us;
		int is_good;
	} all[] = {
		{ 0, 900, 1 },     { 0, 3000, 0 },   { -6, 15600, 1 }, { -6, -15600, 1 }, { -6, 18000, 0 },
		{ -6, -18000, 0 }, { -4, 62000, 1 }, { -4, 65000, 0 }, { -3, 3000, 0 },   { -10, 1900, 1 },
		{ -10, 2500, 0 },  { -20, 900, 1 },  { -20, 3000, 0 }, { 127, 3000, 0 },  { -128, 3000, 0 },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		unsigned char p[SNTP_PACKET_MAX];
		struct sntp_answer a;
		struct err e;
		good_packet(p, SENT, NOON);
		p[3] = (unsigned char)all[i].precision;
		int64_t transmit_us = (NOON + (int64_t)ERA_0) * 1000000 + all[i].held_us;
		put_seconds(p + 40, (uint64_t)(transmit_us / 1000000),
			    ((uint64_t)(transmit_us % 1000000) << 32) / 1000000);
		if (judge_at(p, 1001, 0, &a, &e) !=
		    (all[i].is_good ? 0 : -1)) /* a millisecond there and back */
			fail_msg("precision %d, held for %d us", all[i].precision, (int)all[i].held_us);
		if (all[i].is_good)
			assert_in_range(a.sample.distance_us, 125900, 190000);
	}
}

/* --- keys --- */

static struct sntp_key key(const char *text, enum sntp_algorithm algorithm, const char *id)
{
	struct sntp_key k;
	struct err e;
	assert_int_equal(sntp_key_parse(text, algorithm, id, &k, &e), 0);
	return k;
}

static void requests_tell_nothing_but_a_random_number(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX], zero[39] = { 0 };
	assert_int_equal(sntp_build(NULL, SENT, p), 48);
	assert_int_equal(p[0], 0x23);
	assert_memory_equal(p + 1, zero, 39);
	assert_memory_equal(p + 40, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
	struct sntp_key none = { .algorithm = SNTP_KEY_NONE };
	assert_int_equal(sntp_build(&none, SENT, p), 48);
}

static void digests_are_those_of_other_programs(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX];
	/* printf '%s' "$key$packet" | openssl dgst -sha1, -sha256; cut to 20 bytes. */
	struct sntp_key k = key("secret", SNTP_KEY_SHA1, "7");
	assert_int_equal(sntp_build(&k, SENT, p), 72);
	assert_memory_equal(p + 48, "\0\0\0\7", 4);
	assert_memory_equal(
		p + 52, "\xae\xf3\x9b\xa6\xf2\x1a\xbe\x80\x03\xdb\xa0\x19\x58\x36\x08\x51\xf8\xeb\xbc\x1d",
		20);
	k = key("HEX:736563726574", SNTP_KEY_SHA256, "4294967295");
	assert_int_equal(sntp_build(&k, SENT, p), 72);
	assert_memory_equal(p + 48, "\xff\xff\xff\xff", 4);
	assert_memory_equal(
		p + 52, "\x6a\x0f\xfc\x8c\xa1\x93\x35\x98\x4e\xe4\x7a\xe4\x6d\xd0\xef\xc9\xcd\x15\x76\xca",
		20);
}

static void only_the_right_key_is_believed(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX], signed_part[SNTP_PACKET_MAX];
	struct sntp_answer a;
	struct err e;
	struct sntp_key k = key("secret", SNTP_KEY_SHA1, "7");
	/* The digest of an answer is made as that of a request: borrow build's by sending the answer's
	 * bytes. */
	sntp_build(&k, SENT, signed_part);
	assert_int_equal(reads(signed_part, 72, &k, &a, &e), -1); /* a reflected request: mode 3 */
	assert_non_null(strstr(e.text, "mode 3"));
	good_packet(p, SENT, NOON);
	assert_int_equal(reads(p, 48, &k, &a, &e), -1);
	assert_string_equal(e.text, "no key in it, 7 expected");
	assert_int_equal(reads(p, 52, &k, &a, &e), -1);
	assert_non_null(strstr(e.text, "does not know key 7"));
	put32(p + 48, 8);
	assert_int_equal(reads(p, 72, &k, &a, &e), -1);
	assert_string_equal(e.text, "key 8 in it, 7 expected");
	put32(p + 48, 7);
	assert_int_equal(reads(p, 72, &k, &a, &e), -1);
	assert_string_equal(e.text, "its digest is not what key 7 gives");
	assert_int_equal(reads(p, 68, &k, &a, &e), -1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	memcpy(p + 52, "\x74\x90\xa6\x1e\x3d\x15\xa1\x8b\x1b\xb1\xd3\x3f\x4a\xfd\xe2\x9b\x25\x0d\xc0\x8f",
	       20);
	assert_int_equal(reads(p, 72, &k, &a, &e), 0);
	for (size_t len = 48; len <= SNTP_PACKET_MAX;
	     len++) /* a digest of any other length, though its bytes are right */
		assert_int_equal(reads(p, len, &k, &a, &e), len == 72 ? 0 : -1);
	p[8] ^= 1;
	assert_int_equal(reads(p, 72, &k, &a, &e), -1);
	p[8] ^= 1;
	p[71] ^= 1;
	assert_int_equal(reads(p, 72, &k, &a, &e), -1);
}

/* NTPv3 servers send SHA256 whole: 20 bytes, or all 32, and no length between or beyond. */
static void a_digest_is_cut_or_whole(void **state)
{
	(void)state;
	unsigned char p[SNTP_PACKET_MAX + 1] = { 0 };
	struct sntp_answer a;
	struct err e;
	struct sntp_key k = key("secret", SNTP_KEY_SHA256, "7");
	good_packet(p, SENT, NOON);
	put32(p + 48, 7);
	sntp_mac(&k, p, 48, p + 52);
	for (size_t len = 48; len <= sizeof p; len++)
		assert_int_equal(reads(p, len, &k, &a, &e), len == 72 || len == 84 ? 0 : -1);
	p[71] ^= 1; /* the last byte that is compared, in either form */
	assert_int_equal(reads(p, 72, &k, &a, &e), -1);
	p[71] ^= 1;
	p[83] ^= 1;
	assert_int_equal(reads(p, 72, &k, &a, &e), 0);
	assert_int_equal(reads(p, 84, &k, &a, &e), -1);
}

static void keys_are_read_strictly(void **state)
{
	(void)state;
	struct err e;
	struct sntp_key k = key("ASCII:abc", SNTP_KEY_SHA256, "1");
	assert_int_equal(k.len, 3);
	k = key("HEX:00fF10", SNTP_KEY_SHA1, "1");
	assert_int_equal(k.len, 3);
	assert_memory_equal(k.secret, "\0\xff\x10", 3);
	k = key("hex:00fF10", SNTP_KEY_SHA1, "1");
	assert_int_equal(k.len, 3);
	char longest[SNTP_SECRET_MAX + 2];
	memset(longest, 'x', sizeof longest);
	longest[SNTP_SECRET_MAX] = '\0';
	assert_int_equal(key(longest, SNTP_KEY_SHA1, "1").len, SNTP_SECRET_MAX);
	longest[SNTP_SECRET_MAX] = 'x';
	longest[SNTP_SECRET_MAX + 1] = '\0';
	const struct {
		const char *text, *id;
	} bad[] = {
		{ "", "1" },       { "HEX:", "1" }, { "HEX:0", "1" }, { "HEX:topsecret", "1" },
		{ "ASCII:", "1" }, { "a", "" },     { "a", "0" },     { "a", "4294967296" },
		{ "a", "-1" },     { "a", "one" },  { longest, "1" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(sntp_key_parse(bad[i].text, SNTP_KEY_SHA1, bad[i].id, &k, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_null(strstr(e.text, "topsecret"));
	}
}

/* --- queries --- */

enum reply { GOOD, NOTHING, WRONG_THEN_GOOD, ONLY_WRONG, KISS, UNSYNCHRONISED };

struct world {
	struct loop *loop;
	struct loop_watch *watch;
	int fd;
	enum reply reply;
	struct sntp_request request;
	unsigned requests;
	unsigned char originates[4][8];
	int calls, has_answer;
	struct sntp_answer answer;
	struct err err;
};

static void on_request(void *arg, unsigned ready)
{
	(void)ready;
	struct world *w = arg;
	unsigned char q[128], p[SNTP_PACKET_MAX];
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	ssize_t len = recvfrom(w->fd, q, sizeof q, 0, (struct sockaddr *)&from, &from_len);
	assert_int_equal(len, 48);
	uint64_t originate = 0;
	for (int i = 0; i < 8; i++)
		originate = originate << 8 | q[40 + i];
	memcpy(w->originates[w->requests++ % 4], q + 40, 8);
	good_packet(p, originate, NOON);
	memset(p + 44, 0, 4);
	if (w->reply == KISS || w->reply == UNSYNCHRONISED) {
		p[1] = 0;
		memcpy(p + 12, w->reply == KISS ? "DENY" : "\0\0\0\0", 4);
	}
	if (w->reply == WRONG_THEN_GOOD || w->reply == ONLY_WRONG) {
		p[24] ^= 0x80;
		sendto(w->fd, p, 48, 0, (struct sockaddr *)&from, from_len);
		sendto(w->fd, p, 12, 0, (struct sockaddr *)&from, from_len);
		p[24] ^= 0x80;
	}
	if (w->reply != NOTHING && w->reply != ONLY_WRONG)
		sendto(w->fd, p, 48, 0, (struct sockaddr *)&from, from_len);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	w->loop = loop_new_sim();
	w->fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(w->fd, (struct sockaddr *)&at, sizeof at);
	getsockname(w->fd, (struct sockaddr *)&at, &len);
	w->watch = loop_watch(w->loop, w->fd, LOOP_READ, on_request, w);
	w->request.port = ntohs(at.sin_port);
	dns_is_address("127.0.0.1", &w->request.address);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	loop_watch_free(w->watch);
	if (w->fd >= 0)
		close(w->fd);
	loop_free(w->loop);
	free(w);
	return 0;
}

static void on_answer(void *arg, const struct sntp_answer *answer, const struct err *e)
{
	struct world *w = arg;
	w->calls++;
	w->has_answer = answer != NULL;
	if (answer)
		w->answer = *answer;
	w->err = *e;
}

static void ask(struct world *w, enum reply reply)
{
	w->reply = reply;
	w->calls = 0;
	sntp_query(w->loop, &w->request, on_answer, w);
	assert_int_equal(w->calls, 0);
	for (int i = 0; i < 100 && !w->calls && i < (reply == NOTHING || reply == ONLY_WRONG ? 4 : 100); i++)
		loop_run_for(w->loop, 5);
}

static void an_answer_comes_and_each_request_is_different(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 4; i++) {
		ask(w, GOOD);
		assert_int_equal(w->calls, 1);
		assert_true(w->has_answer);
		assert_int_equal(w->err.kind, ERR_NONE);
		assert_int_equal(w->answer.sample.unix_us, NOON * 1000000);
	}
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(w->originates[i], w->originates[k], 8);
}

static void what_does_not_match_is_ignored(void **state)
{
	struct world *w = *state;
	ask(w, WRONG_THEN_GOOD);
	assert_true(w->has_answer);
	ask(w, ONLY_WRONG);
	assert_int_equal(w->calls, 0);
	loop_sim_advance(w->loop, 5999);
	assert_int_equal(w->calls, 0);
	loop_sim_advance(w->loop, 1);
	assert_int_equal(w->calls, 1);
	assert_false(w->has_answer);
	assert_int_equal(w->err.kind, ERR_TIMEOUT);
	assert_string_equal(w->err.text,
			    "no valid answer within 6000 ms; packets ignored: 2; why the last was: "
			    "12 bytes are no time packet");
}

static void a_kiss_and_a_useless_answer_end_the_query_at_once(void **state)
{
	struct world *w = *state;
	ask(w, KISS);
	assert_int_equal(w->calls, 1);
	assert_true(w->has_answer);
	assert_int_equal(w->answer.kiss, SNTP_KISS_DENY);
	assert_int_equal(w->err.kind, ERR_DATE);
	ask(w, UNSYNCHRONISED);
	assert_int_equal(w->calls, 1);
	assert_false(w->has_answer);
	assert_int_equal(w->err.kind, ERR_DATE);
}

static void silence_ends_in_time(void **state)
{
	struct world *w = *state;
	w->request.timeout_ms = 300;
	ask(w, NOTHING);
	loop_sim_advance(w->loop, 299);
	assert_int_equal(w->calls, 0);
	loop_sim_advance(w->loop, 1);
	assert_int_equal(w->calls, 1);
	assert_int_equal(w->err.kind, ERR_TIMEOUT);
	assert_string_equal(w->err.text, "no answer within 300 ms");
}

/* The packet's time may be wrong by an eighth of a second. */
static void a_query_allows_the_distance_asked_for(void **state)
{
	struct world *w = *state;
	w->request.max_distance_us = 100000;
	ask(w, GOOD);
	assert_int_equal(w->calls, 1);
	assert_false(w->has_answer);
	assert_int_equal(w->err.kind, ERR_DATE);
	w->request.max_distance_us = 200000;
	ask(w, GOOD);
	assert_true(w->has_answer);
}

static void a_refusal_is_told_at_once(void **state)
{
	struct world *w = *state;
	loop_watch_free(w->watch);
	w->watch = NULL;
	close(w->fd);
	w->fd = -1;
	ask(w, GOOD);
	assert_int_equal(w->calls, 1);
	assert_false(w->has_answer);
	assert_int_equal(w->err.kind, ERR_NET);
	assert_int_equal(w->err.code, ECONNREFUSED);
	dns_is_address("255.255.255.255", &w->request.address); /* the kernel does not even try */
	ask(w, GOOD);
	assert_int_equal(w->calls, 1);
	assert_int_equal(w->err.kind, ERR_NET);
}

static void another_sender_is_not_heard(void **state)
{
	struct world *w = *state;
	ask(w, NOTHING);
	/* Whoever guesses everything but sits elsewhere: the connected socket does not take it. The port is
	 * the kernel's choice, so the packet goes to each that could be it. */
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned char p[SNTP_PACKET_MAX];
	uint64_t originate = 0;
	for (int i = 0; i < 8; i++)
		originate = originate << 8 | w->originates[0][i];
	good_packet(p, originate, NOON);
	for (unsigned port = 32768; port < 61000; port++) {
		to.sin_port = htons((uint16_t)port);
		sendto(fd, p, 48, 0, (struct sockaddr *)&to, sizeof to);
	}
	loop_run_for(w->loop, 20);
	assert_int_equal(w->calls, 0);
	loop_sim_advance(w->loop, 6000);
	assert_string_equal(w->err.text, "no answer within 6000 ms");
	close(fd);
}

static void a_cancelled_query_says_nothing(void **state)
{
	struct world *w = *state;
	struct sntp_query *q = sntp_query(w->loop, &w->request, on_answer, w);
	sntp_cancel(q);
	sntp_cancel(NULL);
	loop_run_for(w->loop, 20);
	loop_sim_advance(w->loop, 3000);
	assert_int_equal(w->calls, 0);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_packet_gives_time_and_distance),
		cmocka_unit_test(the_era_that_begins_in_2036_is_understood),
		cmocka_unit_test(bad_packets_are_refused),
		cmocka_unit_test(kisses_demand_what_rfc_5905_says),
		cmocka_unit_test(odd_answers_are_told_in_words),
		cmocka_unit_test(the_distance_allowed_is_a_setting),
		cmocka_unit_test(packets_of_no_length_are_told_by_it),
		cmocka_unit_test(limits_are_where_they_are_said_to_be),
		cmocka_unit_test(a_coarse_clock_may_tick_in_between),
		cmocka_unit_test(requests_tell_nothing_but_a_random_number),
		cmocka_unit_test(digests_are_those_of_other_programs),
		cmocka_unit_test(only_the_right_key_is_believed),
		cmocka_unit_test(a_digest_is_cut_or_whole),
		cmocka_unit_test(keys_are_read_strictly),
		WORLD_TEST(an_answer_comes_and_each_request_is_different),
		WORLD_TEST(what_does_not_match_is_ignored),
		WORLD_TEST(a_kiss_and_a_useless_answer_end_the_query_at_once),
		WORLD_TEST(silence_ends_in_time),
		WORLD_TEST(a_query_allows_the_distance_asked_for),
		WORLD_TEST(a_refusal_is_told_at_once),
		WORLD_TEST(another_sender_is_not_heard),
		WORLD_TEST(a_cancelled_query_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
