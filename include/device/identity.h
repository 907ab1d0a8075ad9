/* SPDX-License-Identifier: MIT */
/* identity: the identity of this device, as it is in every document to a server. Values that the settings
 * leave empty come from the operating system. */
#ifndef DEVICE_IDENTITY_H
#define DEVICE_IDENTITY_H

#include "net/dns.h"
#include "settings/settings.h"
#include "wire/post.h"

#include <stdint.h>

struct identity_request {
	const struct settings *settings;
	/* the address of the server to which the documents are sent; family 0: not known. The reported
	 * address of the device is the one from which packets to this server are sent */
	struct dns_address server;
	int64_t known_mac; /* the MAC address that was chosen the last time, as a number; 0: none */
};

/* The IPv4 network that the operating system has configured; "" for missing values. */
struct identity_network {
	char address[16], subnet_mask[16];
	char gateway[16]; /* target of the default route */
	int is_permanent; /* 1: the address does not expire: it was set by hand, not leased */
};

struct identity { /* plain data */
	struct wire_identity who;
	/* The addresses of the interfaces, whatever the settings are; "": none. The address in `who` is one
	 * of them, unless it was set. */
	char ipv4[16], ipv6[DNS_ADDRESS_TEXT];
	struct identity_network network;
	/* the chosen MAC address as a number, which the caller stores and passes as known_mac the next time;
	 * 0: none */
	int64_t mac;
	int mac_is_permanent; /* 1: the hardware has it, so no other device has the same */
	/* the source of the MAC address, for xStatus: "Configuration", an interface's name, "MachineId",
	 * "" */
	char mac_source[16];
	/* source of the address: "Configuration", "Server" (the route to it), "DefaultRoute", "Interface",
	 * "None" */
	const char *address_source;
	/* source of the serial number: "Configuration", or the result of serial_read */
	const char *serial_source;
};
/* Asks the kernel each time.
 *
 * The MAC address is an interface's, and stays the same after a restart of the device: if there are
 * interfaces whose hardware has a permanent address, one of these; among several, the one that was chosen
 * before, the one in use, the first by name. If there is none, it is made from the machine id. It is never
 * zero; without a machine id it is empty.
 *
 * The IP address is never a loopback address: it is the one from which packets to the server are sent;
 * otherwise that for packets to the internet; otherwise the first one. It is an IPv4 address, unless the
 * server is reached by IPv6, or there is no IPv4 address. */
void identity_read(const struct identity_request *r, struct identity *ret);

/* Writes the device's host name: SystemUnit Name, or the operating system's, with the DNS domain appended.
 * Fails with ERR_INPUT if it is no host name. */
int identity_host_name(const struct settings *s, char *ret, size_t size, struct err *e);

#endif
