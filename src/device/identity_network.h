/* SPDX-License-Identifier: MIT */
/* identity_network: the operating system's IPv4 network, a part of the identity. */
#ifndef DEVICE_IDENTITY_NETWORK_H
#define DEVICE_IDENTITY_NETWORK_H

#include "device/identity.h"

#include <ifaddrs.h>

/* Fills *ret, which is empty, from the kernel. ipv4: the device's address, or ""; all: the addresses of all
 * interfaces (borrowed), or NULL. */
void identity_network(const char *ipv4, const struct ifaddrs *all, struct identity_network *ret);

#endif
