/* SPDX-License-Identifier: MIT */
/* tls_stream_connect: connects to one of the host's addresses, which are tried in turn. */
#include "tls_stream_internal.h"

#include "net/address_order.h"
#include "net/route.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void tls_stream_disconnect(struct tls_stream *s)
{
	s->asks_client = tls_stream_client_certificate_requested(s);
	s->lacks_client = tls_stream_client_certificate_missing(s);
	loop_watch_free(s->watch);
	s->watch = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
	verify_session_free(s->session);
	s->ssl = NULL;
	s->ctx = NULL;
	s->session = NULL;
	ERR_clear_error();
}

static void note_failure(struct tls_stream *s)
{
	if (!s->is_address)
		address_order_failed(dns_orders(s->w.dns), s->host, s->request.port,
				     &s->found.addresses[s->at]);
}

void tls_stream_fail(struct tls_stream *s)
{
	if (s->state == TLS_STREAM_SHAKING || s->state == TLS_STREAM_CONNECTING) {
		note_failure(s);
		dns_distrust(s->w.dns, s->host);
	}
	tls_stream_end(s);
}

static void on_connected(void *arg, unsigned ready)
{
	struct tls_stream *s = arg;
	int number = 0;
	socklen_t len = sizeof number;
	(void)ready;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &number, &len) < 0)
		number = errno;
	if (!number) {
		loop_watch_free(s->watch);
		s->watch = NULL;
		s->gateway = route_gateway(s->fd);
		tls_stream_shake(s);
		return;
	}
	char who[256];
	tls_stream_who(s, who, sizeof who);
	err_set(&s->err, ERR_NET, number, "%s: no connection: %s", who, strerror(number));
	tls_stream_address_failed(s);
}

static void set_options(int fd)
{
	static const struct {
		int level, option, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 20 },
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		setsockopt(fd, options[i].level, options[i].option, &options[i].value,
			   sizeof options[i].value);
}

/* Begins to connect to the present address, or, if that fails at once, to a later one. */
static void connect_to_address(struct tls_stream *s)
{
	struct sockaddr_storage to;
	socklen_t len;
	const struct dns_address *a = &s->found.addresses[s->at];
	dns_sockaddr(a, s->request.port, &to, &len);
	s->state = TLS_STREAM_CONNECTING;
	s->gateway = 0;
	s->fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd >= 0)
		set_options(s->fd);
	if (s->fd < 0 || (connect(s->fd, (struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS)) {
		int number = errno;
		char who[256];
		tls_stream_who(s, who, sizeof who);
		err_set(&s->err, ERR_NET, number, "%s: no connection: %s", who, strerror(number));
		tls_stream_address_failed(s);
		return;
	}
	s->watch = loop_watch(s->w.loop, s->fd, LOOP_WRITE, on_connected, s);
	tls_stream_moved(s);
}

/* Calls connect_to_address, which calls this again if no socket can be opened: the recursion is at most
 * DNS_ADDRESSES_MAX deep. */
void tls_stream_address_failed(struct tls_stream *s)
{
	note_failure(s);
	tls_stream_disconnect(s);
	if (s->at + 1 == s->found.n) {
		dns_distrust(s->w.dns, s->host);
		tls_stream_end(s);
		return;
	}
	s->at++;
	connect_to_address(s);
}

static void on_resolved(void *arg, const struct dns_answer *a, const struct err *e)
{
	struct tls_stream *s = arg;
	s->query = NULL;
	if (!a) {
		s->err = *e;
		tls_stream_end(s);
		return;
	}
	s->found = *a;
	if (!s->is_address)
		address_order_apply(dns_orders(s->w.dns), s->host, s->request.port, &s->found);
	connect_to_address(s);
}

void tls_stream_resolve(struct tls_stream *s)
{
	s->state = TLS_STREAM_RESOLVING;
	s->query = dns_resolve(s->w.dns, s->host, on_resolved, s);
	tls_stream_moved(s);
}
