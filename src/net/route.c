/* SPDX-License-Identifier: MIT */
#include "net/route.h"

#include "net/netlink.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

union address { /* of either family */
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

static void take(const union address *from, struct dns_address *ret)
{
	*ret = (struct dns_address){ .family = from->any.sa_family };
	if (ret->family == AF_INET6)
		memcpy(ret->bytes, &from->in6.sin6_addr, sizeof from->in6.sin6_addr);
	else
		memcpy(ret->bytes, &from->in.sin_addr, sizeof from->in.sin_addr);
}

/* Connecting a UDP socket sends nothing, but makes the kernel choose the route. */
int route_source(const struct dns_address *to, struct dns_address *ret)
{
	union address a = { .storage = { 0 } };
	socklen_t len;
	dns_sockaddr(to, 9, &a.storage, &len); /* the port may be any except 0 */
	int fd = socket(a.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = -1;
	if (fd < 0)
		return -1;
	if (connect(fd, &a.any, len) == 0) {
		len = sizeof a;
		r = getsockname(fd, &a.any, &len);
	}
	close(fd);
	if (r == 0)
		take(&a, ret);
	return r;
}

static int is_same(const struct sockaddr *one, const union address *other)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	if (!one || one->sa_family != other->any.sa_family)
		return 0;
	if (one->sa_family == AF_INET) {
		memcpy(&in, one, sizeof in);
		return in.sin_addr.s_addr == other->in.sin_addr.s_addr;
	}
	if (one->sa_family != AF_INET6)
		return 0;
	memcpy(&in6, one, sizeof in6);
	return memcmp(&in6.sin6_addr, &other->in6.sin6_addr, sizeof in6.sin6_addr) == 0;
}

/* An address configured on the interface lo that is not a loopback address (such as a router's own) may be
 * reached through any interface. */
enum { ANY_INTERFACE = -1 };

/* Returns the index of the interface with a carrier that has this address; 0: there is none. */
static int find_interface(const union address *own)
{
	struct ifaddrs *all;
	int index = 0;
	if (getifaddrs(&all) < 0)
		/* the interfaces cannot be listed: assume that the address still exists */
		return ANY_INTERFACE;
	for (const struct ifaddrs *i = all; i && !index; i = i->ifa_next)
		if ((i->ifa_flags & IFF_UP) && (i->ifa_flags & IFF_RUNNING) && is_same(i->ifa_addr, own))
			index = i->ifa_flags & IFF_LOOPBACK ? ANY_INTERFACE
							    : (int)if_nametoindex(i->ifa_name);
	freeifaddrs(all);
	return index;
}

static int is_loopback(const union address *a)
{
	return a->any.sa_family == AF_INET ? ntohl(a->in.sin_addr.s_addr) >> 24 == 127
					   : IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

static int own_address(int fd, union address *ret)
{
	socklen_t len = sizeof *ret;
	*ret = (union address){ .storage = { 0 } };
	return getsockname(fd, &ret->any, &len) == 0 &&
			       (ret->any.sa_family == AF_INET || ret->any.sa_family == AF_INET6) &&
			       !is_loopback(ret)
		       ? 0
		       : -1;
}

/* The lookup includes the source address, so it respects policy routing. */
static int find_route(const union address *own, const union address *peer, struct netlink_route *ret)
{
	struct dns_address from, to;
	take(own, &from);
	take(peer, &to);
	return netlink_route(&from, &to, ret);
}

uint64_t route_gateway(int fd)
{
	union address own, peer;
	struct netlink_route r;
	socklen_t len = sizeof peer;
	return own_address(fd, &own) == 0 && getpeername(fd, &peer.any, &len) == 0 &&
			       find_route(&own, &peer, &r) == 0
		       ? r.gateway
		       : 0;
}

/* Returns 1 if packets to the other end still leave through the interface that has the address, and to the
 * same router. If they leave in another way, a NAT or firewall on the path does not know the connection, so
 * it is dead. */
static int has_route(const union address *own, const union address *peer, int interface, uint64_t gateway)
{
	struct netlink_route r;
	if (peer->any.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&peer->in6.sin6_addr))
		return 1; /* the other end is on the link itself */
	if (find_route(own, peer, &r) < 0 || (gateway && r.gateway && r.gateway != gateway))
		return 0;
	return interface == ANY_INTERFACE || r.out == NETLINK_STAYS || (int)r.out == interface;
}

int route_is_lost(int fd, uint64_t gateway)
{
	union address own, peer;
	socklen_t len = sizeof peer;
	if (own_address(fd, &own) < 0)
		return 0;
	int interface = find_interface(&own);
	if (!interface)
		return 1;
	/* a socket that is still connecting has no other end yet */
	return getpeername(fd, &peer.any, &len) == 0 && !has_route(&own, &peer, interface, gateway);
}
