/* SPDX-License-Identifier: MIT */
/* dns_channel: runs c-ares on the loop. A lookup is one question with one reply; there is no search and no
 * cache.
 *
 * Questions are sent without EDNS, as glibc does, since many gateways drop or refuse EDNS. If a server fails
 * or refuses, the next one is asked; an answer that is too long for UDP is fetched over TCP. */
#ifndef NET_DNS_CHANNEL_H
#define NET_DNS_CHANNEL_H

#include "dns_server.h"

enum { DNS_DOMAINS_MAX = 6, DNS_NO_SERVER = -1 /* in addition to c-ares' statuses */ };

/* Settings that replace those of resolv.conf. Plain data. */
struct dns_settings {
	struct dns_servers servers; /* n 0: the system's */
	char domain[DNS_NAME_MAX];  /* "": the system's */
	char resolv_conf[256];
};

struct dns_channel;
struct dns_lookup;

struct dns_channel *dns_channel_new(struct loop *l);
/* All lookups must have ended or been cancelled before. */
void dns_channel_free(struct dns_channel *c);
/* Lookups that were not cancelled end with ARES_EDESTRUCTION. */
void dns_channel_configure(struct dns_channel *c, const struct dns_settings *s);

/* Reads resolv.conf again, if it is used. Returns 1 if it has changed since it was last read: lookups under
 * way end as above; otherwise 0. */
int dns_channel_refresh(struct dns_channel *c);
/* Returns 1 if servers or search list come from resolv.conf. */
int dns_channel_uses_conf(const struct dns_channel *c);
/* Closes its sockets, since the network has changed: lookups under way end as above. */
void dns_channel_reopen(struct dns_channel *c);
/* Opens it if it is closed. Returns c-ares' status, or DNS_NO_SERVER if no server is configured. */
int dns_channel_ready(struct dns_channel *c);
/* Returns the servers that are asked. Borrowed. */
const struct dns_servers *dns_channel_servers(const struct dns_channel *c);
/* In dns_names.c. A name without a dot has several full names: with each domain of the search list, then as
 * it is. Return how many, and write the i-th one; valid after dns_channel_ready. */
size_t dns_channel_n_names(const struct dns_channel *c, const char *name);
void dns_channel_name(const struct dns_channel *c, const char *name, size_t i, char ret[DNS_NAME_MAX]);
/* Return the search list; valid after dns_channel_ready. */
size_t dns_channel_n_domains(const struct dns_channel *c);
const char *dns_channel_domain(const struct dns_channel *c, size_t i);

/* Called with the result of a lookup. status: c-ares'; found->n is 0 unless it is ARES_SUCCESS. why: the
 * failure as a phrase, for any status except success and denials (ARES_ENOTFOUND, ARES_ENODATA). All are
 * borrowed. */
typedef void dns_looked_up(void *arg, int family, int status, const struct dns_answer *found,
			   const char *why);
/* Asks on an open channel. fn is called exactly once, never before this call has returned, and never from
 * within c-ares. */
struct dns_lookup *dns_channel_ask(struct dns_channel *c, const char *name, int family, dns_looked_up *fn,
				   void *arg);
/* If a server has refused this lookup, or has failed so far, writes its name and the reason to ret, and
 * returns the status of a lookup that ends with this. Otherwise returns 0. NULL is allowed. */
int dns_lookup_refusal(const struct dns_lookup *l, char *ret, size_t size);
/* Cancels the lookup: fn will not be called. NULL is allowed. */
void dns_lookup_cancel(struct dns_lookup *l);

#endif
