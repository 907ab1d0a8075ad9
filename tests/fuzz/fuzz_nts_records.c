/* SPDX-License-Identifier: MIT */
/* What a server sends when keys for NTS are established. */
#include "net/nts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nts_offer o;
	struct err e = { .kind = ERR_NONE };
	if (size > NTS_MESSAGE_MAX)
		return 0;
	int r = nts_read_offer(data, size, &o, &e);
	if (r < 0 ? e.kind != ERR_PROTOCOL && e.kind != ERR_DENIED : e.kind != ERR_NONE)
		abort();
	if (r != 1)
		return 0;
	/* What is offered is enough to ask for the time. */
	if (!o.cookies.n || o.cookies.n > NTS_COOKIES || o.port < 0 || o.port > 65535 ||
	    !memchr(o.server, '\0', sizeof o.server))
		abort();
	for (size_t i = 0; i < o.cookies.n; i++)
		if (!o.cookies.at[i].len || o.cookies.at[i].len > NTS_COOKIE_MAX)
			abort();
	return 0;
}
