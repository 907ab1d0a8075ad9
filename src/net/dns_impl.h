/* SPDX-License-Identifier: MIT */
/* dns_impl: declarations shared by the files of dns. */
#ifndef NET_DNS_IMPL_H
#define NET_DNS_IMPL_H

#include "net/dns.h"

enum { DNS_TTL_MAX_S = 86400 }; /* no answer is kept for longer, whatever its time to live */

/* Converts a host name to lower case, without the final dot. Fails with ERR_INPUT if it is not a host
 * name. */
int dns_normalise(const char *text, char ret[DNS_NAME_MAX], int *ret_is_absolute, struct err *e);

/* The last good answers for the DNS_CACHE_MAX names that were most recently asked for. Plain data; zeroed:
 * empty. */
struct dns_cache_entry {
	char name[DNS_NAME_MAX]; /* the name in the question */
	struct dns_answer answer;
	int64_t expires_ms;
	uint64_t used;
};
struct dns_cache {
	struct dns_cache_entry *entries;
	size_t n, cap;
	uint64_t uses;
};
void dns_cache_empty(struct dns_cache *c);
void dns_cache_put(struct dns_cache *c, const char *name, const struct dns_answer *a, int64_t now_ms);
void dns_cache_drop(struct dns_cache *c, const char *name);
/* Makes the name's answer stale; NULL: all answers. */
void dns_cache_expire(struct dns_cache *c, const char *name, int64_t now_ms);
/* Returns 0, or -1 if there is no entry. ret->stale is 0 if it is still fresh; ret->ttl_s is the remaining
 * time to live. */
int dns_cache_get(struct dns_cache *c, const char *name, int64_t now_ms, struct dns_answer *ret);

#endif
