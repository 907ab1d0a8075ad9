/* SPDX-License-Identifier: MIT */
#include "dns_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT = 53, NUMBER_AT = 7 /* byte of a link-local address, between prefix and interface identifier */ };

static int is_link_local(const struct dns_address *a)
{
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

int dns_server_parse(const char *text, struct dns_server *ret, struct err *e)
{
	char host[DNS_NAME_MAX], *interface;
	struct dns_server s = { .interface = "" };
	if (dns_split_port(text, PORT, host, &s.port, e) < 0)
		return -1;
	if ((interface = strchr(host, '%')))
		*interface++ = '\0';
	if (!dns_is_address(host, &s.address))
		return err_set(e, ERR_INPUT, 0, "\"%.80s\" is no IPv4 or IPv6 address", text);
	if (interface && (!is_link_local(&s.address) || !*interface || strlen(interface) >= IF_NAMESIZE))
		return err_set(
			e, ERR_INPUT, 0,
			"\"%.80s\": expected an interface's name behind the %% of a link-local address "
			"(fe80::...), and no %% in any other",
			text);
	snprintf(s.interface, sizeof s.interface, "%s", interface ? interface : "");
	*ret = s;
	return 0;
}

void dns_servers_read(const char *text, struct dns_servers *ret)
{
	static const char word[] = "nameserver";
	ret->n = 0;
	for (const char *line = text; *line && ret->n < DNS_SERVERS_MAX;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		char address[DNS_NAME_MAX];
		const char *at = line + sizeof word - 1;
		if (strncmp(line, word, sizeof word - 1) != 0 || (*at != ' ' && *at != '\t'))
			continue;
		at += strspn(at, " \t");
		snprintf(address, sizeof address, "%.*s", (int)strcspn(at, " \t\r\n;#"), at);
		if (dns_server_parse(address, &ret->at[ret->n], NULL) == 0)
			ret->n++;
	}
}

void dns_server_text(const struct dns_server *s, char ret[DNS_SERVER_TEXT])
{
	char address[DNS_ADDRESS_TEXT], port[8] = "";
	int in_brackets = s->port != PORT && s->address.family == AF_INET6;
	dns_address_text(&s->address, address, sizeof address);
	if (s->port != PORT)
		snprintf(port, sizeof port, ":%d", s->port);
	snprintf(ret, DNS_SERVER_TEXT, "%s%s%s%s%s%s", in_brackets ? "[" : "", address,
		 s->interface[0] ? "%" : "", s->interface, in_brackets ? "]" : "", port);
}

int dns_servers_use(const struct dns_servers *all, const size_t order[DNS_SERVERS_MAX], ares_channel ares)
{
	struct ares_addr_port_node nodes[DNS_SERVERS_MAX] = { 0 };
	for (size_t i = 0; i < all->n; i++) {
		const struct dns_server *s = &all->at[order[i]];
		nodes[i] = (struct ares_addr_port_node){
			.next = i + 1 < all->n ? &nodes[i + 1] : NULL,
			.family = s->address.family,
			.udp_port = s->port,
			.tcp_port = s->port,
		};
		if (s->address.family == AF_INET)
			memcpy(&nodes[i].addr.addr4, s->address.bytes, sizeof nodes[i].addr.addr4);
		else
			memcpy(&nodes[i].addr.addr6, s->address.bytes, sizeof nodes[i].addr.addr6);
		if (s->interface[0])
			((unsigned char *)&nodes[i].addr.addr6)[NUMBER_AT] = (unsigned char)(order[i] + 1);
	}
	return ares_set_servers_ports(ares, nodes);
}

/* Returns the server with an interface that has this address in c-ares; NULL: the address is no
 * substitute. */
static const struct dns_server *stands_for(const struct dns_servers *all, const struct sockaddr_in6 *a)
{
	size_t number = a->sin6_addr.s6_addr[NUMBER_AT];
	if (a->sin6_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&a->sin6_addr) || number < 1 ||
	    number > all->n || !all->at[number - 1].interface[0])
		return NULL;
	return &all->at[number - 1];
}

static unsigned interface_index(const struct dns_server *s)
{
	unsigned index = if_nametoindex(s->interface);
	return index ? index : (unsigned)strtoul(s->interface, NULL, 10);
}

int dns_servers_reveal(const struct dns_servers *all, struct sockaddr *to)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)to;
	const struct dns_server *s = to->sa_family == AF_INET6 ? stands_for(all, six) : NULL;
	if (!s)
		return 0;
	memcpy(&six->sin6_addr, s->address.bytes, sizeof six->sin6_addr);
	six->sin6_scope_id = interface_index(s);
	if (six->sin6_scope_id)
		return 0;
	errno = ENODEV;
	return -1;
}

void dns_servers_disguise(const struct dns_servers *all, struct sockaddr *from)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)from;
	for (size_t i = 0; from->sa_family == AF_INET6 && i < all->n; i++) {
		const struct dns_server *s = &all->at[i];
		if (!s->interface[0] ||
		    memcmp(&six->sin6_addr, s->address.bytes, sizeof six->sin6_addr) != 0 ||
		    six->sin6_scope_id != interface_index(s))
			continue;
		six->sin6_addr.s6_addr[NUMBER_AT] = (unsigned char)(i + 1);
		six->sin6_scope_id = 0;
		return;
	}
}

size_t dns_servers_index(const struct dns_servers *all, const struct sockaddr *known_as)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)known_as;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)known_as;
	int is_six = known_as->sa_family == AF_INET6, port = ntohs(is_six ? six->sin6_port : four->sin_port);
	const void *bytes = is_six ? (const void *)&six->sin6_addr : &four->sin_addr;
	const struct dns_server *substituted = is_six ? stands_for(all, six) : NULL;
	size_t i = 0;
	while (i < all->n && &all->at[i] != substituted &&
	       (all->at[i].interface[0] || all->at[i].port != port ||
		all->at[i].address.family != known_as->sa_family ||
		memcmp(all->at[i].address.bytes, bytes, is_six ? 16 : 4) != 0))
		i++;
	return i;
}
