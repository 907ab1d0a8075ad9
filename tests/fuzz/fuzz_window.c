/* SPDX-License-Identifier: MIT */
/* The file of a change that waits to be confirmed: what is read is written again as it was. */
#include "../../src/confirm/window_internal.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *get(void *arg, const char *key)
{
	(void)arg, (void)key;
	return NULL;
}

static int put(void *arg, const struct window_value *values, size_t n, struct err *e)
{
	(void)arg, (void)values, (void)n, (void)e;
	return 0;
}

static int save(void *arg, const struct buf *body, struct err *e)
{
	(void)arg, (void)body, (void)e;
	return 0;
}

static void check_round(const char *text, size_t len)
{
	struct window *w = mem_new(sizeof *w), *again = mem_new(sizeof *again);
	struct buf first, second;
	buf_init(&first, WINDOW_FILE_MAX);
	buf_init(&second, WINDOW_FILE_MAX);
	if (window_read(w, text, len) == 0) {
		window_write(w, &first);
		if (!first.full && window_read(again, buf_str(&first), first.len) < 0)
			abort();
		window_write(again, &second);
		if (!first.full && strcmp(buf_str(&first), buf_str(&second)) != 0)
			abort();
	}
	window_free(w);
	window_free(again);
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct window_world world = { get, put, save, NULL };
	struct buf saved;
	if (size > 1 << 20)
		return 0;
	check_round((const char *)data, size);
	buf_init(&saved, WINDOW_FILE_MAX);
	buf_add(&saved, (const char *)data, size);
	struct window *w = window_new(&world, &saved, 0);
	for (int64_t now = 0; now < 8000000 && window_state(w) != WINDOW_CLOSED; now += 1000000)
		window_tick(w, now);
	if (window_state(w) != WINDOW_CLOSED)
		abort();
	window_free(w);
	buf_done(&saved);
	return 0;
}
