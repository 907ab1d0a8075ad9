/* SPDX-License-Identifier: MIT */
/* link_watch, with a kernel that this test plays: it says that something has happened, and what there
 * is when it is asked. */
#include "net/link_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct message {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
		struct rtmsg route;
	} m;
	char attributes[64];
};

enum { MESSAGES_MAX = 10 };

static struct {
	int news[2]; /* the watch's socket, and the kernel's end of it */
	struct message has[MESSAGES_MAX];
	size_t n;
	int asked_for, family, told;
} kernel;

int socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_NETLINK);
	assert_int_equal(protocol, NETLINK_ROUTE);
	if (!(type & SOCK_NONBLOCK)) {
		kernel.told = 0;
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, kernel.news), 0);
	return kernel.news[0];
}

#ifdef __GLIBC__ /* whose prototype takes a union of pointers to all kinds of addresses */
typedef __CONST_SOCKADDR_ARG bind_address;
#define BIND_ADDRESS(address) ((address).__sockaddr__)
#else
typedef const struct sockaddr *bind_address;
#define BIND_ADDRESS(address) (address)
#endif

int bind(int fd, bind_address address, socklen_t len)
{
	const struct sockaddr_nl *nl = (const void *)BIND_ADDRESS(address);
	assert_int_equal(fd, kernel.news[0]);
	assert_int_equal(len, sizeof *nl);
	assert_int_equal(nl->nl_groups, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
						RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
						1U << (RTNLGRP_IPV6_RULE - 1));
	return 0;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	struct {
		struct nlmsghdr h;
		struct rtgenmsg m;
	} asked;
	(void)fd, (void)flags;
	assert_true(len >= sizeof asked);
	memcpy(&asked, data, sizeof asked);
	kernel.asked_for = asked.h.nlmsg_type;
	kernel.family = asked.m.rtgen_family;
	return (ssize_t)len;
}

/* The kind of message that answers, RTM_NEWLINK, says what kind of list it is in: RTM_GETLINK. */
static int is_asked_for(const struct message *m)
{
	return m->h.nlmsg_type + 2 == kernel.asked_for &&
	       (!kernel.family || m->m.route.rtm_family == kernel.family);
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
	struct nlmsghdr done = { .nlmsg_len = sizeof done, .nlmsg_type = NLMSG_DONE };
	char *at = to;
	if (fd == kernel.news[0])
		return recvfrom(fd, to, size, flags, NULL, NULL);
	for (size_t i = 0; !kernel.told && i < kernel.n; i++)
		if (is_asked_for(&kernel.has[i])) {
			memcpy(at, &kernel.has[i], sizeof kernel.has[i]);
			at += sizeof kernel.has[i];
		}
	kernel.told = 1;
	memcpy(at, &done, sizeof done);
	return at - (char *)to + (ssize_t)sizeof done;
}

static struct message *has(int type, size_t fixed)
{
	assert_true(kernel.n < MESSAGES_MAX);
	struct message *m = &kernel.has[kernel.n++];
	*m = (struct message){ .h = { .nlmsg_type = (uint16_t)type } };
	m->h.nlmsg_len = NLMSG_LENGTH(fixed);
	return m;
}

static void attribute(struct message *m, int type, const void *data, size_t len)
{
	struct rtattr *at = (void *)((char *)m + NLMSG_ALIGN(m->h.nlmsg_len));
	at->rta_type = (unsigned short)type;
	at->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(at), data, len);
	m->h.nlmsg_len = NLMSG_ALIGN(m->h.nlmsg_len) + RTA_LENGTH(len);
}

/* All are as long as the longest, so that one follows the other. */
static void end(struct message *m)
{
	uint32_t nothing = 0;
	while (m->h.nlmsg_len + RTA_LENGTH(4) <= sizeof *m)
		attribute(m, 0x3ff, &nothing, 4);
	m->h.nlmsg_len = sizeof *m;
}

static void has_link(int index, unsigned flags)
{
	struct message *m = has(RTM_NEWLINK, sizeof m->m.link);
	m->m.link.ifi_index = index;
	m->m.link.ifi_flags = flags;
	end(m);
}

static struct message *has_address(unsigned index, const char *text, unsigned char flags)
{
	struct message *m = has(RTM_NEWADDR, sizeof m->m.address);
	unsigned char bytes[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(family, text, bytes), 1);
	m->m.address = (struct ifaddrmsg){ .ifa_family = (unsigned char)family,
					   .ifa_flags = flags,
					   .ifa_index = index };
	attribute(m, family == AF_INET ? IFA_LOCAL : IFA_ADDRESS, bytes, family == AF_INET ? 4 : 16);
	end(m);
	return m;
}

static struct message *has_route_of(uint32_t index, const char *gateway, uint32_t metric)
{
	struct message *m = has(RTM_NEWROUTE, sizeof m->m.route);
	unsigned char bytes[4];
	assert_int_equal(inet_pton(AF_INET, gateway, bytes), 1);
	m->m.route = (struct rtmsg){ .rtm_family = AF_INET,
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_protocol = RTPROT_BOOT,
				     .rtm_type = RTN_UNICAST };
	attribute(m, RTA_GATEWAY, bytes, 4);
	attribute(m, RTA_OIF, &index, 4);
	if (metric)
		attribute(m, RTA_PRIORITY, &metric, 4);
	end(m);
	return m;
}

static struct message *has_route(uint32_t index, const char *gateway)
{
	return has_route_of(index, gateway, 0);
}

static void has_rule(uint32_t table)
{
	struct message *m = has(RTM_NEWRULE, sizeof m->m.route);
	m->m.route = (struct rtmsg){ .rtm_family = AF_INET, .rtm_type = RTN_UNICAST };
	attribute(m, RTA_TABLE, &table, 4);
	end(m);
}

enum { RUNS = IFF_UP | IFF_RUNNING };

struct world {
	struct loop *loop;
	struct link_watch *watch;
	unsigned what; /* all that was told */
	int calls;
};

static void on_change(void *arg, unsigned what)
{
	struct world *w = arg;
	w->what |= what;
	w->calls++;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	memset(&kernel, 0, sizeof kernel);
	has_link(2, RUNS);
	has_address(2, "10.0.0.2", IFA_F_PERMANENT);
	w->loop = loop_new_sim();
	w->watch = link_watch_new(w->loop, on_change, w);
	assert_non_null(w->watch);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	link_watch_free(w->watch);
	close(kernel.news[1]);
	loop_free(w->loop);
	free(w);
	return 0;
}

/* The kernel says that something has happened; what is told then. */
static unsigned news(struct world *w)
{
	w->what = 0;
	for (int i = 0; i < 5; i++)
		assert_int_equal(write(kernel.news[1], "news", 4), 4);
	loop_run_for(w->loop, 5);
	assert_int_equal(w->what, 0);
	loop_sim_advance(w->loop, 200);
	return w->what;
}

static void what_comes_and_goes_is_told(void **state)
{
	struct world *w = *state;
	assert_int_equal(news(w), 0); /* a lease was renewed */
	has_route(2, "10.0.0.1");
	assert_int_equal(news(w), LINK_CAME);
	assert_int_equal(news(w), 0);
	kernel.n--;
	has_route(2, "10.0.0.9");
	assert_int_equal(news(w), LINK_CAME | LINK_GONE);
	kernel.n = 2;
	assert_int_equal(news(w), LINK_GONE);
	kernel.n = 1;
	has_address(2, "2001:db8::2", IFA_F_PERMANENT);
	assert_int_equal(news(w), LINK_CAME | LINK_GONE);
	assert_int_equal(w->calls, 4);
}

/* Two uplinks: which one is used depends on the metric, or on a rule. */
static void another_uplink_is_preferred(void **state)
{
	struct world *w = *state;
	has_link(3, RUNS);
	has_route_of(3, "10.9.0.1", 700);
	has_route_of(2, "10.0.0.1", 100);
	has_rule(RT_TABLE_MAIN);
	news(w);
	kernel.n -= 2;
	has_route_of(2, "10.0.0.1", 20100);
	has_rule(RT_TABLE_MAIN);
	assert_int_equal(news(w), LINK_CAME | LINK_GONE);
	kernel.n--;
	has_rule(100);
	assert_int_equal(news(w), LINK_CAME | LINK_GONE);
	has_rule(RT_TABLE_MAIN);
	assert_int_equal(news(w), LINK_CAME);
}

/* A cable that is out takes with it what the interface has. */
static void an_interface_without_a_link_has_nothing(void **state)
{
	struct world *w = *state;
	has_route(2, "10.0.0.1");
	news(w);
	kernel.has[0].m.link.ifi_flags = IFF_UP;
	assert_int_equal(news(w), LINK_GONE);
	kernel.has[0].m.link.ifi_flags = RUNS;
	assert_int_equal(news(w), LINK_CAME);
}

static void what_reaches_nobody_is_not_told(void **state)
{
	struct world *w = *state;
	has_link(1, RUNS | IFF_LOOPBACK);
	has_address(1, "127.0.0.1", IFA_F_PERMANENT);
	has_address(2, "2001:db8::2", IFA_F_TENTATIVE); /* it may be somebody else's */
	has_address(2, "fe80::2", IFA_F_PERMANENT)->m.address.ifa_scope = RT_SCOPE_LINK;
	has_route(2, "10.0.0.3")->m.route.rtm_protocol = RTPROT_KERNEL; /* the address's own */
	has_route(2, "10.0.0.4")->m.route.rtm_type = RTN_UNREACHABLE;
	assert_int_equal(news(w), 0);
	kernel.has[4].m.address.ifa_flags = IFA_F_PERMANENT;
	assert_int_equal(news(w), LINK_CAME);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_and_goes_is_told),
		TEST(another_uplink_is_preferred),
		TEST(an_interface_without_a_link_has_nothing),
		TEST(what_reaches_nobody_is_not_told),
	};
	return cmocka_run_group_tests_name("link_watch", tests, NULL, NULL);
}
