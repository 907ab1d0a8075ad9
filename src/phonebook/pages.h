/* SPDX-License-Identifier: MIT */
/* phonebook_pages: what was asked for, gathered from page after page. Servers that know no pages send all
 * that they have each time, and others repeat the last entry: what an earlier page had is passed over, and a
 * page with nothing else ends the book. */
#ifndef PHONEBOOK_PAGES_H
#define PHONEBOOK_PAGES_H

#include "phonebook/phonebook.h"

enum { PAGES_MAX = 700, PAGES_BYTES_MAX = 4 << 20 };

struct pages {                       /* all zero: none yet; but total -1 */
	struct phonebook_page found; /* n and entries only */
	size_t room, skipped;        /* entries that found has room for; passed over for the offset */
	size_t bytes;                /* of all that is found */
	size_t n;                    /* pages that were turned */
	char *after;                 /* the id that the next page begins after; NULL: the first page */
	size_t fresh;                /* entries of the last page that no earlier one had */
	uint64_t *
		seen; /* keys of the entries of all pages, a hash table with a power of two places; 0: free */
	size_t n_seen, seen_room;
	int64_t total; /* as the server says, but not less than have been seen; -1: it does not say */
};
void pages_done(struct pages *p);

/* Does nothing follow this page, of which `asked` entries were wanted, by what the server says? */
int pages_end(const struct phonebook_page *page, size_t asked);
/* Moves what is wanted from the page; 1 when there is more than was asked for. ERR_FULL: more than
 * PAGES_BYTES_MAX. */
int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page,
		 struct err *e);
/* The next page begins after this id (taken). ERR_FULL: there were too many. */
int pages_turn(struct pages *p, char *last, struct err *e);

#endif
