/* SPDX-License-Identifier: MIT */
#include "settings_body.h"

#include "base/mem.h"
#include "command/command_set.h"
#include "wire/xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH = 400 };

struct reading {
	struct settings_body *to;
	size_t max;
	enum settings_origin origin;
};

static int add(struct reading *r, const char *path, const char *value, struct err *e)
{
	char canonical[PATH];
	const struct settings_row *row = settings_lookup(path, canonical, sizeof canonical, e);
	if (!row || settings_check_value(canonical, value, e) < 0)
		return -1;
	if (settings_is_mask(row, value))
		return 0;
	if (r->to->n == r->max)
		return err_set(e, ERR_INPUT, 0, "expected at most %zu settings", r->max);
	r->to->set[r->to->n++] = (struct settings_pair){ mem_dup(canonical), mem_dup(value), r->origin };
	return 0;
}

/* --- lines --- */

static int is_comment(const char *line, size_t len)
{
	return !len || *line == '#' || *line == '!' || (len > 1 && line[0] == '/' && line[1] == '/');
}

static int read_line(struct reading *r, const char *text, size_t len, struct err *e)
{
	static const char verb[] = "xConfiguration";
	struct buf whole;
	struct line l;
	char *path, *value;
	int bad = -1;
	buf_init(&whole, COMMAND_BODY_MAX + sizeof verb);
	if (len < sizeof verb || strncasecmp(text, verb, sizeof verb - 1) != 0)
		buf_addf(&whole, "%s ", verb);
	buf_add(&whole, text, len);
	if (line_parse(buf_str(&whole), whole.len, &l, e) == 0) {
		if (line_setting(&l, &path, &value, e) == 0)
			bad = value ? add(r, path, value, e)
				    : err_set(e, ERR_INPUT, 0, "expected a setting, a colon and its value");
		line_done(&l);
	}
	explicit_bzero(whole.data, whole.len);
	buf_done(&whole);
	return bad;
}

static int read_lines(struct reading *r, const char *text, struct err *e)
{
	for (int number = 1; *text; number++) {
		size_t len = strcspn(text, "\n"), blank = strspn(text, " \t");
		const char *line = text + (blank < len ? blank : len);
		size_t end = len - (size_t)(line - text);
		while (end && strchr(" \t\r", line[end - 1]))
			end--;
		if (!is_comment(line, end) && read_line(r, line, end, e) < 0)
			return err_prefix(e, "line %d", number);
		text += len + (text[len] == '\n');
	}
	return 0;
}

/* --- a document --- */

static int read_below(struct reading *r, const struct doc *d, struct err *e)
{
	char path[PATH];
	for (const struct doc *c = d->first; c; c = c->next) {
		const struct settings_row *row =
			c->first ? NULL : settings_lookup_leaf(c, path, sizeof path, e);
		if (c->first ? read_below(r, c, e) < 0
			     : !row || add(r, path, c->value ? c->value : "", e) < 0)
			return -1;
	}
	return 0;
}

static int read_document(struct reading *r, struct command *c, struct err *e)
{
	const struct xml_limits limits = { .bytes = COMMAND_BODY_MAX, .value = COMMAND_BODY_MAX };
	struct doc *d;
	if (xml_read(c->set->reader, c->body, c->body_len, &limits, &d, e) < 0)
		return -1;
	int bad = strcmp(d->name, "Configuration") == 0
			  ? read_below(r, d, e)
			  : err_set(e, ERR_INPUT, 0, "<%s>: expected a document whose root is Configuration",
				    d->name);
	doc_wipe(d); /* values may be secrets */
	doc_free(d);
	return bad;
}

int settings_body_read(struct command *c, size_t max, struct settings_body **ret, struct err *e)
{
	struct settings_body *b = mem_new(sizeof *b);
	struct reading r = { .to = b,
			     .max = max,
			     .origin = c->by.origin == SETTINGS_FROM_MANAGER ? SETTINGS_FROM_MANAGER
									     : SETTINGS_FROM_TERMINAL };
	b->set = mem_array(max, sizeof *b->set);
	int bad = c->body[strspn(c->body, " \t\r\n")] == '<' ? read_document(&r, c, e)
							     : read_lines(&r, c->body, e);
	if (bad < 0) {
		settings_body_free(b);
		return -1;
	}
	*ret = b;
	return 0;
}

void settings_body_free(struct settings_body *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++) {
		char *value = (char *)(uintptr_t)b->set[i].value;
		explicit_bzero(value, strlen(value));
		free(value);
		free((char *)(uintptr_t)b->set[i].path);
	}
	free(b->set);
	free(b);
}
