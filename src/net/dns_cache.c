/* SPDX-License-Identifier: MIT */
#include "dns_impl.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void dns_cache_empty(struct dns_cache *c)
{
	free(c->entries);
	*c = (struct dns_cache){ 0 };
}

static struct dns_cache_entry *find(const struct dns_cache *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->entries[i].name, name) == 0)
			return &c->entries[i];
	return NULL;
}

/* Returns a place for one more entry: a free one, or that of the entry that has not been used for the longest
 * time. */
static struct dns_cache_entry *place(struct dns_cache *c)
{
	if (c->n == DNS_CACHE_MAX) {
		struct dns_cache_entry *oldest = c->entries;
		for (size_t i = 1; i < c->n; i++)
			if (c->entries[i].used < oldest->used)
				oldest = &c->entries[i];
		return oldest;
	}
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 4;
		c->entries = mem_resize(c->entries, c->cap * sizeof *c->entries);
	}
	return &c->entries[c->n++];
}

void dns_cache_put(struct dns_cache *c, const char *name, const struct dns_answer *a, int64_t now_ms)
{
	struct dns_cache_entry *entry = find(c, name);
	if (!entry)
		entry = place(c);
	*entry = (struct dns_cache_entry){
		.answer = *a,
		.expires_ms = now_ms + (int64_t)a->ttl_s * 1000,
		.used = ++c->uses,
	};
	memcpy(entry->name, name, strlen(name) + 1);
}

void dns_cache_drop(struct dns_cache *c, const char *name)
{
	struct dns_cache_entry *entry = find(c, name);
	if (entry)
		*entry = c->entries[--c->n];
}

void dns_cache_expire(struct dns_cache *c, const char *name, int64_t now_ms)
{
	for (size_t i = 0; i < c->n; i++) {
		struct dns_cache_entry *entry = &c->entries[i];
		if ((!name || strcmp(entry->name, name) == 0) && entry->expires_ms > now_ms)
			entry->expires_ms = now_ms;
	}
}

int dns_cache_get(struct dns_cache *c, const char *name, int64_t now_ms, struct dns_answer *ret)
{
	struct dns_cache_entry *entry = find(c, name);
	if (!entry)
		return -1;
	entry->used = ++c->uses;
	*ret = entry->answer;
	int64_t left_ms = entry->expires_ms > now_ms ? entry->expires_ms - now_ms : 0;
	ret->stale = left_ms <= 0;
	ret->ttl_s = left_ms > 0 ? (uint32_t)(left_ms / 1000) : 0;
	return 0;
}
