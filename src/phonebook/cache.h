/* SPDX-License-Identifier: MIT */
/* cache: keeps the last answers of the phone book, for searches that accept an old answer if there is no
 * fresh one. */
#ifndef PHONEBOOK_CACHE_H
#define PHONEBOOK_CACHE_H

#include "wire/wire_phonebook.h"

#include <stdint.h>

enum { CACHE_ANSWERS_MAX = 16, CACHE_BYTES_MAX = 4 << 20, CACHE_AGE_MAX_MS = 24 * 3600 * 1000 };

struct cache_answer {
	char *key; /* the question of the answer; NULL: this place is free */
	int64_t at_ms, total;
	int is_last;
	size_t bytes;               /* approximate memory that the entries take */
	struct phonebook_page page; /* only n and entries are set */
};
struct cache {
	struct cache_answer places[CACHE_ANSWERS_MAX];
};

/* Stores the entries of what->page, which it empties, as the answer to the question `key`. They replace an
 * earlier answer to the same question, or the oldest answer if there are too many. */
void cache_put(struct cache *c, const char *key, struct cache_answer *what);
/* Returns the answer to this question; NULL if there is none, or it is too old. Borrowed until the next
 * cache_put. */
const struct cache_answer *cache_get(struct cache *c, const char *key, int64_t now_ms);
void cache_clear(struct cache *c);

#endif
