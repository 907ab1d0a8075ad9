/* SPDX-License-Identifier: MIT */
/* values: holds the texts of all values, by row and item. */
#include "rows.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char **value_at(struct rows_values *c, const struct rows_place *at)
{
	size_t n;
	return &c->text[at->row - settings_rows(&n)][at->item - 1];
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void rows_values_set(struct rows_values *c, const struct rows_place *at, const char *text)
{
	char **to = value_at(c, at), *copy = mem_dup(text);
	wipe(*to);
	*to = copy;
	if (at->also)
		rows_values_set(c, &(struct rows_place){ .row = at->also, .item = at->item }, text);
}

const char *rows_values_get(const struct rows_values *c, const struct rows_place *at)
{
	size_t n;
	return c->text[at->row - settings_rows(&n)][at->item - 1];
}

void rows_values_done(struct rows_values *c)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			wipe(c->text[i][k]);
	*c = (struct rows_values){ { { NULL } } };
}

void rows_values_copy(struct rows_values *to, const struct rows_values *from)
{
	rows_values_done(to);
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			to->text[i][k] = mem_dup(from->text[i][k]);
}

int rows_values_equal(const struct rows_values *a, const struct rows_values *b)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++) {
			const char *x = a->text[i][k], *y = b->text[i][k];
			if (x && y ? strcmp(x, y) != 0 : x != y)
				return 0;
		}
	return 1;
}
