/* SPDX-License-Identifier: MIT */
/* PEM in any text, as ASCII and as UTF-16 with and without a mark, in either order of bytes: all of them
 * hold the same blocks. */
#include "base/mem.h"
#include "x509/pem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *arg, const struct pem_block *b, struct err *e)
{
	(void)e;
	if (b->text_len && !memchr("-", b->text[0], 1) && !b->origin && b->form != FORM_UNKNOWN)
		abort();
	*(size_t *)arg += 1 + b->len + (b->damaged ? 1000000 : 0);
	return 0;
}

static size_t blocks(const char *data, size_t len)
{
	size_t n = 0;
	struct err e;
	if (pem_each(data, len, count, &n, &e) < 0)
		abort();
	return n;
}

/* The bytes as 16 bits each; order 0: the low byte first. */
static char *widen(const uint8_t *data, size_t size, int order, int mark)
{
	char *to = mem_array(size + 2, 2);
	size_t n = 0;
	if (mark) {
		to[n + (size_t)order] = (char)0xff;
		to[n + !order] = (char)0xfe;
		n += 2;
	}
	for (size_t i = 0; i < size; i++, n += 2)
		to[n + (size_t)order] = (char)data[i];
	return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t plain = blocks((const char *)data, size);
	int is_text = size > 4 && data[0] == '-';
	for (size_t i = 0; i < size; i++)
		is_text = is_text && data[i] && data[i] < 0x80;
	for (int which = 0; is_text && which < 4; which++) {
		char *wide = widen(data, size, which & 1, which & 2);
		if (blocks(wide, 2 * size + (which & 2 ? 2 : 0)) != plain)
			abort();
		free(wide);
	}
	return 0;
}
