/* SPDX-License-Identifier: MIT */
/* route: asks the kernel's routing table about an address. No packet is sent. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "net/dns.h"

/* Gets the device's own address from which packets to this address are sent. Returns 0; -1 if there is no
 * route. */
int route_source(const struct dns_address *to, struct dns_address *ret);
/* Returns 1 if this connected or connecting socket cannot work any more: the device has lost the socket's own
 * address, that address's interface has no carrier, or no route leads to the other end through it. */
int route_is_lost(int fd);

#endif
