/* SPDX-License-Identifier: MIT */
/* dns: resolves host names to addresses, with c-ares.
 *
 * Only DNS is asked: /etc/hosts and nsswitch are not used, and localhost is a name like any other. A name
 * without a dot is first tried with the domain appended, then as it is; a name with a dot only as it is. A
 * final dot is removed, and the domain is then not appended. Queries for IPv6 and IPv4 addresses are sent
 * together; once one of them is answered with an address, the other gets a quarter of a second more. */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/err.h"
#include "loop/loop.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { DNS_ADDRESSES_MAX = 16, DNS_CACHE_MAX = 256, DNS_NAME_MAX = 254, DNS_ADDRESS_TEXT = 46 };

struct dns_address {
	int family; /* AF_INET or AF_INET6 */
	unsigned char bytes[16];
};

struct dns_answer {              /* plain data */
	char name[DNS_NAME_MAX]; /* the full name that has the addresses, after search and CNAME */
	size_t n;                /* at least 1; IPv6 and IPv4 interleaved, IPv6 first (RFC 8305 section 4) */
	struct dns_address addresses[DNS_ADDRESSES_MAX];
	uint32_t ttl_s; /* remaining time to live */
	int stale;      /* 1: the servers did not answer, and these are their last known addresses */
	int is_blocked; /* 1: addresses 0.0.0.0 or :: were left out, with which filters answer */
};

struct dns;
struct dns_query;
struct address_orders;

struct dns_options {
	/* "10.0.0.1", "10.0.0.1:5353", "[::1]:53", "fe80::53%eth0"; empty or NULL entries are left out;
	 * without any, the system's servers are asked. 127.0.0.1 is asked only if it is named */
	const char *servers[3];
	const char *domain;      /* for names without a dot; "" or NULL: the system's search list */
	int timeout_ms;          /* for the whole query; 0: 5,000 */
	const char *resolv_conf; /* the file with the system's servers; NULL: /etc/resolv.conf */
};

struct dns *dns_new(struct loop *l);
/* All queries must have ended or been cancelled before. */
void dns_free(struct dns *d);
/* Replaces the options. Options that are left out, and all options before the first call, come from
 * resolv.conf. When that file changes, is replaced, or a link to it leads elsewhere, it is read again. In
 * both cases the cache is emptied, and queries under way begin again. Fails with ERR_INPUT if a server is no
 * address (the error names it) or the domain is wrong; nothing is changed then. */
int dns_configure(struct dns *d, const struct dns_options *o, struct err *e);

/* Resolves a name, and calls fn(arg, answer, err) exactly once, never before dns_resolve has returned and not
 * after dns_cancel. answer NULL: there is no address, and err says why: ERR_DNS (no such name, no address, or
 * the servers refuse), ERR_TIMEOUT, or ERR_INPUT (not a host name). An address is answered with itself. If
 * the servers fail, the last good addresses are returned (stale is set, and err says why), but never if the
 * servers say that the name does not exist. */
struct dns_query *dns_resolve(struct dns *d, const char *name,
			      void (*fn)(void *arg, const struct dns_answer *answer, const struct err *e),
			      void *arg);
void dns_cancel(struct dns_query *q);
/* Calls fn(arg), from the loop, whenever a change of resolv.conf has emptied the cache. */
void dns_on_change(struct dns *d, void (*fn)(void *arg), void *arg);
/* Empties the cache. */
void dns_flush(struct dns *d);
/* To be called when the network may have changed: answers in the cache are used only if the servers fail from
 * now on, and queries under way begin again, from new sockets. */
void dns_ask_anew(struct dns *d);
/* Writes the address of the i-th name server that is asked, from 0, with its interface, and with its port
 * unless that is 53. Returns 0; -1: there is none. */
enum { DNS_SERVER_TEXT_MAX = DNS_ADDRESS_TEXT + 32 };
int dns_server(const struct dns *d, size_t i, char ret[DNS_SERVER_TEXT_MAX]);
/* Gets the last good answer, however old it is, without asking. Returns 0 or -1. */
int dns_last(struct dns *d, const char *name, struct dns_answer *ret);
/* Gets a fresh answer from the cache at once, without a query. Returns 0 or -1. */
int dns_cached(struct dns *d, const char *name, struct dns_answer *ret);
/* To be called when no address of the name led to a usable server: the next time the DNS servers are asked
 * again, whatever time to live their last answer had. That answer is still used if they fail. */
void dns_distrust(struct dns *d, const char *name);
/* Returns the records of the servers' addresses (net/address_order.h), which all users of this dns share.
 * dns_configure empties them. */
struct address_orders *dns_orders(struct dns *d);

/* Splits "name", "10.0.0.1", "::1", "name:123", "10.0.0.1:123" or "[::1]:123" into host (without brackets)
 * and port. Fails with ERR_INPUT if it is too long or the port is not 1 to 65535. */
int dns_split_port(const char *text, int default_port, char ret_host[DNS_NAME_MAX], int *ret_port,
		   struct err *e);
void dns_address_text(const struct dns_address *a, char *ret, size_t size);
int dns_address_equal(const struct dns_address *a, const struct dns_address *b);
/* Returns 1, and the address in *ret unless ret is NULL, if the text is an IPv4 or IPv6 address (brackets are
 * allowed). */
int dns_is_address(const char *text, struct dns_address *ret);
void dns_sockaddr(const struct dns_address *a, int port, struct sockaddr_storage *ret, socklen_t *ret_len);

/* Returns the version of c-ares with which this process runs. Static. */
const char *dns_library_version(void);

#endif
