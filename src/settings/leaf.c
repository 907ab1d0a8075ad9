/* SPDX-License-Identifier: MIT */
/* leaf: finds the setting for a leaf of a Configuration document. */
#include "doc/doc_path.h"
#include "rows.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 256 };

/* Writes the leaf and its ancestors below the root to chain, beginning at the top. Returns their number; 0 if
 * there are too many. */
static size_t chain_of(const struct doc *leaf, const struct doc *chain[DOC_DEPTH_MAX])
{
	size_t n = 0;
	for (const struct doc *d = leaf; d->parent; d = d->parent)
		if (++n > DOC_DEPTH_MAX)
			return 0;
	size_t at = n;
	for (const struct doc *d = leaf; d->parent; d = d->parent)
		chain[--at] = d;
	return n;
}

static int typed_path(const struct doc *const *chain, size_t n, char *ret, size_t size, struct err *e)
{
	size_t len = 0;
	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s%s", i ? " " : "", chain[i]->name);
	return n && len < size ? 0 : err_set(e, ERR_NOTFOUND, 0, "no setting has a path of that length");
}

/* Writes the path of the row, with the numbers of items from the document. */
static void numbered_path(const struct settings_row *row, const struct doc *const *chain, size_t n, char *ret,
			  size_t size)
{
	size_t len = 0, i = 0;
	*ret = '\0';
	for (const char *word = row->path; *word && len < size; i++) {
		size_t name = strcspn(word, " [");
		len += (size_t)snprintf(ret + len, size - len, "%s%.*s", i ? " " : "", (int)name, word);
		if (word[name] == '[' && len < size)
			len += (size_t)snprintf(ret + len, size - len, " %u",
						i < n && chain[i]->item ? chain[i]->item : 1);
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
}

int rows_find_leaf(const struct doc *leaf, struct rows_place *ret, struct err *e)
{
	const struct doc *chain[DOC_DEPTH_MAX];
	char path[PATH];
	size_t n = chain_of(leaf, chain);
	struct rows_place numbered;
	if (typed_path(chain, n, path, sizeof path, e) < 0 || rows_find_whole(path, ret, e) < 0)
		return -1;
	numbered_path(ret->row, chain, n, path, sizeof path);
	if (rows_find(path, &numbered, e) < 0)
		return -1;
	ret->item = numbered.item;
	return 0;
}

size_t settings_find_leaf(const struct doc *leaf, struct settings_found ret[SETTINGS_FOUND_MAX],
			  struct err *e)
{
	struct rows_place at;
	return rows_find_leaf(leaf, &at, e) < 0 ? 0 : rows_found(&at, ret);
}

int rows_is_shown(const struct doc *shown, const struct rows_place *at, const char *value)
{
	char path[ROWS_PATH];
	struct doc_path p;
	const struct doc *d = at->row->refusal ? shown : NULL;
	rows_canonical(at, path, sizeof path);
	if (!d || doc_path_parse(path, &p, NULL) < 0)
		return 0;
	for (size_t i = 0; d && i < p.n; i++)
		d = doc_child(d, p.steps[i].name, p.steps[i].item);
	return d && d->value && strcmp(d->value, value) == 0;
}
