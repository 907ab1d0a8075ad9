/* SPDX-License-Identifier: MIT */
/* address_order: which of a server's addresses is tried first. An address that failed goes to the end, the
 * one that worked last stays in front. Before anything has failed, the order is that of the DNS answer.
 * Only servers of which an address has failed are remembered. */
#ifndef NET_ADDRESS_ORDER_H
#define NET_ADDRESS_ORDER_H

#include "net/dns.h"

enum { ADDRESS_ORDER_SERVERS = 64 }; /* so many are remembered, those that were used last */

/* What is remembered of all servers. Plain data; zeroed: nothing. */
struct address_orders {
	struct address_order *first; /* of the server that was used last */
};
void address_orders_forget(struct address_orders *t);

/* Each of these is about the server with this host name and port. */
/* Remembers that the address failed, at whatever step. */
void address_order_failed(struct address_orders *t, const char *host, int port, const struct dns_address *a);
/* Remembers that the address worked, if any address of the server has failed before. */
void address_order_worked(struct address_orders *t, const char *host, int port, const struct dns_address *a);
/* Puts the answer's addresses into the order in which they are to be tried: those that worked, the latest
 * first; those of which nothing is known, as they come; those that failed, the earliest failure first, and
 * only if there are no others. For a connection to one that answers TCP and nothing more would else be made
 * beside that to a good one which is a little late, and win. Returns 1 if the first one is not known to
 * fail. */
int address_order_apply(struct address_orders *t, const char *host, int port, struct dns_answer *a);

#endif
