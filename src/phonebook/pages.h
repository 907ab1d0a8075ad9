/* SPDX-License-Identifier: MIT */
/* pages: gathers the entries that a search asks for from page after page. Servers that know no pages send
 * all entries each time, and others repeat the last entry: entries of earlier pages are skipped, and a
 * page without any new one ends the book. */
#ifndef PHONEBOOK_PAGES_H
#define PHONEBOOK_PAGES_H

#include "phonebook/phonebook.h"

enum { PAGES_MAX = 700, PAGES_BYTES_MAX = 4 << 20 };

struct pages {                       /* nothing yet: all zero, but total is -1 */
	struct phonebook_page found; /* only n and entries are set */
	size_t room,
		skipped; /* entries that found has memory for; entries that were skipped for the offset */
	size_t bytes;    /* memory that the entries take, about */
	size_t n;        /* pages after the first */
	char *after;     /* the id that the next page begins after; NULL: the first page */
	size_t fresh;    /* entries of the last page that no earlier one had */
	/* Keys of the entries of all pages: a hash table whose size is a power of two; 0: a free place. */
	uint64_t *seen;
	size_t n_seen, seen_room;
	/* Entries in all, as the server says, but at least as many as have been seen; -1: it does not say. */
	int64_t total;
};
void pages_done(struct pages *p);

/* Is this the last page, by what the server says? asked: the number of entries that were asked for. */
int pages_end(const struct phonebook_page *page, size_t asked);
/* Moves the entries that the search asks for from the page. 1: there are more than it asks for. ERR_FULL:
 * they take more than PAGES_BYTES_MAX bytes. */
int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page,
		 struct err *e);
/* Goes on to the page that begins after this id, which is handed over. ERR_FULL: there were PAGES_MAX
 * pages already. */
int pages_turn(struct pages *p, char *last, struct err *e);

#endif
