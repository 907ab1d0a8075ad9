/* SPDX-License-Identifier: MIT */
/* server: a server that somebody names: connects, shakes hands, sends no request. Private to pki. */
#ifndef PKI_SERVER_H
#define PKI_SERVER_H

#include "base/err.h"
#include "net/https.h"

struct server {
	int fd; /* yours to close */
	char address[DNS_ADDRESS_TEXT];
	int port;
};
/* connect: "ADDRESS:PORT", or NULL to resolve the URL's host. */
int server_connect(const struct https_url *url, const char *connect, struct server *ret, struct err *e);

#endif
