/* SPDX-License-Identifier: MIT */
#include "device/identity.h"

#include "base/num.h"
#include "base/version.h"
#include "crypto/sha256.h"
#include "net/interface.h"
#include "net/route.h"
#include "schema/name.h"
#include "identity_network.h"
#include "serial.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- addresses --- */

/* Converts an address of an interface to a dns_address. Returns 0; -1 if it is of another family. */
static int address_of(const struct ifaddrs *i, int family, struct dns_address *ret)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	if (!i->ifa_addr || i->ifa_addr->sa_family != family)
		return -1;
	*ret = (struct dns_address){ .family = family };
	if (family == AF_INET6) {
		memcpy(&in6, i->ifa_addr, sizeof in6);
		memcpy(ret->bytes, &in6.sin6_addr, sizeof in6.sin6_addr);
	} else {
		memcpy(&in, i->ifa_addr, sizeof in);
		memcpy(ret->bytes, &in.sin_addr, sizeof in.sin_addr);
	}
	return 0;
}

static int is_loopback(const struct dns_address *a)
{
	static const unsigned char six[16] = { [15] = 1 };
	return a->family == AF_INET ? a->bytes[0] == 127 : memcmp(a->bytes, six, sizeof six) == 0;
}

static int is_link_local(const struct dns_address *a)
{
	return a->family == AF_INET6 ? a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80
				     : a->bytes[0] == 169 && a->bytes[1] == 254;
}

/* Finds the address from which packets to this address are sent. Returns -1 if there is no route, or the
 * packets do not leave the device. */
static int towards(const struct dns_address *to, struct dns_address *ret)
{
	return to->family && route_source(to, ret) == 0 && !is_loopback(ret) ? 0 : -1;
}

/* Finds the address from which packets to the internet are sent. It asks the kernel for the route to an
 * address that no host has (RFC 5737, RFC 3849); no packet is sent. */
static int towards_world(int family, struct dns_address *ret)
{
	struct dns_address to, own;
	if (!dns_is_address(family == AF_INET6 ? "2001:db8::1" : "192.0.2.1", &to) || towards(&to, &own) < 0)
		return -1;
	*ret = own;
	return 0;
}

/* Finds the first address of an interface that is up, or of the interface `name` unless that is "".
 * Link-local addresses come last. */
static int first_of(const struct ifaddrs *all, const char *name, int family, struct dns_address *ret)
{
	int found = -1;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct dns_address a;
		if (!(i->ifa_flags & IFF_UP) || (name[0] && strcmp(name, i->ifa_name) != 0) ||
		    address_of(i, family, &a) < 0 || is_loopback(&a) || (found == 0 && is_link_local(&a)))
			continue;
		*ret = a;
		found = 0;
		if (!is_link_local(&a))
			break;
	}
	return found;
}

/* Returns the interface that has this address; NULL: none. */
static const struct ifaddrs *holder(const struct ifaddrs *all, const struct dns_address *own)
{
	struct dns_address a;
	while (all &&
	       (address_of(all, own->family, &a) < 0 || memcmp(a.bytes, own->bytes, sizeof a.bytes) != 0))
		all = all->ifa_next;
	return all;
}

struct chosen { /* family 0: there is no address */
	struct dns_address v4, v6, reported;
	const char *source;
	char uplink[IF_NAMESIZE]; /* the interface with the reported address; "": none */
};

static void choose_addresses(const struct identity_request *r, const struct ifaddrs *all, struct chosen *ret)
{
	struct dns_address own = { .family = 0 };
	int has_world = towards_world(AF_INET, &ret->v4) == 0;
	has_world |= towards_world(AF_INET6, &ret->v6) == 0;
	int has_server = towards(&r->server, &own) == 0;
	if (has_server)
		*(own.family == AF_INET ? &ret->v4 : &ret->v6) = own;
	else if (!has_world && first_of(all, "", AF_INET, &ret->v4) < 0)
		first_of(all, "", AF_INET6, &ret->v6);
	ret->reported = has_server ? own : ret->v4.family ? ret->v4 : ret->v6;
	ret->source = has_server             ? "Server"
		      : has_world            ? "DefaultRoute"
		      : ret->reported.family ? "Interface"
					     : "None";
	const struct ifaddrs *uplink = ret->reported.family ? holder(all, &ret->reported) : NULL;
	snprintf(ret->uplink, sizeof ret->uplink, "%s", uplink ? uplink->ifa_name : "");
	if (!ret->v6.family && uplink)
		first_of(all, ret->uplink, AF_INET6, &ret->v6);
}

/* --- the MAC address --- */

static int64_t number_of(const unsigned char *mac)
{
	int64_t n = 0;
	for (size_t i = 0; i < INTERFACE_MAC; i++)
		n = n << 8 | mac[i];
	return n;
}

static int has_address(const struct ifaddrs *all, const char *name)
{
	struct dns_address a;
	return (first_of(all, name, AF_INET, &a) == 0 && !is_link_local(&a)) ||
	       (first_of(all, name, AF_INET6, &a) == 0 && !is_link_local(&a));
}

/* Ranks an interface: the one with the lowest rank gives the MAC address. */
static unsigned rank(const struct identity_request *r, const struct ifaddrs *all, const char *uplink,
		     const struct interface *i)
{
	int is_uplink = strcmp(i->name, uplink) == 0;
	unsigned kind = i->kind == INTERFACE_PERMANENT           ? 0U
			: i->kind == INTERFACE_PORT || is_uplink ? 1U
								 : 2U;
	unsigned among = number_of(i->mac) == r->known_mac ? 0U
			 : is_uplink                       ? 1U
			 : has_address(all, i->name)       ? 2U
							   : 3U;
	return kind << 2 | among;
}

static const struct interface *choose_interface(const struct identity_request *r, const struct ifaddrs *all,
						const char *uplink, const struct interface *list)
{
	const struct interface *best = NULL;
	unsigned best_rank = 0;
	for (const struct interface *i = list; i->name[0]; i++) {
		if (!number_of(i->mac))
			continue;
		unsigned its = rank(r, all, uplink, i);
		if (best && (its > best_rank || (its == best_rank && strcmp(i->name, best->name) > 0)))
			continue;
		best = i;
		best_rank = its;
	}
	return best;
}

static void mac_text(const unsigned char *mac, char *ret, size_t size)
{
	snprintf(ret, size, "%02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* Derives an address from the machine id, in the range that software may use (locally administered), which
 * stays the same for ever. */
static int mac_of_machine(unsigned char ret[INTERFACE_MAC])
{
	char id[SERIAL_MACHINE_ID], text[80], digest[SHA256_HEX];
	if (serial_machine_id(id) < 0)
		return -1;
	snprintf(text, sizeof text, "sealpost MAC address %s", id);
	sha256_hex(text, strlen(text), digest);
	digest[(size_t)2 * INTERFACE_MAC] = '\0';
	num_unhex(digest, ret, INTERFACE_MAC);
	ret[0] = (unsigned char)((ret[0] & 0xfcU) | 2U);
	return 0;
}

static void choose_mac(const struct identity_request *r, const struct ifaddrs *all, const char *uplink,
		       struct identity *ret)
{
	struct interface list[INTERFACES_MAX + 1] = { { .name = "" } };
	unsigned char made[INTERFACE_MAC];
	interface_list(list);
	const struct interface *i = choose_interface(r, all, uplink, list);
	if (i) {
		ret->mac = number_of(i->mac);
		ret->mac_is_permanent = i->kind == INTERFACE_PERMANENT;
		mac_text(i->mac, ret->who.mac_address, sizeof ret->who.mac_address);
		snprintf(ret->mac_source, sizeof ret->mac_source, "%s", i->name);
	} else if (mac_of_machine(made) == 0) {
		mac_text(made, ret->who.mac_address, sizeof ret->who.mac_address);
		snprintf(ret->mac_source, sizeof ret->mac_source, "MachineId");
	}
}

/* --- the whole identity --- */

#define TAKE(field, text) snprintf(field, sizeof field, "%s", text)

static void read_network(const struct identity_request *r, struct identity *ret)
{
	struct chosen chosen = { .source = "None" };
	struct ifaddrs *all = NULL;
	if (getifaddrs(&all) < 0)
		all = NULL;
	choose_addresses(r, all, &chosen);
	if (chosen.v4.family)
		dns_address_text(&chosen.v4, ret->ipv4, sizeof ret->ipv4);
	if (chosen.v6.family)
		dns_address_text(&chosen.v6, ret->ipv6, sizeof ret->ipv6);
	TAKE(ret->who.ip_address_v6, ret->ipv6);
	ret->address_source = chosen.source;
	if (r->settings->identity.ip_address[0]) {
		TAKE(ret->who.ip_address, r->settings->identity.ip_address);
		ret->address_source = "Configuration";
	} else if (chosen.reported.family) {
		dns_address_text(&chosen.reported, ret->who.ip_address, sizeof ret->who.ip_address);
	}
	identity_network(ret->ipv4, all, &ret->network);
	choose_mac(r, all, chosen.uplink, ret);
	if (r->settings->identity.mac_address[0]) {
		TAKE(ret->who.mac_address, r->settings->identity.mac_address);
		TAKE(ret->mac_source, "Configuration");
	}
	if (all)
		freeifaddrs(all);
}

void identity_read(const struct identity_request *r, struct identity *ret)
{
	const struct settings *s = r->settings;
	struct wire_identity *who = &ret->who;
	memset(ret, 0, sizeof *ret);
	read_network(r, ret);
	TAKE(who->serial_number, s->identity.serial_number);
	ret->serial_source = who->serial_number[0] ? "Configuration"
						   : serial_read(who->mac_address, who->serial_number,
								 sizeof who->serial_number);
	TAKE(who->system_name, s->system_name);
	TAKE(who->product_type, s->identity.product_type[0] ? s->identity.product_type : "Cisco Codec");
	TAKE(who->product_id, s->identity.product_id[0] ? s->identity.product_id : "sealpost");
	TAKE(who->software_version,
	     s->identity.software_version[0] ? s->identity.software_version : "sealpost " VERSION);
	if (!who->system_name[0] && gethostname(who->system_name, sizeof who->system_name) < 0)
		who->system_name[0] = '\0';
	who->system_name[sizeof who->system_name - 1] = '\0';
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
