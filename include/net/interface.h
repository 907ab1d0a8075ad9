/* SPDX-License-Identifier: MIT */
/* interface: lists the device's network interfaces, as the kernel reports them. */
#ifndef NET_INTERFACE_H
#define NET_INTERFACE_H

#include <net/if.h>
#include <stddef.h>

enum { INTERFACES_MAX = 128, INTERFACE_MAC = 6 };

/* The origin of an interface. The lower kinds are more certain to be the same after a restart of the
 * device. */
enum interface_kind {
	INTERFACE_PERMANENT, /* it has an address that its hardware keeps */
	/* hardware without such an address; or the container's side of a pair of interfaces */
	INTERFACE_PORT,
	INTERFACE_MADE, /* a bridge, a tunnel and the like */
};

struct interface {
	char name[IF_NAMESIZE];
	enum interface_kind kind;
	/* the permanent one of the hardware if it has one; all zero: none */
	unsigned char mac[INTERFACE_MAC];
};

/* Lists all interfaces except loopback. Returns their number. */
size_t interface_list(struct interface ret[INTERFACES_MAX]);

#endif
