/* SPDX-License-Identifier: MIT */
/* identity_network: the operating system's IPv4 network, as xConfiguration Network 1 IPv4 shows it. */
#include "identity_network.h"

#include "net/netlink.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

struct sought { /* an address, and what is known about it */
	struct in_addr address;
	int is_permanent;
};

/* Called for each address. The kernel marks addresses that do not expire (set by hand, not leased) as
 * permanent. */
static void see_address(void *arg, struct nlmsghdr *h)
{
	struct sought *s = arg;
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const void *own = netlink_attribute(h, sizeof *m, IFA_LOCAL, sizeof s->address);
	if (h->nlmsg_type == RTM_NEWADDR && own && memcmp(own, &s->address, sizeof s->address) == 0)
		s->is_permanent = (m->ifa_flags & IFA_F_PERMANENT) != 0;
}

struct gateway {
	struct in_addr address; /* s_addr 0: none yet */
	uint32_t metric;
};

/* Called for each route. If there are several default routes, the kernel uses the one with the lowest
 * metric. */
static void see_route(void *arg, struct nlmsghdr *h)
{
	struct gateway *g = arg;
	const struct rtmsg *m = NLMSG_DATA(h);
	const uint32_t *metric = netlink_attribute(h, sizeof *m, RTA_PRIORITY, sizeof *metric);
	const void *by = netlink_attribute(h, sizeof *m, RTA_GATEWAY, sizeof g->address);
	uint32_t its = metric ? *metric : 0;
	if (h->nlmsg_type != RTM_NEWROUTE || m->rtm_dst_len || m->rtm_type != RTN_UNICAST ||
	    m->rtm_table != RT_TABLE_MAIN || !by || (g->address.s_addr && its >= g->metric))
		return;
	memcpy(&g->address, by, sizeof g->address);
	g->metric = its;
}

static int mask_of(const struct ifaddrs *i, struct in_addr own, struct in_addr *ret)
{
	struct sockaddr_in in;
	if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !i->ifa_netmask)
		return -1;
	memcpy(&in, i->ifa_addr, sizeof in);
	if (in.sin_addr.s_addr != own.s_addr)
		return -1;
	memcpy(&in, i->ifa_netmask, sizeof in);
	*ret = in.sin_addr;
	return 0;
}

void identity_network(const char *ipv4, const struct ifaddrs *all, struct identity_network *ret)
{
	struct gateway gateway = { .metric = 0 };
	struct sought own = { .is_permanent = 0 };
	struct in_addr mask;
	netlink_list(RTM_GETROUTE, AF_INET, see_route, &gateway);
	if (gateway.address.s_addr)
		inet_ntop(AF_INET, &gateway.address, ret->gateway, sizeof ret->gateway);
	if (inet_pton(AF_INET, ipv4, &own.address) != 1)
		return;
	inet_ntop(AF_INET, &own.address, ret->address, sizeof ret->address);
	netlink_list(RTM_GETADDR, AF_INET, see_address, &own);
	ret->is_permanent = own.is_permanent;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next)
		if (mask_of(i, own.address, &mask) == 0)
			inet_ntop(AF_INET, &mask, ret->subnet_mask, sizeof ret->subnet_mask);
}
