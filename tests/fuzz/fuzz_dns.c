/* SPDX-License-Identifier: MIT */
/* A DNS packet from outside. The first byte chooses the family; the packet after it is first prepared for
 * c-ares as an answer to the question "www.test", then read. */
#include "../../src/net/dns_packet.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 }; /* what is behind the packet in the buffer: enough for the question, not for much more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_right)
{
	if (!is_right)
		abort();
}

static void read_it(const unsigned char *packet, size_t len, int family)
{
	struct dns_answer a = { .n = 0 };
	unsigned char *exact =
		malloc(len ? len : 1); /* as long as the packet: the sanitizer sees a read beyond it */
	memcpy(exact, packet, len);
	int status = dns_packet_read(exact, len, family, &a), is_absolute;
	free(exact);
	char name[DNS_NAME_MAX];
	check((status == ARES_SUCCESS) == (a.n > 0) && a.n <= DNS_ADDRESSES_MAX);
	check(status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND ||
	      status == ARES_ESERVFAIL || status == ARES_EBADRESP);
	if (status != ARES_SUCCESS)
		return;
	check(a.ttl_s <= DNS_TTL_MAX_S);
	for (size_t i = 0; i < a.n; i++)
		check(a.addresses[i].family == family);
	check(!a.name[0] ||
	      (dns_normalise(a.name, name, &is_absolute, NULL) == 0 && strcmp(a.name, name) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char query[] =
		"\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\4test\0\0\1\0"; /* class IN: the final 1 follows */
	unsigned char q[sizeof query];
	memcpy(q, query, sizeof query);
	q[sizeof query - 1] = 1;
	if (!size || size > 65536)
		return 0;
	int family = data[0] & 1 ? AF_INET6 : AF_INET;
	size_t len = size - 1, room = len + ROOM;
	unsigned char *packet = malloc(room);
	memcpy(packet, data + 1, len);
	memset(packet + len, 0xee, ROOM);
	read_it(packet, len, family);
	struct dns_refusal r = { 0 };
	size_t mended = dns_packet_mend(packet, len, room, q, sizeof q, &r);
	check(mended <= room && (mended == len || (mended == sizeof q && r.rcode)));
	check(r.rcode >= 0 && r.rcode < 16 && r.rcode != DNS_RCODE_NXDOMAIN);
	if (!r.rcode && !r.is_truncated)
		check(memcmp(packet, data + 1, len) == 0);
	if (r.rcode)
		check((packet[3] & 15) == DNS_RCODE_SERVFAIL && memcmp(packet, q, 2) == 0);
	read_it(packet, mended, family);
	free(packet);
	return 0;
}
