/* SPDX-License-Identifier: MIT */
#include "doc/doc_path.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct reader {
	const char *text, *at;
	struct doc_path *path;
	struct err *e;
};

static int expected(const struct reader *r, const char *what)
{
	return err_set(r->e, ERR_INPUT, r->at - r->text + 1, "expected %s", what);
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *r)
{
	while (is_blank(*r->at))
		r->at++;
}

static int is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static int read_number(struct reader *r, uint32_t *ret)
{
	uint64_t n = 0;
	const char *s = r->at;
	while (isdigit((unsigned char)*s) && n <= UINT32_MAX)
		n = n * 10 + (uint64_t)(*s++ - '0');
	if (s == r->at || n == 0 || n >= UINT32_MAX)
		return expected(r, "an item number, 1 or more");
	r->at = s;
	*ret = (uint32_t)n;
	return 0;
}

/* Reads an index after "[": 3] or *] or @item='3'] */
static int read_index(struct reader *r, struct doc_step *step)
{
	char quote = 0;
	if (!strncasecmp(r->at, "@item=", 6)) {
		r->at += 6;
		if (*r->at == '\'' || *r->at == '"')
			quote = *r->at++;
	}
	if (*r->at == '*')
		r->at++;
	else if (read_number(r, &step->item))
		return -1;
	if (quote && *r->at++ != quote) {
		r->at--;
		return expected(r, quote == '"' ? "a closing \"" : "a closing '");
	}
	if (*r->at != ']')
		return expected(r, "\"]\"");
	r->at++;
	return 0;
}

static int read_name(struct reader *r, struct doc_step *step)
{
	const char *s = r->at;
	if (*s == '*') {
		s++;
	} else {
		if (!isalpha((unsigned char)*s) && *s != '_')
			return expected(r, "a name or \"*\"");
		while (is_name(*s))
			s++;
	}
	size_t len = (size_t)(s - r->at);
	if (len >= sizeof step->name)
		return expected(r, "a name of at most 63 characters");
	memcpy(step->name, r->at, len);
	r->at = s;
	return 0;
}

/* Reads one step. A number that is a separate word or step is the item number of the name before it. */
static int read_step(struct reader *r, int any_depth)
{
	struct doc_path *p = r->path;
	struct doc_step *last = p->n ? &p->steps[p->n - 1] : NULL;
	if (isdigit((unsigned char)*r->at)) {
		if (!last || any_depth || last->item)
			return expected(r, "a name, not a number");
		return read_number(r, &last->item);
	}
	if (p->n == DOC_STEPS_MAX)
		return err_set(r->e, ERR_INPUT, 0, "expected at most %d names", DOC_STEPS_MAX);
	struct doc_step *step = &p->steps[p->n];
	*step = (struct doc_step){ .any_depth = any_depth };
	if (read_name(r, step))
		return -1;
	p->n++;
	if (*r->at != '[')
		return 0;
	r->at++;
	return read_index(r, step);
}

int doc_path_scan(const char *text, struct doc_path *ret, struct err *e)
{
	struct doc_path path = { .n = 0 };
	struct reader r = { text, text, &path, e };
	size_t len = strlen(text);
	if (len > DOC_EXPRESSION_MAX)
		return err_set(e, ERR_INPUT, 0, "expected a path of at most %d characters, got %zu",
			       DOC_EXPRESSION_MAX, len);
	for (;;) {
		const char *before = r.at;
		skip_blanks(&r);
		int slashes = 0;
		for (; *r.at == '/' && slashes < 2; slashes++)
			r.at++;
		skip_blanks(&r);
		if (!*r.at && slashes < 2)
			break; /* one slash at the end is allowed */
		if (r.at == before && path.n)
			return expected(&r, *r.at == ':' ? "no colon in a path" : "\"/\", \"[\" or a blank");
		if (read_step(&r, slashes == 2))
			return -1;
	}
	*ret = path;
	return 0;
}

int doc_path_parse(const char *text, struct doc_path *ret, struct err *e)
{
	struct err why;
	if (doc_path_scan(text, ret, &why) == 0)
		return 0;
	if (e)
		*e = why;
	return why.code ? err_prefix(e, "column %ld", why.code) : -1;
}

int doc_path_under(struct doc_path *p, const char *root)
{
	if (p->n && !p->steps[0].any_depth && !strcasecmp(p->steps[0].name, root))
		return 0;
	size_t len = strlen(root);
	if (p->n == DOC_STEPS_MAX || len >= sizeof p->steps[0].name)
		return -1;
	memmove(&p->steps[1], &p->steps[0], p->n * sizeof p->steps[0]);
	p->steps[0] = (struct doc_step){ .item = 0 };
	memcpy(p->steps[0].name, root, len);
	p->n++;
	return 0;
}

void doc_path_below(struct doc_path *p, const char *root)
{
	if (!p->n || p->steps[0].any_depth || strcasecmp(p->steps[0].name, root))
		return;
	p->n--;
	memmove(&p->steps[0], &p->steps[1], p->n * sizeof p->steps[0]);
}

static const char *const roots[] = { "Status", "Event", "Configuration" };
enum { ROOTS = sizeof roots / sizeof *roots };

/* Returns the document that the first step of the expression names; NULL: none. */
static const char *root_of(const struct doc_step *first)
{
	size_t i = 0;
	while (i < ROOTS && strncasecmp(first->name, roots[i], strlen(first->name)))
		i++;
	return i < ROOTS ? roots[i] : NULL;
}

static int may_be_any_document(const struct doc_path *p)
{
	return !p->n || p->steps[0].any_depth || p->steps[0].name[0] == '*';
}

int doc_path_is_stray(const char *text, char *ret, size_t size)
{
	struct doc_path p;
	if (doc_path_parse(text, &p, NULL) || may_be_any_document(&p) || root_of(&p.steps[0]))
		return 0;
	struct text_nearest near = text_nearest_to(p.steps[0].name);
	for (size_t i = 0; i < ROOTS; i++)
		text_nearest_see(&near, roots[i]);
	snprintf(ret, size,
		 "names none of the documents Status, Event and Configuration, and is read as a path below "
		 "Status%s",
		 near.hint);
	return 1;
}

int doc_path_expression(const char *text, struct doc_path *ret, struct err *e)
{
	if (doc_path_parse(text, ret, e))
		return -1;
	struct doc_step *first = &ret->steps[0];
	if (may_be_any_document(ret))
		return 0;
	const char *root = root_of(first);
	if (root) {
		memcpy(first->name, root, strlen(root) + 1);
		return 0;
	}
	if (doc_path_under(ret, "Status"))
		return err_set(e, ERR_INPUT, 0, "expected at most %d names", DOC_STEPS_MAX - 1);
	return 0;
}

void doc_path_print(const struct doc_path *p, struct buf *out)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct doc_step *s = &p->steps[i];
		buf_adds(out, s->any_depth ? "//" : i ? "/" : "");
		buf_adds(out, s->name);
		if (s->item)
			buf_addf(out, "[%" PRIu32 "]", s->item);
	}
}
