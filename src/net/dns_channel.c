/* SPDX-License-Identifier: MIT */
#include "dns_channel.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/sha256.h"
#include "dns_order.h"
#include "dns_packet.h"

#include <arpa/nameser.h>
#include <ares.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	TRY_MS = 1000, /* a try takes twice as long in each round of all servers */
	TRIES = 4,
	CONF_MAX = 64 << 10,
};

/* A descriptor that c-ares wants to have watched. */
struct sock {
	struct sock *next;
	struct dns_channel *channel;
	struct loop_watch *watch;
	int fd;
};

struct dns_channel {
	struct loop *loop;
	ares_channel ares;        /* NULL: closed */
	struct loop_timer *timer; /* c-ares' own time-outs */
	struct sock *socks;
	struct dns_lookup *lookups; /* lookups that c-ares has not ended yet */
	struct dns_settings settings;
	char domains[DNS_DOMAINS_MAX][DNS_NAME_MAX];
	size_t n_domains;
	struct dns_servers servers; /* the servers that are asked */
	struct dns_order order;
	char conf_digest[SHA256_HEX]; /* of resolv.conf when it was last read; "": it was not, or is unused */
};

/* One lookup. c-ares 1.18 cannot cancel a single question, so a cancelled lookup exists until c-ares has
 * ended it. */
struct dns_lookup {
	struct dns_channel *channel;
	struct dns_lookup *next;
	struct loop_timer *done; /* armed when c-ares has ended the lookup; NULL before */
	dns_looked_up *fn;       /* NULL: cancelled */
	void *arg;
	int64_t asked_ms;
	int family, status;
	struct dns_answer found;
	unsigned char query[DNS_QUERY_MAX];
	size_t query_len;
	struct dns_refusal refusal; /* the last refusal, and the server that sent it */
	char server[DNS_SERVER_TEXT];
};

/* --- c-ares and the loop --- */

/* To be called after each call of c-ares: arms the timer for its next time-out. */
static void rearm(struct dns_channel *c)
{
	struct timeval tv, *left = ares_timeout(c->ares, NULL, &tv);
	if (left)
		loop_timer_in(c->timer, (int64_t)left->tv_sec * 1000 + left->tv_usec / 1000 + 1);
	else
		loop_timer_stop(c->timer);
}

static void on_timer(void *arg)
{
	struct dns_channel *c = arg;
	ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm(c);
}

static void on_sock_ready(void *arg, unsigned ready)
{
	struct sock *s = arg;
	struct dns_channel *c = s->channel; /* c-ares may free s */
	int fd = s->fd;
	ares_process_fd(c->ares, ready & LOOP_READ ? fd : ARES_SOCKET_BAD,
			ready & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
	rearm(c);
}

/* Called by c-ares: tells how fd is to be watched from now on. Neither readable nor writable: c-ares is about
 * to close it. */
static void on_sock_state(void *arg, int fd, int readable, int writable)
{
	struct dns_channel *c = arg;
	unsigned events = (readable ? LOOP_READ : 0U) | (writable ? LOOP_WRITE : 0U);
	struct sock **at = &c->socks;
	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	struct sock *s = *at;
	if (s && events) {
		loop_watch_set(s->watch, events);
	} else if (events) {
		s = mem_new(sizeof *s);
		*s = (struct sock){ .next = c->socks, .channel = c, .fd = fd };
		s->watch = loop_watch(c->loop, fd, events, on_sock_ready, s);
		c->socks = s;
	} else if (s) {
		*at = s->next;
		loop_watch_free(s->watch);
		free(s);
	}
}

/* --- sockets: packets are checked before c-ares gets them --- */

static ares_socket_t sock_open(int domain, int type, int protocol, void *arg)
{
	(void)arg;
	return socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int sock_close(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

static int sock_connect(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t len, void *arg)
{
	struct dns_channel *c = arg;
	struct sockaddr_storage real = { .ss_family = AF_UNSPEC };
	memcpy(&real, to, len < sizeof real ? len : sizeof real);
	if (dns_servers_reveal(&c->servers, (struct sockaddr *)&real) < 0)
		return -1;
	return connect(fd, (struct sockaddr *)&real, len);
}

/* Receives for c-ares; from is NULL for a stream. Only the server to which fd is connected can send. */
static ares_ssize_t sock_receive(ares_socket_t fd, void *data, size_t size, int flags, struct sockaddr *from,
				 ares_socklen_t *from_len, void *arg)
{
	struct dns_channel *c = arg;
	ssize_t got = recvfrom(fd, data, size, flags, from, from_len);
	if (got < 0 || !from)
		return got;
	size_t len = (size_t)got;
	dns_servers_disguise(&c->servers, from);
	size_t server = dns_servers_index(&c->servers, from);
	dns_order_heard(&c->order, server, loop_now_ms(c->loop));
	for (struct dns_lookup *l = c->lookups; l; l = l->next) {
		struct dns_refusal said = { 0 };
		len = dns_packet_mend(data, len, size, l->query, l->query_len, &said);
		if (!said.rcode && !said.is_truncated)
			continue;
		l->refusal = said;
		if (server < c->servers.n)
			dns_server_text(&c->servers.at[server], l->server);
	}
	return (ares_ssize_t)len;
}

static ares_ssize_t sock_send(ares_socket_t fd, const struct iovec *parts, int n, void *arg)
{
	(void)arg;
	struct iovec copies[8];
	if (n < 0 || (size_t)n > sizeof copies / sizeof *copies)
		n = sizeof copies / sizeof *copies; /* only for a stream; c-ares sends the rest later */
	memcpy(copies, parts, (size_t)n * sizeof *copies);
	struct msghdr m = { .msg_iov = copies, .msg_iovlen = (size_t)n };
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static const struct ares_socket_functions socket_functions = {
	.asocket = sock_open,
	.aclose = sock_close,
	.aconnect = sock_connect,
	.arecvfrom = sock_receive,
	.asendv = sock_send,
};

/* --- servers and domains --- */

static void add_domain(struct dns_channel *c, const char *text)
{
	int is_absolute;
	if (c->n_domains < DNS_DOMAINS_MAX &&
	    dns_normalise(text, c->domains[c->n_domains], &is_absolute, NULL) == 0)
		c->n_domains++;
}

static void read_domains(struct dns_channel *c)
{
	c->n_domains = 0;
	if (c->settings.domain[0]) {
		add_domain(c, c->settings.domain);
		return;
	}
	struct ares_options o = { 0 };
	int mask = 0;
	if (ares_save_options(c->ares, &o, &mask) == ARES_SUCCESS)
		for (int i = 0; i < o.ndomains; i++)
			add_domain(c, o.domains[i]);
	ares_destroy_options(&o);
}

static void close_ares(struct dns_channel *c)
{
	loop_timer_stop(c->timer);
	if (c->ares)
		ares_destroy(c->ares);
	c->ares = NULL;
}

static int open_ares(struct dns_channel *c)
{
	char lookups[] = "b"; /* DNS only, no files */
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TRY_MS,
		.tries = TRIES,
		.lookups = lookups,
		.resolvconf_path = c->settings.resolv_conf,
		.sock_state_cb = on_sock_state,
		.sock_state_cb_data = c,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
		   ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
	int status = ares_init_options(&c->ares, &o, mask);
	if (status != ARES_SUCCESS) {
		c->ares = NULL;
		return status;
	}
	ares_set_socket_functions(c->ares, &socket_functions, c);
	dns_order_choose(&c->order, c->servers.n, loop_now_ms(c->loop));
	status = dns_servers_use(&c->servers, c->order.asked, c->ares);
	if (status != ARES_SUCCESS)
		close_ares(c);
	else
		read_domains(c);
	return status;
}

/* --- public functions --- */

struct dns_channel *dns_channel_new(struct loop *l)
{
	struct dns_channel *c = mem_new(sizeof *c);
	ares_library_init(ARES_LIB_INIT_ALL);
	c->loop = l;
	c->timer = loop_timer_new(l, on_timer, c);
	return c;
}

void dns_channel_free(struct dns_channel *c)
{
	if (!c)
		return;
	close_ares(c);
	loop_timer_free(c->timer);
	free(c);
	ares_library_cleanup();
}

void dns_channel_configure(struct dns_channel *c, const struct dns_settings *s)
{
	c->settings = *s;
	dns_channel_reopen(c);
	c->conf_digest[0] = '\0';
	dns_channel_refresh(c);
}

int dns_channel_refresh(struct dns_channel *c)
{
	char digest[SHA256_HEX];
	struct buf conf;
	if (!dns_channel_uses_conf(c)) {
		c->servers = c->settings.servers;
		return 0;
	}
	buf_init(&conf, CONF_MAX);
	file_read(c->settings.resolv_conf, &conf, NULL); /* a missing file names no server */
	sha256_hex(buf_str(&conf), conf.len, digest);
	int differs = strcmp(digest, c->conf_digest) != 0;
	if (differs) {
		close_ares(c);
		c->order = (struct dns_order){ 0 };
		memcpy(c->conf_digest, digest, sizeof digest);
		c->servers = c->settings.servers;
		if (!c->servers.n)
			dns_servers_read(buf_str(&conf), &c->servers);
	}
	buf_done(&conf);
	return differs;
}

int dns_channel_uses_conf(const struct dns_channel *c)
{
	return !c->settings.servers.n || !c->settings.domain[0];
}

void dns_channel_reopen(struct dns_channel *c)
{
	close_ares(c);
	c->order = (struct dns_order){ 0 };
}

int dns_channel_ready(struct dns_channel *c)
{
	if (!c->servers.n)
		return DNS_NO_SERVER;
	if (!c->lookups && dns_order_choose(&c->order, c->servers.n, loop_now_ms(c->loop)))
		close_ares(c);
	return c->ares ? ARES_SUCCESS : open_ares(c);
}

const struct dns_servers *dns_channel_servers(const struct dns_channel *c)
{
	return &c->servers;
}

size_t dns_channel_n_domains(const struct dns_channel *c)
{
	return c->n_domains;
}

const char *dns_channel_domain(const struct dns_channel *c, size_t i)
{
	return c->domains[i];
}

/* --- lookups --- */

static void free_lookup(struct dns_lookup *l)
{
	loop_timer_free(l->done);
	free(l);
}

int dns_lookup_refusal(const struct dns_lookup *l, char *ret, size_t size)
{
	if (!l || (!l->refusal.rcode && !l->refusal.is_truncated))
		return 0;
	const char *text = dns_packet_refusal_text(&l->refusal);
	if (text)
		snprintf(ret, size, "DNS server %s %s", l->server, text);
	else
		snprintf(ret, size, "DNS server %s answered with error %d", l->server, l->refusal.rcode);
	return l->refusal.rcode == DNS_RCODE_REFUSED ? ARES_EREFUSED : ARES_ESERVFAIL;
}

static const char *status_text(int status)
{
	switch (status) {
	case ARES_ETIMEOUT: return "no DNS server answered";
	case ARES_ECONNREFUSED: return "no DNS server can be reached";
	case ARES_EBADRESP: return "the DNS server's answer is damaged";
	default: return ares_strerror(status);
	}
}

static void on_done(void *arg)
{
	struct dns_lookup *l = arg;
	char why[200];
	snprintf(why, sizeof why, "%s", status_text(l->status));
	/* If a server refused each time, c-ares reports that it cannot be contacted. */
	if (l->status == ARES_ECONNREFUSED || l->status == ARES_ETIMEOUT) {
		int status = dns_lookup_refusal(l, why, sizeof why);
		l->status = status ? status : l->status;
	}
	l->fn(l->arg, l->family, l->status, &l->found, why);
	free_lookup(l);
}

/* Called by c-ares, perhaps even before ares_send has returned, so it only stores the reply. */
static void on_reply(void *arg, int status, int timeouts, unsigned char *packet, int len)
{
	struct dns_lookup *l = arg, **at = &l->channel->lookups;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	if (status == ARES_SUCCESS)
		dns_order_timed_out(&l->channel->order, l->channel->servers.n, timeouts, l->asked_ms,
				    loop_now_ms(l->channel->loop));
	if (!l->fn) {
		free_lookup(l);
		return;
	}
	l->status =
		status == ARES_SUCCESS ? dns_packet_read(packet, (size_t)len, l->family, &l->found) : status;
	l->done = loop_timer_new(l->channel->loop, on_done, l);
	loop_timer_in(l->done, 0);
}

/* Returns a random id that no other question has. */
static unsigned short new_id(const struct dns_channel *c)
{
	unsigned short id = 0;
	const struct dns_lookup *l;
	do {
		random_fill(&id, sizeof id);
		for (l = c->lookups;
		     l && memcmp(l->query, (unsigned char[]){ (unsigned char)(id >> 8), (unsigned char)id },
				 2) != 0;)
			l = l->next;
	} while (l);
	return id;
}

struct dns_lookup *dns_channel_ask(struct dns_channel *c, const char *name, int family, dns_looked_up *fn,
				   void *arg)
{
	struct dns_lookup *l = mem_new(sizeof *l);
	*l = (struct dns_lookup){
		.channel = c, .fn = fn, .arg = arg, .asked_ms = loop_now_ms(c->loop), .family = family
	};
	unsigned char *query = NULL;
	int len = 0, type = family == AF_INET6 ? ns_t_aaaa : ns_t_a;
	int status = ares_create_query(name, ns_c_in, type, new_id(c), 1, &query, &len, 0);
	l->next = c->lookups;
	c->lookups = l;
	if (status == ARES_SUCCESS && (size_t)len > sizeof l->query)
		status = ARES_EBADNAME;
	if (status != ARES_SUCCESS) {
		on_reply(l, status, 0, NULL, 0);
	} else {
		memcpy(l->query, query, (size_t)len);
		l->query_len = (size_t)len;
		ares_send(c->ares, query, len, on_reply, l);
	}
	ares_free_string(query);
	rearm(c);
	return l;
}

void dns_lookup_cancel(struct dns_lookup *l)
{
	if (l && l->done)
		free_lookup(l);
	else if (l)
		l->fn = NULL;
}
