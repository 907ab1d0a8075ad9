/* SPDX-License-Identifier: MIT */
/* sink PORT CERTIFICATE KEY COUNTERS: takes posts over TLS 1.3 on loopback, as fast as one thread can, and
 * answers 204. The path /silent takes a post and never answers, /crawl answers with a byte a second. */
#include "counters.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { REQUEST_MAX = 512 << 10, CONNECTIONS_MAX = 1024 };

static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";

struct connection {
	SSL *ssl;
	int fd, established;
	size_t len;
	size_t owed; /* of a crawling answer: bytes already sent, + 1 */
	uint64_t sequence;
	char *in;
};

struct sink {
	SSL_CTX *tls;
	struct counters *counters;
	int epoll;
	struct connection *crawling[CONNECTIONS_MAX];
	size_t n_crawling;
};

static void die(const char *what)
{
	fprintf(stderr, "sink: %s\n", what);
	exit(1);
}

static void drop(struct sink *s, struct connection *c)
{
	for (size_t i = 0; i < s->n_crawling; i++)
		if (s->crawling[i] == c)
			s->crawling[i--] = s->crawling[--s->n_crawling];
	SSL_free(c->ssl);
	close(c->fd);
	free(c->in);
	free(c);
}

/* The value of a header in the head of len bytes; 0: not there. */
static uint64_t number(const char *head, size_t len, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = head, *end; (end = memchr(at, '\n', len - (size_t)(at - head))); at = end + 1)
		if ((size_t)(end - at) > n && strncasecmp(at, name, n) == 0)
			return strtoull(at + n, NULL, 10);
	return 0;
}

static void count(struct sink *s, struct connection *c, const char *head, size_t head_len, size_t body)
{
	struct counters *n = s->counters;
	uint64_t sequence = number(head, head_len, "Sealpost-Sequence:");
	n->last_ns = now_ns();
	if (!n->posts)
		n->first_ns = n->last_ns;
	n->bytes += body;
	if (sequence) {
		n->disorder += sequence <= c->sequence;
		c->sequence = sequence;
	}
	n->posts++;
}

/* Takes a whole request from the head of what was read: how many bytes it has, 0 if it is not whole yet. */
static size_t take(struct sink *s, struct connection *c, const char *from, size_t len)
{
	const char *end = memmem(from, len, "\r\n\r\n", 4);
	if (!end)
		return 0;
	size_t head = (size_t)(end + 4 - from), body = number(from, head, "Content-Length:");
	if (len < head + body)
		return 0;
	if (memmem(from, head, " /silent", 8))
		return head + body;
	count(s, c, from, head, body);
	if (memmem(from, head, " /crawl", 7) && s->n_crawling < CONNECTIONS_MAX) {
		c->owed = 1;
		s->crawling[s->n_crawling++] = c;
	} else if (SSL_write(c->ssl, answer, sizeof answer - 1) <= 0) {
		die("an answer did not fit into the socket");
	}
	return head + body;
}

/* 0; -1: the connection ended. */
static int serve(struct sink *s, struct connection *c)
{
	if (!c->established) {
		int r = SSL_accept(c->ssl);
		if (r <= 0)
			return SSL_get_error(c->ssl, r) == SSL_ERROR_WANT_READ ? 0 : -1;
		c->established = 1;
		s->counters->handshakes++;
	}
	for (;;) {
		int n = SSL_read(c->ssl, c->in + c->len, (int)(REQUEST_MAX - c->len));
		if (n <= 0)
			return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? 0 : -1;
		c->len += (size_t)n;
		size_t at = 0, took;
		while (at < c->len && (took = take(s, c, c->in + at, c->len - at)))
			at += took;
		c->len -= at;
		memmove(c->in, c->in + at, c->len);
	}
}

static void adopt(struct sink *s, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	if (fd < 0)
		return;
	struct connection *c = calloc(1, sizeof *c);
	if (!c || !(c->in = malloc(REQUEST_MAX)) || !(c->ssl = SSL_new(s->tls)))
		die("out of memory");
	c->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	SSL_set_fd(c->ssl, fd);
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
}

static void crawl(struct sink *s)
{
	for (size_t i = 0; i < s->n_crawling; i++) {
		struct connection *c = s->crawling[i];
		SSL_write(c->ssl, answer + c->owed - 1, 1);
		if (c->owed++ == sizeof answer - 1) {
			c->owed = 0;
			s->crawling[i--] = s->crawling[--s->n_crawling];
		}
	}
}

static int listen_on(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 512) < 0)
		die("cannot listen");
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		die("expected PORT CERTIFICATE KEY COUNTERS");
	signal(SIGPIPE, SIG_IGN);
	struct sink s = { .tls = SSL_CTX_new(TLS_server_method()),
			  .counters = counters_map(argv[4]),
			  .epoll = epoll_create1(EPOLL_CLOEXEC) };
	SSL_CTX_set_min_proto_version(s.tls, TLS1_3_VERSION);
	SSL_CTX_set_mode(s.tls, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(s.tls, argv[2]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(s.tls, argv[3], SSL_FILETYPE_PEM) != 1)
		die("certificate and key cannot be used");
	int listener = listen_on(int_of(argv[1]));
	struct epoll_event e = { .events = EPOLLIN };
	epoll_ctl(s.epoll, EPOLL_CTL_ADD, listener, &e);
	for (uint64_t next_crawl = 0;;) {
		struct epoll_event ready[64];
		int n = epoll_wait(s.epoll, ready, 64, s.n_crawling ? 100 : -1);
		for (int i = 0; i < n; i++) {
			struct connection *c = ready[i].data.ptr;
			if (!c)
				adopt(&s, listener);
			else if (serve(&s, c) < 0)
				drop(&s, c);
		}
		if (s.n_crawling && now_ns() >= next_crawl) {
			crawl(&s);
			next_crawl = now_ns() + 1000000000u;
		}
	}
}
