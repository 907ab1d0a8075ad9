/* SPDX-License-Identifier: MIT */
#include "crypto/wipe.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static void *give(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return malloc(size);
}

static void take_back(void *p, const char *file, int line)
{
	(void)file, (void)line;
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* Allocates and copies, since realloc might move the bytes and leave the old ones unwiped. */
static void *resize(void *p, size_t size, const char *file, int line)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *q = size ? malloc(size) : NULL;
	if (q && p)
		memcpy(q, p, had < size ? had : size);
	if (q || !size)
		take_back(p, file, line);
	return q;
}

void wipe_freed_memory(void)
{
	CRYPTO_set_mem_functions(give, resize, take_back);
}
