/* SPDX-License-Identifier: MIT */
#include "schema/value.h"

#include "base/num.h"
#include "base/text.h"
#include "schema/name.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_TEXT = 1024 }; /* size in bytes of a host in a setting, which has 255 characters at most */

const char *schema_value_shown(const char *text, char ret[SCHEMA_SHOWN])
{
	size_t at = 0;
	for (int i = 0; *text && i < SCHEMA_SHOWN_CHARACTERS; i++) {
		char shown[TEXT_SHOWN];
		text += text_show(text, shown);
		at = (size_t)(stpcpy(ret + at, shown) - ret);
	}
	memcpy(ret + at, *text ? "..." : "", *text ? 4 : 1);
	return ret;
}

/* Sets the error "expected <0..10>, got "11"", followed by `more`. */
static int unexpected(const struct schema_value *v, const char *text, const char *more, struct err *e)
{
	struct buf space;
	buf_init(&space, 200);
	schema_value_explain(v, &space);
	char shown[SCHEMA_SHOWN];
	if (v->flags & SCHEMA_SECRET)
		err_set(e, ERR_INPUT, 0, "expected %s%s", buf_str(&space), more);
	else
		err_set(e, ERR_INPUT, 0, "expected %s, got \"%s\"%s", buf_str(&space),
			schema_value_shown(text, shown), more);
	buf_done(&space);
	return -1;
}

static int store(const char *text, char *ret, size_t size, struct err *e)
{
	size_t len = strlen(text);
	if (len >= size)
		return err_set(e, ERR_INPUT, 0, "expected at most %zu bytes, got %zu", size - 1, len);
	memcpy(ret, text, len + 1);
	return 0;
}

static int parse_string(const struct schema_value *v, const char *text, char *ret, size_t size, struct err *e)
{
	char more[80], ascii[HOST_TEXT];
	if (text_length(text) < 0)
		return unexpected(v, text, ", which is not UTF-8", e);
	if (v->flags & SCHEMA_HOST &&
	    strlen(text) < sizeof ascii) { /* a longer text is too long in any form */
		if (schema_name_ascii(text, ascii, sizeof ascii, e) < 0)
			return -1;
		text = ascii;
	}
	long length = text_length(text);
	if (length < v->min || length > v->max) {
		snprintf(more, sizeof more, ", which has %ld character%s", length, length == 1 ? "" : "s");
		return unexpected(v, text, more, e);
	}
	if (*text && v->check && v->check(text, e))
		return -1;
	return store(text, ret, size, e);
}

static int parse_integer(const struct schema_value *v, const char *text, char *ret, size_t size,
			 struct err *e)
{
	int64_t n = 0;
	char number[24];
	if (num_parse(text, v->min, v->max, &n, NULL))
		return unexpected(v, text, "", e);
	snprintf(number, sizeof number, "%" PRId64, n);
	return store(number, ret, size, e);
}

/* Reads one word of a list such as "Off/On" and moves *list past it. Returns the word's length; 0 at the
 * end. */
static size_t next_literal(const char **list, const char **ret)
{
	*ret = *list;
	size_t len = strcspn(*list, "/");
	*list += len + ((*list)[len] == '/');
	return len;
}

/* Writes the word for an older spelling to ret. Returns 0; -1 if it is not an older spelling. */
static int older_spelling(const struct schema_value *v, const char *text, char *ret, size_t size)
{
	const char *list = v->also ? v->also : "", *pair;
	for (size_t len; (len = next_literal(&list, &pair));) {
		const char *means = memchr(pair, '=', len);
		if (!means || strlen(text) != (size_t)(means - pair) || strncasecmp(pair, text, strlen(text)))
			continue;
		snprintf(ret, size, "%.*s", (int)(pair + len - means - 1), means + 1);
		return 0;
	}
	return -1;
}

static int no_literal(const struct schema_value *v, const char *text, int several, struct err *e)
{
	struct text_nearest near = text_nearest_to(text);
	char name[64];
	for (size_t i = 0; !schema_value_literal_at(v, i, name, sizeof name); i++)
		text_nearest_see(&near, name);
	return unexpected(v, text, several ? ", which may be more than one of them" : near.hint, e);
}

static int parse_literal(const struct schema_value *v, const char *text, char *ret, size_t size,
			 struct err *e)
{
	const char *list = v->literals, *name, *found = NULL;
	size_t found_len = 0, typed = strlen(text);
	int several = 0;
	for (size_t len; (len = next_literal(&list, &name));) {
		if (!typed || typed > len || strncasecmp(name, text, typed))
			continue;
		several = found && len != typed;
		found = name;
		found_len = len;
		if (len == typed)
			break;
	}
	char whole[64];
	if (found && !several) {
		snprintf(whole, sizeof whole, "%.*s", (int)found_len, found);
		return store(whole, ret, size, e);
	}
	if (!older_spelling(v, text, whole, sizeof whole))
		return store(whole, ret, size, e);
	return no_literal(v, text, several, e);
}

static int parse(const struct schema_value *v, const char *text, char *ret, size_t size, struct err *e)
{
	switch (v->kind) {
	case SCHEMA_STRING: return parse_string(v, text, ret, size, e);
	case SCHEMA_INTEGER: return parse_integer(v, text, ret, size, e);
	case SCHEMA_LITERAL: break;
	}
	return parse_literal(v, text, ret, size, e);
}

/* Codecs know only double quotes, so single ones belong to a text, typographic ones, too. */
static int begins_in_single_quote(const char *text)
{
	return *text == '\'' || strncmp(text, "\xe2\x80\x98", 3) == 0 ||
	       strncmp(text, "\xe2\x80\x99", 3) == 0;
}

int schema_value_parse(const struct schema_value *v, const char *text, char *ret, size_t size, struct err *e)
{
	int r = parse(v, text, ret, size, e);
	if (r < 0 && e && begins_in_single_quote(text)) {
		size_t at = strlen(e->text);
		snprintf(e->text + at, sizeof e->text - at,
			 " (single quotes belong to a value: write it without quotes, or in double quotes)");
	}
	return r;
}

void schema_value_explain(const struct schema_value *v, struct buf *out)
{
	switch (v->kind) {
	case SCHEMA_STRING: buf_addf(out, "<S: %" PRId64 ", %" PRId64 ">", v->min, v->max); break;
	case SCHEMA_INTEGER: buf_addf(out, "<%" PRId64 "..%" PRId64 ">", v->min, v->max); break;
	case SCHEMA_LITERAL: buf_addf(out, "<%s>", v->literals); break;
	}
}

void schema_value_name(const struct schema_value *v, char ret[SCHEMA_NAME])
{
	const char *list = v->literals, *name;
	if (v->kind != SCHEMA_LITERAL) {
		snprintf(ret, SCHEMA_NAME, "%s_%" PRId64 "_%" PRId64,
			 v->kind == SCHEMA_STRING ? "STR" : "INT", v->min, v->max);
		return;
	}
	size_t at = (size_t)snprintf(ret, SCHEMA_NAME, "TTPAR_");
	for (size_t len; (len = next_literal(&list, &name)) && at + len < SCHEMA_NAME;) {
		for (size_t i = 0; i < len; i++)
			/* only letters and digits can be used: "HTTP+HTTPS" is not a valid name */
			if (isalnum((unsigned char)name[i]))
				ret[at++] = (char)(i ? name[i] : toupper((unsigned char)name[i]));
		ret[at] = '\0';
	}
}

int schema_value_literal(const struct schema_value *v, const char *text)
{
	const char *list = v->literals, *name;
	int i = 0;
	for (size_t len; (len = next_literal(&list, &name)); i++)
		if (strlen(text) == len && !strncmp(name, text, len))
			return i;
	return -1;
}

int schema_value_literal_at(const struct schema_value *v, size_t i, char *ret, size_t size)
{
	const char *list = v->literals, *name;
	for (size_t len; (len = next_literal(&list, &name)); i--)
		if (!i)
			return snprintf(ret, size, "%.*s", (int)len, name) < (int)size ? 0 : -1;
	return -1;
}
