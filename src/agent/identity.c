/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include "agent/agent.h"
#include "base/file.h"
#include "base/version.h"
#include "net/dns.h"
#include "schema/name.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where the default route points, from the kernel's table; "" if there is none. gateway may be NULL. */
static void default_route(char *ret, size_t size, struct in_addr *gateway)
{
	struct buf routes;
	buf_init(&routes, 64 << 10);
	ret[0] = '\0';
	if (file_read("/proc/net/route", &routes, NULL) == 0) {
		/* Columns: interface, destination, gateway ...; the default route's destination is
		 * 00000000. */
		for (const char *line = strchr(buf_str(&routes), '\n'); line && line[1];
		     line = strchr(line + 1, '\n')) {
			size_t name = strcspn(line + 1, "\t");
			if (strncmp(line + 1 + name, "\t00000000\t", 10) == 0 && name < size) {
				memcpy(ret, line + 1, name);
				ret[name] = '\0';
				if (gateway) /* printed as the number that this machine sees in its bytes */
					gateway->s_addr = (in_addr_t)strtoul(line + 1 + name + 10, NULL, 16);
				break;
			}
		}
	}
	buf_done(&routes);
}

static int usable(const struct ifaddrs *i, const char *wanted)
{
	if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
		return 0;
	return wanted[0] ? strcmp(i->ifa_name, wanted) == 0 : !(i->ifa_flags & IFF_LOOPBACK);
}

static void take_address(const struct ifaddrs *i, struct wire_identity *who)
{
	if (i->ifa_addr->sa_family == AF_PACKET && !who->mac_address[0]) {
		struct sockaddr_ll ll;
		memcpy(&ll, i->ifa_addr, sizeof ll);
		if (ll.sll_halen == 6)
			snprintf(who->mac_address, sizeof who->mac_address, "%02X:%02X:%02X:%02X:%02X:%02X",
				 ll.sll_addr[0], ll.sll_addr[1], ll.sll_addr[2], ll.sll_addr[3],
				 ll.sll_addr[4], ll.sll_addr[5]);
	} else if (i->ifa_addr->sa_family == AF_INET && !who->ip_address[0]) {
		struct sockaddr_in in;
		memcpy(&in, i->ifa_addr, sizeof in);
		inet_ntop(AF_INET, &in.sin_addr, who->ip_address, sizeof who->ip_address);
	} else if (i->ifa_addr->sa_family == AF_INET6 && !who->ip_address_v6[0]) {
		struct sockaddr_in6 in6;
		memcpy(&in6, i->ifa_addr, sizeof in6);
		inet_ntop(AF_INET6, &in6.sin6_addr, who->ip_address_v6, sizeof who->ip_address_v6);
	}
}

/* Without a default route the first interface that is up is used, for all addresses. */
static void choose_interface(const struct ifaddrs *all, char wanted[IF_NAMESIZE])
{
	for (int f = 0; f < 2; f++)
		for (const struct ifaddrs *i = all; i && !wanted[0]; i = i->ifa_next)
			if (usable(i, wanted) && i->ifa_addr->sa_family == (f ? AF_INET6 : AF_INET))
				snprintf(wanted, IF_NAMESIZE, "%s", i->ifa_name);
}

static void addresses(struct wire_identity *who)
{
	char wanted[IF_NAMESIZE];
	struct ifaddrs *all;
	default_route(wanted, sizeof wanted, NULL);
	if (getifaddrs(&all) < 0)
		return;
	choose_interface(all, wanted);
	for (const struct ifaddrs *i = all; i; i = i->ifa_next)
		if (usable(i, wanted))
			take_address(i, who);
	freeifaddrs(all);
}

static int first_line(const char *path, char *ret, size_t size)
{
	struct buf b;
	buf_init(&b, 4096);
	int r = file_read(path, &b, NULL);
	size_t len = strcspn(buf_str(&b), "\r\n");
	if (r == 0 && len && len < size)
		snprintf(ret, size, "%.*s", (int)len, buf_str(&b));
	else
		r = -1;
	buf_done(&b);
	return r;
}

static void serial_number(char *ret, size_t size)
{
	char id[64];
	if (first_line("/sys/class/dmi/id/product_serial", ret, size) == 0)
		return;
	if (first_line("/etc/machine-id", id, sizeof id) == 0)
		snprintf(ret, size, "%.12s", id);
}

#define TAKE(field, text) snprintf(field, sizeof field, "%s", text)

void identity_read(const struct settings *s, struct wire_identity *ret)
{
	memset(ret, 0, sizeof *ret);
	TAKE(ret->mac_address, s->identity.mac_address);
	TAKE(ret->ip_address, s->identity.ip_address);
	TAKE(ret->serial_number, s->identity.serial_number);
	TAKE(ret->system_name, s->system_name);
	TAKE(ret->product_type, s->identity.product_type[0] ? s->identity.product_type : "Cisco Codec");
	TAKE(ret->product_id, s->identity.product_id[0] ? s->identity.product_id : "sealpost");
	TAKE(ret->software_version,
	     s->identity.software_version[0] ? s->identity.software_version : "sealpost " VERSION);
	addresses(ret);
	if (!ret->mac_address[0])
		TAKE(ret->mac_address, "00:00:00:00:00:00");
	if (!ret->ip_address[0])
		TAKE(ret->ip_address, "127.0.0.1");
	if (!ret->serial_number[0])
		serial_number(ret->serial_number, sizeof ret->serial_number);
	if (!ret->system_name[0] && gethostname(ret->system_name, sizeof ret->system_name) < 0)
		ret->system_name[0] = '\0';
	ret->system_name[sizeof ret->system_name - 1] = '\0';
}

/* --- the operating system's network --- */

/* Does this message of the kernel say that the address is permanent? */
static int is_permanent_in(struct nlmsghdr *h, struct in_addr address)
{
	struct ifaddrmsg *m = NLMSG_DATA(h);
	int left = (int)IFA_PAYLOAD(h);
	for (struct rtattr *at = IFA_RTA(m); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
		struct in_addr one;
		if (at->rta_type != IFA_LOCAL || RTA_PAYLOAD(at) != sizeof one)
			continue;
		memcpy(&one, RTA_DATA(at), sizeof one);
		if (one.s_addr == address.s_addr)
			return (m->ifa_flags & IFA_F_PERMANENT) != 0;
	}
	return 0;
}

/* Asks the kernel, which marks addresses without an end (set by hand, not leased) as permanent. */
static int is_permanent(struct in_addr address)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg m;
	} ask = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof ask.m),
		       .nlmsg_type = RTM_GETADDR,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.m = { .ifa_family = AF_INET },
	};
	char reply[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), found = 0, more = fd >= 0;
	if (more && send(fd, &ask, ask.h.nlmsg_len, 0) < 0)
		more = 0;
	while (more) {
		ssize_t n = recv(fd, reply, sizeof reply, 0);
		more = n > 0;
		for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == RTM_NEWADDR)
				found |= is_permanent_in(h, address);
			else
				more = 0;
		}
	}
	if (fd >= 0)
		close(fd);
	return found;
}

static void ipv4_text(const struct sockaddr *from, char *ret, size_t size)
{
	struct sockaddr_in in;
	memcpy(&in, from, sizeof in);
	inet_ntop(AF_INET, &in.sin_addr, ret, (socklen_t)size);
}

void identity_network(struct identity_network *ret)
{
	char wanted[IF_NAMESIZE];
	struct in_addr gateway = { .s_addr = INADDR_ANY }, own;
	struct ifaddrs *all;
	memset(ret, 0, sizeof *ret);
	default_route(wanted, sizeof wanted, &gateway);
	if (gateway.s_addr != INADDR_ANY)
		inet_ntop(AF_INET, &gateway, ret->gateway, sizeof ret->gateway);
	if (getifaddrs(&all) < 0)
		return;
	choose_interface(all, wanted);
	for (const struct ifaddrs *i = all; i && !ret->address[0]; i = i->ifa_next) {
		if (!usable(i, wanted) || i->ifa_addr->sa_family != AF_INET)
			continue;
		ipv4_text(i->ifa_addr, ret->address, sizeof ret->address);
		if (i->ifa_netmask)
			ipv4_text(i->ifa_netmask, ret->subnet_mask, sizeof ret->subnet_mask);
	}
	freeifaddrs(all);
	if (inet_pton(AF_INET, ret->address, &own) == 1)
		ret->is_permanent = is_permanent(own);
}

int identity_host_name(const struct settings *s, char *ret, size_t size, struct err *e)
{
	char own[256] = "", ascii[DNS_NAME_MAX];
	if (s->system_name[0])
		snprintf(own, sizeof own, "%s", s->system_name);
	else if (gethostname(own, sizeof own - 1) < 0)
		own[0] = '\0';
	if (schema_name_ascii(own, ascii, sizeof ascii, NULL) < 0 || schema_check_host(ascii, NULL) < 0)
		return err_set(e, ERR_INPUT, 0, "SystemUnit Name \"%s\" is no host name", own);
	int has_domain = strchr(ascii, '.') != NULL || !s->dns.domain[0];
	snprintf(ret, size, "%s%s%s", ascii, has_domain ? "" : ".", has_domain ? "" : s->dns.domain);
	return 0;
}
