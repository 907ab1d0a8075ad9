/* SPDX-License-Identifier: MIT */
/* pki_server: a TCP connection to the server whose certificate is to be verified. */
#ifndef PKI_PKI_SERVER_H
#define PKI_PKI_SERVER_H

#include "base/err.h"
#include "net/https.h"

struct server {
	int fd; /* yours to close */
	char address[DNS_ADDRESS_TEXT];
	int port;
};
/* Connects to the address in `connect` ("ADDRESS:PORT") or, where that is NULL, to the host that the URL
 * names. Blocks for some seconds at most. ERR_CONFIG: `connect` is wrong; ERR_DNS, ERR_NET: there is no
 * connection. */
int server_connect(const struct https_url *url, const char *connect, struct server *ret, struct err *e);

#endif
