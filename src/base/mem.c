/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

void *mem_new(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *mem_array(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *mem_resize(void *p, size_t size)
{
	return must(realloc(p, size ? size : 1));
}

char *mem_dup(const char *s)
{
	return s ? must(strdup(s)) : NULL;
}

char *mem_dup_n(const void *s, size_t len)
{
	char *p = must(malloc(len + 1));
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

void mem_wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void mem_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
