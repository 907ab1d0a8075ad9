/* SPDX-License-Identifier: MIT */
#include "listeners.h"

#include "base/buf.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_MAX = 4 << 20 };

static const struct protocol {
	unsigned port;
	int is_udp;
	const char *name;
} protocols[] = {
	{ 21, 0, "FTP" }, { 23, 0, "Telnet" }, { 57, 0, "Telnet" }, { 80, 0, "HTTP" }, { 161, 1, "SNMP" },
};
enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

/* Returns 1 if the address is a loopback address. The kernel prints addresses as hexadecimal 32-bit words in
 * the machine's byte order. On little-endian machines, an address of 127.0.0.0/8 therefore ends in 7F, ::1
 * has a single bit set in its last word, and an IPv4 address in IPv6 follows FFFF0000. On big-endian machines
 * the bytes of each word are reversed. */
static int is_loopback(const char *address, size_t len)
{
	const unsigned one = 1;
	int is_little = *(const unsigned char *)&one == 1;
	const char *v4 =
		len == 32 && strncmp(address,
				     is_little ? "0000000000000000FFFF0000" : "00000000000000000000FFFF",
				     24) == 0
			? address + 24
		: len == 8 ? address
			   : NULL;
	if (v4)
		return strncmp(is_little ? v4 + 6 : v4, "7F", 2) == 0;
	return len == 32 &&
	       strncmp(address,
		       is_little ? "00000000000000000000000001000000" : "00000000000000000000000000000001",
		       32) == 0;
}

/* Reads a line such as "  0: 0100007F:0035 00000000:0000 0A ...", which has slot, local address, remote
 * address and state. Returns the protocols found as bits. */
static unsigned read_line(const char *line, int is_udp)
{
	char address[33];
	unsigned port, state, found = 0;
	const char *at = strchr(line, ':');
	if (!at)
		return 0;
	at += 1 + strspn(at + 1, " ");
	size_t len = strcspn(at, ":");
	if (len >= sizeof address)
		return 0;
	memcpy(address, at, len);
	address[len] = '\0';
	char *end;
	port = (unsigned)strtoul(at + len + (at[len] == ':'), &end, 16);
	end += strspn(end, " ");
	end += strcspn(end, " ");
	state = (unsigned)strtoul(end, NULL, 16);
	if (state != (is_udp ? 7u : 10u) || is_loopback(address, len))
		return 0;
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].port == port && protocols[i].is_udp == is_udp)
			found |= 1u << i;
	return found;
}

static unsigned read_table(const char *folder, const char *name, int is_udp)
{
	char path[PATH_MAX];
	struct buf text;
	struct err e;
	unsigned found = 0;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	buf_init(&text, TABLE_MAX);
	if (file_read(path, &text, &e) == 0)
		for (const char *line = strchr(buf_str(&text), '\n'); line && line[1];
		     line = strchr(line + 1, '\n'))
			found |= read_line(line + 1, is_udp);
	buf_done(&text);
	return found;
}

size_t listeners_plain(const char *proc_net, char *ret, size_t size)
{
	unsigned found = read_table(proc_net, "tcp", 0) | read_table(proc_net, "tcp6", 0) |
			 read_table(proc_net, "udp", 1) | read_table(proc_net, "udp6", 1);
	size_t n = 0, at = 0;
	if (size)
		ret[0] = '\0';
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (!(found & 1u << i))
			continue;
		if (at < size)
			at += (size_t)snprintf(ret + at, size - at, "%s%s on port %u", n ? ", " : "",
					       protocols[i].name, protocols[i].port);
		n++;
	}
	return n;
}
