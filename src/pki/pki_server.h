/* SPDX-License-Identifier: MIT */
/* pki_server: connects to the server whose certificate is to be verified. */
#ifndef PKI_PKI_SERVER_H
#define PKI_PKI_SERVER_H

#include "base/err.h"
#include "net/https.h"

struct server {
	int fd; /* the caller closes it */
	char address[DNS_ADDRESS_TEXT];
	int port;
};
/* Connects to the address in `connect` ("ADDRESS:PORT") or, if that is NULL, to the host of the URL. Blocks
 * for some seconds at most. Fails with ERR_CONFIG if `connect` is wrong, with ERR_DNS or ERR_NET if there is
 * no connection. */
int server_connect(const struct https_url *url, const char *connect, struct server *ret, struct err *e);

#endif
