/* SPDX-License-Identifier: MIT */
/* identity: who this device is, as every document to a server says it. What the settings leave empty
 * comes from the system. */
#ifndef DEVICE_IDENTITY_H
#define DEVICE_IDENTITY_H

#include "net/dns.h"
#include "settings/settings.h"
#include "wire/post.h"

#include <stdint.h>

struct identity_request {
	const struct settings *settings;
	/* Where the server is that the documents go to; family 0: that is not known. The address reported
	 * is the one that its packets leave from. */
	struct dns_address server;
	int64_t known_mac; /* the MAC address that was chosen before, as a number; 0: none */
};

struct identity { /* plain data */
	struct wire_identity who;
	/* What the interfaces have, whatever the settings say; "" for none. The address within who is
	 * one of them, unless it was set. */
	char ipv4[16], ipv6[DNS_ADDRESS_TEXT];
	/* The MAC address that was chosen, as a number, to be remembered and given again; 0: none was. */
	int64_t mac;
	/* Where they come from, as xStatus says it: "Configuration", an interface's name, "MachineId",
	 * "". */
	char mac_source[16];
	/* "Configuration", "Server" (the route to it), "DefaultRoute", "Interface", "None". */
	const char *address_source;
	/* "Configuration", or as serial_read says. */
	const char *serial_source;
};
/* Asks the kernel each time.
 *
 * The MAC address is one of an interface, the same after each restart of the device: of one whose
 * hardware keeps it, if there is any; among those the one that was chosen before, the one in use, the
 * first by name. A device without any gets one that is made of its machine id. It is never zero, but
 * empty where there is no machine id either.
 *
 * The IP address is never loopback's: the one that packets to the server leave from; else to the world;
 * else the first that there is. IPv4's, unless the server is reached by IPv6, or there is no other. */
void identity_read(const struct identity_request *r, struct identity *ret);

/* What the operating system has given the device: its IPv4 address, and where the default route leads;
 * "" for what there is none of. Asks the kernel each time. */
struct identity_network {
	char address[16], subnet_mask[16], gateway[16];
	int is_permanent; /* the address has no end: it was set by hand, and not leased */
};
void identity_network(const struct identity *who, struct identity_network *ret);

/* The name by which the device is known: SystemUnit Name, or the system's own, with the DNS domain behind it.
 * ERR_INPUT: it is no host name. */
int identity_host_name(const struct settings *s, char *ret, size_t size, struct err *e);

#endif
