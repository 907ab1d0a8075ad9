/* SPDX-License-Identifier: MIT */
/* device_names: the names and addresses by which clients reach the device, beside those in its certificate. A
 * request for any other host was led here by an attacker's DNS (DNS rebinding), and is refused. */
#include "inbound_internal.h"

#include "device/identity.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME = 256 };

int device_names_has(const char *list, const char *name, size_t len)
{
	for (const char *at = list; *at;) {
		size_t n = strcspn(at, " ");
		if (n == len && memcmp(at, name, len) == 0)
			return 1;
		at += n + (at[n] == ' ');
	}
	return 0;
}

/* Adds a name in lower case, unless the list has it already, or it cannot be a host name. */
static void add(struct buf *list, const char *name)
{
	char lower[NAME];
	size_t len = strlen(name);
	if (!len || len >= sizeof lower)
		return;
	for (size_t i = 0; i <= len; i++) {
		if (name[i] && (!isgraph((unsigned char)name[i]) || strchr("*/\"\\<>", name[i])))
			return;
		lower[i] = (char)tolower((unsigned char)name[i]);
	}
	if (!device_names_has(buf_str(list), lower, len))
		buf_addf(list, "%s%s", list->len ? " " : "", lower);
}

/* Writes the address of the interface as text; returns NULL if it has no IP address. */
static const char *text_of(const struct ifaddrs *i, char ret[INET6_ADDRSTRLEN])
{
	int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
	const void *at = NULL;
	if (family == AF_INET)
		at = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
	else if (family == AF_INET6)
		at = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
	return at ? inet_ntop(family, at, ret, INET6_ADDRSTRLEN) : NULL;
}

static void add_addresses(struct buf *list)
{
	struct ifaddrs *all;
	char text[INET6_ADDRSTRLEN];
	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (text_of(i, text))
			add(list, text);
	}
	freeifaddrs(all);
}

static int is_lasting(const char *text)
{
	struct in_addr four;
	struct in6_addr six;
	if (inet_pton(AF_INET, text, &four) == 1) {
		uint32_t at = ntohl(four.s_addr);
		return at != 0 && at >> 24 != 127 && at >> 16 != 0xa9fe;
	}
	return inet_pton(AF_INET6, text, &six) == 1 && !IN6_IS_ADDR_LOOPBACK(&six) &&
	       !IN6_IS_ADDR_LINKLOCAL(&six) && !IN6_IS_ADDR_UNSPECIFIED(&six);
}

/* Reads a number of `digits` hexadecimal digits at the text; returns 0 if there is no such number. */
static unsigned hex_at(const char *text, size_t digits)
{
	static const char all[] = "0123456789abcdef";
	unsigned n = 0;
	for (size_t i = 0; i < digits; i++) {
		const char *at = text[i] ? strchr(all, text[i]) : NULL;
		if (!at)
			return 0;
		n = n * 16 + (unsigned)(at - all);
	}
	return n;
}

/* Lists the IPv6 addresses that are not temporary: temporary ones (RFC 8981) change every day.
 * /proc/net/if_inet6 has a line for each address: 32 digits, then, after a blank each, the interface's
 * number, the prefix's length, the scope and the flags, which have two digits. If the file cannot be read, no
 * IPv6 address counts as lasting. */
static void list_six(struct buf *lasting)
{
	enum { DIGITS = 32, WORDS_BETWEEN = 3 };
	char line[128], text[INET6_ADDRSTRLEN];
	FILE *f = fopen("/proc/net/if_inet6", "re");
	while (f && fgets(line, sizeof line, f)) {
		struct in6_addr six;
		if (strlen(line) < DIGITS)
			continue;
		const char *flags = line + DIGITS;
		for (int i = 0; i < WORDS_BETWEEN; i++) {
			flags += strspn(flags, " ");
			flags += strcspn(flags, " ");
		}
		flags += strspn(flags, " ");
		if ((hex_at(flags, 2) & (IFA_F_TEMPORARY | IFA_F_TENTATIVE | IFA_F_DADFAILED)))
			continue;
		for (size_t i = 0; i < sizeof six; i++)
			six.s6_addr[i] = (uint8_t)hex_at(line + 2 * i, 2);
		if (inet_ntop(AF_INET6, &six, text, sizeof text))
			add(lasting, text);
	}
	if (f)
		fclose(f);
}

void device_names_addresses(const struct settings *s, struct buf *ret)
{
	struct ifaddrs *all;
	struct buf six;
	char text[INET6_ADDRSTRLEN];
	buf_init(&six, 1 << 16);
	list_six(&six);
	if (is_lasting(s->identity.ip_address))
		add(ret, s->identity.ip_address);
	if (getifaddrs(&all) < 0)
		all = NULL;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next)
		if (text_of(i, text) && is_lasting(text) &&
		    (!strchr(text, ':') || device_names_has(buf_str(&six), text, strlen(text))))
			add(ret, text);
	if (all)
		freeifaddrs(all);
	buf_done(&six);
}

void device_names_host(const struct settings *s, char *ret, size_t size)
{
	if (identity_host_name(s, ret, size, NULL) < 0)
		snprintf(ret, size, "localhost");
}

void device_names(const struct settings *s, struct buf *ret)
{
	char text[NAME];
	device_names_host(s, text, sizeof text);
	add(ret, text);
	text[strcspn(text, ".")] = '\0'; /* people in the same domain use the name without the domain */
	add(ret, text);
	if (gethostname(text, sizeof text) == 0) {
		text[sizeof text - 1] = '\0';
		add(ret, text);
	}
	add(ret, s->identity.ip_address);
	add(ret, "localhost");
	add_addresses(ret);
}
