/* SPDX-License-Identifier: MIT */
/* route: asks the kernel's routing table about an address. No packet is sent. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "net/dns.h"

#include <stdint.h>

/* Gets the device's own address from which packets to this address are sent. Returns 0; -1 if there is no
 * route. */
int route_source(const struct dns_address *to, struct dns_address *ret);
/* Returns a number for the router to which packets of this connected socket go first; 0: there is none, or it
 * is not known. */
uint64_t route_gateway(int fd);
/* Returns 1 if this connected or connecting socket cannot work any more: the device has lost the socket's own
 * address, that address's interface has no carrier, or no route leads to the other end through it; or if the
 * route leads through another router than before (route_gateway; 0: not known): a NAT or firewall there does
 * not know the connection. */
int route_is_lost(int fd, uint64_t gateway);

#endif
