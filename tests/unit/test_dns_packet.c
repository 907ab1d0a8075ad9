/* SPDX-License-Identifier: MIT */
/* dns_packet: replies as servers and gateways send them, and as nobody should. */
#include "../../src/net/dns_packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <ares.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A = 1, CNAME = 5, AAAA = 28, CLASS_IN = 1 };

struct packet {
	unsigned char data[16384];
	size_t len;
};

static void put(struct packet *p, const void *data, size_t len)
{
	assert_true(len <= sizeof p->data - p->len);
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

static void put16(struct packet *p, unsigned v)
{
	put(p, (unsigned char[]){ (unsigned char)(v >> 8), (unsigned char)v }, 2);
}

/* "a.test", or "@12" for a pointer to there. */
static void put_name(struct packet *p, const char *name)
{
	if (name[0] == '@') {
		put16(p, 0xc000 | (unsigned)strtoul(name + 1, NULL, 10));
		return;
	}
	while (*name) {
		unsigned char len = (unsigned char)strcspn(name, ".");
		put(p, &len, 1);
		put(p, name, len);
		name += len + (name[len] == '.');
	}
	put(p, "", 1);
}

/* A reply about name: header and question. */
static void begin(struct packet *p, const char *name, unsigned type, unsigned rcode)
{
	*p = (struct packet){ .len = 0 };
	put16(p, 0x1234);
	put16(p, 0x8180 | rcode);
	put16(p, 1);
	put16(p, 0);
	put16(p, 0);
	put16(p, 0);
	put_name(p, name);
	put16(p, type);
	put16(p, CLASS_IN);
}

static void record(struct packet *p, const char *owner, unsigned type, uint32_t ttl, const void *data,
		   size_t len)
{
	put_name(p, owner);
	put16(p, type);
	put16(p, CLASS_IN);
	put16(p, ttl >> 16);
	put16(p, ttl & 0xffff);
	put16(p, (unsigned)len);
	put(p, data, len);
	p->data[7]++;
	p->data[6] = (unsigned char)(p->data[6] + (p->data[7] == 0));
}

static void address(struct packet *p, const char *owner, uint32_t ttl, int last)
{
	record(p, owner, A, ttl, (unsigned char[]){ 192, 0, 2, (unsigned char)last }, 4);
}

static void alias(struct packet *p, const char *owner, uint32_t ttl, const char *target)
{
	struct packet name = { .len = 0 };
	put_name(&name, target);
	record(p, owner, CNAME, ttl, name.data, name.len);
}

static int read_packet(const struct packet *p, int family, struct dns_answer *ret)
{
	*ret = (struct dns_answer){ .n = 0 };
	unsigned char *exact = malloc(p->len); /* so that the sanitizer sees a read beyond it */
	memcpy(exact, p->data, p->len);
	int status = dns_packet_read(exact, p->len, family, ret);
	free(exact);
	assert_true((status == ARES_SUCCESS) == (ret->n > 0));
	return status;
}

/* "192.0.2.1 192.0.2.2" */
static const char *addresses(const struct dns_answer *a)
{
	static char all[1024];
	char one[DNS_ADDRESS_TEXT];
	all[0] = '\0';
	for (size_t i = 0; i < a->n; i++) {
		dns_address_text(&a->addresses[i], one, sizeof one);
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", one);
	}
	return all;
}

static void aliases_are_followed_in_any_order(void **state)
{
	(void)state;
	/* www -> cdn -> edge, with the addresses of edge; all orders of three records. */
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	for (size_t i = 0; i < 6; i++) {
		struct packet p;
		struct dns_answer a;
		begin(&p, "WWW.test", A, 0);
		for (int k = 0; k < 3; k++)
			switch (orders[i][k]) {
			case 0: alias(&p, "www.TEST", 300, "cdn.example"); break;
			case 1: alias(&p, "Cdn.Example", 20, "Edge.Example"); break;
			default: address(&p, "edge.example", 60, 7);
			}
		assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
		assert_string_equal(addresses(&a), "192.0.2.7");
		assert_string_equal(a.name, "edge.example");
		assert_int_equal(a.ttl_s, 20);
	}
}

static void only_the_chains_own_addresses_count(void **state)
{
	(void)state;
	struct packet p;
	struct dns_answer a;
	begin(&p, "a.test", A, 0);
	address(&p, "bank.example", 60, 66);
	address(&p, "b.test", 60, 66);
	address(&p, "a.test.evil.example", 60, 66);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_ENODATA);
	address(&p, "@12", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	assert_string_equal(addresses(&a), "192.0.2.1");
	/* Beside an alias its own address counts, too: some servers give both. */
	begin(&p, "a.test", A, 0);
	alias(&p, "@12", 60, "b.test");
	address(&p, "@12", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	assert_string_equal(addresses(&a), "192.0.2.1");
	/* Another class or type is no address. */
	begin(&p, "a.test", A, 0);
	record(&p, "@12", 16, 60, "\3txt", 4);
	address(&p, "@12", 60, 1);
	p.data[p.len - 11] = 3;
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_ENODATA);
	/* An alias of another class leads nowhere. */
	begin(&p, "a.test", A, 0);
	alias(&p, "@12", 60, "b.test");
	p.data[p.len - 8 - 7] = 3;
	address(&p, "b.test", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_ENODATA);
}

/* Case does not matter from A to Z, labels may have 63 characters, and a pointer may end the packet. */
static void names_are_compared_as_dns_does(void **state)
{
	(void)state;
	struct packet p;
	struct dns_answer a;
	char label[80], name[100];
	begin(&p, "ABYZ-09.test", A, 0);
	alias(&p, "abyz-09.TEST", 60, "AbYz-19.test");
	address(&p, "aByZ-19.test", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	assert_string_equal(a.name, "abyz-19.test");
	begin(&p, "a@[.test", A, 0); /* what stands beside the letters in ASCII is no letter */
	address(&p, "a`{.test", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_ENODATA);
	for (int n = 62; n <= 64; n++) {
		memset(label, 'x', (size_t)n);
		label[n] = '\0';
		snprintf(name, sizeof name, "%s.test", label);
		begin(&p, name, A, 0);
		address(&p, name, 60, 1);
		assert_int_equal(read_packet(&p, AF_INET, &a), n <= 63 ? ARES_SUCCESS : ARES_EBADRESP);
	}
	begin(&p, "a.test", A, 0);
	char pointer[16];
	snprintf(pointer, sizeof pointer, "@%zu", p.len);
	address(&p, "b.test", 60, 1);
	alias(&p, "@12", 60, pointer);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	assert_string_equal(a.name, "b.test");
}

static void families_have_their_own_records(void **state)
{
	(void)state;
	struct packet p;
	struct dns_answer a;
	const unsigned char v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 5 };
	begin(&p, "a.test", AAAA, 0);
	record(&p, "@12", AAAA, 60, v6, 16);
	address(&p, "@12", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET6, &a), ARES_SUCCESS);
	assert_string_equal(addresses(&a), "2001:db8::5");
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	assert_string_equal(addresses(&a), "192.0.2.1");
	for (size_t len = 0; len < 20; len++) {
		begin(&p, "a.test", AAAA, 0);
		record(&p, "@12", AAAA, 60, "01234567890123456789", len);
		assert_int_equal(read_packet(&p, AF_INET6, &a), len == 16 ? ARES_SUCCESS : ARES_EBADRESP);
		begin(&p, "a.test", A, 0);
		record(&p, "@12", A, 60, "01234567890123456789", len);
		assert_int_equal(read_packet(&p, AF_INET, &a), len == 4 ? ARES_SUCCESS : ARES_EBADRESP);
	}
}

static void the_least_time_to_live_counts_and_is_bounded(void **state)
{
	(void)state;
	static const struct {
		uint32_t alias, first, second;
		uint32_t expected;
	} all[] = {
		{ 60, 40, 50, 40 },
		{ 60, 50, 40, 40 },
		{ 30, 40, 50, 30 },
		{ 0, 40, 50, 0 },
		{ 86400, 86400, 86400, 86400 },
		{ 86401, 100000, 0x7fffffff, 86400 },
		{ 60, 0x80000000, 60, 0 },
		{ 60, 60, 0xffffffff, 0 },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct packet p;
		struct dns_answer a;
		begin(&p, "a.test", A, 0);
		alias(&p, "@12", all[i].alias, "b.test");
		address(&p, "b.test", all[i].first, 1);
		address(&p, "b.test", all[i].second, 2);
		address(&p, "bystander.test", 1, 3);
		assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
		assert_int_equal(a.ttl_s, all[i].expected);
	}
}

static void chains_and_records_are_bounded(void **state)
{
	(void)state;
	struct packet p;
	struct dns_answer a;
	char from[32], to[32];
	for (int n = 14; n <= 19; n++) {
		begin(&p, "n0.test", A, 0);
		for (int i = 0; i < n; i++) {
			snprintf(from, sizeof from, "n%d.test", i);
			snprintf(to, sizeof to, "n%d.test", i + 1);
			alias(&p, from, 60, to);
		}
		address(&p, to, 60, 1);
		assert_int_equal(read_packet(&p, AF_INET, &a), n <= 16 ? ARES_SUCCESS : ARES_EBADRESP);
	}
	for (int n = 510; n <= 513; n++) { /* 512 records are looked at */
		begin(&p, "a.test", A, 0);
		size_t at = p.len;
		address(&p, "b.test", 60, 1);
		char pointer[16];
		snprintf(pointer, sizeof pointer, "@%zu", at);
		for (int i = 1; i < n; i++)
			record(&p, pointer, 16, 60, "\3txt", 4);
		alias(&p, "@12", 60, pointer);
		assert_int_equal(read_packet(&p, AF_INET, &a), n < 512 ? ARES_SUCCESS : ARES_ENODATA);
		begin(&p, "a.test", A, 0);
		for (int i = 0; i < n; i++)
			record(&p, "@12", 16, 60, "\3txt", 4);
		address(&p, "@12", 60, 1);
		assert_int_equal(read_packet(&p, AF_INET, &a), n < 512 ? ARES_SUCCESS : ARES_ENODATA);
	}
	begin(&p, "a.test", A, 0); /* round and round */
	alias(&p, "a.test", 60, "b.test");
	alias(&p, "b.test", 60, "a.test");
	address(&p, "a.test", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_EBADRESP);
	begin(&p, "a.test", A, 0);
	for (int i = 1; i <= 40; i++)
		address(&p, "@12", 60, i);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	assert_int_equal(a.n, DNS_ADDRESSES_MAX);
}

static void errors_and_denials(void **state)
{
	(void)state;
	for (unsigned rcode = 1; rcode < 16; rcode++) {
		struct packet p;
		struct dns_answer a;
		begin(&p, "a.test", A, rcode);
		alias(&p, "@12", 60, "gone.test"); /* NXDOMAIN is about the end of the chain */
		assert_int_equal(read_packet(&p, AF_INET, &a), rcode == 3 ? ARES_ENOTFOUND : ARES_ESERVFAIL);
	}
}

static void damaged_replies_are_refused(void **state)
{
	(void)state;
	struct packet p, good;
	struct dns_answer a;
	begin(&good, "a.test", A, 0);
	alias(&good, "@12", 60, "b.test");
	address(&good, "b.test", 60, 1);
	assert_int_equal(read_packet(&good, AF_INET, &a), ARES_SUCCESS);
	for (size_t len = 0; len < good.len; len++) { /* cut anywhere */
		p = good;
		p.len = len;
		if (read_packet(&p, AF_INET, &a) == ARES_SUCCESS)
			fail_msg("%zu of %zu bytes are accepted", len, good.len);
	}
	static const struct {
		const char *what;
		size_t at;
		int value;
	} all[] = {
		{ "no question", 5, 0 },           { "two questions", 5, 2 },
		{ "256 questions", 4, 1 },         { "more records than there are", 7, 3 },
		{ "a pointer to itself", 25, 24 }, { "a pointer ahead", 25, 60 },
		{ "a label of 64", 12, 64 },       { "a label of 128", 12, 128 },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		p = good;
		p.data[all[i].at] = (unsigned char)all[i].value;
		if (read_packet(&p, AF_INET, &a) == ARES_SUCCESS)
			fail_msg("%s is accepted", all[i].what);
	}
	/* Cut short over TCP, too: what is there counts, that there is nothing does not. */
	begin(&p, "a.test", A, 0);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_ENODATA);
	p.data[2] |= 2;
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_EBADRESP);
	address(&p, "@12", 60, 1);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
	/* An alias whose name does not fill its data. */
	begin(&p, "a.test", A, 0);
	record(&p, "@12", CNAME, 60, "\1b\4test\0x", 9);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_EBADRESP);
	/* Two pointers that lead to each other. */
	begin(&p, "a.test", A, 0);
	size_t first = p.len;
	put16(&p, 0xc000 | (unsigned)(first + 2));
	put16(&p, 0xc000 | (unsigned)first);
	p.data[7] = 1;
	put(&p, "\0\1\0\1\0\0\0\1\0\4abcd", 14);
	assert_int_equal(read_packet(&p, AF_INET, &a), ARES_EBADRESP);
}

static void names_of_255_bytes_and_no_more(void **state)
{
	(void)state;
	char name[300];
	for (size_t len = 250; len <= 258; len++) {
		struct packet p;
		struct dns_answer a;
		memset(name, 'x', len);
		for (size_t i = 49; i < len; i += 50)
			name[i] = '.';
		name[len] = '\0';
		begin(&p, name, A, 0);
		address(&p, "@12", 60, 1);
		assert_int_equal(read_packet(&p, AF_INET, &a), len <= 253 ? ARES_SUCCESS : ARES_EBADRESP);
	}
}

/* What could be taken for another host's name when it is shown. */
static void an_alias_that_is_no_host_name_is_not_shown(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} all[] = {
		{ "\4a.bc\4test\0", 11 },
		{ "\3a\0b\4test\0", 10 },
		{ "\3a b\4test\0", 10 },
		{ "\3a\nb\4test\0", 10 },
		{ "\0", 1 },
		{ "\3.bc\4test\0", 10 },
		{ "\3bc.\4test\0", 10 },
		{ "\2\0b\4test\0", 9 },
		{ "\1a\5tes.t\0", 9 },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct packet p;
		struct dns_answer a;
		begin(&p, "a.test", A, 0);
		record(&p, "@12", CNAME, 60, all[i].bytes, all[i].len);
		size_t at = p.len - all[i].len;
		char pointer[16];
		snprintf(pointer, sizeof pointer, "@%zu", at);
		address(&p, pointer, 60, 1);
		assert_int_equal(read_packet(&p, AF_INET, &a), ARES_SUCCESS);
		assert_string_equal(a.name, "");
	}
}

/* --- what c-ares is given --- */

static size_t mend(struct packet *p, size_t size, const struct packet *query, struct dns_refusal *r)
{
	*r = (struct dns_refusal){ 0 };
	return dns_packet_mend(p->data, p->len, size, query->data, query->len, r);
}

static void errors_become_servfail_and_are_kept(void **state)
{
	(void)state;
	struct packet query, p;
	struct dns_refusal r;
	begin(&query, "a.test", A, 0);
	for (unsigned rcode = 0; rcode < 16; rcode++) {
		int is_error = rcode != 0 && rcode != 3;
		begin(&p, "A.Test", A, rcode);
		assert_int_equal(mend(&p, sizeof p.data, &query, &r), p.len);
		assert_int_equal(r.rcode, is_error ? rcode : 0);
		assert_int_equal(r.is_truncated, 0);
		assert_int_equal(p.data[3], 0x80 | (is_error ? 2 : rcode));
		p.data[2] |= 2;
		mend(&p, sizeof p.data, &query, &r);
		assert_int_equal(r.is_truncated, 1);

		begin(&p, "a.test", A, rcode); /* a header alone */
		memset(p.data + 4, 0, 8);
		p.len = 12;
		size_t len = mend(&p, sizeof p.data, &query, &r);
		assert_int_equal(r.rcode, is_error ? rcode : 0);
		assert_int_equal(len, is_error ? query.len : 12);
		if (is_error)
			assert_memory_equal(p.data + 4, query.data + 4, query.len - 4);
	}
}

static void what_answers_something_else_is_left_alone(void **state)
{
	(void)state;
	struct packet query, p, before;
	struct dns_refusal r;
	begin(&query, "a.test", A, 0);
	for (int i = 0; i < 8; i++) {
		begin(&p, i == 0 ? "b.test" : i == 1 ? "aa.test" : "a.test", i == 2 ? AAAA : A, 5);
		p.data[0] ^= i == 3; /* another number */
		p.data[1] ^= i == 4;
		p.data[2] ^= i == 5 ? 0x80 : 0; /* a question, no reply */
		p.data[p.len - 1] ^= i == 6;    /* another class */
		p.len = i == 7 ? 11 : p.len;
		before = p;
		assert_int_equal(mend(&p, sizeof p.data, &query, &r), before.len);
		assert_memory_equal(&p, &before, sizeof p);
		assert_int_equal(r.rcode, 0);
	}
	begin(&p, "a.test", A, 5); /* less than a header */
	memset(p.data + 4, 0, 8);
	p.len = 11;
	before = p;
	assert_int_equal(mend(&p, sizeof p.data, &query, &r), 11);
	assert_memory_equal(&p, &before, sizeof p);
	/* No room for the question: nothing is written. */
	begin(&p, "a.test", A, 5);
	memset(p.data + 4, 0, 8);
	p.len = 12;
	assert_int_equal(mend(&p, query.len - 1, &query, &r), 12);
	assert_int_equal(r.rcode, 0);
	assert_int_equal(mend(&p, query.len, &query, &r), query.len);
	assert_int_equal(r.rcode, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aliases_are_followed_in_any_order),
		cmocka_unit_test(only_the_chains_own_addresses_count),
		cmocka_unit_test(names_are_compared_as_dns_does),
		cmocka_unit_test(families_have_their_own_records),
		cmocka_unit_test(the_least_time_to_live_counts_and_is_bounded),
		cmocka_unit_test(chains_and_records_are_bounded),
		cmocka_unit_test(errors_and_denials),
		cmocka_unit_test(damaged_replies_are_refused),
		cmocka_unit_test(names_of_255_bytes_and_no_more),
		cmocka_unit_test(an_alias_that_is_no_host_name_is_not_shown),
		cmocka_unit_test(errors_become_servfail_and_are_kept),
		cmocka_unit_test(what_answers_something_else_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
