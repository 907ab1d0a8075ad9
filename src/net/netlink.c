/* SPDX-License-Identifier: MIT */
#include "net/netlink.h"

#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(int fd, int type, int family)
{
	struct {
		struct nlmsghdr h;
		union { /* what the kernel expects for each type; the family comes first, all else is 0 */
			struct ifinfomsg link;
			struct ifaddrmsg address;
			struct rtmsg route;
		} m;
	} ask = { .h = { .nlmsg_type = (uint16_t)type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	ask.m.link.ifi_family = (unsigned char)family;
	ask.h.nlmsg_len = NLMSG_LENGTH(type == RTM_GETLINK   ? sizeof ask.m.link
				       : type == RTM_GETADDR ? sizeof ask.m.address
							     : sizeof ask.m.route);
	return send(fd, &ask, ask.h.nlmsg_len, 0) < 0 ? -1 : 0;
}

int netlink_list(int type, int family, void (*fn)(void *arg, const struct nlmsghdr *h), void *arg)
{
	char reply[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), r = -1;
	int more = fd >= 0 && ask(fd, type, family) == 0;
	while (more) {
		ssize_t n = recv(fd, reply, sizeof reply, 0);
		more = n > 0;
		for (const struct nlmsghdr *h = (const void *)reply; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE)
				r = 0;
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				more = 0;
			else
				fn(arg, h);
		}
	}
	if (fd >= 0)
		close(fd);
	return r;
}

const void *netlink_attribute(const struct nlmsghdr *h, size_t fixed, int type, size_t least)
{
	size_t head = NLMSG_ALIGN(NLMSG_HDRLEN + fixed);
	int left = h->nlmsg_len > head ? (int)(h->nlmsg_len - head) : 0;
	for (const struct rtattr *at = (const void *)((const char *)h + head); RTA_OK(at, left);
	     at = RTA_NEXT(at, left))
		if ((at->rta_type & NLA_TYPE_MASK) == type && RTA_PAYLOAD(at) >= least)
			return RTA_DATA(at);
	return NULL;
}
