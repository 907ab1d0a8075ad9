/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdint.h>
#include <sys/mman.h>

/* One for the process, as the heap is: libraries that are handed these functions pass nothing to them. */
static struct blocks {
	char *space;
	int n, touched;           /* blocks that are free; the space from `touched` on was never used */
	int16_t free[MEM_BLOCKS]; /* the one that was given back last is taken first */
} * blocks(void)
{
	static struct blocks b;
	if (!b.space) {
		void *space = mmap(NULL, (size_t)MEM_BLOCKS * MEM_BLOCK, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		b.space = space == MAP_FAILED ? NULL : space;
	}
	return &b;
}

void *mem_block(void)
{
	struct blocks *b = blocks();
	if (!b->space)
		return NULL;
	int at = b->n ? b->free[--b->n] : b->touched < MEM_BLOCKS ? b->touched++ : -1;
	return at < 0 ? NULL : b->space + (size_t)at * MEM_BLOCK;
}

const char *mem_blocks(void)
{
	return blocks()->space;
}

void mem_block_free(void *p)
{
	struct blocks *b = blocks();
	b->free[b->n++] = (int16_t)(((char *)p - b->space) / MEM_BLOCK);
}

void mem_block_trim(void)
{
	struct blocks *b = blocks();
	if (b->n == b->touched) { /* all of them: as if none had ever been taken */
		if (b->n)
			madvise(b->space, (size_t)b->n * MEM_BLOCK, MADV_DONTNEED);
		b->n = b->touched = 0;
	}
	for (int i = 0; i < b->n; i++)
		madvise(b->space + (size_t)b->free[i] * MEM_BLOCK, MEM_BLOCK, MADV_DONTNEED);
}
