/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 512 };

static int is_block(const void *p)
{
	const char *at = p;
	return at >= mem_blocks() && at < mem_blocks() + (size_t)MEM_BLOCKS * MEM_BLOCK;
}

static void blocks_are_taken_and_given_back(void **state)
{
	(void)state;
	char *a = mem_block(), *b = mem_block(), on_stack;
	void *in_heap = malloc(MEM_BLOCK);
	assert_non_null(a);
	assert_non_null(b);
	assert_true(a + MEM_BLOCK <= b || b + MEM_BLOCK <= a);
	memset(a, 'a', MEM_BLOCK);
	memset(b, 'b', MEM_BLOCK);
	assert_int_equal(a[0], 'a');
	assert_int_equal(a[MEM_BLOCK - 1], 'a');
	assert_true(is_block(a));
	assert_true(is_block(b));
	assert_false(is_block(in_heap));
	assert_false(is_block(&on_stack));
	assert_false(is_block(NULL));
	free(in_heap);
	/* The one that was given back last, whose pages are touched, is taken first. */
	mem_block_free(b);
	mem_block_free(a);
	assert_ptr_equal(mem_block(), a);
	assert_ptr_equal(mem_block(), b);
	mem_block_free(a);
	mem_block_free(b);
}

static void the_last_block_is_the_last(void **state)
{
	(void)state;
	char *all[BLOCKS];
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < BLOCKS; i++) {
			all[i] = mem_block();
			assert_true(is_block(all[i]));
			memcpy(all[i], &i, sizeof i);
			memcpy(all[i] + MEM_BLOCK - sizeof i, &i, sizeof i);
		}
		assert_null(mem_block());
		assert_null(mem_block());
		for (int i = 0; i < BLOCKS; i++) { /* no two share a byte */
			assert_memory_equal(all[i], &i, sizeof i);
			assert_memory_equal(all[i] + MEM_BLOCK - sizeof i, &i, sizeof i);
		}
		for (int i = 0; i < BLOCKS; i++)
			mem_block_free(all[i]);
	}
}

static void trim_untouches_free_blocks_only(void **state)
{
	(void)state;
	static const char zero[MEM_BLOCK];
	char kept[MEM_BLOCK], *a = mem_block(), *b = mem_block();
	memset(kept, 'k', sizeof kept);
	memset(a, 'k', MEM_BLOCK);
	memset(b, 'f', MEM_BLOCK);
	mem_block_free(b);
	mem_block_trim();
	assert_memory_equal(a, kept, MEM_BLOCK);
	assert_ptr_equal(mem_block(), b);
	assert_memory_equal(b, zero, MEM_BLOCK);
	mem_block_free(b);
	mem_trim(); /* with the blocks among the rest, and the program runs on */
	assert_memory_equal(a, kept, MEM_BLOCK);
	mem_block_free(a);
	mem_block_trim(); /* all are free */
	b = mem_block();
	assert_ptr_equal(b, mem_blocks());
	assert_memory_equal(b, zero, MEM_BLOCK);
	mem_block_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_taken_and_given_back),
		cmocka_unit_test(the_last_block_is_the_last),
		cmocka_unit_test(trim_untouches_free_blocks_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
