/* mapped: bytes of a file written as memory, where the file may be cut short and the disk may fail.
 *
 * What was written this way is in the page cache: it outlives the process. Whoever dies in the middle of a write leaves it half
 * done, so it takes two places in turn to keep the old until the new is whole. */
#ifndef BASE_MAPPED_H
#define BASE_MAPPED_H

#include <stddef.h>

/* The first size bytes of fd, which must be open for reading and writing; fd may be closed after that. NULL: errno says why; some
 * file systems have no shared mappings (JFFS2, 9p). From the first on, SIGBUS is handled here. */
void *mapped_open(int fd, size_t size);
void mapped_close(void *p, size_t size);
/* As memcpy. -1: nothing can be written there (any more): the file ends on an earlier page, or the disk is full or failing. The
 * kernel says that with SIGBUS; one that comes from elsewhere ends the process. Behind the end of a file, but on its last page, what
 * is written is lost without a word. */
int mapped_write(void *to, const void *from, size_t len);

#endif
