/* SPDX-License-Identifier: MIT */
/* values: stores the texts of all values with their origins, by row and item. */
#include "rows.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char **value_at(struct rows_values *c, const struct rows_place *at)
{
	size_t n;
	return &c->text[at->row - settings_rows(&n)][at->item - 1];
}

void rows_values_set(struct rows_values *c, const struct rows_place *at, const char *text,
		     const struct rows_source *source)
{
	char **to = value_at(c, at), *copy = mem_dup(text);
	mem_wipe(*to);
	*to = copy;
	c->source[to - &c->text[0][0]] = copy ? *source : (struct rows_source){ .line = 0 };
	if (at->also)
		rows_values_set(c, &(struct rows_place){ .row = at->also, .item = at->item }, text, source);
}

const char *rows_values_get(const struct rows_values *c, const struct rows_place *at)
{
	size_t n;
	return c->text[at->row - settings_rows(&n)][at->item - 1];
}

struct rows_source rows_values_source(const struct rows_values *c, const struct rows_place *at)
{
	size_t n;
	return c->source[(size_t)(at->row - settings_rows(&n)) * ROWS_ITEMS + at->item - 1];
}

int rows_values_have(const struct rows_values *c, enum settings_origin origin)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			if (c->text[i][k] && c->source[i * ROWS_ITEMS + k].origin == origin)
				return 1;
	return 0;
}

void rows_values_done(struct rows_values *c)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			mem_wipe(c->text[i][k]);
	memset(c, 0, sizeof *c);
}

void rows_values_copy(struct rows_values *to, const struct rows_values *from)
{
	rows_values_done(to);
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++)
			to->text[i][k] = mem_dup(from->text[i][k]);
	memcpy(to->source, from->source, sizeof to->source);
}

int rows_values_equal(const struct rows_values *a, const struct rows_values *b)
{
	for (size_t i = 0; i < (size_t)ROWS_MAX * ROWS_ITEMS; i++)
		if (a->source[i].origin != b->source[i].origin)
			return 0;
	for (size_t i = 0; i < ROWS_MAX; i++)
		for (size_t k = 0; k < ROWS_ITEMS; k++) {
			const char *x = a->text[i][k], *y = b->text[i][k];
			if (x && y ? strcmp(x, y) != 0 : x != y)
				return 0;
		}
	return 1;
}
