/* SPDX-License-Identifier: MIT */
/* dns_packet: what net/dns reads in DNS packets by itself (RFC 1035), where c-ares 1.18 does not do it as
 * other resolvers do. Every byte of a packet is hostile; nothing here reads or writes beyond what it was
 * given. */
#ifndef NET_DNS_PACKET_H
#define NET_DNS_PACKET_H

#include "dns_impl.h"

enum { DNS_HEADER = 12, DNS_QUESTION_MAX = 255 + 4, DNS_QUERY_MAX = DNS_HEADER + DNS_QUESTION_MAX };
enum {
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5
};

/* What a server said instead of an answer. */
struct dns_refusal {
	int rcode;        /* 0: none */
	int is_truncated; /* the answer was too long for UDP */
};

/* Prepares a packet that came over UDP for c-ares, if it answers `query` (a packet as it was sent: number and
 * question match). Any error but NXDOMAIN becomes SERVFAIL, so that c-ares asks the next server as glibc
 * does, and *ret keeps what it was; an error that comes without the question (a header of 12 bytes, as some
 * gateways send it) gets the question, since c-ares would drop it. packet has room for `size` bytes. Returns
 * the length, which is len where nothing was changed. *ret is untouched when the packet answers something
 * else, or says nothing but an answer. */
size_t dns_packet_mend(unsigned char *packet, size_t len, size_t size, const unsigned char *query,
		       size_t query_len, struct dns_refusal *ret);

/* The addresses of one family in a reply: aliases are followed from the name in its question in whatever
 * order the records stand, as glibc and BIND do. Fills addresses, ttl_s (the least on the way, at most a day)
 * and name (the last alias; "" if it is no host name) of *found, which must be zeroed. Returns c-ares'
 * status: ARES_SUCCESS (found->n is at least 1), ARES_ENODATA, ARES_ENOTFOUND (NXDOMAIN), ARES_ESERVFAIL
 * (another error), ARES_EBADRESP (damaged, or aliases that go round). */
int dns_packet_read(const unsigned char *packet, size_t len, int family, struct dns_answer *found);

#endif
