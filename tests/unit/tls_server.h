/* SPDX-License-Identifier: MIT */
/* tls_server: certificates made on the spot, and an HTTPS server in a child process that misbehaves as it is
 * told. It counts what reaches it in shared memory, so that a test asserts at the server what a client
 * did. */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tls_cert {
	X509 *x;
	EVP_PKEY *key;
};

struct tls_cert_recipe {
	const char *name;              /* common name */
	const char *san;               /* "DNS:a.test,IP:127.0.0.1"; NULL: none */
	const struct tls_cert *issuer; /* NULL: signs itself */
	int ca;
	int64_t not_before, not_after; /* 0: yesterday, in a month */
};

static void tls_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX c;
	X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &c, nid, value);
	assert(ext && X509_add_ext(x, ext, -1) == 1);
	X509_EXTENSION_free(ext);
}

static inline struct tls_cert tls_cert(const struct tls_cert_recipe *r)
{
	struct tls_cert c = { X509_new(), EVP_EC_gen("P-256") };
	X509 *issuer = r->issuer ? r->issuer->x : c.x;
	unsigned char serial[8];
	BIGNUM *bn = BN_new();
	FILE *random = fopen("/dev/urandom", "r");
	assert(c.x && c.key && random && fread(serial, 1, sizeof serial, random) == sizeof serial);
	fclose(random);
	serial[0] &= 0x7f;
	BN_to_ASN1_INTEGER(BN_bin2bn(serial, sizeof serial, bn), X509_get_serialNumber(c.x));
	BN_free(bn);
	X509_set_version(c.x, 2);
	ASN1_TIME_set(X509_getm_notBefore(c.x), r->not_before ? r->not_before : time(NULL) - 86400);
	ASN1_TIME_set(X509_getm_notAfter(c.x), r->not_after ? r->not_after : time(NULL) + 30 * 86400);
	X509_NAME *name = X509_get_subject_name(c.x);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)r->name, -1, -1, 0);
	X509_set_issuer_name(c.x, X509_get_subject_name(issuer));
	X509_set_pubkey(c.x, c.key);
	tls_extension(c.x, issuer, NID_basic_constraints, r->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	tls_extension(c.x, issuer, NID_key_usage,
		      r->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
	tls_extension(c.x, issuer, NID_subject_key_identifier, "hash");
	tls_extension(c.x, issuer, NID_authority_key_identifier, "keyid");
	if (!r->ca)
		tls_extension(c.x, issuer, NID_ext_key_usage, "serverAuth");
	if (r->san)
		tls_extension(c.x, issuer, NID_subject_alt_name, r->san);
	assert(X509_sign(c.x, r->issuer ? r->issuer->key : c.key, EVP_sha256()) > 0);
	return c;
}

static void tls_cert_done(struct tls_cert *c)
{
	X509_free(c->x);
	EVP_PKEY_free(c->key);
}

/* As text, yours to free. */
static char *tls_cert_pem(const struct tls_cert *c)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_X509(b, c->x);
	long len = BIO_get_mem_data(b, &data);
	char *text = strndup(data, (size_t)len);
	BIO_free(b);
	return text;
}

enum tls_manner {
	TLS_GOOD,          /* keeps connections alive and answers 200 <OK/> */
	TLS_ECHO,          /* answers with the request as it came */
	TLS_ANSWER,        /* answers with the text given */
	TLS_CLOSES_AFTER,  /* answers, then closes without having said so */
	TLS_CLOSES_SECOND, /* answers the first request of a connection, reads the second and closes */
	TLS_CLOSES_UNANSWERED,
	TLS_HUGE, /* a body of 1 GB */
	TLS_ENDLESS_HEADERS,
	TLS_ENDLESS_CONTINUE,
	TLS_DRIP,     /* a byte of body each 20 ms */
	TLS_SILENT,   /* reads the request and never answers */
	TLS_NO_HELLO, /* accepts and never speaks */
	TLS_CLOSES_HANDSHAKE,
	TLS_RESETS_HANDSHAKE,
	TLS_ALERT, /* answers the hello with the fatal alert of the number given */
	TLS_PLAIN_HTTP,
	TLS_OLD, /* TLS 1.0 only */
	TLS_WANTS_CERTIFICATE,
};

struct tls_stats {
	atomic_int accepted, handshakes, resumed, requests, closed;
	atomic_int waiting, most_waiting; /* connections that wait for their handshake, now and at most */
	atomic_long bytes;                /* of application data, read from clients */
	char sni[128];
};

struct tls_conn;

struct tls_server {
	enum tls_manner manner;
	int hello_ms;                       /* goes by before each handshake */
	int alert;                          /* for TLS_ALERT */
	int max_version;                    /* TLS1_2_VERSION...; 0: any */
	const char *alpn;                   /* the one protocol that it speaks; NULL: it says nothing of it */
	void (*speaks)(struct tls_conn *c); /* after the handshake; NULL: in its manner */
	const void *arg;                    /* its own */
	const char *answer;
	const struct tls_cert *cert, *intermediate;
	const char *address; /* NULL: 127.0.0.1 */
	int port;            /* 0: any; set by tls_server_start */
	struct tls_stats *stats;
	pid_t pid;
	int fd;
};

struct tls_conn {
	struct tls_server *s;
	SSL *ssl;
	char buf[1 << 16];
	size_t len;
};

static int tls_write(struct tls_conn *c, const char *data, size_t len)
{
	return SSL_write(c->ssl, data, (int)len) == (int)len;
}

static int tls_say(struct tls_conn *c, const char *text)
{
	return tls_write(c, text, strlen(text));
}

/* Reads one request; what is kept of it is at most the buffer. Returns its length, 0 at the end. */
static size_t tls_request(struct tls_conn *c)
{
	size_t have = 0, wanted = 0;
	for (;;) {
		size_t room = sizeof c->buf - 1 - c->len;
		char scrap[1 << 14];
		int n = SSL_read(c->ssl, room ? c->buf + c->len : scrap, (int)(room ? room : sizeof scrap));
		if (n <= 0)
			return 0;
		atomic_fetch_add(&c->s->stats->bytes, n);
		have += (size_t)n;
		c->len += room ? (size_t)n : 0;
		c->buf[c->len] = '\0';
		char *end = strstr(c->buf, "\r\n\r\n");
		if (!wanted && end) {
			char *length = strcasestr(c->buf, "\r\nContent-Length:");
			wanted = (size_t)(end - c->buf) + 4 + (length ? strtoul(length + 17, NULL, 10) : 0);
		}
		if (wanted && have >= wanted) {
			atomic_fetch_add(&c->s->stats->requests, 1);
			return have;
		}
	}
}

static void tls_flood(struct tls_conn *c, const char *head, const char *piece, long pieces, int pause_ms)
{
	if (!tls_say(c, head))
		return;
	for (long i = 0; i < pieces; i++) {
		if (!tls_say(c, piece))
			return;
		if (pause_ms)
			usleep((useconds_t)pause_ms * 1000);
	}
}

/* Returns 0 when the connection is to be closed. */
static int tls_reply(struct tls_conn *c, int nth)
{
	static const char good[] =
		"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\n<OK/>";
	char piece[16385];
	switch (c->s->manner) {
	case TLS_ECHO:
		snprintf(piece, sizeof piece, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", c->len);
		return tls_say(c, piece) && tls_write(c, c->buf, c->len);
	case TLS_ANSWER: return tls_say(c, c->s->answer);
	case TLS_CLOSES_AFTER: tls_say(c, good); return 0;
	case TLS_CLOSES_SECOND: return nth == 1 && tls_say(c, good);
	case TLS_CLOSES_UNANSWERED: return 0;
	case TLS_HUGE:
		memset(piece, 'x', sizeof piece - 1);
		piece[sizeof piece - 1] = '\0';
		tls_flood(c, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", piece, 65536, 0);
		return 0;
	case TLS_ENDLESS_HEADERS:
		tls_flood(c, "HTTP/1.1 200 OK\r\n", "X-More: and more and more\r\n", 100000000, 0);
		return 0;
	case TLS_ENDLESS_CONTINUE: tls_flood(c, "", "HTTP/1.1 100 Continue\r\n\r\n", 100000000, 0); return 0;
	case TLS_DRIP:
		tls_flood(c, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", "x", 10000, 20);
		return 0;
	case TLS_SILENT: pause(); return 0;
	default: return tls_write(c, good, sizeof good - 1);
	}
}

static int tls_note_sni(SSL *ssl, int *alert, void *arg)
{
	struct tls_server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	(void)alert;
	snprintf(s->stats->sni, sizeof s->stats->sni, "%s", name ? name : "");
	return SSL_TLSEXT_ERR_OK;
}

static int tls_believe(int ok, X509_STORE_CTX *x)
{
	(void)ok;
	(void)x;
	return 1;
}

static int tls_choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
			       const unsigned char *offered, unsigned len, void *arg)
{
	const struct tls_server *s = arg;
	size_t mine = strlen(s->alpn);
	(void)ssl;
	for (unsigned i = 0; i < len; i += 1u + offered[i])
		if (offered[i] == mine && memcmp(offered + i + 1, s->alpn, mine) == 0) {
			*ret = offered + i + 1;
			*ret_len = offered[i];
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *tls_server_ctx(struct tls_server *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ctx, s->cert->x);
	SSL_CTX_use_PrivateKey(ctx, s->cert->key);
	if (s->intermediate)
		SSL_CTX_add1_chain_cert(ctx, s->intermediate->x);
	SSL_CTX_set_tlsext_servername_callback(ctx, tls_note_sni);
	SSL_CTX_set_tlsext_servername_arg(ctx, s);
	if (s->manner == TLS_OLD) {
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	}
	if (s->manner == TLS_WANTS_CERTIFICATE)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_believe);
	if (s->alpn)
		SSL_CTX_set_alpn_select_cb(ctx, tls_choose_protocol, s);
	if (s->max_version)
		SSL_CTX_set_max_proto_version(ctx, s->max_version);
	return ctx;
}

static void tls_serve_plain(struct tls_server *s, int fd)
{
	static const char bad[] =
		"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	char scrap[4096];
	if (s->manner == TLS_NO_HELLO)
		pause();
	if (read(fd, scrap, s->manner == TLS_RESETS_HANDSHAKE ? 1 : sizeof scrap) <= 0)
		return;
	if (s->manner == TLS_PLAIN_HTTP && write(fd, bad, sizeof bad - 1) < 0)
		return;
	if (s->manner == TLS_RESETS_HANDSHAKE)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	else if (s->manner == TLS_PLAIN_HTTP)
		shutdown(fd, SHUT_WR);
	else if (s->manner == TLS_ALERT &&
		 write(fd, (unsigned char[]){ 21, 3, 3, 0, 2, 2, (unsigned char)s->alert }, 7) == 7)
		shutdown(fd, SHUT_WR);
}

static void tls_speak(struct tls_conn *c)
{
	for (int nth = 1; tls_request(c) > 0 && tls_reply(c, nth); nth++)
		c->len = 0;
}

static void tls_serve(struct tls_server *s, SSL_CTX *ctx, int fd)
{
	struct tls_conn *c = calloc(1, sizeof *c);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->s = s;
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, fd);
	usleep((useconds_t)s->hello_ms * 1000);
	atomic_fetch_sub(&s->stats->waiting, 1); /* before the client can know that it has its connection */
	if (SSL_accept(c->ssl) == 1) {
		atomic_fetch_add(&s->stats->handshakes, 1);
		atomic_fetch_add(&s->stats->resumed, SSL_session_reused(c->ssl));
		(s->speaks ? s->speaks : tls_speak)(c);
		SSL_shutdown(c->ssl);
	} else { /* the alert must arrive before a reset, which unread bytes would cause, overtakes it */
		shutdown(fd, SHUT_WR);
		while (read(fd, c->buf, sizeof c->buf) > 0)
			;
	}
	SSL_free(c->ssl);
	free(c);
}

static void tls_server_main(struct tls_server *s)
{
	SSL_CTX *ctx = tls_server_ctx(s);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(s->fd, NULL, NULL);
		if (fd < 0)
			continue;
		atomic_fetch_add(&s->stats->accepted, 1);
		int waiting = atomic_fetch_add(&s->stats->waiting, 1) + 1;
		if (waiting > s->stats->most_waiting)
			s->stats->most_waiting = waiting;
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(s->fd);
			if (s->manner >= TLS_NO_HELLO && s->manner <= TLS_PLAIN_HTTP)
				tls_serve_plain(s, fd);
			else
				tls_serve(s, ctx, fd);
			close(fd);
			atomic_fetch_add(&s->stats->closed, 1);
			_exit(0);
		}
		close(fd);
	}
}

/* A listening socket on 127.0.0.1 (or another address of loopback); *port is filled in. */
static int tls_listen(const char *address, int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, address, &a.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 64) != 0)
		abort();
	getsockname(fd, (struct sockaddr *)&a, &len);
	*port = ntohs(a.sin_port);
	return fd;
}

static inline void tls_server_start(struct tls_server *s)
{
	s->stats = mmap(NULL, sizeof *s->stats, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	s->fd = tls_listen(s->address ? s->address : "127.0.0.1", &s->port);
	s->pid = fork();
	if (s->pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tls_server_main(s);
	}
	setpgid(s->pid, s->pid);
	close(s->fd);
}

static inline void tls_server_stop(struct tls_server *s)
{
	if (s->pid <= 0)
		return;
	kill(-s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->stats, sizeof *s->stats);
	s->pid = 0;
}

#endif
