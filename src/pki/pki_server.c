/* SPDX-License-Identifier: MIT */
#include "pki_server.h"

#include "base/num.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_MS = 10000 };

struct lookup {
	struct loop *loop;
	struct dns_answer answer;
	struct err err;
	int found;
};

static void on_answer(void *arg, const struct dns_answer *answer, const struct err *e)
{
	struct lookup *l = arg;
	if (answer)
		l->answer = *answer;
	else
		l->err = *e;
	l->found = answer != NULL;
	loop_stop(l->loop);
}

/* Resolves the host at the system's DNS servers, since there is no agent with settings here. */
static int resolve(const char *host, struct dns_answer *ret, struct err *e)
{
	struct lookup l = { .loop = loop_new() };
	struct dns *d = dns_new(l.loop);
	dns_resolve(d, host, on_answer, &l);
	loop_run(l.loop);
	dns_free(d);
	loop_free(l.loop);
	if (!l.found) {
		*e = l.err;
		return -1;
	}
	*ret = l.answer;
	return 0;
}

static int read_address(const char *text, struct dns_answer *ret, int *ret_port, struct err *e)
{
	char address[64];
	int64_t port;
	const char *colon = strrchr(text, ':');
	memset(ret, 0, sizeof *ret);
	ret->n = 1;
	int brackets = colon && colon > text + 1 && text[0] == '[' && colon[-1] == ']';
	if (colon)
		snprintf(address, sizeof address, "%.*s", (int)(colon - text) - 2 * brackets,
			 text + brackets);
	if (!colon || !dns_is_address(address, &ret->addresses[0]) ||
	    num_parse(colon + 1, 1, 65535, &port, NULL) < 0)
		return err_set(e, ERR_CONFIG, 0,
			       "connect: expected ADDRESS:PORT or [IPv6-ADDRESS]:PORT, not %.60s", text);
	*ret_port = (int)port;
	return 0;
}

static int connect_to(const struct dns_address *a, int port, int *ret_fd, struct err *e)
{
	struct sockaddr_storage to;
	socklen_t len, size = sizeof errno;
	int failed = 0;
	dns_sockaddr(a, port, &to, &len);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_NET, errno, "no socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&to, len) < 0)
		failed = errno;
	if (failed == EINPROGRESS) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		failed = poll(&p, 1, CONNECT_MS) == 1 ? 0 : ETIMEDOUT;
		if (!failed)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
	}
	if (!failed) {
		*ret_fd = fd;
		return 0;
	}
	close(fd);
	char text[DNS_ADDRESS_TEXT];
	dns_address_text(a, text, sizeof text);
	return err_set(e, ERR_NET, failed, "no connection to %s port %d: %s", text, port, strerror(failed));
}

int server_connect(const struct https_url *url, const char *connect, struct server *ret, struct err *e)
{
	struct dns_answer answer;
	ret->port = url->port;
	if (connect ? read_address(connect, &answer, &ret->port, e) < 0 : resolve(url->host, &answer, e) < 0)
		return -1;
	for (size_t i = 0; i < answer.n; i++) {
		if (connect_to(&answer.addresses[i], ret->port, &ret->fd, e) == 0) {
			dns_address_text(&answer.addresses[i], ret->address, sizeof ret->address);
			return 0;
		}
	}
	return -1;
}
