/* SPDX-License-Identifier: MIT */
/* The extension fields of a time packet with NTS. If the first byte is even, the rest is a packet from
 * somebody without the keys. If it is odd, the rest is what the server itself has encrypted: such a packet
 * is authentic, whatever is in it. */
#include "../../src/net/nts_siv.h"
#include "net/nts.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 48, UNIQUE_FIELD = 4 + NTS_UNIQUE, AUTHENTICATOR = 8 + 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t authentic(const struct nts_association *a, const uint8_t *plain, size_t len,
			unsigned char packet[NTS_ANSWER_MAX])
{
	size_t at = HEADER + UNIQUE_FIELD, sealed = (len + 16 + 3) / 4 * 4, whole = AUTHENTICATOR + sealed;
	memset(packet, 0, NTS_ANSWER_MAX);
	memcpy(packet + HEADER, (const unsigned char[]){ 1, 4, 0, UNIQUE_FIELD }, 4);
	memset(packet + HEADER + 4, 'u', NTS_UNIQUE);
	memcpy(packet + at,
	       (const unsigned char[]){ 4, 4, (unsigned char)(whole >> 8), (unsigned char)whole, 0, 16,
					(unsigned char)((len + 16) >> 8), (unsigned char)(len + 16) },
	       8);
	const struct nts_siv_text open[] = { { packet, at }, { packet + at + 8, 16 } };
	if (nts_siv_seal(a->s2c, &(struct nts_siv_open_texts){ open, 2 }, (struct nts_siv_text){ plain, len },
			 packet + at + AUTHENTICATOR) < 0)
		abort();
	return at + whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nts_association a;
	static struct nts_cookies cookies;
	unsigned char unique[NTS_UNIQUE], packet[NTS_ANSWER_MAX];
	struct nts_expected x = { &a, unique };
	struct err e = { .kind = ERR_NONE };
	if (!size || size > NTS_ANSWER_MAX - 200)
		return 0;
	memset(unique, 'u', sizeof unique);
	memset(a.s2c, 's', sizeof a.s2c);
	if (data[0] % 2) {
		size_t len = authentic(&a, data + 1, size - 1, packet);
		if (nts_answer(packet, len, HEADER, &x, &cookies, &e) != 0 ||
		    !nts_is_for(packet, len, HEADER, &x))
			abort();
		for (size_t i = 0; i < cookies.n; i++)
			if (!cookies.at[i].len || cookies.at[i].len > NTS_COOKIE_MAX)
				abort();
		return 0;
	}
	if (size - 1 < HEADER)
		return 0;
	nts_is_for(data + 1, size - 1, HEADER, &x);
	if (nts_answer(data + 1, size - 1, HEADER, &x, &cookies, &e) == 0 || e.kind != ERR_PROTOCOL ||
	    cookies.n)
		abort(); /* nobody but the server can make one that is authentic */
	return 0;
}
