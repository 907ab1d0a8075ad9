/* SPDX-License-Identifier: MIT */
/* netlink: asks the kernel for the links, addresses and routes that it has (rtnetlink(7)). */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include "net/dns.h"

#include <linux/rtnetlink.h>
#include <stddef.h>

/* Asks for all of a kind: type RTM_GETLINK, RTM_GETADDR or RTM_GETROUTE; family AF_INET, AF_INET6 or
 * AF_UNSPEC. Calls fn for each message of the answer, before it returns. 0; -1: the kernel did not
 * answer. */
int netlink_list(int type, int family, void (*fn)(void *arg, struct nlmsghdr *h), void *arg);

enum { NETLINK_STAYS = 0 };
/* The index of the interface through which packets between these addresses of one family leave, by the
 * kernel's routes, or NETLINK_STAYS: both are the device's own. 0; -1: there is no way. */
int netlink_route(const struct dns_address *from, const struct dns_address *to, unsigned *ret_index);

/* The attribute of this type behind the fixed part (of this size) of a message; NULL: it has none that
 * is at least `least` bytes long. */
void *netlink_attribute(struct nlmsghdr *h, size_t fixed, int type, size_t least);

#endif
