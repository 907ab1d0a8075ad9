#include "dns_channel.h"

#include "base/mem.h"

#include <arpa/nameser.h>
#include <ares.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	TRY_MS = 1000, TRIES = 4,	/* a try lasts twice as long in each round of all servers */
	UDP_SIZE = 1232,		/* fits into one packet on any link (DNS flag day 2020) */
};

/* One descriptor that c-ares wants watched. */
struct sock {
	struct sock *next;
	struct dns_channel *channel;
	struct loop_watch *watch;
	int fd;
};

struct dns_channel {
	struct loop *loop;
	ares_channel ares;		/* NULL: closed */
	struct loop_timer *timer;	/* c-ares' own time-outs */
	struct sock *socks;
	struct dns_settings settings;
	char domains[DNS_DOMAINS_MAX][DNS_NAME_MAX];
	size_t n_domains;
	struct timespec conf_changed;	/* resolv.conf, when it was read */
};

/* c-ares 1.18 cannot forget a single question: a cancelled lookup stays until c-ares is done with it. */
struct dns_lookup {
	struct loop *loop;
	struct loop_timer *done;	/* armed when c-ares is done; NULL before */
	dns_looked_up *fn;		/* NULL: cancelled */
	void *arg;
	int family, status;
	struct dns_answer found;
};

/* --- c-ares and the loop --- */

/* After each call into c-ares. */
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
	struct dns_channel *c = s->channel;	/* s may be gone when c-ares is done */
	int fd = s->fd;
	ares_process_fd(c->ares, ready & LOOP_READ ? fd : ARES_SOCKET_BAD, ready & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
	rearm(c);
}

/* c-ares wants fd watched so from now on; neither: it is about to close it. */
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

/* --- servers and domains --- */

static void add_domain(struct dns_channel *c, const char *text)
{
	int is_absolute;
	if (c->n_domains < DNS_DOMAINS_MAX && dns_normalise(text, c->domains[c->n_domains], &is_absolute, NULL) == 0)
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

static int use_servers(struct dns_channel *c)
{
	struct ares_addr_port_node nodes[DNS_SERVERS_MAX] = { 0 };
	size_t n = c->settings.n_servers;
	for (size_t i = 0; i < n; i++) {
		const struct dns_server *s = &c->settings.servers[i];
		nodes[i] = (struct ares_addr_port_node){
			.next = i + 1 < n ? &nodes[i + 1] : NULL, .family = s->address.family,
			.udp_port = s->port, .tcp_port = s->port,
		};
		if (s->address.family == AF_INET)
			memcpy(&nodes[i].addr.addr4, s->address.bytes, sizeof nodes[i].addr.addr4);
		else
			memcpy(&nodes[i].addr.addr6, s->address.bytes, sizeof nodes[i].addr.addr6);
	}
	return n ? ares_set_servers_ports(c->ares, nodes) : ARES_SUCCESS;
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
	char lookups[] = "b";		/* DNS only, no files */
	struct ares_options o = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES, .ednspsz = UDP_SIZE,
		.timeout = TRY_MS, .tries = TRIES, .lookups = lookups, .resolvconf_path = c->settings.resolv_conf,
		.sock_state_cb = on_sock_state, .sock_state_cb_data = c,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS
		   | ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
	int status = ares_init_options(&c->ares, &o, mask);
	if (status != ARES_SUCCESS) {
		c->ares = NULL;
		return status;
	}
	status = use_servers(c);
	if (status != ARES_SUCCESS)
		close_ares(c);
	else
		read_domains(c);
	return status;
}

/* --- the contract --- */

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
	close_ares(c);
}

int dns_channel_ready(struct dns_channel *c)
{
	struct timespec changed = { 0 };
	struct stat st;
	if ((!c->settings.n_servers || !c->settings.domain[0]) && stat(c->settings.resolv_conf, &st) == 0)
		changed = st.st_ctim;
	if (c->ares && changed.tv_sec == c->conf_changed.tv_sec && changed.tv_nsec == c->conf_changed.tv_nsec)
		return ARES_SUCCESS;
	close_ares(c);
	c->conf_changed = changed;
	return open_ares(c);
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

static void add_address(struct dns_answer *found, int family, const void *bytes, int ttl)
{
	struct dns_address *a = &found->addresses[found->n++];
	a->family = family;
	memcpy(a->bytes, bytes, family == AF_INET6 ? 16 : 4);
	uint32_t ttl_s = ttl < 0 ? 0 : ttl > DNS_TTL_MAX_S ? DNS_TTL_MAX_S : (uint32_t)ttl;
	if (found->n == 1 || ttl_s < found->ttl_s)
		found->ttl_s = ttl_s;
}

static int parse_reply(int family, const unsigned char *packet, int len, struct dns_answer *found)
{
	struct hostent *host = NULL;
	struct ares_addrttl v4[DNS_ADDRESSES_MAX];
	struct ares_addr6ttl v6[DNS_ADDRESSES_MAX];
	int n = DNS_ADDRESSES_MAX;
	int status = family == AF_INET6 ? ares_parse_aaaa_reply(packet, len, &host, v6, &n)
					: ares_parse_a_reply(packet, len, &host, v4, &n);
	if (status != ARES_SUCCESS)
		return status;
	for (int i = 0; i < n; i++)
		add_address(found, family, family == AF_INET6 ? (void *)&v6[i].ip6addr : (void *)&v4[i].ipaddr,
			    family == AF_INET6 ? v6[i].ttl : v4[i].ttl);
	int is_absolute;
	if (!host || !host->h_name || dns_normalise(host->h_name, found->name, &is_absolute, NULL) < 0)
		found->name[0] = '\0';
	if (host)
		ares_free_hostent(host);
	return found->n ? ARES_SUCCESS : ARES_ENODATA;
}

static void free_lookup(struct dns_lookup *l)
{
	loop_timer_free(l->done);
	free(l);
}

static void on_done(void *arg)
{
	struct dns_lookup *l = arg;
	l->fn(l->arg, l->family, l->status, &l->found);
	free_lookup(l);
}

/* Called from inside c-ares, even before ares_query has returned: only notes what came. */
static void on_reply(void *arg, int status, int timeouts, unsigned char *packet, int len)
{
	(void)timeouts;
	struct dns_lookup *l = arg;
	if (!l->fn) {
		free_lookup(l);
		return;
	}
	l->status = status == ARES_SUCCESS ? parse_reply(l->family, packet, len, &l->found) : status;
	l->done = loop_timer_new(l->loop, on_done, l);
	loop_timer_in(l->done, 0);
}

struct dns_lookup *dns_channel_ask(struct dns_channel *c, const char *name, int family, dns_looked_up *fn, void *arg)
{
	struct dns_lookup *l = mem_new(sizeof *l);
	*l = (struct dns_lookup){ .loop = c->loop, .fn = fn, .arg = arg, .family = family };
	ares_query(c->ares, name, ns_c_in, family == AF_INET6 ? ns_t_aaaa : ns_t_a, on_reply, l);
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
