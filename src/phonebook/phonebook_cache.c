/* SPDX-License-Identifier: MIT */
#include "phonebook_cache.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct phonebook_remembered *r)
{
	free(r->key);
	phonebook_page_done(&r->page);
	memset(r, 0, sizeof *r);
}

void phonebook_cache_clear(struct phonebook_cache *c)
{
	for (size_t i = 0; i < PHONEBOOK_CACHE_MAX; i++)
		drop(&c->places[i]);
}

static struct phonebook_remembered *oldest(struct phonebook_cache *c)
{
	struct phonebook_remembered *found = NULL;
	for (size_t i = 0; i < PHONEBOOK_CACHE_MAX; i++)
		if (c->places[i].key && (!found || c->places[i].at_ms < found->at_ms))
			found = &c->places[i];
	return found;
}

static size_t bytes(const struct phonebook_cache *c)
{
	size_t n = 0;
	for (size_t i = 0; i < PHONEBOOK_CACHE_MAX; i++)
		n += c->places[i].bytes;
	return n;
}

static struct phonebook_remembered *find(struct phonebook_cache *c, const char *key)
{
	for (size_t i = 0; i < PHONEBOOK_CACHE_MAX; i++)
		if (c->places[i].key && strcmp(c->places[i].key, key) == 0)
			return &c->places[i];
	return NULL;
}

void phonebook_cache_put(struct phonebook_cache *c, const char *key, struct phonebook_remembered *what)
{
	struct phonebook_remembered *to = find(c, key);
	if (to)
		drop(to);
	while (bytes(c) && bytes(c) + what->bytes > PHONEBOOK_CACHE_BYTES)
		drop(oldest(c));
	for (size_t i = 0; i < PHONEBOOK_CACHE_MAX && !to; i++)
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

const struct phonebook_remembered *phonebook_cache_get(struct phonebook_cache *c, const char *key,
						       int64_t now_ms)
{
	struct phonebook_remembered *r = find(c, key);
	if (r && now_ms - r->at_ms > PHONEBOOK_CACHE_AGE_MS) {
		drop(r);
		r = NULL;
	}
	return r;
}
