/* SPDX-License-Identifier: MIT */
/* marks: records in a small file beside the database which posts have been delivered but not deleted from the
 * database yet.
 *
 * A mark is an entry of 32 bytes that one system call writes to the file, without fsync: it survives the
 * death of the process, and needs no transaction. When the posts have been deleted from the database, their
 * marks are removed from memory only; the entries remain in the file until others overwrite them. An old
 * entry does no harm, because a sequence is never used twice. If an entry is lost, its posts are sent
 * again. */
#ifndef STORE_MARKS_H
#define STORE_MARKS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { MARKS_SLOTS = 4, MARKS_RANGES = 120, MARKS_ID = 16 };
#define MARKS_LAST_MAX (INT64_MAX / 2) /* no sequence is higher: a higher one in a file is damage */

struct marks_range {
	int64_t first, last; /* first 0: the range is not used */
};

struct marks {
	int fd;                     /* -1: kept in memory only */
	unsigned char id[MARKS_ID]; /* the id of the store to which the marks belong */
	struct marks_range ranges[MARKS_SLOTS + 1][MARKS_RANGES];
	/* 1: the range's posts are being deleted (marks_deletion_begun), and none was added to it since
	 * then */
	unsigned char being_deleted[MARKS_SLOTS + 1][MARKS_RANGES];
	size_t used[MARKS_SLOTS + 1]; /* all ranges of the slot from this index on are unused */
};

/* Opens or creates the file and reads the marks of the store with this id. A file of another store is
 * emptied, and one that a newer version has written is renamed to path.newer. path NULL: the marks are
 * kept in memory only. Returns 0; -1: *e says that marks were set aside, or why the file cannot be used,
 * so that they are kept in memory only. m is usable in any case. */
int marks_open(struct marks *m, const char *path, const unsigned char id[MARKS_ID], struct err *e);
void marks_close(struct marks *m);
/* Adds all marks of `other` to m, if both belong to the same store: `other` may have marks in memory that
 * could not be written to the file. */
void marks_merge(struct marks *m, const struct marks *other);
/* Marks a post as delivered. Returns 0; -1 with ERR_FULL: there is no room for another separate range until
 * marked posts are deleted from the database. If the file cannot be written, the marks are kept in memory
 * only from then on, and 0 is returned. */
int marks_add(struct marks *m, int slot, int64_t sequence, struct err *e);
/* Returns 1 if more than half of the slot's ranges are in use. Then its marked posts should be deleted from
 * the database soon. */
int marks_is_crowded(const struct marks *m, int slot);
/* Returns the range that contains the sequence, or NULL: it is not marked. Borrowed until the next change. */
const struct marks_range *marks_find(const struct marks *m, int slot, int64_t sequence);
/* To be called when all marked posts of the slot were deleted in the open transaction. */
void marks_deletion_begun(struct marks *m, int slot);
/* To be called when that transaction was committed: drops the ranges to which no post was added since
 * marks_deletion_begun. The others stay whole; it does no harm that some of their posts are deleted
 * already. */
void marks_deletion_committed(struct marks *m, int slot);

#endif
