/* SPDX-License-Identifier: MIT */
/* dns_server: the name servers that are asked, as settings and resolv.conf(5) write them.
 *
 * A link-local address (fe80::53%eth0) is complete only with the interface after the %. c-ares 1.18 does not
 * support interfaces, and two servers on two links may have the same address. So c-ares gets a substitute for
 * such an address, with the server's number in bits that are zero in every real link-local address, and the
 * real address is put back where a socket is connected. */
#ifndef NET_DNS_SERVER_H
#define NET_DNS_SERVER_H

#include "dns_impl.h"

#include <ares.h>
#include <net/if.h>
#include <netinet/in.h>

enum { DNS_SERVERS_MAX = 3 /* as many as glibc asks */, DNS_SERVER_TEXT = DNS_SERVER_TEXT_MAX };

struct dns_server {
	struct dns_address address;
	char interface[IF_NAMESIZE]; /* for a link-local address, its name or number; "": none */
	int port;
};

struct dns_servers { /* plain data */
	struct dns_server at[DNS_SERVERS_MAX];
	size_t n;
};

/* Reads "10.0.0.1", "10.0.0.1:5353", "fe80::53%eth0" or "[fe80::53%eth0]:5353". Fails with ERR_INPUT; the
 * error says why it is none. */
int dns_server_parse(const char *text, struct dns_server *ret, struct err *e);
/* Reads the first DNS_SERVERS_MAX servers in the text of a resolv.conf; lines without a valid server are
 * ignored, as glibc does. */
void dns_servers_read(const char *text, struct dns_servers *ret);
/* Writes the address with its interface, and with the port unless it is 53, as dns_server_parse reads it. */
void dns_server_text(const struct dns_server *s, char ret[DNS_SERVER_TEXT]);

/* Makes c-ares ask these servers, in the order of these indices. Returns c-ares' status. */
int dns_servers_use(const struct dns_servers *all, const size_t order[DNS_SERVERS_MAX], ares_channel ares);
/* Replaces the substitute for a server's address by the real address. Returns 0; -1 with errno if the
 * interface does not exist. */
int dns_servers_reveal(const struct dns_servers *all, struct sockaddr *to);
/* The reverse, for the address from which a packet came. */
void dns_servers_disguise(const struct dns_servers *all, struct sockaddr *from);
/* Returns the index of the server that has this address and port in c-ares; `n` if there is none. */
size_t dns_servers_index(const struct dns_servers *all, const struct sockaddr *known_as);

#endif
