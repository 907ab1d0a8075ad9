/* SPDX-License-Identifier: MIT */
/* device_names: the names and addresses by which clients reach the device. A request for any other host was
 * led here by somebody else's DNS, and is not answered. */
#include "inbound_internal.h"

#include "device/identity.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME = 256 };

static int is_there(const struct buf *list, const char *name, size_t len)
{
	for (const char *at = buf_str(list); *at;) {
		size_t n = strcspn(at, " ");
		if (n == len && memcmp(at, name, len) == 0)
			return 1;
		at += n + (at[n] == ' ');
	}
	return 0;
}

/* Adds a name in lower case unless it is there, or cannot be one. */
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
	if (!is_there(list, lower, len))
		buf_addf(list, "%s%s", list->len ? " " : "", lower);
}

static void add_addresses(struct buf *list)
{
	struct ifaddrs *all;
	char text[INET6_ADDRSTRLEN];
	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr)
			continue;
		int family = i->ifa_addr->sa_family;
		const void *at =
			family == AF_INET
				? (const void *)&((const struct sockaddr_in *)(const void *)i->ifa_addr)
					  ->sin_addr
			: family == AF_INET6
				? (const void *)&((const struct sockaddr_in6 *)(const void *)i->ifa_addr)
					  ->sin6_addr
				: NULL;
		if (at && inet_ntop(family, at, text, sizeof text))
			add(list, text);
	}
	freeifaddrs(all);
}

/* Adds those of "DNS:a.example, IP:10.0.0.1, CN:b" that can be hosts. */
static void add_certificate(struct buf *list, const char *names)
{
	char one[NAME];
	while (*names) {
		size_t len = strcspn(names, ",");
		snprintf(one, sizeof one, "%.*s", (int)len, names);
		const char *colon = strchr(one, ':');
		if (colon && (strncmp(one, "DNS:", 4) == 0 || strncmp(one, "IP:", 3) == 0 ||
			      strncmp(one, "CN:", 3) == 0))
			add(list, colon + 1);
		names += len;
		names += strspn(names, ", ");
	}
}

void device_names_host(const struct settings *s, char *ret, size_t size)
{
	if (identity_host_name(s, ret, size, NULL) < 0)
		snprintf(ret, size, "localhost");
}

void device_names(const struct settings *s, const char *names, struct buf *ret)
{
	char text[NAME];
	device_names_host(s, text, sizeof text);
	add(ret, text);
	text[strcspn(text, ".")] = '\0'; /* people of the same domain leave it out */
	add(ret, text);
	if (gethostname(text, sizeof text) == 0) {
		text[sizeof text - 1] = '\0';
		add(ret, text);
	}
	add(ret, s->identity.ip_address);
	add_certificate(ret, names);
	add(ret, "localhost");
	add_addresses(ret);
}
