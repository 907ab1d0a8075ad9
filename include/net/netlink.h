/* SPDX-License-Identifier: MIT */
/* netlink: asks the kernel for its links, addresses and routes (rtnetlink(7)). */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include "net/dns.h"

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

/* Asks for all entries of a kind: type RTM_GETLINK, RTM_GETADDR or RTM_GETROUTE; family AF_INET, AF_INET6 or
 * AF_UNSPEC. Calls fn for each message of the answer, before it returns. Returns 0; -1 if the kernel did not
 * answer. */
int netlink_list(int type, int family, void (*fn)(void *arg, struct nlmsghdr *h), void *arg);

struct netlink_route {
	unsigned out;     /* index of the interface through which packets leave */
	uint64_t gateway; /* a hash of the next router's address; 0: the other end is on the link */
};
enum { NETLINK_STAYS = 0 }; /* instead of an interface: both ends are the device's own */
/* Finds how packets between these addresses, of one family, leave according to the kernel's routes. Returns
 * 0; -1 if there is no route. */
int netlink_route(const struct dns_address *from, const struct dns_address *to, struct netlink_route *ret);

/* Returns the attribute of this type after the fixed part (of size `fixed`) of a message; NULL if there is
 * none with at least `least` bytes. */
void *netlink_attribute(struct nlmsghdr *h, size_t fixed, int type, size_t least);

#endif
