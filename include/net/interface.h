/* SPDX-License-Identifier: MIT */
/* interface: the device's network interfaces, as the kernel has them. */
#ifndef NET_INTERFACE_H
#define NET_INTERFACE_H

#include <net/if.h>
#include <stddef.h>

enum { INTERFACES_MAX = 128, INTERFACE_MAC = 6 };

/* What made it: the less, the surer it is the same after a restart of the device. */
enum interface_kind {
	INTERFACE_PERMANENT, /* it has an address that its hardware keeps */
	INTERFACE_PORT,      /* hardware without one; or the device's side of a pair, as containers have it */
	INTERFACE_MADE,      /* a bridge, a tunnel and the like */
};

struct interface {
	char name[IF_NAMESIZE];
	enum interface_kind kind;
	unsigned char mac[INTERFACE_MAC]; /* the hardware's own if it keeps one; all zero: it has none */
};

/* Lists all interfaces but loopback; returns their number. */
size_t interface_list(struct interface ret[INTERFACES_MAX]);

#endif
