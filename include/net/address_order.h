/* SPDX-License-Identifier: MIT */
/* address_order: decides which of a server's addresses is tried first. An address that failed is moved to the
 * end; the one that worked last is the first. Before any failure, the order is that of the DNS answer. State
 * is kept only for servers of which an address has failed. */
#ifndef NET_ADDRESS_ORDER_H
#define NET_ADDRESS_ORDER_H

#include "net/dns.h"

enum { ADDRESS_ORDER_SERVERS = 64 }; /* number of servers whose state is kept; the most recently used ones */

/* the state of all servers. Plain data; zeroed: none */
struct address_orders {
	struct address_order *first; /* that of the most recently used server */
};
void address_orders_forget(struct address_orders *t);

/* The following functions are about the server with this host name and port. */
/* Records that the address failed, at whatever step. */
void address_order_failed(struct address_orders *t, const char *host, int port, const struct dns_address *a);
/* Records that the address worked, if any address of the server has failed before. */
void address_order_worked(struct address_orders *t, const char *host, int port, const struct dns_address *a);
/* Sorts the answer's addresses into the order in which they are to be tried: those that worked, the latest
 * first; then those without a record, in their order. Addresses that failed are kept only if there are no
 * others, the earliest failure first: otherwise a connection to one that accepts TCP and then stays silent
 * could win over a good one that is a little slower. Returns 1 if the first address is not known to fail. */
int address_order_apply(struct address_orders *t, const char *host, int port, struct dns_answer *a);

#endif
