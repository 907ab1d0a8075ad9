/* SPDX-License-Identifier: MIT */
/* Who the device is, on a system that this test plays. */
#include "../../src/device/serial.h"

#include "base/file.h"
#include "base/num.h"
#include "device/identity.h"
#include "net/interface.h"
#include "net/route.h"

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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- the system --- */
struct played_interface {
	const char *name, *mac, *ipv4, *ipv6;
	enum interface_kind kind;
	int is_down, is_loopback;
};
struct played_route { /* "": the default route */
	const char *to, *from;
};
static struct {
	const char *product, *board, *tree, *machine_id, *host;
	const char *gateway;            /* IPv4's */
	const char *leased, *permanent; /* addresses that the kernel tells of */
	int asked_for, told;
	struct played_interface interfaces[4];
	struct played_route routes[4];
} played;

int file_read(const char *path, struct buf *ret, struct err *e)
{
	const char *text = strcmp(path, "/sys/class/dmi/id/product_serial") == 0              ? played.product
			   : strcmp(path, "/sys/class/dmi/id/board_serial") == 0              ? played.board
			   : strcmp(path, "/sys/firmware/devicetree/base/serial-number") == 0 ? played.tree
			   : strcmp(path, "/etc/machine-id") == 0 ? played.machine_id
								  : NULL;
	if (!text)
		return err_set(e, ERR_IO, 2, "%s: no such file", path);
	buf_adds(ret, text);
	return 0;
}

size_t interface_list(struct interface ret[INTERFACES_MAX])
{
	size_t n = 0;
	for (const struct played_interface *i = played.interfaces; i < played.interfaces + 4 && i->name;
	     i++) {
		if (i->is_loopback)
			continue;
		struct interface *one = &ret[n++];
		*one = (struct interface){ .kind = i->kind };
		snprintf(one->name, sizeof one->name, "%s", i->name);
		if (i->mac)
			assert_int_equal(num_unhex(i->mac, one->mac, sizeof one->mac), 6);
	}
	return n;
}

int route_source(const struct dns_address *to, struct dns_address *ret)
{
	struct dns_address known;
	for (int wanted = 0; wanted < 2; wanted++) /* then the default routes */
		for (const struct played_route *r = played.routes; r < played.routes + 4 && r->from; r++) {
			if (!dns_is_address(r->from, ret) || ret->family != to->family)
				continue;
			if (wanted == 0
				    ? dns_is_address(r->to, &known) && memcmp(&known, to, sizeof known) == 0
				    : !r->to[0])
				return 0;
		}
	return -1;
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
	if (family == AF_INET) {
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
	for (const struct played_interface *i = played.interfaces; i < played.interfaces + 4 && i->name;
	     i++) {
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

/* The kernel's side of a netlink socket: one message with what was asked for, one that says that this
 * was all. */
int socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_NETLINK);
	assert_int_equal(protocol, NETLINK_ROUTE);
	(void)type;
	played.told = 0;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	const struct nlmsghdr *h = data;
	(void)fd, (void)flags;
	assert_int_equal(h->nlmsg_len, len);
	assert_int_equal(h->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	played.asked_for = h->nlmsg_type;
	return (ssize_t)len;
}

static size_t tell_gateway(char *to, const char *text, uint32_t metric)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg m;
		struct rtattr a;
		struct in_addr in;
		struct rtattr b;
		uint32_t metric;
	} one = {
		.h = { .nlmsg_len = sizeof one, .nlmsg_type = RTM_NEWROUTE },
		.m = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST },
		.a = { .rta_len = RTA_LENGTH(sizeof one.in), .rta_type = RTA_GATEWAY },
		.b = { .rta_len = RTA_LENGTH(sizeof one.metric), .rta_type = RTA_PRIORITY },
		.metric = metric,
	};
	assert_int_equal(inet_pton(AF_INET, text, &one.in), 1);
	memcpy(to, &one, sizeof one);
	return sizeof one;
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
	size_t n = 0;
	(void)fd, (void)flags;
	assert_true(size >= 200);
	if (played.told++) {
		struct nlmsghdr done = { .nlmsg_len = sizeof done, .nlmsg_type = NLMSG_DONE };
		assert_int_equal(played.told, 2);
		memcpy(to, &done, sizeof done);
		return sizeof done;
	}
	if (played.asked_for == RTM_GETADDR) {
		n = tell_address(to, played.leased, 0);
		n += tell_address((char *)to + n, played.permanent, IFA_F_PERMANENT);
	} else {
		assert_int_equal(played.asked_for, RTM_GETROUTE);
		n = tell_gateway(to, "203.0.113.99", 600);
		if (played.gateway)
			n += tell_gateway((char *)to + n, played.gateway, 100);
	}
	return (ssize_t)n;
}

void freeifaddrs(struct ifaddrs *all)
{
	assert_ptr_equal(all, list);
}

/* --- tests --- */

static struct settings none; /* settings that say nothing */

static int setup(void **state)
{
	(void)state;
	memset(&played, 0, sizeof played);
	played.host = "codec-7";
	played.interfaces[0] = (struct played_interface){ "lo", NULL, "127.0.0.1", "::1", 0, 0, 1 };
	played.interfaces[1] = (struct played_interface){ "eth0",    "02abcdef0102",      "192.0.2.10",
							  "fe80::1", INTERFACE_PERMANENT, 0,
							  0 };
	played.interfaces[2] = (struct played_interface){ "wlan0",   "02abcdef9999",      "198.51.100.7",
							  "fe80::2", INTERFACE_PERMANENT, 0,
							  0 };
	return 0;
}

static struct identity read_with(const struct identity_request *r)
{
	struct identity who;
	memset(&who, 'x', sizeof who);
	identity_read(r, &who);
	return who;
}

static struct identity identity(void)
{
	return read_with(&(struct identity_request){ .settings = &none });
}

static struct identity identity_towards(const char *server)
{
	struct identity_request r = { .settings = &none };
	assert_true(dns_is_address(server, &r.server));
	return read_with(&r);
}

/* What xConfiguration Network 1 IPv4 shows. */
static void the_network_as_the_system_has_it(void **state)
{
	(void)state;
	struct identity_network n;
	played.routes[0] = (struct played_route){ "", "192.0.2.10" };
	played.gateway = "192.0.2.1";
	played.leased = "198.51.100.7";
	played.permanent = "192.0.2.10";
	n = identity().network;
	assert_string_equal(n.address, "192.0.2.10");
	assert_string_equal(n.subnet_mask, "255.255.255.0");
	assert_string_equal(n.gateway, "192.0.2.1"); /* the route with the lower metric */
	assert_true(n.is_permanent);
	played.routes[0] = (struct played_route){ "", "198.51.100.7" };
	n = identity().network;
	assert_string_equal(n.address, "198.51.100.7");
	assert_false(n.is_permanent);
	played.interfaces[1].name = NULL;
	played.routes[0].from = NULL;
	n = identity().network;
	assert_string_equal(n.address, "");
	assert_string_equal(n.subnet_mask, "");
}

static void settings_win(void **state)
{
	(void)state;
	struct settings s = {
		.system_name = "Oslo",
		.identity = { "02:00:00:00:00:01", "203.0.113.5", "FTT1", "Room Kit", "Kit Pro", "ce11" },
	};
	played.product = "DMI-1\n";
	struct identity who = read_with(&(struct identity_request){ .settings = &s });
	assert_string_equal(who.who.system_name, "Oslo");
	assert_string_equal(who.who.mac_address, "02:00:00:00:00:01");
	assert_string_equal(who.who.ip_address, "203.0.113.5");
	assert_string_equal(who.who.serial_number, "FTT1");
	assert_string_equal(who.who.product_type, "Room Kit");
	assert_string_equal(who.who.product_id, "Kit Pro");
	assert_string_equal(who.who.software_version, "ce11");
	assert_string_equal(who.mac_source, "Configuration");
	assert_string_equal(who.address_source, "Configuration");
	assert_string_equal(who.serial_source, "Configuration");
	assert_string_equal(who.ipv4, "192.0.2.10"); /* what the interface has all the same */
}

static void the_system_fills_what_they_leave_empty(void **state)
{
	(void)state;
	played.routes[0] = (struct played_route){ "", "198.51.100.7" };
	played.product = "DMI-1\n";
	played.machine_id = "0123456789abcdef0123456789abcdef\n";
	struct identity who = identity();
	assert_string_equal(who.who.system_name, "codec-7");
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:99:99");
	assert_string_equal(who.mac_source, "wlan0");
	assert_string_equal(who.who.ip_address, "198.51.100.7");
	assert_string_equal(who.address_source, "DefaultRoute");
	assert_string_equal(who.who.ip_address_v6, "fe80::2");
	assert_string_equal(who.who.serial_number, "DMI-1");
	assert_string_equal(who.serial_source, "DMI");
	assert_string_equal(who.who.product_type, "Cisco Codec");
	assert_string_equal(who.who.product_id, "sealpost");
	assert_non_null(strstr(who.who.software_version, "sealpost "));
	assert_string_equal(who.who.hardware_board, "");
}

/* Packets to the manager may take another way than those to the world: through a tunnel, or to the next
 * room. */
static void the_address_is_that_which_reaches_the_server(void **state)
{
	(void)state;
	played.routes[0] = (struct played_route){ "", "192.0.2.10" };
	played.routes[1] = (struct played_route){ "10.8.0.1", "10.8.0.2" };
	played.routes[2] = (struct played_route){ "2001:db8::9", "2001:db8::7" };
	struct identity who = identity_towards("10.8.0.1");
	assert_string_equal(who.who.ip_address, "10.8.0.2");
	assert_string_equal(who.address_source, "Server");
	assert_string_equal(who.ipv4, "10.8.0.2");
	who = identity_towards("2001:db8::9");
	assert_string_equal(who.who.ip_address, "2001:db8::7");
	assert_string_equal(who.who.ip_address_v6, "2001:db8::7");
	assert_string_equal(who.ipv4, "192.0.2.10");
	/* One that has the device itself says nothing. */
	played.routes[1] = (struct played_route){ "127.0.0.1", "127.0.0.1" };
	who = identity_towards("127.0.0.1");
	assert_string_equal(who.who.ip_address, "192.0.2.10");
	assert_string_equal(who.address_source, "DefaultRoute");
}

static void ipv6_where_that_is_all_there_is(void **state)
{
	(void)state;
	/* A bridge of the device's own has an IPv4 address that leads nowhere. */
	played.interfaces[2] = (struct played_interface){ "br-local", "02aaaaaaaaaa", "172.17.0.1",
							  "fe80::3",  INTERFACE_MADE, 0,
							  0 };
	played.interfaces[1].ipv4 = NULL;
	played.interfaces[1].ipv6 = "2001:db8:5::22";
	played.routes[0] = (struct played_route){ "", "2001:db8:5::22" };
	struct identity who = identity();
	assert_string_equal(who.who.ip_address, "2001:db8:5::22");
	assert_string_equal(who.who.ip_address_v6, "2001:db8:5::22");
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:01:02");
	assert_string_equal(who.ipv4, "");
	assert_string_equal(who.ipv6, "2001:db8:5::22");
	/* No route at all: the first address that there is. */
	played.interfaces[2].ipv4 = NULL;
	played.routes[0].from = NULL;
	who = identity();
	assert_string_equal(who.who.ip_address, "2001:db8:5::22");
	assert_string_equal(who.address_source, "Interface");
}

static void without_a_default_route_the_first_that_is_up_serves(void **state)
{
	(void)state;
	struct identity who = identity();
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:01:02");
	assert_string_equal(who.who.ip_address, "192.0.2.10");
	assert_string_equal(who.address_source, "Interface");
	played.interfaces[1].is_down = 1;
	who = identity();
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:99:99");
	assert_string_equal(who.who.ip_address, "198.51.100.7");
}

/* A modem's interface has none, the device has one all the same. */
static void the_mac_address_is_that_of_a_real_interface(void **state)
{
	(void)state;
	played.interfaces[2] =
		(struct played_interface){ "wwan0", NULL, "10.64.0.9", NULL, INTERFACE_MADE, 0, 0 };
	played.routes[0] = (struct played_route){ "", "10.64.0.9" };
	struct identity who = identity();
	assert_string_equal(who.who.ip_address, "10.64.0.9");
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:01:02");
	assert_string_equal(who.mac_source, "eth0");
	played.interfaces[1].is_down = 1; /* no cable: it is the device's all the same */
	played.interfaces[1].ipv4 = played.interfaces[1].ipv6 = NULL;
	assert_string_equal(identity().who.mac_address, "02:AB:CD:EF:01:02");
	/* What software made has another address after each start. */
	played.interfaces[2] =
		(struct played_interface){ "br0", "02bbbbbbbbbb", "192.0.2.77", NULL, INTERFACE_MADE, 0, 0 };
	played.routes[0] = (struct played_route){ "", "192.0.2.77" };
	assert_string_equal(identity().who.mac_address, "02:AB:CD:EF:01:02");
	/* Where nothing lasts, the one in use. */
	played.interfaces[1].kind = INTERFACE_PORT;
	assert_string_equal(identity().who.mac_address, "02:BB:BB:BB:BB:BB");
	played.routes[0].from = NULL;
	played.interfaces[2].ipv4 = NULL;
	assert_string_equal(identity().who.mac_address, "02:AB:CD:EF:01:02");
}

static void the_mac_address_that_was_chosen_stays(void **state)
{
	(void)state;
	played.routes[0] = (struct played_route){ "", "192.0.2.10" };
	struct identity who = identity();
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:01:02");
	struct identity_request r = { .settings = &none, .known_mac = who.mac };
	played.routes[0] = (struct played_route){ "", "198.51.100.7" }; /* the cable is out */
	played.interfaces[1].is_down = 1;
	who = read_with(&r);
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:01:02");
	assert_string_equal(who.who.ip_address, "198.51.100.7");
	played.interfaces[1].mac = "02abcdef7777"; /* another board */
	who = read_with(&r);
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:99:99");
	/* One that lasts is preferred to one that was chosen while there was no such. */
	played.interfaces[2].kind = INTERFACE_MADE;
	r.known_mac = who.mac;
	who = read_with(&r);
	assert_string_equal(who.who.mac_address, "02:AB:CD:EF:77:77");
}

static void a_device_without_any_makes_one_of_its_machine_id(void **state)
{
	(void)state;
	played.interfaces[1].name = NULL;
	played.machine_id = "0123456789abcdef0123456789abcdef\n";
	struct identity one = identity(), again = identity();
	assert_string_equal(one.mac_source, "MachineId");
	assert_int_equal(strlen(one.who.mac_address), 17);
	assert_string_equal(one.who.mac_address, again.who.mac_address);
	assert_non_null(strchr("26AE", one.who.mac_address[1])); /* no maker's, and of one device */
	played.machine_id = "1123456789abcdef0123456789abcdef\n";
	assert_string_not_equal(one.who.mac_address, identity().who.mac_address);
}

/* Nothing is told rather than what is wrong. */
static void without_a_network_nothing_is_made_up(void **state)
{
	(void)state;
	memset(played.interfaces + 1, 0, 3 * sizeof *played.interfaces);
	played.host = NULL;
	struct identity who = identity();
	assert_string_equal(who.who.mac_address, "");
	assert_string_equal(who.mac_source, "");
	assert_string_equal(who.who.ip_address, "");
	assert_string_equal(who.address_source, "None");
	assert_string_equal(who.who.ip_address_v6, "");
	assert_string_equal(who.who.serial_number, "");
	assert_string_equal(who.serial_source, "None");
	assert_string_equal(who.who.system_name, "");
}

static void the_serial_number_is_the_first_that_is_one(void **state)
{
	(void)state;
	played.product = "Default string\n";
	played.board = "To be filled by O.E.M.\n";
	played.tree = "0000000000000000";
	played.machine_id = "0123456789abcdef0123456789abcdef\n";
	struct identity who = identity();
	assert_string_equal(who.who.serial_number, "0123456789ab");
	assert_string_equal(who.serial_source, "MachineId");
	played.tree = "10000000c0ffee42";
	who = identity();
	assert_string_equal(who.who.serial_number, "10000000c0ffee42");
	assert_string_equal(who.serial_source, "DeviceTree");
	played.board = "  PF0A1B2C  \n";
	who = identity();
	assert_string_equal(who.who.serial_number, "PF0A1B2C");
	assert_string_equal(who.serial_source, "DMI");
	played.product = played.board = played.tree = NULL;
	static const char *const no_ids[] = { "uninitialized\n", "\n", "00000000000000000000000000000000\n",
					      "0123456789abcdef\n", NULL };
	for (size_t i = 0; i < sizeof no_ids / sizeof *no_ids; i++) {
		played.machine_id = no_ids[i];
		who = identity();
		assert_string_equal(who.who.serial_number, "02ABCDEF0102");
		assert_string_equal(who.serial_source, "MACAddress");
	}
}

static void placeholders_are_no_serial_numbers(void **state)
{
	(void)state;
	static const char *const empty[] = {
		"",
		"0",
		"-",
		"BSN12345678901234567",
		"CSN-0123456789",
		"1234567890ABCDEF",
		"123456789ABCDEF",
		"Default string",
		"default",
		"To be filled by O.E.M.",
		"To Be Filled By O.E.M. by More String",
		"ToBeFilledByO.E.M.",
		"Filled by OEM",
		"System Serial Number",
		"Chassis Serial Number",
		"Base Board Serial Number",
		"SerialNumber",
		"Serial No.",
		"SystemSerialNumb",
		"Not Specified",
		"Not Applicable",
		"Not Available",
		"Not Set",
		"N/A",
		"None",
		"NONE",
		"Null",
		"OEM",
		"O.E.M.",
		"Unknown",
		"Unknow",
		"Nicht angegeben",
		"$(DEFAULT_STRING)",
		"Type2 - Board Serial Number",
		"Unknown 2",
		"Sernum0",
		"OEM 1",
		"S1234567",
		"DEADBEEF",
		"Undefined",
		"INVALID",
		"Empty",
		"Blank",
		"TBD",
		"uninitialized",
		"00000000",
		"0000-0000",
		"FFFFFFFF",
		"xxxxxxxx",
		"XX-XX",
		"........",
		"0123456789",
		"123456789",
		"1234567890",
		"01234567",
		"0123456789ABCDEF",
		"12345678901234567890",
		"SN1234567890",
		"SSN12345678901234567",
		"MB-1234567890",
		"SN000000",
		"\xff\xff\xff\xff",
		"a\tb\001c",
	};
	static const char *const good[] = {
		"DMI-1",
		"FTT1",
		"PF0A1B2C",
		"5CD1234ABC",
		"VMware-56 4d 3f 12 aa",
		"C02ZX1",
		"10000000c0ffee42",
		"12345",
		"1234567899",
		"0123456788",
		"FTT123456",
		"SN20481",
		"MXL0452XYZ",
		"None-7",
		"nonesuch42",
		"S/N 48213",
		"07730042",
		"100000",
	};
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		if (!serial_is_placeholder(empty[i]))
			fail_msg("\"%s\" was taken for a serial number", empty[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (serial_is_placeholder(good[i]))
			fail_msg("\"%s\" was taken for a placeholder", good[i]);
}

static void a_host_name_that_is_too_long_is_cut(void **state)
{
	(void)state;
	char name[400];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	played.host = name;
	struct identity who = identity();
	assert_int_equal(strlen(who.who.system_name), sizeof who.who.system_name - 1);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(settings_win),
		TEST(the_network_as_the_system_has_it),
		TEST(the_system_fills_what_they_leave_empty),
		TEST(the_address_is_that_which_reaches_the_server),
		TEST(ipv6_where_that_is_all_there_is),
		TEST(without_a_default_route_the_first_that_is_up_serves),
		TEST(the_mac_address_is_that_of_a_real_interface),
		TEST(the_mac_address_that_was_chosen_stays),
		TEST(a_device_without_any_makes_one_of_its_machine_id),
		TEST(without_a_network_nothing_is_made_up),
		TEST(the_serial_number_is_the_first_that_is_one),
		TEST(placeholders_are_no_serial_numbers),
		TEST(a_host_name_that_is_too_long_is_cut),
	};
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
