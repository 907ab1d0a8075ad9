/* SPDX-License-Identifier: MIT */
#include "pki_material.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "certstore/crls.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 16 };

struct material {
	struct kept {
		char *roots, *crls; /* the texts that were given */
		struct anchors *anchors;
		char *left_out; /* lines about parts of them that could not be read */
	} at[KEPT_MAX];         /* the most recently used one first */
	size_t n;
};

struct material *material_new(void)
{
	return mem_new(sizeof(struct material));
}

static void forget(struct kept *k)
{
	free(k->roots);
	free(k->crls);
	free(k->left_out);
	anchors_free(k->anchors);
}

void material_free(struct material *m)
{
	for (size_t i = 0; m && i < m->n; i++)
		forget(&m->at[i]);
	free(m);
}

/* Returns 1 if the text is certificates or lists themselves (or empty), and not the name of a file with them.
 */
static int is_pem(const char *text)
{
	return !text[0] || strstr(text, "-----BEGIN") != NULL;
}

/* Puts in front of an error what it is about: the file, or, for a text, `of`. */
static void name_it(const char *text, const char *of, struct err *e)
{
	err_prefix(e, "%s", is_pem(text) ? of : text);
}

/* Finds the bytes for a text: the contents of a file, which are read into b, or the text itself. */
static int resolve(const char *text, struct buf *b, const char **ret, size_t *ret_len, struct err *e)
{
	if (is_pem(text)) {
		*ret = text;
		*ret_len = strlen(text);
		return 0;
	}
	if (file_read(text, b, e) < 0)
		return -1;
	*ret = buf_str(b);
	*ret_len = b->len;
	return 0;
}

/* Returns 1 for an empty text, which means that there are no roots. */
static int is_blank(const char *data, size_t len)
{
	while (len && strchr(" \t\r\n", data[len - 1]))
		len--;
	return len == 0;
}

static void add_lines(struct buf *to, const char *of, const struct buf *lines)
{
	for (const char *p = buf_str(lines); *p; p += strcspn(p, "\n"), p += *p == '\n')
		buf_addf(to, "%s: %.*s\n", of, (int)strcspn(p, "\n"), p);
}

/* Adds one file, or text, of this kind to a. */
static int load(struct anchors *a, const char *of, const char *text, struct buf *left_out, struct err *e)
{
	struct buf b, lines;
	struct anchors_upload u = { .mode = ANCHORS_AS_IS };
	buf_init(&b, ANCHORS_UPLOAD_MAX);
	buf_init(&lines, 64 << 10);
	int r = resolve(text, &b, &u.data, &u.len, e);
	if (r == 0 && !is_blank(u.data, u.len)) {
		r = strcmp(of, "crls") == 0 ? crls_put(a, &u, &lines, NULL, e)
					    : anchors_put(a, &u, &lines, NULL, e);
		if (r < 0)
			name_it(text, of, e);
	}
	add_lines(left_out, of, &lines);
	buf_done(&lines);
	buf_done(&b);
	return r;
}

static int load_both(struct kept *k, const char *roots, const char *crls, struct err *e)
{
	struct buf left_out;
	buf_init(&left_out, 128 << 10);
	k->anchors = anchors_open(NULL, NULL, NULL, e);
	int r = k->anchors ? load(k->anchors, "roots", roots, &left_out, e) : -1;
	if (r == 0 && crls)
		r = load(k->anchors, "crls", crls, &left_out, e);
	k->left_out = buf_take(&left_out);
	return r;
}

static int same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

const struct anchors *material_anchors(struct material *m, const char *roots, const char *crls, struct err *e)
{
	struct kept found;
	size_t i = 0;
	while (i < m->n && !(same(m->at[i].roots, roots) && same(m->at[i].crls, crls)))
		i++;
	if (i < m->n) {
		found = m->at[i];
	} else {
		found = (struct kept){ .anchors = NULL };
		if (load_both(&found, roots, crls, e) < 0) {
			forget(&found);
			return NULL;
		}
		found.roots = mem_dup(roots);
		found.crls = mem_dup(crls);
		if (m->n == KEPT_MAX)
			forget(&m->at[--i]);
		else
			m->n++;
	}
	memmove(&m->at[1], &m->at[0], i * sizeof m->at[0]);
	m->at[0] = found;
	return found.anchors;
}

const char *material_left_out(const struct material *m)
{
	return m->n ? m->at[0].left_out : "";
}

struct verify_chain *material_chain(const char *chain, struct err *e)
{
	struct buf b;
	const char *data;
	size_t len;
	struct verify_chain *c = NULL;
	buf_init(&b, ANCHORS_UPLOAD_MAX);
	if (resolve(chain, &b, &data, &len, e) == 0) {
		c = verify_chain_new(data, len, e);
		if (!c) {
			if (e)
				e->kind = ERR_INPUT;
			name_it(chain, "chain", e);
		}
	}
	buf_done(&b);
	return c;
}
