/* SPDX-License-Identifier: MIT */
/* pages: collects the entries that a search asks for, page by page. Servers that do not support pages send
 * all entries each time, and others repeat the last entry of the previous page. So entries of earlier pages
 * are skipped, and a page without any new entry is the last one. */
#ifndef PHONEBOOK_PAGES_H
#define PHONEBOOK_PAGES_H

#include "phonebook/phonebook.h"

enum { PAGES_MAX = 700, PAGES_BYTES_MAX = 4 << 20 };

struct pages {                       /* at the beginning all zero, except total, which is -1 */
	struct phonebook_page found; /* only n and entries are set */
	size_t room,
		skipped; /* entries for which `found` has memory; entries that were skipped for the offset */
	size_t bytes;    /* approximate memory that the entries take */
	size_t n;        /* number of pages after the first */
	char *after;     /* the next page begins after the entry with this id; NULL: it is the first page */
	size_t fresh;    /* entries of the last page that were on no earlier page */
	size_t left_out; /* entries of the last page that were not read, as there were too many */
	/* Keys of the entries of all pages: a hash table whose size is a power of two; 0: a free place. */
	uint64_t *seen;
	size_t n_seen, seen_room;
	/* the number of all entries according to the server, but at least the number received; -1: not
	 * given */
	int64_t total;
};
void pages_done(struct pages *p);

/* Returns 1 if this is the last page according to the server. asked: the requested number of entries. If
 * entries of the page were not read, returns 0: the server may give them with a further page. */
int pages_end(const struct phonebook_page *page, size_t asked);
/* Moves the entries that the search asks for out of the page. Returns 1 if there are more than it asks for,
 * otherwise 0. Fails with ERR_FULL if they take more than PAGES_BYTES_MAX bytes. */
int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page,
		 struct err *e);
/* Prepares for the page that begins after this id, which is owned by p from now on. Fails with ERR_FULL if
 * there were PAGES_MAX pages already. */
int pages_turn(struct pages *p, char *last, struct err *e);

#endif
