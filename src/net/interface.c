/* SPDX-License-Identifier: MIT */
#include "net/interface.h"

#include "net/netlink.h"

#include <linux/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct list {
	struct interface *to;
	size_t n;
};

/* Returns 1 if the MAC address can belong to one interface: not all zero, and not a group address. */
static int is_own(const unsigned char *mac)
{
	static const unsigned char none[INTERFACE_MAC];
	return memcmp(mac, none, sizeof none) != 0 && !(mac[0] & 1);
}

/* Returns the kind that a kernel driver names for an interface that it makes; "" for hardware. */
static const char *made_by(struct nlmsghdr *h)
{
	struct rtattr *info = netlink_attribute(h, sizeof(struct ifinfomsg), IFLA_LINKINFO, 0);
	if (!info)
		return "";
	/* The attribute's header, which has its length, is before its data. */
	struct rtattr *outer = (void *)((char *)info - RTA_LENGTH(0));
	int left = (int)RTA_PAYLOAD(outer);
	for (struct rtattr *at = info; RTA_OK(at, left); at = RTA_NEXT(at, left))
		if (at->rta_type == IFLA_INFO_KIND && RTA_PAYLOAD(at) > 0)
			return RTA_DATA(at);
	return "";
}

static enum interface_kind kind_of(struct nlmsghdr *h, const unsigned char *permanent)
{
	const char *made = made_by(h);
	int has_master = netlink_attribute(h, sizeof(struct ifinfomsg), IFLA_MASTER, 4) != NULL;
	if (permanent)
		return INTERFACE_PERMANENT;
	return !made[0] || (strcmp(made, "veth") == 0 && !has_master) ? INTERFACE_PORT : INTERFACE_MADE;
}

static void add(void *arg, struct nlmsghdr *h)
{
	struct list *l = arg;
	const struct ifinfomsg *m = NLMSG_DATA(h);
	const char *name = netlink_attribute(h, sizeof *m, IFLA_IFNAME, 1);
	if (h->nlmsg_type != RTM_NEWLINK || (m->ifi_flags & IFF_LOOPBACK) || !name || l->n == INTERFACES_MAX)
		return;
	struct interface *i = &l->to[l->n++];
	*i = (struct interface){ .kind = INTERFACE_MADE };
	snprintf(i->name, sizeof i->name, "%s", name);
	if (m->ifi_type != ARPHRD_ETHER)
		return;
	const unsigned char *mac = netlink_attribute(h, sizeof *m, IFLA_ADDRESS, INTERFACE_MAC),
			    *permanent = netlink_attribute(h, sizeof *m, IFLA_PERM_ADDRESS, INTERFACE_MAC);
	if (permanent && !is_own(permanent))
		permanent = NULL;
	if (permanent || (mac && is_own(mac)))
		memcpy(i->mac, permanent ? permanent : mac, sizeof i->mac);
	i->kind = kind_of(h, permanent);
}

size_t interface_list(struct interface ret[INTERFACES_MAX])
{
	struct list l = { .to = ret };
	netlink_list(RTM_GETLINK, AF_UNSPEC, add, &l);
	return l.n;
}
