/* SPDX-License-Identifier: MIT */
/* dns_server: the name servers that are asked, as settings and resolv.conf(5) name them.
 *
 * A link-local address (fe80::53%eth0) holds only together with the interface behind the %. c-ares 1.18
 * knows no interfaces, and two servers on two links may have the same address. So c-ares is given a
 * stand-in for such an address, with the server's number in bits that are zero in every link-local
 * address in use, and the real address is put back where a socket is connected. */
#ifndef NET_DNS_SERVER_H
#define NET_DNS_SERVER_H

#include "dns_impl.h"

#include <ares.h>
#include <net/if.h>
#include <netinet/in.h>

enum { DNS_SERVERS_MAX = 3 /* as many as glibc asks */, DNS_SERVER_TEXT = DNS_SERVER_TEXT_MAX };

struct dns_server {
	struct dns_address address;
	char interface[IF_NAMESIZE]; /* name or number, of a link-local address; "": none */
	int port;
};

struct dns_servers { /* plain data */
	struct dns_server at[DNS_SERVERS_MAX];
	size_t n;
};

/* Reads "10.0.0.1", "10.0.0.1:5353", "fe80::53%eth0" or "[fe80::53%eth0]:5353". ERR_INPUT: why it is
 * none. */
int dns_server_parse(const char *text, struct dns_server *ret, struct err *e);
/* The servers that the text of a resolv.conf names, the first DNS_SERVERS_MAX of them; lines that name
 * none are passed over, as glibc does. */
void dns_servers_read(const char *text, struct dns_servers *ret);
/* The address with its interface, without the port. */
void dns_server_text(const struct dns_server *s, char ret[DNS_SERVER_TEXT]);

/* Has c-ares ask these servers. Returns its status. */
int dns_servers_use(const struct dns_servers *all, ares_channel ares);
/* c-ares' address of a server becomes the real one, in place: 0; -1 and errno: there is no such
 * interface. */
int dns_servers_reveal(const struct dns_servers *all, struct sockaddr *to);
/* And the reverse, of the address that a packet came from. */
void dns_servers_disguise(const struct dns_servers *all, struct sockaddr *from);
/* The text of the server that c-ares knows by this address. */
void dns_servers_name(const struct dns_servers *all, const struct sockaddr *known_as,
		      char ret[DNS_SERVER_TEXT]);

#endif
