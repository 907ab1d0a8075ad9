/* SPDX-License-Identifier: MIT */
/* dns_order: in which order the name servers are asked. A server that left several lookups to the next one,
 * without an answer in between, is asked last for some time, since each of them waits for it. A single lost
 * packet does not count: the first server may be the only one that knows the names of the site. */
#ifndef NET_DNS_ORDER_H
#define NET_DNS_ORDER_H

#include "dns_server.h"

#include <stdint.h>

struct dns_order { /* plain data; all 0: nothing is known */
	struct {
		int times; /* lookups that it left to the next server since it last sent anything */
		int64_t until_ms, heard_ms;
	} silences[DNS_SERVERS_MAX];
	size_t asked[DNS_SERVERS_MAX]; /* the servers' indices, in the order in which c-ares asks them */
};

/* To be called when a packet of the server came; an index above all servers is ignored. */
void dns_order_heard(struct dns_order *o, size_t server, int64_t now_ms);
/* To be called when one of n servers has answered a lookup that was begun at asked_ms, after so many
 * time-outs. */
void dns_order_timed_out(struct dns_order *o, size_t n, int timeouts, int64_t asked_ms, int64_t now_ms);
/* Writes o->asked anew. Returns 1 if that has changed it. */
int dns_order_choose(struct dns_order *o, size_t n, int64_t now_ms);

#endif
