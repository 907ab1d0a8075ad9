/* SPDX-License-Identifier: MIT */
/* A time packet from outside. The first byte chooses the key (none, SHA1, SHA256); a packet after it is
 * read as the answer to a request with transmit timestamp 0x0123456789abcdef. */
#include "net/sntp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct sntp_key key = { .algorithm = (enum sntp_algorithm)(data[0] % 3), .id = 7, .len = 6 };
	memcpy(key.secret, "secret", 6);
	struct sntp_answer a;
	struct err e = { .kind = ERR_NONE };
	struct sntp_exchange x = {
		.key = &key, .transmit = 0x0123456789abcdef, .sent_ms = 1000, .received_ms = 2000
	};
	int failed = sntp_read(data + 1, size - 1, &x, &a, &e);
	if (failed ? e.kind != ERR_PROTOCOL && e.kind != ERR_DATE : e.kind != ERR_NONE)
		abort();
	if (a.kiss != SNTP_KISS_NONE && (!failed || e.kind != ERR_DATE))
		abort();
	if (failed)
		return 0;
	/* Whatever is taken lies between 1968 and 2104, with a bounded error and from a server that has a
	 * stratum. */
	const int64_t first = -61505152, last = 4233462145;
	if (a.stratum < 1 || a.stratum > 15 || a.sample.distance_us < 0 || a.sample.distance_us >= 3000000 ||
	    a.sample.unix_us / 1000000 < first || a.sample.unix_us / 1000000 > last)
		abort();
	size_t expected = key.algorithm == SNTP_KEY_NONE ? 48 : 72;
	if (size - 1 != expected && (key.algorithm != SNTP_KEY_SHA256 || size - 1 != 84))
		abort();
	return 0;
}
