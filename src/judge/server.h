/* server: a server that somebody names: connects, shakes hands, sends no request. Private to judge. */
#ifndef JUDGE_SERVER_H
#define JUDGE_SERVER_H

#include "base/err.h"
#include "net/https.h"

/* A connected socket, and the address it is connected to. connect: "ADDRESS:PORT", or NULL to resolve the URL's host. */
int server_connect(const struct https_url *url, const char *connect, char address[DNS_ADDRESS_TEXT], int *ret_fd, struct err *e);

#endif
