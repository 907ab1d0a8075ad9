/* SPDX-License-Identifier: MIT */
/* The texts of all values. */
#include "rows.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char **cell(struct rows_cells *c, const struct rows_place *at)
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

void rows_cells_set(struct rows_cells *c, const struct rows_place *at, const char *text)
{
	char **to = cell(c, at), *copy = mem_dup(text);
	wipe(*to);
	*to = copy;
	if (at->also)
		rows_cells_set(c, &(struct rows_place){ .row = at->also, .item = at->item }, text);
}

const char *rows_cells_get(const struct rows_cells *c, const struct rows_place *at)
{
	size_t n;
	return c->text[at->row - settings_rows(&n)][at->item - 1];
}

void rows_cells_done(struct rows_cells *c)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			wipe(c->text[i][k]);
	*c = (struct rows_cells){ { { NULL } } };
}

void rows_cells_copy(struct rows_cells *to, const struct rows_cells *from)
{
	rows_cells_done(to);
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			to->text[i][k] = mem_dup(from->text[i][k]);
}

int rows_cells_equal(const struct rows_cells *a, const struct rows_cells *b)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++) {
			const char *x = a->text[i][k], *y = b->text[i][k];
			if (x && y ? strcmp(x, y) != 0 : x != y)
				return 0;
		}
	return 1;
}
