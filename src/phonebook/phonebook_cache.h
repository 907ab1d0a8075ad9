/* SPDX-License-Identifier: MIT */
/* phonebook_cache: the last few answers, for those who would rather have an old one than none. */
#ifndef AGENT_PHONEBOOK_CACHE_H
#define AGENT_PHONEBOOK_CACHE_H

#include "wire/phonebook.h"

#include <stdint.h>

enum { PHONEBOOK_CACHE_MAX = 16, PHONEBOOK_CACHE_BYTES = 4 << 20, PHONEBOOK_CACHE_AGE_MS = 24 * 3600 * 1000 };

struct phonebook_remembered {
	char *key; /* what was asked; NULL: a free place */
	int64_t at_ms, total;
	int is_last;
	size_t bytes;               /* of the entries, about */
	struct phonebook_page page; /* only n and entries */
};
struct phonebook_cache {
	struct phonebook_remembered places[PHONEBOOK_CACHE_MAX];
};

/* Takes the entries (and empties page) in place of what was known, and of the oldest if there are too
 * many. */
void phonebook_cache_put(struct phonebook_cache *c, const char *key, struct phonebook_remembered *what);
/* NULL if it is not known, or too old. Borrowed. */
const struct phonebook_remembered *phonebook_cache_get(struct phonebook_cache *c, const char *key,
						       int64_t now_ms);
void phonebook_cache_clear(struct phonebook_cache *c);

#endif
