/* SPDX-License-Identifier: MIT */
/* route: what the kernel's routes say of an address. Nothing is sent. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "net/dns.h"

/* The device's own address that packets to this one leave from: 0; -1: no route leads there. */
int route_source(const struct dns_address *to, struct dns_address *ret);
/* 1: this connected or connecting socket is of no more use, because the device has lost the socket's own
 * address, that address's interface has no carrier, or no route leads to the other end through it. */
int route_is_lost(int fd);

#endif
