/* SPDX-License-Identifier: MIT */
/* mem: allocates memory, or aborts if there is none. Input from outside cannot exhaust the memory, since
 * every buffer has a maximum size. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Returns zeroed memory, which the caller frees with free(). */
void *mem_new(size_t size) __attribute__((malloc, returns_nonnull));
/* Returns n * size zeroed bytes; aborts if the product overflows. */
void *mem_array(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* As realloc; new bytes are not zeroed. */
void *mem_resize(void *p, size_t size) __attribute__((returns_nonnull));
/* Return copies, which the caller frees with free(). mem_dup(NULL) returns NULL. */
char *mem_dup(const char *s);
char *mem_dup_n(const void *s, size_t len) __attribute__((malloc, returns_nonnull));
/* Overwrites a text that may be a secret, and frees it. NULL is allowed. */
void mem_wipe(char *text);
/* Returns memory that was freed to the system, where the C library can do that. Takes about a millisecond. */
void mem_give_back(void);

#endif
