/* SPDX-License-Identifier: MIT */
/* identity: who this device is, as every document to a server says it. */
#ifndef AGENT_IDENTITY_H
#define AGENT_IDENTITY_H

#include "settings/settings.h"
#include "wire/post.h"

/* From the settings, and for what they leave empty from the system: the interface of the default route (else
 * the first one that is up and not loopback) gives MAC and addresses, DMI or the machine id the serial
 * number, the host name the system's name. */
void identity_read(const struct settings *s, struct wire_identity *ret);

/* What the operating system has given the device: IPv4 of that interface, and where the default route leads;
 * "" for what there is none of. Asks the kernel each time. */
struct identity_network {
	char address[16], subnet_mask[16], gateway[16];
	int is_permanent; /* the address has no end: it was set by hand, and not leased */
};
void identity_network(struct identity_network *ret);

/* As agent_host_name. */
int identity_host_name(const struct settings *s, char *ret, size_t size, struct err *e);

#endif
