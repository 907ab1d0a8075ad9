/* SPDX-License-Identifier: MIT */
/* link_watch: the kernel's messages only count as a sign that something may have changed: many contain
 * nothing new, for example when a lease is renewed, and some are lost if there are too many. So after a
 * message the present state is read and compared with the previous one. */
#include "net/link_watch.h"

#include "base/mem.h"
#include "base/num.h"
#include "net/netlink.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOON_MS = 200, ITEMS_MAX = 1024, LINKS_MAX = 256, READS_A_TURN = 64 };

/* The present state: a hash for each address, route and rule. Plain data. */
struct seen {
	struct link { /* an interface that is up; loopback is left out */
		uint32_t index;
		int has_carrier;
	} links[LINKS_MAX];
	size_t n_links;
	uint64_t items[ITEMS_MAX]; /* sorted; further ones are ignored */
	size_t n;
};

struct link_watch {
	int fd;
	struct loop_watch *watch;
	struct loop_timer *soon;
	struct seen now;
	void (*fn)(void *arg, unsigned what);
	void *arg;
};

/* Returns the interface; NULL: it is down, or loopback. */
static const struct link *find_link(const struct seen *s, uint32_t index)
{
	for (size_t i = 0; i < s->n_links; i++)
		if (s->links[i].index == index)
			return &s->links[i];
	return NULL;
}

/* Adds an address or route, and adds it once more while its interface has a carrier: pulling out a cable then
 * removes the second entry. */
static void add(struct seen *s, uint64_t item, const struct link *link)
{
	if (s->n < ITEMS_MAX)
		s->items[s->n++] = item;
	if ((!link || link->has_carrier) && s->n < ITEMS_MAX)
		s->items[s->n++] = num_hash(item, "carrier", 7);
}

static size_t address_size(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static void see_link(void *arg, struct nlmsghdr *h)
{
	struct seen *s = arg;
	const struct ifinfomsg *m = NLMSG_DATA(h);
	if (h->nlmsg_type == RTM_NEWLINK && (m->ifi_flags & IFF_UP) && !(m->ifi_flags & IFF_LOOPBACK) &&
	    s->n_links < LINKS_MAX)
		s->links[s->n_links++] =
			(struct link){ (uint32_t)m->ifi_index, (m->ifi_flags & IFF_RUNNING) != 0 };
}

static void see_address(void *arg, struct nlmsghdr *h)
{
	struct seen *s = arg;
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const struct link *link = find_link(s, m->ifa_index);
	size_t size = address_size(m->ifa_family);
	if (h->nlmsg_type != RTM_NEWADDR || !size || !link || m->ifa_scope >= RT_SCOPE_LINK ||
	    (m->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
		return;
	const void *own = netlink_attribute(h, sizeof *m, IFA_LOCAL, size);
	if (!own)
		own = netlink_attribute(h, sizeof *m, IFA_ADDRESS, size);
	if (own)
		add(s, num_hash(num_hash(RTM_NEWADDR, &m->ifa_index, sizeof m->ifa_index), own, size), link);
}

static void see_route(void *arg, struct nlmsghdr *h)
{
	struct seen *s = arg;
	const struct rtmsg *m = NLMSG_DATA(h);
	size_t size = address_size(m->rtm_family);
	const uint32_t *out = netlink_attribute(h, sizeof *m, RTA_OIF, sizeof *out),
		       *metric = netlink_attribute(h, sizeof *m, RTA_PRIORITY, sizeof *metric);
	const struct link *link = out ? find_link(s, *out) : NULL;
	if (h->nlmsg_type != RTM_NEWROUTE || !size || m->rtm_type != RTN_UNICAST ||
	    m->rtm_protocol == RTPROT_KERNEL || (m->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD)) ||
	    (out && !link))
		return;
	uint64_t item = num_hash(RTM_NEWROUTE, &m->rtm_dst_len, sizeof m->rtm_dst_len);
	const void *to = netlink_attribute(h, sizeof *m, RTA_DST, size),
		   *by = netlink_attribute(h, sizeof *m, RTA_GATEWAY, size);
	item = num_hash(item, &m->rtm_table, sizeof m->rtm_table);
	if (to)
		item = num_hash(num_hash(item, "to", 2), to, size);
	if (by)
		item = num_hash(num_hash(item, "by", 2), by, size);
	if (out)
		item = num_hash(item, out, sizeof *out);
	/* Where an uplink leads nowhere, a network manager raises its metric, and another uplink is used. */
	if (metric)
		item = num_hash(num_hash(item, "metric", 6), metric, sizeof *metric);
	add(s, item, link);
}

/* A rule decides which table of routes is used: multi-WAN tools and VPNs change the uplink through rules. */
static void see_rule(void *arg, struct nlmsghdr *h)
{
	if (h->nlmsg_type == RTM_NEWRULE)
		add(arg, num_hash(RTM_NEWRULE, NLMSG_DATA(h), NLMSG_PAYLOAD(h, 0)), NULL);
}

static int compare(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
	return one < other ? -1 : one > other;
}

static void look(struct seen *s)
{
	s->n = s->n_links = 0;
	netlink_list(RTM_GETLINK, AF_UNSPEC, see_link, s);
	netlink_list(RTM_GETADDR, AF_UNSPEC, see_address, s);
	netlink_list(RTM_GETROUTE, AF_INET, see_route, s);
	netlink_list(RTM_GETROUTE, AF_INET6, see_route, s);
	netlink_list(RTM_GETRULE, AF_UNSPEC, see_rule, s);
	qsort(s->items, s->n, sizeof *s->items, compare);
}

static unsigned differences(const struct seen *before, const struct seen *after)
{
	unsigned what = 0;
	for (size_t i = 0, k = 0; i < before->n || k < after->n;) {
		if (k == after->n || (i < before->n && before->items[i] < after->items[k])) {
			what |= LINK_GONE;
			i++;
		} else if (i == before->n || after->items[k] < before->items[i]) {
			what |= LINK_CAME;
			k++;
		} else {
			i++;
			k++;
		}
	}
	return what;
}

static void on_soon(void *arg)
{
	struct link_watch *w = arg;
	struct seen *fresh = mem_new(sizeof *fresh);
	look(fresh);
	unsigned what = differences(&w->now, fresh);
	w->now = *fresh;
	free(fresh);
	if (what)
		w->fn(w->arg, what);
}

static void on_news(void *arg, unsigned ready)
{
	struct link_watch *w = arg;
	char message[8192];
	(void)ready;
	for (int i = 0; i < READS_A_TURN && recv(w->fd, message, sizeof message, MSG_DONTWAIT) > 0;)
		i++;
	if (!loop_timer_armed(w->soon))
		loop_timer_in(w->soon, SOON_MS);
}

struct link_watch *link_watch_new(struct loop *l, void (*fn)(void *arg, unsigned what), void *arg)
{
	struct sockaddr_nl news = { .nl_family = AF_NETLINK,
				    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
						 RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
						 1U << (RTNLGRP_IPV6_RULE - 1) };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0)
		return NULL;
	if (bind(fd, (struct sockaddr *)&news, sizeof news) < 0) {
		close(fd);
		return NULL;
	}
	struct link_watch *w = mem_new(sizeof *w);
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	w->soon = loop_timer_new(l, on_soon, w);
	w->watch = loop_watch(l, fd, LOOP_READ, on_news, w);
	look(&w->now);
	return w;
}

void link_watch_free(struct link_watch *w)
{
	if (!w)
		return;
	loop_watch_free(w->watch);
	loop_timer_free(w->soon);
	close(w->fd);
	free(w);
}
