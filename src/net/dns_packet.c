/* SPDX-License-Identifier: MIT */
#include "dns_packet.h"

#include "base/num.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <string.h>

enum {
	AT_FLAGS = 2,
	AT_RCODE = 3,
	AT_QUESTIONS = 4,
	AT_ANSWERS = 6, /* offsets in the header */
	FLAG_RESPONSE = 0x80,
	FLAG_TRUNCATED = 0x02,
	RCODE = 0x0f,
	LABEL_MAX = 63,
	POINTER = 0xc0,
	NAME_MAX_BYTES = 255,
	ALIASES_MAX = 16,
	RECORDS_MAX = 512, /* of an answer; no name needs more, and each is compared with each alias */
};

/* A name as in packets, but uncompressed and in lower case: labels, each after its length, the empty label
 * last. */
struct name {
	unsigned char bytes[NAME_MAX_BYTES];
	size_t len;
};

struct record {
	struct name owner;
	unsigned type, class;
	uint32_t ttl_s;
	size_t data, data_len; /* offset and length of its data in the packet */
};

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

/* Returns the offset after the name; 0: the name is broken. */
static size_t read_name(const unsigned char *packet, size_t len, size_t at, struct name *ret)
{
	/* a pointer must lead to a place before the part that it ends, so there cannot be a loop */
	size_t end = 0, begin = at;
	ret->len = 0;
	while (at < len) {
		size_t label = packet[at];
		if (label >= POINTER) {
			if (len - at < 2)
				return 0;
			size_t to = (label & ~(size_t)POINTER) << 8 | packet[at + 1];
			end = end ? end : at + 2;
			if (to >= begin)
				return 0;
			at = begin = to;
			continue;
		}
		if (label > LABEL_MAX || label >= len - at || label >= sizeof ret->bytes - ret->len)
			return 0;
		/* lower() does not change the label's length, which is below 64 */
		for (size_t i = 0; i <= label; i++)
			ret->bytes[ret->len++] = lower(packet[at++]);
		if (label == 0)
			return end ? end : at;
	}
	return 0;
}

static int is_same_name(const struct name *a, const struct name *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Writes the name as text; "" if it is not a host name. */
static void name_text(const struct name *n, char ret[DNS_NAME_MAX])
{
	char text[NAME_MAX_BYTES + 1] = "";
	size_t out = 0;
	ret[0] = '\0';
	for (size_t at = 0; n->bytes[at]; at += n->bytes[at] + 1U) {
		if (memchr(n->bytes + at + 1, '\0', n->bytes[at]) ||
		    memchr(n->bytes + at + 1, '.', n->bytes[at]))
			return;
		memcpy(text + out, n->bytes + at + 1, n->bytes[at]);
		out += n->bytes[at];
		text[out++] = '.';
	}
	text[out ? out - 1 : 0] = '\0';
	int is_absolute;
	if (dns_normalise(text, ret, &is_absolute, NULL) < 0)
		ret[0] = '\0';
}

/* --- packets for c-ares --- */

/* Returns the length of the question of a query, whose name is not compressed; 0: there is none. */
static size_t question_len(const unsigned char *packet, size_t len)
{
	struct name name;
	size_t at = len > DNS_HEADER && num_get16(packet + AT_QUESTIONS) == 1
			    ? read_name(packet, len, DNS_HEADER, &name)
			    : 0;
	return at && len - at >= 4 ? at + 4 - DNS_HEADER : 0;
}

static int is_same_question(const unsigned char *a, const unsigned char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return 0;
	return 1;
}

size_t dns_packet_mend(unsigned char *packet, size_t len, size_t size, const unsigned char *query,
		       size_t query_len, struct dns_refusal *ret)
{
	size_t question = question_len(query, query_len);
	if (len < DNS_HEADER || !question || memcmp(packet, query, 2) != 0 ||
	    !(packet[AT_FLAGS] & FLAG_RESPONSE))
		return len;
	int rcode = packet[AT_RCODE] & RCODE, is_error = rcode != 0 && rcode != DNS_RCODE_NXDOMAIN;
	if (is_error && num_get16(packet + AT_QUESTIONS) == 0 && size >= DNS_HEADER + question) {
		memset(packet + AT_QUESTIONS, 0, DNS_HEADER - AT_QUESTIONS);
		packet[AT_QUESTIONS + 1] = 1;
		memcpy(packet + DNS_HEADER, query + DNS_HEADER, question);
		len = DNS_HEADER + question;
	}
	if (question_len(packet, len) != question ||
	    !is_same_question(packet + DNS_HEADER, query + DNS_HEADER, question))
		return len;
	if (packet[AT_FLAGS] & FLAG_TRUNCATED)
		ret->is_truncated = 1;
	if (is_error) {
		ret->rcode = rcode;
		packet[AT_RCODE] = (unsigned char)((packet[AT_RCODE] & ~RCODE) | DNS_RCODE_SERVFAIL);
	}
	return len;
}

/* --- answers --- */

/* Returns the offset of the next record; 0: this one is broken. */
static size_t read_record(const unsigned char *packet, size_t len, size_t at, struct record *ret)
{
	enum { FIXED = 10 }; /* type, class, time to live, length of the data */
	at = read_name(packet, len, at, &ret->owner);
	if (!at || len - at < FIXED)
		return 0;
	ret->type = num_get16(packet + at);
	ret->class = num_get16(packet + at + 2);
	ret->ttl_s = (uint32_t)num_get16(packet + at + 4) << 16 | num_get16(packet + at + 6);
	if (ret->ttl_s > INT32_MAX) /* RFC 2181, section 8 */
		ret->ttl_s = 0;
	ret->data_len = num_get16(packet + at + 8);
	ret->data = at + FIXED;
	return ret->data_len <= len - ret->data ? ret->data + ret->data_len : 0;
}

static void limit_ttl(struct dns_answer *found, uint32_t ttl_s)
{
	if (ttl_s < found->ttl_s)
		found->ttl_s = ttl_s;
}

/* The chain of aliases that begins with the name that was asked for; each pass over the answers finds the
 * next one. */
struct chain {
	struct name names[ALIASES_MAX + 1];
	size_t n;
};

static int is_in(const struct chain *c, const struct name *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_same_name(&c->names[i], name))
			return 1;
	return 0;
}

/* Finds the next alias. Returns 1 if there is one; 0 if the last name is not an alias; -1 if the packet is
 * damaged, or there are too many. */
static int follow_alias(const unsigned char *packet, size_t len, size_t at, struct chain *c,
			struct dns_answer *found)
{
	unsigned n = num_get16(packet + AT_ANSWERS);
	struct record r;
	for (unsigned i = 0; i < n && i < RECORDS_MAX; i++) {
		at = read_record(packet, len, at, &r);
		if (!at)
			return -1;
		if (r.type != ns_t_cname || r.class != ns_c_in ||
		    !is_same_name(&r.owner, &c->names[c->n - 1]))
			continue;
		if (c->n > ALIASES_MAX ||
		    read_name(packet, len, r.data, &c->names[c->n]) != r.data + r.data_len)
			return -1;
		c->n++;
		limit_ttl(found, r.ttl_s);
		return 1;
	}
	return 0;
}

static int take_addresses(const unsigned char *packet, size_t len, size_t at, int family,
			  const struct chain *c, struct dns_answer *found)
{
	unsigned n = num_get16(packet + AT_ANSWERS), type = family == AF_INET6 ? ns_t_aaaa : ns_t_a;
	size_t bytes = family == AF_INET6 ? 16 : 4;
	struct record r;
	for (unsigned i = 0; i < n && i < RECORDS_MAX && found->n < DNS_ADDRESSES_MAX; i++) {
		at = read_record(packet, len, at, &r);
		if (!at)
			return ARES_EBADRESP;
		if (r.type != type || r.class != ns_c_in || !is_in(c, &r.owner))
			continue;
		if (r.data_len != bytes)
			return ARES_EBADRESP;
		if (!memcmp(packet + r.data, (const unsigned char[16]){ 0 }, bytes)) {
			found->is_blocked = 1; /* a connection to it would lead to this device itself */
			continue;
		}
		struct dns_address *a = &found->addresses[found->n++];
		a->family = family;
		memcpy(a->bytes, packet + r.data, bytes);
		limit_ttl(found, r.ttl_s);
	}
	return found->n ? ARES_SUCCESS : ARES_ENODATA;
}

int dns_packet_read(const unsigned char *packet, size_t len, int family, struct dns_answer *found)
{
	struct chain c = { .n = 1 };
	size_t question = question_len(packet, len);
	if (!question)
		return ARES_EBADRESP;
	int rcode = packet[AT_RCODE] & RCODE;
	if (rcode)
		return rcode == DNS_RCODE_NXDOMAIN ? ARES_ENOTFOUND : ARES_ESERVFAIL;
	read_name(packet, len, DNS_HEADER, &c.names[0]);
	found->ttl_s = DNS_TTL_MAX_S;
	int more;
	do
		more = follow_alias(packet, len, DNS_HEADER + question, &c, found);
	while (more > 0);
	int status = more < 0 ? ARES_EBADRESP
			      : take_addresses(packet, len, DNS_HEADER + question, family, &c, found);
	if (status != ARES_SUCCESS) {
		found->n = 0;
		/* in a truncated answer the missing records may have been cut off */
		return packet[AT_FLAGS] & FLAG_TRUNCATED ? ARES_EBADRESP : status;
	}
	name_text(&c.names[c.n - 1], found->name);
	return ARES_SUCCESS;
}

const char *dns_library_version(void)
{
	return ares_version(NULL);
}

const char *dns_packet_refusal_text(const struct dns_refusal *r)
{
	switch (r->rcode) {
	case 0: return "has an answer that is too long for UDP, and gives none over TCP";
	case DNS_RCODE_FORMERR: return "does not understand the question (FORMERR)";
	case DNS_RCODE_SERVFAIL:
		return "failed to find an answer (SERVFAIL): the servers that it asks do not answer, or "
		       "DNSSEC fails";
	case DNS_RCODE_NOTIMP: return "does not answer questions of this kind (NOTIMP)";
	case DNS_RCODE_REFUSED:
		return "refuses to answer (REFUSED): it does not serve this device, or has no server to ask "
		       "itself";
	default: return NULL;
	}
}
