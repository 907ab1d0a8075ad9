/* SPDX-License-Identifier: MIT */
/* cache: the last few answers, for those who would rather have an old one than none. */
#ifndef PHONEBOOK_CACHE_H
#define PHONEBOOK_CACHE_H

#include "wire/phonebook.h"

#include <stdint.h>

enum { CACHE_ANSWERS_MAX = 16, CACHE_BYTES_MAX = 4 << 20, CACHE_AGE_MAX_MS = 24 * 3600 * 1000 };

struct cache_answer {
	char *key; /* what was asked; NULL: a free place */
	int64_t at_ms, total;
	int is_last;
	size_t bytes;               /* of the entries, about */
	struct phonebook_page page; /* only n and entries */
};
struct cache {
	struct cache_answer places[CACHE_ANSWERS_MAX];
};

/* Takes the entries (and empties page) in place of what was known, and of the oldest if there are too
 * many. */
void cache_put(struct cache *c, const char *key, struct cache_answer *what);
/* NULL if it is not known, or too old. Borrowed. */
const struct cache_answer *cache_get(struct cache *c, const char *key, int64_t now_ms);
void cache_clear(struct cache *c);

#endif
