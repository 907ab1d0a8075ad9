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

#endif
