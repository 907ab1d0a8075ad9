/* SPDX-License-Identifier: MIT */
#include "dns_order.h"

#include <string.h>

enum { SILENT_TIMES = 3, SILENT_MS = 2 * 60 * 1000 };

void dns_order_heard(struct dns_order *o, size_t server, int64_t now_ms)
{
	if (server >= DNS_SERVERS_MAX)
		return;
	o->silences[server].times = 0;
	o->silences[server].until_ms = 0;
	o->silences[server].heard_ms = now_ms;
}

void dns_order_timed_out(struct dns_order *o, size_t n, int timeouts, int64_t asked_ms, int64_t now_ms)
{
	for (size_t k = 0; k < (size_t)timeouts && k + 1 < n; k++) {
		size_t i = o->asked[k];
		if (o->silences[i].heard_ms < asked_ms && ++o->silences[i].times >= SILENT_TIMES)
			o->silences[i].until_ms = now_ms + SILENT_MS;
	}
}

int dns_order_choose(struct dns_order *o, size_t n, int64_t now_ms)
{
	size_t order[DNS_SERVERS_MAX] = { 0 }, at = 0;
	for (int is_silent = 0; is_silent <= 1; is_silent++)
		for (size_t i = 0; i < n; i++)
			if ((o->silences[i].until_ms > now_ms) == is_silent)
				order[at++] = i;
	int differs = memcmp(order, o->asked, sizeof order) != 0;
	memcpy(o->asked, order, sizeof order);
	return differs;
}
