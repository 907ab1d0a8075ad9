/* SPDX-License-Identifier: MIT */
/* Preloaded into a program: counts what it allocates, in the mapped file that ALLOCATIONS names: calls as
 * posts, bytes as bytes. */
#include "../counters.h"

#include <stddef.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static struct counters *counters;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("ALLOCATIONS");
	if (path)
		counters = counters_map(path);
}

static void count(size_t n)
{
	if (counters) {
		counters->posts++;
		counters->bytes += n;
	}
}

void *malloc(size_t n)
{
	count(n);
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	count(n * size);
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	count(n);
	return __libc_realloc(p, n);
}
