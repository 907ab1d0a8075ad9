/* SPDX-License-Identifier: MIT */
/* Who the device is, on a system that this test plays. */
#include "../../src/agent/identity.h"

#include "base/file.h"
#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- the system --- */
struct played_interface {
	const char *name, *mac, *ipv4, *ipv6;
	int is_down, is_loopback;
};
static struct {
	const char *routes, *serial, *machine_id, *host;
	const char *leased, *permanent; /* addresses that the kernel tells of */
	int asked;
	struct played_interface interfaces[3];
} played;

int file_read(const char *path, struct buf *ret, struct err *e)
{
	const char *text = strcmp(path, "/proc/net/route") == 0                    ? played.routes
			   : strcmp(path, "/sys/class/dmi/id/product_serial") == 0 ? played.serial
			   : strcmp(path, "/etc/machine-id") == 0                  ? played.machine_id
										   : NULL;
	if (!text)
		return err_set(e, ERR_IO, 2, "%s: no such file", path);
	buf_adds(ret, text);
	return 0;
}

int gethostname(char *name, size_t len)
{
	if (!played.host)
		return -1;
	size_t n = strlen(played.host) + 1;
	memcpy(name, played.host, n < len ? n : len); /* as the C library: not ended when it does not fit */
	return 0;
}

static struct ifaddrs list[10];
static union {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_ll ll;
} places[10];

static union {
	struct sockaddr any;
	struct sockaddr_in in;
} mask = { .in = { .sin_family = AF_INET } };

static void add(size_t *n, const struct played_interface *i, sa_family_t family, const char *text)
{
	static char names[10][IF_NAMESIZE];
	if (!text)
		return;
	snprintf(names[*n], IF_NAMESIZE, "%s", i->name);
	list[*n] = (struct ifaddrs){ .ifa_name = names[*n],
				     .ifa_addr = &places[*n].any,
				     .ifa_flags = (i->is_down ? 0 : IFF_UP) |
						  (i->is_loopback ? IFF_LOOPBACK : 0) };
	if (family == AF_INET)
		list[*n].ifa_netmask = &mask.any;
	memset(&places[*n], 0, sizeof places[*n]);
	places[*n].any.sa_family = family;
	if (family == AF_PACKET) {
		places[*n].ll.sll_halen = 6;
		assert_int_equal(num_unhex(text, places[*n].ll.sll_addr, 6), 6);
	} else if (family == AF_INET) {
		assert_int_equal(inet_pton(family, text, &places[*n].in.sin_addr), 1);
	} else {
		assert_int_equal(inet_pton(family, text, &places[*n].in6.sin6_addr), 1);
	}
	if (*n)
		list[*n - 1].ifa_next = &list[*n];
	++*n;
}

int getifaddrs(struct ifaddrs **ret)
{
	size_t n = 0;
	assert_int_equal(inet_pton(AF_INET, "255.255.255.0", &mask.in.sin_addr), 1);
	for (const struct played_interface *i = played.interfaces; i < played.interfaces + 3 && i->name;
	     i++) {
		add(&n, i, AF_PACKET, i->mac);
		add(&n, i, AF_INET, i->ipv4);
		add(&n, i, AF_INET6, i->ipv6);
	}
	/* A tunnel has no address of its own. */
	list[n] = (struct ifaddrs){ .ifa_name = list[0].ifa_name, .ifa_flags = IFF_UP };
	if (n)
		list[n - 1].ifa_next = &list[n];
	*ret = list;
	return 0;
}

/* The kernel's side of a netlink socket: one message with both addresses, one that says that this was all. */
int socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_NETLINK);
	assert_int_equal(protocol, NETLINK_ROUTE);
	(void)type;
	played.asked = 0;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	const struct nlmsghdr *h = data;
	(void)fd, (void)flags;
	assert_int_equal(h->nlmsg_len, len);
	assert_int_equal(h->nlmsg_type, RTM_GETADDR);
	assert_int_equal(h->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	return (ssize_t)len;
}

static size_t tell_address(char *to, const char *text, unsigned flags)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg m;
		struct rtattr a;
		struct in_addr in;
	} one = {
		.h = { .nlmsg_len = sizeof one, .nlmsg_type = RTM_NEWADDR },
		.m = { .ifa_family = AF_INET, .ifa_flags = (unsigned char)flags },
		.a = { .rta_len = RTA_LENGTH(sizeof one.in), .rta_type = IFA_LOCAL },
	};
	if (!text)
		return 0;
	assert_int_equal(inet_pton(AF_INET, text, &one.in), 1);
	memcpy(to, &one, sizeof one);
	return sizeof one;
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
	(void)fd, (void)flags;
	if (played.asked++) {
		struct nlmsghdr done = { .nlmsg_len = sizeof done, .nlmsg_type = NLMSG_DONE };
		assert_int_equal(played.asked, 2);
		memcpy(to, &done, sizeof done);
		return sizeof done;
	}
	assert_true(size >= 200);
	size_t n = tell_address(to, played.leased, 0);
	n += tell_address((char *)to + n, played.permanent, IFA_F_PERMANENT);
	return (ssize_t)n;
}

void freeifaddrs(struct ifaddrs *all)
{
	assert_ptr_equal(all, list);
}

/* --- tests --- */
static int setup(void **state)
{
	(void)state;
	memset(&played, 0, sizeof played);
	played.host = "codec-7";
	played.interfaces[0] = (struct played_interface){ "lo", "000000000000", "127.0.0.1", "::1", 0, 1 };
	played.interfaces[1] =
		(struct played_interface){ "eth0", "02abcdef0102", "192.0.2.10", "fe80::1", 0, 0 };
	played.interfaces[2] =
		(struct played_interface){ "wlan0", "02abcdef9999", "198.51.100.7", "fe80::2", 0, 0 };
	return 0;
}

static struct wire_identity identity(const struct settings *s)
{
	struct wire_identity who;
	memset(&who, 'x', sizeof who);
	identity_read(s, &who);
	return who;
}

/* What xConfiguration Network 1 IPv4 shows. */
static void the_network_as_the_system_has_it(void **state)
{
	(void)state;
	struct identity_network n;
	played.leased = "198.51.100.7";
	played.permanent = "192.0.2.10";
	identity_network(&n);
	assert_string_equal(n.address, "192.0.2.10");
	assert_string_equal(n.subnet_mask, "255.255.255.0");
	assert_string_equal(n.gateway, "");
	assert_true(n.is_permanent);
	/* The interface of the default route, whose gateway is written as this machine sees its bytes. */
	struct in_addr gateway;
	char routes[200];
	assert_int_equal(inet_pton(AF_INET, "198.51.100.1", &gateway), 1);
	snprintf(
		routes, sizeof routes,
		"Iface\tDestination\tGateway\nwlan0\t0002000A\t00000000\t0001\nwlan0\t00000000\t%08X\t0003\n",
		(unsigned)gateway.s_addr);
	played.routes = routes;
	identity_network(&n);
	assert_string_equal(n.address, "198.51.100.7");
	assert_string_equal(n.gateway, "198.51.100.1");
	assert_false(n.is_permanent);
	played.interfaces[1].name = played.interfaces[2].name = NULL;
	played.routes = NULL;
	identity_network(&n);
	assert_string_equal(n.address, "");
	assert_string_equal(n.subnet_mask, "");
	assert_string_equal(n.gateway, "");
}

static void settings_win(void **state)
{
	(void)state;
	struct settings s = {
		.system_name = "Oslo",
		.identity = { "02:00:00:00:00:01", "203.0.113.5", "FTT1", "Room Kit", "Kit Pro", "ce11" },
	};
	played.serial = "DMI-1\n";
	struct wire_identity who = identity(&s);
	assert_string_equal(who.system_name, "Oslo");
	assert_string_equal(who.mac_address, "02:00:00:00:00:01");
	assert_string_equal(who.ip_address, "203.0.113.5");
	assert_string_equal(who.serial_number, "FTT1");
	assert_string_equal(who.product_type, "Room Kit");
	assert_string_equal(who.product_id, "Kit Pro");
	assert_string_equal(who.software_version, "ce11");
}

static void the_system_fills_what_they_leave_empty(void **state)
{
	(void)state;
	struct settings s = { .system_name = "" };
	played.routes = "Iface\tDestination\tGateway\nwlan0\t0002000A\t00000000\nwlan0\t00000000\t0102000A\n";
	played.serial = "DMI-1\n";
	played.machine_id = "0123456789abcdef0123456789abcdef\n";
	struct wire_identity who = identity(&s);
	assert_string_equal(who.system_name, "codec-7");
	assert_string_equal(who.mac_address, "02:AB:CD:EF:99:99");
	assert_string_equal(who.ip_address, "198.51.100.7");
	assert_string_equal(who.ip_address_v6, "fe80::2");
	assert_string_equal(who.serial_number, "DMI-1");
	assert_string_equal(who.product_type, "Cisco Codec");
	assert_string_equal(who.product_id, "sealpost");
	assert_non_null(strstr(who.software_version, "sealpost "));
	assert_string_equal(who.hardware_board, "");
}

/* One interface speaks for the device: its MAC never stands beside another one's address. */
static void without_a_default_route_the_first_that_is_up_serves(void **state)
{
	(void)state;
	struct settings s = { .system_name = "" };
	played.routes = "Iface\tDestination\tGateway\nwlan0\t0002000A\t00000000\n";
	struct wire_identity who = identity(&s);
	assert_string_equal(who.mac_address, "02:AB:CD:EF:01:02");
	assert_string_equal(who.ip_address, "192.0.2.10");
	played.interfaces[1].is_down = 1;
	who = identity(&s);
	assert_string_equal(who.mac_address, "02:AB:CD:EF:99:99");
	assert_string_equal(who.ip_address, "198.51.100.7");
	played.interfaces[1].is_down = 0;
	played.interfaces[1].ipv4 = NULL;
	who = identity(&s);
	assert_string_equal(who.mac_address, "02:AB:CD:EF:99:99");
	assert_string_equal(who.ip_address_v6, "fe80::2");
}

static void a_network_without_ipv4_has_a_mac_all_the_same(void **state)
{
	(void)state;
	struct settings s = { .system_name = "" };
	played.interfaces[1].ipv4 = played.interfaces[2].ipv4 = NULL;
	struct wire_identity who = identity(&s);
	assert_string_equal(who.mac_address, "02:AB:CD:EF:01:02");
	assert_string_equal(who.ip_address, "127.0.0.1");
	assert_string_equal(who.ip_address_v6, "fe80::1");
	played.interfaces[1].ipv6 = NULL;
	who = identity(&s);
	assert_string_equal(who.mac_address, "02:AB:CD:EF:99:99");
	assert_string_equal(who.ip_address_v6, "fe80::2");
}

static void without_a_network_there_are_words_all_the_same(void **state)
{
	(void)state;
	struct settings s = { .system_name = "" };
	memset(played.interfaces + 1, 0, 2 * sizeof *played.interfaces);
	played.host = NULL;
	struct wire_identity who = identity(&s);
	assert_string_equal(who.mac_address, "00:00:00:00:00:00");
	assert_string_equal(who.ip_address, "127.0.0.1");
	assert_string_equal(who.ip_address_v6, "");
	assert_string_equal(who.serial_number, "");
	assert_string_equal(who.system_name, "");
}

static void the_machine_id_is_cut_to_a_serial_number(void **state)
{
	(void)state;
	struct settings s = { .system_name = "" };
	played.serial = "\n";
	played.machine_id = "0123456789abcdef0123456789abcdef\n";
	assert_string_equal(identity(&s).serial_number, "0123456789ab");
}

static void a_host_name_that_is_too_long_is_cut(void **state)
{
	(void)state;
	struct settings s = { .system_name = "" };
	char name[400];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	played.host = name;
	struct wire_identity who = identity(&s);
	assert_int_equal(strlen(who.system_name), sizeof who.system_name - 1);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(settings_win),
		TEST(the_network_as_the_system_has_it),
		TEST(the_system_fills_what_they_leave_empty),
		TEST(without_a_default_route_the_first_that_is_up_serves),
		TEST(a_network_without_ipv4_has_a_mac_all_the_same),
		TEST(without_a_network_there_are_words_all_the_same),
		TEST(the_machine_id_is_cut_to_a_serial_number),
		TEST(a_host_name_that_is_too_long_is_cut),
	};
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
