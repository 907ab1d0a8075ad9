/* SPDX-License-Identifier: MIT */
/* marks: which posts were delivered but are not deleted from the database yet, in a small file beside it.
 *
 * A mark is 32 bytes in the page cache, put there by one system call: it survives the death of the process
 * and costs no transaction. Nothing is ever erased: that a post was delivered stays true for ever, so old or
 * lost entries do no harm beyond a repeat. */
#ifndef STORE_MARKS_H
#define STORE_MARKS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { MARKS_SLOTS = 4, MARKS_RANGES = 120, MARKS_ID = 16 };
#define MARKS_LAST_MAX (INT64_MAX / 2) /* no sequence is higher; what a file says beyond is damage */

struct marks_range {
	int64_t first, last;
}; /* first 0: unused */

struct marks {
	int fd;                     /* -1: kept in memory only */
	unsigned char id[MARKS_ID]; /* of the store they belong to */
	struct marks_range ranges[MARKS_SLOTS + 1][MARKS_RANGES];
	unsigned char doomed[MARKS_SLOTS + 1][MARKS_RANGES]; /* nothing was added since marks_doom */
	size_t used[MARKS_SLOTS + 1]; /* of a slot's ranges: all behind are unused, those before may be */
};

/* Opens or creates the file and reads the marks of the store with this id. path NULL: memory only. -1: *e
 * says why it can't be used; marks are then kept in memory only, and usable. */
int marks_open(struct marks *m, const char *path, const unsigned char id[MARKS_ID], struct err *e);
void marks_close(struct marks *m);
/* Takes over what another one knows of the same store: what was marked in memory while the file could not be
 * written. */
void marks_take(struct marks *m, const struct marks *other);
/* 0; -1 with ERR_FULL when there are too many separate ranges: forget some first. After a write that failed
 * the marks are kept in memory only. */
int marks_add(struct marks *m, int slot, int64_t sequence, struct err *e);
/* Is it time to delete what is marked, before there is no room for another range? */
int marks_is_crowded(const struct marks *m, int slot);
/* The range that holds it, or NULL. */
const struct marks_range *marks_find(const struct marks *m, int slot, int64_t sequence);
/* All posts that the slot's ranges hold now are being deleted from the database ... */
void marks_doom(struct marks *m, int slot);
/* ... and that is committed: ranges to which nothing was added meanwhile are forgotten. The others stay, and
 * are true as they are. */
void marks_forget(struct marks *m, int slot);

#endif
