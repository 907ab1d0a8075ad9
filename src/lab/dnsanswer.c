/* SPDX-License-Identifier: MIT */
#include "dnsanswer.h"

#include "site.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>

enum { PACKET = DNSANSWER_MAX, HEADER = 12, NAME = 256, SLOW_S = 3 };
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28 };
enum { RCODE_FORMERR = 1, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_NOTIMP = 4, RCODE_REFUSED = 5 };
enum { FLAG_RESPONSE = 0x80, FLAG_AUTHORITY = 0x04, FLAG_TRUNCATED = 0x02, FLAG_RECURSION = 0x80 };

struct question {
	char name[NAME];
	int type, has_edns, is_tcp;
	unsigned ttl_s;
};

struct dns_fault {
	struct fault fault;
	/* Adds answers to r, which has the header and the question already. Returns 0 if r is to be sent, -1
	 * if no answer is sent. */
	int (*answer)(const struct question *q, struct dnsanswer *r);
	unsigned delay_s;
};

/* --- writing --- */

static void put(struct dnsanswer *r, const void *data, size_t len)
{
	if (len <= PACKET - r->len) {
		memcpy(r->data + r->len, data, len);
		r->len += len;
	}
}

static void put_number(struct dnsanswer *r, uint32_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--) {
		unsigned char byte = (unsigned char)(value >> (8 * i));
		put(r, &byte, 1);
	}
}

static void put_name(struct dnsanswer *r, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");
		put_number(r, (uint32_t)len, 1);
		put(r, name, len);
		name += len + (name[len] == '.');
	}
	put_number(r, 0, 1);
}

/* owner NULL: the name in the question. */
static void put_record(unsigned ttl_s, struct dnsanswer *r, const char *owner, int type, const void *data,
		       size_t len)
{
	if (owner)
		put_name(r, owner);
	else
		put_number(r, 0xc000 | HEADER, 2);
	put_number(r, (uint32_t)type, 2);
	put_number(r, 1, 2);
	put_number(r, ttl_s, 4);
	put_number(r, (uint32_t)len, 2);
	put(r, data, len);
	r->data[7]++;
}

static void put_v4(unsigned ttl_s, struct dnsanswer *r, const char *owner, unsigned last)
{
	put_record(ttl_s, r, owner, TYPE_A, (unsigned char[]){ 127, 0, 0, (unsigned char)last }, 4);
}

static void put_v6(unsigned ttl_s, struct dnsanswer *r)
{
	put_record(ttl_s, r, NULL, TYPE_AAAA, &in6addr_loopback, sizeof in6addr_loopback);
}

static int code(struct dnsanswer *r, int rcode)
{
	r->data[3] = (unsigned char)((r->data[3] & 0xf0) | rcode);
	return 0;
}

/* --- kinds of answers --- */

static int good(const struct question *q, struct dnsanswer *r)
{
	if (q->type == TYPE_A)
		put_v4(q->ttl_s, r, NULL, 1);
	return 0;
}

static int ipv6(const struct question *q, struct dnsanswer *r)
{
	if (q->type == TYPE_AAAA)
		put_v6(q->ttl_s, r);
	return good(q, r);
}

static int ipv6_only(const struct question *q, struct dnsanswer *r)
{
	if (q->type == TYPE_AAAA)
		put_v6(q->ttl_s, r);
	return 0;
}

static const char alias_target[] = "\6server\10sealpost\4test";

static int cname(const struct question *q, struct dnsanswer *r)
{
	put_record(q->ttl_s, r, NULL, TYPE_CNAME, alias_target, sizeof alias_target);
	if (q->type == TYPE_A)
		put_v4(q->ttl_s, r, "server." LAB_DOMAIN, 1);
	return 0;
}

static int dead_first(const struct question *q, struct dnsanswer *r)
{
	if (q->type == TYPE_A) {
		put_v4(q->ttl_s, r, NULL, 9);
		put_v4(q->ttl_s, r, NULL, 1);
	}
	return 0;
}

static int wrong_address(const struct question *q, struct dnsanswer *r)
{
	if (q->type == TYPE_A)
		put_v4(q->ttl_s, r, NULL, 9);
	return 0;
}

static int nxdomain(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return code(r, RCODE_NXDOMAIN);
}

static int servfail(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return code(r, RCODE_SERVFAIL);
}

static int refused(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return code(r, RCODE_REFUSED);
}

static int empty(const struct question *q, struct dnsanswer *r)
{
	(void)q, (void)r;
	return 0;
}

static int silent(const struct question *q, struct dnsanswer *r)
{
	(void)q, (void)r;
	return -1;
}

static int wrong_id(const struct question *q, struct dnsanswer *r)
{
	r->data[0] ^= 0x55;
	return good(q, r);
}

static int truncated(const struct question *q, struct dnsanswer *r)
{
	r->data[2] |= FLAG_TRUNCATED;
	return q->is_tcp ? -1 : 0;
}

static int garbage(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	r->data[7] = 200; /* announces 200 answers without having any */
	put(r, "\300\377\300\377", 4);
	return 0;
}

/* Answers with a header only, without the question, as some gateways do for errors. */
static int bare(struct dnsanswer *r, int rcode)
{
	memset(r->data + 4, 0, HEADER - 4);
	r->len = HEADER;
	return code(r, rcode);
}

static int servfail_bare(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return bare(r, RCODE_SERVFAIL);
}

static int refused_bare(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return bare(r, RCODE_REFUSED);
}

static int formerr(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return code(r, RCODE_FORMERR);
}

static int notimp(const struct question *q, struct dnsanswer *r)
{
	(void)q;
	return code(r, RCODE_NOTIMP);
}

static int edns_dropped(const struct question *q, struct dnsanswer *r)
{
	return q->has_edns ? -1 : good(q, r);
}

static int edns_formerr(const struct question *q, struct dnsanswer *r)
{
	return q->has_edns ? code(r, RCODE_FORMERR) : good(q, r);
}

static int edns_formerr_bare(const struct question *q, struct dnsanswer *r)
{
	return q->has_edns ? bare(r, RCODE_FORMERR) : good(q, r);
}

static int edns_formerr_aaaa(const struct question *q, struct dnsanswer *r)
{
	return q->has_edns && q->type == TYPE_AAAA ? bare(r, RCODE_FORMERR) : good(q, r);
}

static int cname_last(const struct question *q, struct dnsanswer *r)
{
	if (q->type == TYPE_A)
		put_v4(q->ttl_s, r, "server." LAB_DOMAIN, 1);
	put_record(q->ttl_s, r, NULL, TYPE_CNAME, alias_target, sizeof alias_target);
	return 0;
}

static int aaaa_silent(const struct question *q, struct dnsanswer *r)
{
	return q->type == TYPE_AAAA ? -1 : good(q, r);
}

static int aaaa_nxdomain(const struct question *q, struct dnsanswer *r)
{
	return q->type == TYPE_AAAA ? code(r, RCODE_NXDOMAIN) : good(q, r);
}

static int aaaa_servfail(const struct question *q, struct dnsanswer *r)
{
	return q->type == TYPE_AAAA ? code(r, RCODE_SERVFAIL) : good(q, r);
}

static int aaaa_refused(const struct question *q, struct dnsanswer *r)
{
	return q->type == TYPE_AAAA ? code(r, RCODE_REFUSED) : good(q, r);
}

static int a_servfail(const struct question *q, struct dnsanswer *r)
{
	return q->type == TYPE_A ? code(r, RCODE_SERVFAIL) : ipv6_only(q, r);
}

static int over_tcp(const struct question *q, struct dnsanswer *r)
{
	return q->is_tcp ? good(q, r) : truncated(q, r);
}

#define ROW(name, help, answer, delay)                                                                       \
	{                                                                                                    \
		{ name, NULL, help, FAULT_NOT_TLS, 0 }, answer, delay                                        \
	}
static const struct dns_fault rows[] = {
	ROW("good", "every name below sealpost.test is 127.0.0.1", good, 0),
	ROW("ipv6", "127.0.0.1 and ::1", ipv6, 0),
	ROW("ipv6-only", "::1 only", ipv6_only, 0),
	ROW("cname", "an alias of server.sealpost.test, 127.0.0.1", cname, 0),
	ROW("cname-last", "the same, with the address before its alias", cname_last, 0),
	ROW("dead-first", "127.0.0.9, where nobody listens, and 127.0.0.1", dead_first, 0),
	ROW("wrong-address", "127.0.0.9, where nobody listens", wrong_address, 0),
	ROW("nxdomain", "there is no such name", nxdomain, 0),
	ROW("servfail", "the server failed", servfail, 0),
	ROW("refused", "the server refuses to answer", refused, 0),
	ROW("formerr", "the server does not understand any question (FORMERR)", formerr, 0),
	ROW("notimp", "the server does not answer such questions (NOTIMP)", notimp, 0),
	ROW("servfail-bare", "as servfail, in a header without the question", servfail_bare, 0),
	ROW("refused-bare", "as refused, in a header without the question", refused_bare, 0),
	ROW("edns-dropped", "does not answer questions with EDNS, as some gateways", edns_dropped, 0),
	ROW("edns-formerr", "answers FORMERR to questions with EDNS", edns_formerr, 0),
	ROW("edns-formerr-bare", "answers FORMERR to questions with EDNS, in a header without the question",
	    edns_formerr_bare, 0),
	ROW("edns-formerr-aaaa", "does so for IPv6 addresses only", edns_formerr_aaaa, 0),
	ROW("aaaa-silent", "127.0.0.1, and no answer to questions for IPv6 addresses", aaaa_silent, 0),
	ROW("aaaa-nxdomain", "127.0.0.1, and for IPv6 that there is no such name", aaaa_nxdomain, 0),
	ROW("aaaa-servfail", "127.0.0.1, and SERVFAIL for IPv6", aaaa_servfail, 0),
	ROW("aaaa-refused", "127.0.0.1, and REFUSED for IPv6", aaaa_refused, 0),
	ROW("a-servfail", "::1, and SERVFAIL for IPv4", a_servfail, 0),
	ROW("empty", "the name exists, but has no address", empty, 0),
	ROW("silent", "never answers", silent, 0),
	ROW("slow", "answers after three seconds", good, SLOW_S),
	ROW("wrong-id", "answers with another query's number, as a forger who guesses", wrong_id, 0),
	ROW("truncated", "says that the answer is too long for UDP, and does not answer over TCP", truncated,
	    0),
	ROW("tcp", "says that the answer is too long for UDP, and gives it over TCP", over_tcp, 0),
	ROW("garbage", "promises 200 answers and sends a broken one", garbage, 0),
};
static const struct fault_table table = { "dns", rows, sizeof *rows, sizeof rows / sizeof *rows };

/* --- questions --- */

/* Reads the header and the question, and begins the reply with them. Returns -1 if the packet gets no
 * answer. */
static int begin(const unsigned char *in, size_t len, struct question *q, struct dnsanswer *r)
{
	if (len < HEADER || in[2] & FLAG_RESPONSE || in[4] != 0 || in[5] != 1)
		return -1;
	size_t at = HEADER, out = 0;
	while (at < len && in[at]) {
		size_t label = in[at++];
		if (label > 63 || label > len - at || out + label + 2 > sizeof q->name)
			return -1;
		memcpy(q->name + out, in + at, label);
		at += label;
		out += label;
		q->name[out++] = '.';
	}
	if (len - at < 5)
		return -1;
	q->name[out ? out - 1 : 0] = '\0';
	q->type = in[at + 1] << 8 | in[at + 2];
	q->has_edns = in[10] || in[11]; /* EDNS is the only expected record in the additional section */
	const unsigned char header[HEADER] = {
		in[0],          in[1], (unsigned char)(FLAG_RESPONSE | FLAG_AUTHORITY | (in[2] & 0x79)),
		FLAG_RECURSION, 0,     1,
	};
	put(r, header, HEADER);
	put(r, in + HEADER, at + 5 - HEADER);
	return 0;
}

static int is_ours(const char *name)
{
	size_t len = strlen(name), domain = strlen(LAB_DOMAIN);
	return len > domain && name[len - domain - 1] == '.' &&
	       strcasecmp(name + len - domain, LAB_DOMAIN) == 0 && strncasecmp(name, "missing.", 8) != 0;
}

const struct fault_table *dnsanswer_table(void)
{
	return &table;
}

unsigned dnsanswer_delay_s(const struct fault *mode)
{
	return ((const struct dns_fault *)(const void *)mode)->delay_s;
}

int dnsanswer_make(const struct dnsanswer_request *request, struct dnsanswer *ret)
{
	const struct dns_fault *mode = (const struct dns_fault *)(const void *)request->mode;
	struct question q = { .ttl_s = request->ttl_s, .is_tcp = request->is_tcp };
	ret->len = 0;
	if (begin(request->data, request->len, &q, ret) < 0)
		return -1;
	return is_ours(q.name) ? mode->answer(&q, ret) : code(ret, RCODE_NXDOMAIN);
}
