/* SPDX-License-Identifier: MIT */
/* mem: allocate or abort. Input cannot make us run out: every buffer has a ceiling at birth. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Zeroed memory, yours to free(). Aborts when there is none. */
void *mem_new(size_t size) __attribute__((malloc, returns_nonnull));
/* n * size zeroed bytes, overflow checked. */
void *mem_array(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* As realloc; new bytes are not zeroed. */
void *mem_resize(void *p, size_t size) __attribute__((returns_nonnull));
/* Copies, yours to free(). mem_dup(NULL) is NULL. */
char *mem_dup(const char *s);
char *mem_dup_n(const void *s, size_t len) __attribute__((malloc, returns_nonnull));

/* Blocks for those who take many, fill little of each and give it back soon: they lie in address space of
 * their own, where a block costs the pages that were touched in it, whoever had it before. In the heap all
 * would be touched from end to end, sooner or later. Not zeroed. NULL: all are taken, use the heap. */
enum { MEM_BLOCK = 16 << 10, MEM_BLOCKS = 512 };
void *mem_block(void);
void mem_block_free(void *p);
/* Where the space begins in which they lie side by side; NULL: there is none. It stays there. */
const char *mem_blocks(void);
/* Untouches the free ones. */
void mem_block_trim(void);

/* Gives free heap and free blocks back to the system: what only the start, or a flood, needed. */
void mem_trim(void);

#endif
