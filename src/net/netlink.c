/* SPDX-License-Identifier: MIT */
#include "net/netlink.h"

#include "base/num.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(int fd, int type, int family)
{
	struct {
		struct nlmsghdr h;
		/* the request that the kernel expects for each type; the family comes first, all else is 0 */
		union {
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

int netlink_list(int type, int family, void (*fn)(void *arg, struct nlmsghdr *h), void *arg)
{
	char reply[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), r = -1;
	int more = fd >= 0 && ask(fd, type, family) == 0;
	while (more) {
		ssize_t n = recv(fd, reply, sizeof reply, 0);
		more = n > 0;
		for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
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

static struct rtattr *attribute(struct nlmsghdr *h, size_t fixed, int type)
{
	size_t head = NLMSG_ALIGN(NLMSG_HDRLEN + fixed);
	int left = h->nlmsg_len > head ? (int)(h->nlmsg_len - head) : 0;
	for (struct rtattr *at = (void *)((char *)h + head); RTA_OK(at, left); at = RTA_NEXT(at, left))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static void put_address(struct nlmsghdr *h, int type, const struct dns_address *a)
{
	struct rtattr *at = (void *)((char *)h + NLMSG_ALIGN(h->nlmsg_len));
	size_t size = a->family == AF_INET6 ? 16 : 4;
	at->rta_type = (unsigned short)type;
	at->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(at), a->bytes, size);
	h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + at->rta_len;
}

int netlink_route(const struct dns_address *from, const struct dns_address *to, struct netlink_route *ret)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg m;
		char attributes[2 * RTA_SPACE(16)];
	} ask = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof ask.m),
			 .nlmsg_type = RTM_GETROUTE,
			 .nlmsg_flags = NLM_F_REQUEST },
		  .m = { .rtm_family = (unsigned char)to->family } };
	unsigned char bits = to->family == AF_INET6 ? 128 : 32;
	char reply[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), r = -1;
	ask.m.rtm_src_len = ask.m.rtm_dst_len = bits;
	put_address(&ask.h, RTA_DST, to);
	put_address(&ask.h, RTA_SRC, from);
	ssize_t n =
		fd >= 0 && send(fd, &ask, ask.h.nlmsg_len, 0) >= 0 ? recv(fd, reply, sizeof reply, 0) : -1;
	struct nlmsghdr *h = (void *)reply;
	const struct rtmsg *m = NLMSG_DATA(h);
	const unsigned *out = NULL;
	if (n > 0 && NLMSG_OK(h, n) && h->nlmsg_type == RTM_NEWROUTE &&
	    (m->rtm_type == RTN_UNICAST || m->rtm_type == RTN_LOCAL))
		out = netlink_attribute(h, sizeof *m, RTA_OIF, sizeof *out);
	if (out) {
		/* RTA_VIA: the router has an address of the other family */
		struct rtattr *by = attribute(h, sizeof *m, RTA_GATEWAY);
		if (!by)
			by = attribute(h, sizeof *m, RTA_VIA);
		ret->out = m->rtm_type == RTN_LOCAL ? NETLINK_STAYS : *out;
		ret->gateway = by ? num_hash(NUM_HASH, RTA_DATA(by), RTA_PAYLOAD(by)) | 1 : 0;
		r = 0;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

void *netlink_attribute(struct nlmsghdr *h, size_t fixed, int type, size_t least)
{
	struct rtattr *at = attribute(h, fixed, type);
	return at && RTA_PAYLOAD(at) >= least ? RTA_DATA(at) : NULL;
}
