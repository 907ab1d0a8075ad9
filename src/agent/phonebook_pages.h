/* phonebook_pages: what was asked for, gathered from page after page; notices when they go in circles. */
#ifndef AGENT_PHONEBOOK_PAGES_H
#define AGENT_PHONEBOOK_PAGES_H

#include "agent/phonebook.h"

enum { PAGES_MAX = 700, PAGES_BYTES_MAX = 4 << 20 };

struct pages {				/* all zero: none yet; but total -1 */
	struct phonebook_page found;	/* n and entries only */
	size_t room, skipped;		/* entries that found has room for; passed over for the offset */
	size_t bytes;			/* of all that is found */
	size_t n;
	char **after;			/* ids that pages began after: one that comes again is a loop */
	int64_t total;			/* as the server says, but not less than have been seen; -1: it does not say */
};
void pages_done(struct pages *p);

/* 1: nothing follows this page, of which `asked` entries were wanted. One that only repeats the page before is emptied. */
int pages_end(const struct pages *p, struct phonebook_page *page, size_t asked);
/* Moves what is wanted from the page; 1 when there is more than was asked for. ERR_FULL: more than PAGES_BYTES_MAX. */
int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page, struct err *e);
/* The next page begins after this id. ERR_PROTOCOL: one did already. ERR_FULL. */
int pages_turn(struct pages *p, const char *last, struct err *e);
/* NULL: the first page. */
const char *pages_after(const struct pages *p);

#endif
