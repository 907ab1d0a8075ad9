/* SPDX-License-Identifier: MIT */
/* NTS: the cipher with RFC 5297's vectors; requests and answers of time packets, where this test plays the
 * server; the records with which keys are established. tests/integration/test_nts.py has a real server. */
#include "../../src/net/nts_siv.h"
#include "net/nts.h"
#include "net/sntp.h"

#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 48 };

/* --- the cipher --- */

static size_t unhex(const char *hex, unsigned char *ret, size_t size)
{
	int n = num_unhex(hex, ret, size);
	assert_true(n >= 0);
	return (size_t)n;
}

struct vector {
	const char *key, *open[3], *plain, *sealed;
};
/* RFC 5297, A.1 and A.2. */
static const struct vector vectors[] = {
	{ "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	  { "101112131415161718191a1b1c1d1e1f2021222324252627" },
	  "112233445566778899aabbccddee",
	  "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c" },
	{ "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
	  { "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
	    "102030405060708090a0", "09f911029d74e35bd84156c5635688c0" },
	  "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
	  "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829"
	  "ea64ad544a272e9c485b62a3fd5c0d" },
};

static void the_vectors_of_rfc_5297(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		unsigned char key[NTS_SIV_KEY], open[3][64], plain[64], sealed[80], got[80], tag[NTS_SIV_TAG];
		struct nts_siv_text texts[4];
		struct nts_siv_open_texts given = { texts, 0 };
		assert_int_equal(unhex(vectors[i].key, key, sizeof key), sizeof key);
		for (; given.n < 3 && vectors[i].open[given.n]; given.n++)
			texts[given.n] =
				(struct nts_siv_text){ open[given.n], unhex(vectors[i].open[given.n],
									    open[given.n], sizeof open[0]) };
		struct nts_siv_text text = { plain, unhex(vectors[i].plain, plain, sizeof plain) };
		size_t len = unhex(vectors[i].sealed, sealed, sizeof sealed);
		assert_int_equal(len, text.len + NTS_SIV_TAG);
		assert_int_equal(nts_siv_seal(key, &given, text, got), 0);
		assert_memory_equal(got, sealed, len);
		assert_int_equal(nts_siv_open(key, &given, (struct nts_siv_text){ sealed, len }, got), 0);
		assert_memory_equal(got, plain, text.len);
		texts[given.n] = text; /* our own S2V has the same tag */
		assert_int_equal(nts_siv_s2v(key, &(struct nts_siv_open_texts){ texts, given.n + 1 }, tag),
				 0);
		assert_memory_equal(tag, sealed, sizeof tag);
	}
}

/* OpenSSL's cipher and S2V on its CMAC agree for texts of every length that has text; and what has none is
 * opened again. */
static void both_ways_of_the_tag_agree(void **state)
{
	(void)state;
	unsigned char key[NTS_SIV_KEY], data[100], sealed[100 + NTS_SIV_TAG], tag[NTS_SIV_TAG], out[100];
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)(i * 7);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 13 + 1);
	for (size_t len = 0; len <= 80; len++) {
		const struct nts_siv_text texts[] = { { data, 20 + len / 2 },
						      { data + 3, 16 },
						      { data, len } };
		const struct nts_siv_open_texts open = { texts, 2 }, all = { texts, 3 };
		assert_int_equal(nts_siv_seal(key, &open, texts[2], sealed), 0);
		assert_int_equal(nts_siv_s2v(key, &all, tag), 0);
		assert_memory_equal(sealed, tag, sizeof tag);
		for (size_t bit = 0; bit < (len + NTS_SIV_TAG) * 8; bit += 5) {
			sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
			const struct nts_siv_text bad = { sealed, len + NTS_SIV_TAG };
			assert_int_equal(nts_siv_open(key, &open, bad, out), -1);
			sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		assert_int_equal(
			nts_siv_open(key, &open, (struct nts_siv_text){ sealed, len + NTS_SIV_TAG }, out), 0);
		assert_memory_equal(out, data, len);
	}
	const struct nts_siv_open_texts none = { NULL, 0 };
	assert_int_equal(nts_siv_open(key, &none, (struct nts_siv_text){ sealed, NTS_SIV_TAG - 1 }, out), -1);
}

/* --- time packets --- */

/* A server that this test plays. */
struct exchange {
	struct nts_association association;
	unsigned char unique[NTS_UNIQUE];
	unsigned char request[NTS_PACKET_MAX], answer[SNTP_RECEIVED_MAX];
	size_t request_len, len;
	struct nts_expected expected;
};

static size_t field(unsigned char *to, unsigned type, const void *body, size_t len)
{
	size_t whole = 4 + (len + 3) / 4 * 4;
	memset(to, 0, whole);
	to[0] = (unsigned char)(type >> 8);
	to[1] = (unsigned char)type;
	to[2] = (unsigned char)(whole >> 8);
	to[3] = (unsigned char)whole;
	memcpy(to + 4, body, len);
	return whole;
}

static void begin(struct exchange *x, size_t cookies, size_t cookie_len)
{
	memset(x, 0, sizeof *x);
	memset(x->association.c2s, 'c', NTS_KEY);
	memset(x->association.s2c, 's', NTS_KEY);
	for (size_t i = 0; i < cookies; i++) {
		x->association.cookies.at[i].len = cookie_len;
		memset(x->association.cookies.at[i].bytes, (int)('0' + i), cookie_len);
	}
	x->association.cookies.n = cookies;
	sntp_build(NULL, 0x0123456789abcdef, x->request);
	x->request_len = nts_request(&x->association, x->unique, x->request, HEADER);
	x->expected = (struct nts_expected){ &x->association, x->unique };
}

/* Appends the authenticator over all of the answer so far, with these cookies in it. */
static void authenticate(struct exchange *x, const unsigned char *key, size_t cookies, size_t cookie_len)
{
	static const unsigned char nonce[16] = "a server's nonce";
	unsigned char plain[NTS_COOKIES * 2 * 300], body[sizeof plain + 64], cookie[300];
	size_t len = 0;
	memset(cookie, 'n', sizeof cookie);
	for (size_t i = 0; i < cookies; i++)
		len += field(plain + len, 0x0204, cookie, cookie_len);
	const struct nts_siv_text open[] = { { x->answer, x->len }, { nonce, sizeof nonce } };
	body[0] = 0, body[1] = sizeof nonce;
	body[2] = (unsigned char)((len + 16) >> 8), body[3] = (unsigned char)(len + 16);
	memcpy(body + 4, nonce, sizeof nonce);
	assert_int_equal(nts_siv_seal(key, &(struct nts_siv_open_texts){ open, 2 },
				      (struct nts_siv_text){ plain, len }, body + 20),
			 0);
	x->len += field(x->answer + x->len, 0x0404, body, 20 + 16 + len);
}

static void begin_answer(struct exchange *x)
{
	memset(x->answer, 0, sizeof x->answer);
	x->answer[0] = 4 << 3 | 4;
	x->answer[1] = 2;
	memcpy(x->answer + 24, x->request + 40, 8);
	x->answer[43] = x->answer[35] = 1;
	x->answer[40] = x->answer[32] = 0xee;
	x->len = HEADER + field(x->answer + HEADER, 0x0104, x->unique, NTS_UNIQUE);
}

static int read_answer(struct exchange *x, struct sntp_answer *ret, struct err *e)
{
	const struct sntp_exchange s = {
		.nts = &x->expected, .transmit = 0x0123456789abcdef, .sent_ms = 1000, .received_ms = 1010
	};
	*e = (struct err){ .kind = ERR_NONE };
	return sntp_read(x->answer, x->len, &s, ret, e);
}

static void assert_refused(struct exchange *x, const char *words)
{
	struct sntp_answer a;
	struct err e;
	assert_int_equal(read_answer(x, &a, &e), -1);
	if (e.kind != ERR_PROTOCOL || !strstr(e.text, words))
		fail_msg("expected \"%s\", got %s: %s", words, err_kind_name(e.kind), e.text);
	assert_int_equal(a.cookies.n, 0);
}

static unsigned type_at(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static size_t len_at(const unsigned char *p)
{
	return (size_t)p[2] << 8 | p[3];
}

/* RFC 8915, 5.7: what a request holds, in this order; its authenticator is what the key gives. */
static void a_request(void **state)
{
	(void)state;
	struct exchange x;
	for (size_t cookies = 1; cookies <= NTS_COOKIES; cookies++) {
		begin(&x, cookies, 100);
		const unsigned char *p = x.request + HEADER;
		assert_int_equal(type_at(p), 0x0104);
		assert_int_equal(len_at(p), 4 + NTS_UNIQUE);
		assert_memory_equal(p + 4, x.unique, NTS_UNIQUE);
		p += len_at(p);
		assert_int_equal(type_at(p), 0x0204);
		assert_int_equal(len_at(p), 104);
		assert_int_equal(p[4], '0'); /* the oldest */
		size_t placeholders = 0;
		for (p += len_at(p); type_at(p) == 0x0304; p += len_at(p), placeholders++)
			assert_int_equal(len_at(p), 104);
		assert_int_equal(placeholders, NTS_COOKIES - cookies);
		assert_int_equal(x.association.cookies.n, cookies - 1);
		assert_int_equal(type_at(p), 0x0404);
		assert_ptr_equal(p + len_at(p), x.request + x.request_len);
		const struct nts_siv_text open[] = { { x.request, (size_t)(p - x.request) }, { p + 8, 16 } };
		unsigned char none[1];
		assert_int_equal(nts_siv_open(x.association.c2s, &(struct nts_siv_open_texts){ open, 2 },
					      (struct nts_siv_text){ p + 24, 16 }, none),
				 0);
	}
	assert_int_equal(
		nts_request(&(struct nts_association){ .cookies.n = 0 }, x.unique, x.request, HEADER), 0);
	begin(&x, 1, NTS_COOKIE_MAX); /* seven placeholders would not fit */
	assert_true(x.request_len <= NTS_PACKET_MAX && x.request_len > NTS_PACKET_MAX - 300);
	for (size_t len = 1; len <= NTS_COOKIE_MAX; len++) { /* nor does any packet become too long */
		begin(&x, 1, len);
		assert_in_range(x.request_len, HEADER + 4 + NTS_UNIQUE + 4 + len, NTS_PACKET_MAX);
	}
}

static void no_two_requests_are_alike(void **state)
{
	(void)state;
	struct exchange a, b;
	begin(&a, 2, 100);
	begin(&b, 2, 100);
	assert_memory_not_equal(a.unique, b.unique, NTS_UNIQUE);
	assert_memory_not_equal(a.request + a.request_len - 32, b.request + b.request_len - 32,
				16); /* nonce */
}

static void an_answer_brings_cookies(void **state)
{
	(void)state;
	struct exchange x;
	struct sntp_answer a;
	struct err e;
	begin(&x, 3, 100);
	begin_answer(&x);
	authenticate(&x, x.association.s2c, 6, 100);
	if (read_answer(&x, &a, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(a.stratum, 2);
	assert_int_equal(a.cookies.n, 6);
	nts_keep(&x.association, &a.cookies);
	assert_int_equal(x.association.cookies.n, 8);
	assert_int_equal(x.association.cookies.at[0].bytes[0], '1'); /* the oldest of before */
	assert_int_equal(x.association.cookies.at[7].bytes[0], 'n');
	nts_keep(&x.association, &a.cookies);
	assert_int_equal(x.association.cookies.n, 8);
	begin_answer(&x); /* more than fit are left out */
	authenticate(&x, x.association.s2c, 12, 100);
	assert_int_equal(read_answer(&x, &a, &e), 0);
	assert_int_equal(a.cookies.n, NTS_COOKIES);
	begin_answer(&x); /* none at all, or some that are too long: the time counts */
	authenticate(&x, x.association.s2c, 0, 0);
	assert_int_equal(read_answer(&x, &a, &e), 0);
	begin_answer(&x);
	authenticate(&x, x.association.s2c, 3, NTS_COOKIE_MAX + 4);
	assert_int_equal(read_answer(&x, &a, &e), 0);
	assert_int_equal(a.cookies.n, 0);
	x.len += field(x.answer + x.len, 0x0104, "unauthenticated afterwards.", 28); /* it is not read */
	assert_int_equal(read_answer(&x, &a, &e), 0);
}

static void answers_that_are_not_the_servers(void **state)
{
	(void)state;
	struct exchange x;
	unsigned char other[NTS_KEY];
	memset(other, 'x', sizeof other);
	begin(&x, 3, 100);
	begin_answer(&x);
	x.len = HEADER;
	assert_refused(&x, "no unique identifier");
	begin_answer(&x);
	assert_refused(&x, "it is not authenticated");
	begin_answer(&x);
	authenticate(&x, other, 1, 100);
	assert_refused(&x, "its authenticator");
	authenticate(&x, x.association.c2s, 1, 100); /* our own key sent back */
	begin_answer(&x);
	authenticate(&x, x.association.c2s, 1, 100);
	assert_refused(&x, "its authenticator");
	begin_answer(&x);
	x.len += field(x.answer + x.len, 0x0104, x.unique, NTS_UNIQUE);
	authenticate(&x, x.association.s2c, 1, 100);
	assert_refused(&x, "two unique identifiers");
	begin_answer(&x);
	x.answer[HEADER + 5] ^= 1;
	authenticate(&x, x.association.s2c, 1, 100);
	assert_refused(&x, "its unique identifier is not");
	begin_answer(&x);
	x.len = HEADER;
	authenticate(&x, x.association.s2c, 1, 100);
	assert_refused(&x, "no unique identifier");
	begin_answer(&x); /* an answer to another request */
	authenticate(&x, x.association.s2c, 1, 100);
	x.answer[24] ^= 1;
	assert_refused(&x, "originate timestamp");
	x.answer[24] ^= 1;
	x.len -= 4;
	assert_refused(&x, "damaged");
}

/* An identifier that begins with what was sent, and goes on. */
static void an_identifier_that_is_longer(void **state)
{
	(void)state;
	struct exchange x;
	unsigned char longer[NTS_UNIQUE + 4] = { 0 };
	begin(&x, 3, 100);
	begin_answer(&x);
	memcpy(longer, x.unique, NTS_UNIQUE);
	x.len = HEADER + field(x.answer + HEADER, 0x0104, longer, sizeof longer);
	authenticate(&x, x.association.s2c, 1, 100);
	assert_refused(&x, "its unique identifier is not");
}

/* RFC 7822: no field is shorter than 16 bytes. */
static void a_field_that_is_too_short(void **state)
{
	(void)state;
	struct exchange x;
	for (size_t len = 0; len <= 12; len += 4) {
		begin(&x, 3, 100);
		begin_answer(&x);
		x.len += field(x.answer + x.len, 0x7777, "twelve bytes", len);
		authenticate(&x, x.association.s2c, 1, 100);
		struct sntp_answer a;
		struct err e;
		if (len == 12)
			assert_int_equal(read_answer(&x, &a, &e), 0);
		else
			assert_refused(&x, "damaged extension field");
	}
}

/* An authenticator that says it is longer than its field: nothing is read behind the packet. */
static void an_authenticator_longer_than_its_field(void **state)
{
	(void)state;
	struct exchange x;
	struct nts_cookies cookies;
	struct err e;
	begin(&x, 3, 100);
	begin_answer(&x);
	size_t at = x.len;
	authenticate(&x, x.association.s2c, 1, 100);
	for (unsigned more = 1; more <= 8; more++) {
		unsigned char *packet = malloc(x.len);
		memcpy(packet, x.answer, x.len);
		packet[at + 7] = (unsigned char)(packet[at + 7] + more);
		assert_int_equal(nts_answer(packet, x.len, HEADER, &x.expected, &cookies, &e), -1);
		assert_non_null(strstr(e.text, "a damaged authenticator"));
		free(packet);
	}
}

/* Every bit that was authenticated counts; no bit may be changed without that it is seen. */
static void every_bit_counts(void **state)
{
	(void)state;
	struct exchange x;
	struct sntp_answer a;
	struct err e;
	begin(&x, 3, 100);
	begin_answer(&x);
	authenticate(&x, x.association.s2c, 1, 100);
	assert_int_equal(read_answer(&x, &a, &e), 0);
	for (size_t bit = 0; bit < x.len * 8; bit++) {
		x.answer[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (read_answer(&x, &a, &e) == 0)
			fail_msg("bit %zu of %zu may be changed", bit, x.len * 8);
		x.answer[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
}

static void every_length_is_read_within_bounds(void **state)
{
	(void)state;
	struct exchange x;
	struct sntp_answer a;
	struct err e;
	begin(&x, 3, 100);
	begin_answer(&x);
	authenticate(&x, x.association.s2c, 2, 100);
	for (size_t len = 0; len < x.len; len++) {
		struct exchange *part = malloc(sizeof *part);
		*part = x;
		part->expected = (struct nts_expected){ &part->association, part->unique };
		part->len = len;
		assert_int_equal(read_answer(part, &a, &e), -1);
		free(part);
	}
}

/* A NAK is not authenticated; it must name the request. */
static void a_nak(void **state)
{
	(void)state;
	struct exchange x;
	struct sntp_answer a;
	struct err e;
	begin(&x, 3, 100);
	begin_answer(&x);
	x.answer[1] = 0;
	memcpy(x.answer + 12, "NTSN", 4);
	assert_int_equal(read_answer(&x, &a, &e), -1);
	assert_int_equal(a.kiss, SNTP_KISS_NTS_NAK);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	x.answer[HEADER + 4] ^= 1;
	assert_refused(&x, "its unique identifier is not");
	assert_int_equal(read_answer(&x, &a, &e), -1);
	assert_int_equal(a.kiss, SNTP_KISS_NONE);
	begin_answer(&x); /* a server that has the time names its reference there, whatever the letters */
	memcpy(x.answer + 12, "NTSN", 4);
	assert_refused(&x, "it is not authenticated");
	assert_int_equal(read_answer(&x, &a, &e), -1);
	assert_int_equal(a.kiss, SNTP_KISS_NONE);
	begin_answer(&x); /* other codes count only if they are authenticated */
	x.answer[1] = 0;
	memcpy(x.answer + 12, "DENY", 4);
	assert_refused(&x, "it is not authenticated");
	authenticate(&x, x.association.s2c, 1, 100);
	assert_int_equal(read_answer(&x, &a, &e), -1);
	assert_int_equal(a.kiss, SNTP_KISS_DENY);
	assert_int_equal(e.kind, ERR_DATE);
}

/* --- records --- */

struct message {
	unsigned char data[NTS_MESSAGE_MAX + 8];
	size_t len;
};

static void record(struct message *m, unsigned type, const void *body, size_t len)
{
	unsigned char *p = m->data + m->len;
	p[0] = (unsigned char)(type >> 8), p[1] = (unsigned char)type;
	p[2] = (unsigned char)(len >> 8), p[3] = (unsigned char)len;
	memcpy(p + 4, body, len);
	m->len += 4 + len;
}

static struct message good_message(void)
{
	static const char cookie[100] = "cookie";
	struct message m = { .len = 0 };
	record(&m, 0x8001, "\0\0", 2);
	record(&m, 0x8004, "\0\17", 2);
	for (int i = 0; i < 9; i++)
		record(&m, 5, cookie, sizeof cookie);
	return m;
}

static void what_a_server_offers(void **state)
{
	(void)state;
	struct message m = good_message();
	struct nts_offer o;
	struct err e;
	unsigned char hello[NTS_HELLO_MAX];
	assert_memory_equal(hello, hello, nts_hello(hello));
	record(&m, 0x8006, "Time.Example.TEST", 17);
	record(&m, 0x8007, "\4\322", 2);
	record(&m, 0x7fff, "unknown and not critical", 24);
	size_t before = m.len;
	record(&m, 0x8000, "", 0);
	for (size_t len = 0; len < m.len; len++)
		assert_int_equal(nts_read_offer(m.data, len, &o, &e), 0);
	assert_int_equal(nts_read_offer(m.data, m.len, &o, &e), 1);
	assert_string_equal(o.server, "time.example.test");
	assert_int_equal(o.port, 1234);
	assert_int_equal(o.cookies.n, NTS_COOKIES);
	assert_int_equal(o.cookies.at[7].len, 100);
	m.len = before;
	record(&m, 6, "2001:db8::1", 11);
	record(&m, 0x8000, "", 0);
	assert_int_equal(nts_read_offer(m.data, m.len, &o, &e), 1);
	assert_string_equal(o.server, "2001:db8::1");
}

static void assert_no_offer(struct message m, const char *words)
{
	struct nts_offer o;
	struct err e = { .kind = ERR_NONE };
	record(&m, 0x8000, "", 0);
	assert_int_equal(nts_read_offer(m.data, m.len, &o, &e), -1);
	if (!strstr(e.text, words))
		fail_msg("expected \"%s\", got %s", words, e.text);
}

static void offers_that_are_none(void **state)
{
	(void)state;
	static const char zeros[400] = "";
	struct message m, base = good_message();
	struct nts_offer o;
	struct err e;
	m = base, record(&m, 0x8002, "\0\1", 2), assert_no_offer(m, "it calls our request bad (error 1)");
	m = base, record(&m, 2, "\xff\xff", 2), assert_no_offer(m, "(error 65535)");
	m = base, record(&m, 2, "\0", 1), assert_no_offer(m, "damaged error");
	m = base, record(&m, 3, "\0\1", 2), assert_no_offer(m, "warns");
	m = base, record(&m, 0x8123, "", 0), assert_no_offer(m, "critical record of type 291");
	m = base, record(&m, 0, "", 0), assert_no_offer(m, "damaged end");
	m = base, record(&m, 0x8000, "c", 1), assert_no_offer(m, "damaged end");
	m = base, record(&m, 7, "\0\0", 2), assert_no_offer(m, "port");
	m = base, record(&m, 6, "", 0), assert_no_offer(m, "neither a host name nor an address");
	m = base, record(&m, 6, "a b", 3), assert_no_offer(m, "neither a host name nor an address");
	m = base, record(&m, 6, "a\0b", 3), assert_no_offer(m, "neither a host name nor an address");
	m = base, record(&m, 1, "\0\0", 2), assert_no_offer(m, "NTPv4");
	m = base, record(&m, 4, "\0\36", 2), assert_no_offer(m, "AEAD_AES_SIV_CMAC_256");
	m = base, record(&m, 4, "\0\17", 2), assert_no_offer(m, "AEAD_AES_SIV_CMAC_256"); /* once more */
	m = (struct message){ .len = 0 }, record(&m, 4, "\0\17", 2), record(&m, 5, "c", 1);
	assert_no_offer(m, "NTPv4");
	record(&m, 1, "\0\0\0\1", 4), assert_no_offer(m, "NTPv4"); /* it has to choose one */
	m = (struct message){ .len = 0 }, record(&m, 1, "\0\0", 2), record(&m, 5, "c", 1);
	assert_no_offer(m, "AEAD_AES_SIV_CMAC_256");
	record(&m, 4, "", 0), assert_no_offer(m, "AEAD_AES_SIV_CMAC_256");
	m = (struct message){ .len = 0 }, record(&m, 1, "\0\0", 2), record(&m, 4, "\0\17", 2);
	assert_no_offer(m, "it sent no cookie");
	record(&m, 5, zeros, NTS_COOKIE_MAX + 1), assert_no_offer(m, "longer than 256 bytes");
	m = (struct message){ .len = NTS_MESSAGE_MAX }; /* records that do nothing, without end */
	for (size_t i = 0; i < m.len; i += 4)
		m.data[i] = 0x7f, m.data[i + 1] = 1;
	assert_int_equal(nts_read_offer(m.data, m.len, &o, &e), -1);
	assert_int_equal(nts_read_offer(m.data, m.len - 1, &o, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_5297),
		cmocka_unit_test(both_ways_of_the_tag_agree),
		cmocka_unit_test(a_request),
		cmocka_unit_test(no_two_requests_are_alike),
		cmocka_unit_test(an_answer_brings_cookies),
		cmocka_unit_test(answers_that_are_not_the_servers),
		cmocka_unit_test(an_identifier_that_is_longer),
		cmocka_unit_test(a_field_that_is_too_short),
		cmocka_unit_test(an_authenticator_longer_than_its_field),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(every_length_is_read_within_bounds),
		cmocka_unit_test(a_nak),
		cmocka_unit_test(what_a_server_offers),
		cmocka_unit_test(offers_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
