/* SPDX-License-Identifier: MIT */
#include "cache.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct cache_answer *r)
{
	free(r->key);
	phonebook_page_done(&r->page);
	memset(r, 0, sizeof *r);
}

void cache_clear(struct cache *c)
{
	for (size_t i = 0; i < CACHE_ANSWERS_MAX; i++)
		drop(&c->places[i]);
}

static struct cache_answer *oldest(struct cache *c)
{
	struct cache_answer *found = NULL;
	for (size_t i = 0; i < CACHE_ANSWERS_MAX; i++)
		if (c->places[i].key && (!found || c->places[i].at_ms < found->at_ms))
			found = &c->places[i];
	return found;
}

static size_t bytes(const struct cache *c)
{
	size_t n = 0;
	for (size_t i = 0; i < CACHE_ANSWERS_MAX; i++)
		n += c->places[i].bytes;
	return n;
}

static struct cache_answer *find(struct cache *c, const char *key)
{
	for (size_t i = 0; i < CACHE_ANSWERS_MAX; i++)
		if (c->places[i].key && strcmp(c->places[i].key, key) == 0)
			return &c->places[i];
	return NULL;
}

void cache_put(struct cache *c, const char *key, struct cache_answer *what)
{
	struct cache_answer *to = find(c, key);
	if (to)
		drop(to);
	while (bytes(c) && bytes(c) + what->bytes > CACHE_BYTES_MAX)
		drop(oldest(c));
	for (size_t i = 0; i < CACHE_ANSWERS_MAX && !to; i++)
		if (!c->places[i].key)
			to = &c->places[i];
	if (!to) {
		to = oldest(c);
		drop(to);
	}
	*to = *what;
	to->key = mem_dup(key);
	memset(&what->page, 0, sizeof what->page);
}

const struct cache_answer *cache_get(struct cache *c, const char *key, int64_t now_ms)
{
	struct cache_answer *r = find(c, key);
	if (r && now_ms - r->at_ms > CACHE_AGE_MAX_MS) {
		drop(r);
		r = NULL;
	}
	return r;
}
