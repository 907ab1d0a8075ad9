/* SPDX-License-Identifier: MIT */
/* dns_packet: reads DNS packets (RFC 1035) in the cases in which c-ares 1.18 does it differently from other
 * resolvers. A packet may contain anything; nothing here reads or writes beyond the given lengths. */
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

/* The reason why a server gave no usable answer. */
struct dns_refusal {
	int rcode;        /* 0: none */
	int is_truncated; /* the answer was too long for UDP */
};

/* Prepares a packet that came over UDP for c-ares, if it answers `query` (the packet that was sent: id and
 * question are the same). Any error except NXDOMAIN becomes SERVFAIL, so that c-ares asks the next server, as
 * glibc does; *ret gets the original error. If an error comes without the question (a header of 12 bytes, as
 * some gateways send it), the question is added, since c-ares would drop the packet otherwise. packet has
 * room for `size` bytes. Returns the new length, which is len if nothing was changed. *ret is not changed if
 * the packet answers another question, or is an answer without an error. */
size_t dns_packet_mend(unsigned char *packet, size_t len, size_t size, const unsigned char *query,
		       size_t query_len, struct dns_refusal *ret);

/* Returns an explanation of a server's refusal for an administrator, to follow the server's name; NULL: the
 * error has no name. */
const char *dns_packet_refusal_text(const struct dns_refusal *r);

/* Reads the addresses of one family in a reply. Aliases are followed from the name in its question, in
 * whatever order the records are, as glibc and BIND do. Fills addresses, ttl_s (the least on the way, at most
 * a day) and name (the last alias; "" if it is no host name) of *found, which must be zeroed. Returns c-ares'
 * status: ARES_SUCCESS (found->n is at least 1), ARES_ENODATA, ARES_ENOTFOUND (NXDOMAIN), ARES_ESERVFAIL
 * (another error), ARES_EBADRESP (damaged, or aliases that form a loop). */
int dns_packet_read(const unsigned char *packet, size_t len, int family, struct dns_answer *found);

#endif
