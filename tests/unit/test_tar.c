/* SPDX-License-Identifier: MIT */
/* The archive of `sealpost bundle`, field by field as POSIX writes ustar. */
#include "../../src/cli/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, CHECKSUM_AT = 148, CHECKSUM_LEN = 8 };

/* What was written to a stream in memory. */
struct written {
	FILE *to;
	char *data;
	size_t len;
};

static void begin(struct written *w)
{
	*w = (struct written){ 0 };
	w->to = open_memstream(&w->data, &w->len);
	assert_non_null(w->to);
}

static const unsigned char *done(struct written *w)
{
	assert_int_equal(fclose(w->to), 0);
	return (const unsigned char *)w->data;
}

/* The sum that the header has to hold: that of its bytes, with blanks in place of the sum. */
static unsigned long sum_of(const unsigned char *header)
{
	unsigned long sum = 0;
	for (int i = 0; i < BLOCK; i++)
		sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LEN ? ' ' : header[i];
	return sum;
}

static void a_header_is_as_posix_says(void **state)
{
	(void)state;
	struct written w;
	begin(&w);
	assert_int_equal(tar_add(w.to, "folder/log.txt", "hello", 5, 1780000000), 0);
	const unsigned char *h = done(&w);
	assert_int_equal(w.len, 2 * BLOCK);
	assert_string_equal((const char *)h, "folder/log.txt");
	assert_memory_equal(h + 100,
			    "0000600\0"
			    "0000000\0"
			    "0000000\0",
			    24);
	assert_memory_equal(h + 124,
			    "00000000005\0"
			    "15206122400\0",
			    24);
	assert_int_equal(strtoul((const char *)h + CHECKSUM_AT, NULL, 8), sum_of(h));
	assert_memory_equal(h + CHECKSUM_AT + 6, "\0 ", 2);
	assert_int_equal(h[156], '0'); /* a file */
	assert_memory_equal(h + 257,
			    "ustar\0"
			    "00",
			    8);
	for (int i = 157; i < 257; i++)
		assert_int_equal(h[i], 0); /* it is no link */
	for (int i = 265; i < BLOCK; i++)
		assert_int_equal(h[i], 0);
	assert_memory_equal(h + BLOCK, "hello", 5);
	for (int i = BLOCK + 5; i < 2 * BLOCK; i++)
		assert_int_equal(h[i], 0);
	free(w.data);
}

/* Each member takes whole blocks, and none more than it needs; two empty blocks end the archive. */
static void members_are_whole_blocks(void **state)
{
	(void)state;
	static const struct {
		size_t len, blocks;
	} rows[] = { { 0, 1 }, { 1, 2 }, { BLOCK - 1, 2 }, { BLOCK, 2 }, { BLOCK + 1, 3 }, { 3 * BLOCK, 4 } };
	static const char data[3 * BLOCK] = "x";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct written w;
		begin(&w);
		assert_int_equal(tar_add(w.to, "a", data, rows[i].len, 1), 0);
		done(&w);
		assert_int_equal(w.len, rows[i].blocks * BLOCK);
		free(w.data);
	}
	struct written w;
	begin(&w);
	tar_end(w.to);
	const unsigned char *end = done(&w);
	assert_int_equal(w.len, 2 * BLOCK);
	for (int i = 0; i < 2 * BLOCK; i++)
		assert_int_equal(end[i], 0);
	free(w.data);
}

static void what_has_no_room_is_refused(void **state)
{
	(void)state;
	char name[TAR_NAME_MAX + 2];
	struct written w;
	memset(name, 'n', sizeof name);
	name[TAR_NAME_MAX + 1] = '\0';
	begin(&w);
	errno = 0;
	assert_int_equal(tar_add(w.to, name, "", 0, 1), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(tar_add(w.to, "a", "", (size_t)1 << 33, 1), -1);
	assert_int_equal(errno, EFBIG);
	done(&w);
	assert_int_equal(w.len, 0); /* nothing of them */
	free(w.data);
	begin(&w);
	name[TAR_NAME_MAX] = '\0';
	assert_int_equal(tar_add(w.to, name, "", 0, 1), 0);
	assert_string_equal((const char *)done(&w), name);
	free(w.data);
}

/* A date that the field cannot hold is that of 1970, and spoils no other field. */
static void a_date_that_cannot_be_is_none(void **state)
{
	(void)state;
	static const struct {
		int64_t at;
		const char *shown;
	} rows[] = { { -1, "00000000000" },
		     { INT64_MIN, "00000000000" },
		     { 0, "00000000000" },
		     { 077777777777, "77777777777" },
		     { 0100000000000, "00000000000" },
		     { INT64_MAX, "00000000000" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct written w;
		begin(&w);
		assert_int_equal(tar_add(w.to, "a", "", 0, rows[i].at), 0);
		const unsigned char *h = done(&w);
		assert_string_equal((const char *)h + 136, rows[i].shown);
		assert_int_equal(strtoul((const char *)h + CHECKSUM_AT, NULL, 8), sum_of(h));
		free(w.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_as_posix_says),
		cmocka_unit_test(members_are_whole_blocks),
		cmocka_unit_test(what_has_no_room_is_refused),
		cmocka_unit_test(a_date_that_cannot_be_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
