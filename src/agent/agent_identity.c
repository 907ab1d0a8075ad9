/* SPDX-License-Identifier: MIT */
/* agent_identity: the identity of the device, read again once a minute and after each change of the network,
 * and the leaves of the Status document that show it. */
#include "agent_internal.h"

#include "base/log.h"

#include <string.h>

#define TEXT STATUS_ANY_TEXT

enum { AGAIN_MS = 60000 }; /* reading it for every post would cost too much */

static const char mac_key[] = "mac_address";

static int address_of(const struct agent *a, const char *host, struct dns_address *ret)
{
	struct dns_answer answer;
	if (dns_is_address(host, ret))
		return 0;
	if (!*host || dns_last(a->dns, host, &answer) < 0)
		return -1;
	*ret = answer.addresses[0];
	return 0;
}

/* Finds the address of the manager; if no manager is configured, or its name is not resolved yet, of another
 * server. */
static void find_server(const struct agent *a, struct dns_address *ret)
{
	struct servers *servers = agent_servers(a);
	int found = -1;
	for (size_t i = 0; i < servers->n && found < 0; i++)
		if (servers->at[i].service == SERVICE_MANAGER)
			found = address_of(a, servers->at[i].host, ret);
	for (size_t i = 0; i < servers->n && found < 0; i++)
		found = address_of(a, servers->at[i].host, ret);
	servers_free(servers);
}

/* Stores the MAC address that was chosen as identity, so that it stays the same after a restart, whichever
 * interface is in use then. */
static void remember_mac(struct agent *a, const struct identity *i)
{
	struct err e = { .kind = ERR_NONE };
	int is_new = i->mac && i->mac != store_get(a->store, mac_key, 0);
	if (i->mac_is_permanent)
		is_new |= store_set_device(a->store, i->mac, &e) > 0;
	if (is_new && e.kind == ERR_NONE)
		store_set(a->store, mac_key, i->mac, &e);
	if (e.kind != ERR_NONE)
		log_debug("agent: the MAC address that was chosen is not remembered: %s", e.text);
	else if (is_new)
		publish_soon(a);
}

static const struct identity *identity_of(struct agent *a)
{
	int64_t now = loop_now_ms(a->loop);
	if (a->identity_read_ms >= 0 && now - a->identity_read_ms <= AGAIN_MS)
		return &a->identity;
	struct identity_request r = { .settings = settings_get(a->settings),
				      .known_mac = store_get(a->store, mac_key, 0) };
	if (a->delivery)
		find_server(a, &r.server);
	identity_read(&r, &a->identity);
	a->identity_read_ms = now;
	remember_mac(a, &a->identity);
	return &a->identity;
}

const struct wire_identity *agent_identity(struct agent *a)
{
	return &identity_of(a)->who;
}

const struct identity *agent_identity_whole(struct agent *a)
{
	return identity_of(a);
}

void agent_identity_changed(struct agent *a)
{
	struct wire_identity before = a->identity.who;
	a->identity_read_ms = -1;
	agent_status_changed(a, "Network");
	agent_status_changed(a, "SystemUnit");
	inbound_update(a->inbound);
	if (memcmp(&before, agent_identity(a), sizeof before) != 0)
		provisioning_identity_changed(a->provisioning);
}

/* --- status --- */

/* Defines a reader of a part of the identity. */
#define IDENTITY(name, part)                                                                                 \
	static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)                       \
	{                                                                                                    \
		(void)item;                                                                                  \
		return status_text(ret, identity_of(arg)->part);                                             \
	}

IDENTITY(mac_address, who.mac_address)
IDENTITY(mac_source, mac_source)
IDENTITY(ipv4, ipv4)
IDENTITY(ipv6, ipv6)
IDENTITY(ip_address, who.ip_address)
IDENTITY(address_source, address_source)
IDENTITY(serial_number, who.serial_number)
IDENTITY(serial_source, serial_source)
IDENTITY(product_id, who.product_id)
IDENTITY(product_type, who.product_type)
IDENTITY(software_version, who.software_version)

static int software_name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg, (void)item;
	return status_text(ret, "sealpost");
}

static int name_server(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct agent *a = arg;
	char text[DNS_SERVER_TEXT_MAX];
	return dns_server(a->dns, item[1] - 1, text) < 0 ? -1 : status_text(ret, text);
}

const struct status_row identity_status_rows[] = {
	{ "Network[1..1] DNS Server[1..3] Address", STATUS_TEXT, TEXT,
	  "A name server that is asked: of the settings, or else of /etc/resolv.conf.", name_server, 0 },
	{ "Network[1] Ethernet MacAddress", STATUS_TEXT, TEXT,
	  "The device's MAC address in documents to servers.", mac_address, 1 },
	{ "Network[1] Ethernet MacAddressSource", STATUS_TEXT, TEXT,
	  "Where the MAC address comes from: Configuration, the name of an interface, or MachineId (derived "
	  "from the machine id).",
	  mac_source, 1 },
	{ "Network[1] IPv4 Address", STATUS_TEXT, TEXT, "The device's IPv4 address.", ipv4, 1 },
	{ "Network[1] IPv6 Address", STATUS_TEXT, TEXT, "The device's IPv6 address.", ipv6, 1 },
	{ "SystemUnit Hardware Module SerialNumber", STATUS_TEXT, TEXT,
	  "The device's serial number in documents to servers.", serial_number, 1 },
	{ "SystemUnit Hardware Module SerialNumberSource", STATUS_TEXT,
	  SCHEMA_LIT("Configuration/DMI/DeviceTree/MachineId/MACAddress/None"),
	  "Where the serial number comes from.", serial_source, 1 },
	{ "SystemUnit Identification IPAddress", STATUS_TEXT, TEXT,
	  "The device's IP address in documents to servers.", ip_address, 1 },
	{ "SystemUnit Identification IPAddressSource", STATUS_TEXT,
	  SCHEMA_LIT("Configuration/Server/DefaultRoute/Interface/None"),
	  "Where the IP address comes from. Server: it is the source address of packets to the manager, or, "
	  "without a manager, to another server.",
	  address_source, 1 },
	{ "SystemUnit ProductId", STATUS_TEXT, TEXT, "The model in documents to servers.", product_id, 1 },
	{ "SystemUnit ProductType", STATUS_TEXT, TEXT, "The kind of device in documents to servers.",
	  product_type, 1 },
	{ "SystemUnit Software Name", STATUS_TEXT, TEXT, "This agent.", software_name, 1 },
	{ "SystemUnit Software Version", STATUS_TEXT, TEXT, "The software version in documents to servers.",
	  software_version, 1 },
	{ .path = NULL },
};
