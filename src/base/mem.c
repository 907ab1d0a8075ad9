#include "base/mem.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* glibc's calloc does not look into the thread's cache, where what was freed last lies: small ones are faster zeroed here. */
void *mem_new(size_t size)
{
	enum { SMALL = 1024 };
	return size > SMALL ? must(calloc(1, size)) : memset(must(malloc(size ? size : 1)), 0, size);
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

static int drop_mapped(struct dl_phdr_info *object, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	(void)size, (void)arg;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		/* Never written: what is dropped is read again from the file. */
		if (p->p_type != PT_LOAD || p->p_flags & PF_W)
			continue;
		uintptr_t from = (object->dlpi_addr + p->p_vaddr) & ~(page - 1);
		uintptr_t to = (object->dlpi_addr + p->p_vaddr + p->p_memsz + page - 1) & ~(page - 1);
		union { uintptr_t number; void *pointer; } at = { .number = from };
		madvise(at.pointer, to - from, MADV_DONTNEED);
	}
	return 0;
}

void mem_trim(void)
{
	malloc_trim(0);
	mem_block_trim();
	dl_iterate_phdr(drop_mapped, NULL);
}
