/* Settings files: one setting a line (settings.h). Every mistake is told with its place. */
#include "rows.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct reader {
	const char *file;
	struct rows_cells *cells;
	settings_complain *complain;
	void *arg;
	int mistakes;
	unsigned number;			/* of the line, from 1 */
	const char *line;			/* its first byte */
};

/* Columns count characters, as editors do. */
static unsigned column_at(const char *line, const char *at)
{
	unsigned column = 1;
	while (line < at) {
		size_t n = text_utf8(line, NULL);
		line += n ? n : 1;
		column++;
	}
	return column;
}

static int mistake(struct reader *r, const char *at, const char *text)
{
	struct settings_complaint c = { r->file, r->number, at ? column_at(r->line, at) : 0, text };
	if (r->mistakes++ < SETTINGS_COMPLAINTS_MAX && r->complain)
		r->complain(r->arg, &c);
	return -1;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static int is_comment(const char *s)
{
	return !*s || *s == '#' || *s == '!' || !strncmp(s, "//", 2);
}

static int unhex(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) % 16 : -1;
}

/* Behind a backslash: the character meant, and *s past it; -1 if there is none such. */
static int escape(const char **s)
{
	static const char from[] = "\"\\nrt", to[] = "\"\\\n\r\t";
	char c = *(*s)++;
	const char *at = c ? strchr(from, c) : NULL;
	if (at)
		return to[at - from];
	int high = c == 'x' ? unhex((*s)[0]) : -1, low = high < 0 ? -1 : unhex((*s)[1]);
	if (low < 0 || (high == 0 && low == 0)) {
		--*s;
		return -1;
	}
	*s += 2;
	return high << 4 | low;
}

static int quoted(struct reader *r, const char *s, char *ret, size_t size)
{
	size_t len = 0;
	for (s++; *s && *s != '"';) {
		const char *at = s;
		int c = (unsigned char)*s++;
		if (c == '\\')
			c = escape(&s);
		if (c < 0)
			return mistake(r, at, "expected \\\", \\\\, \\n, \\r, \\t or \\xNN");
		if (len + 1 == size)
			return mistake(r, at, "expected a shorter value");
		ret[len++] = (char)c;
	}
	ret[len] = '\0';
	if (!*s)
		return mistake(r, s, "expected a closing \"");
	s = skip_blanks(s + 1);
	return is_comment(s) ? 0 : mistake(r, s, "expected nothing behind the closing \"");
}

static int bare(struct reader *r, const char *s, char *ret, size_t size)
{
	size_t len = strlen(s);
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len >= size)
		return mistake(r, s, "expected a shorter value");
	memcpy(ret, s, len);
	ret[len] = '\0';
	return 0;
}

static int name(struct reader *r, const char *from, size_t len, struct rows_place *ret)
{
	char path[DOC_NAME_MAX * 8];
	struct err e;
	if (len >= sizeof path)
		return mistake(r, from, "expected the name of a setting before \":\"");
	memcpy(path, from, len);
	path[len] = '\0';
	if (!rows_find(path, ret, &e))
		return 0;
	/* The place goes before the text, once. */
	const char *text = !strncmp(e.text, "column ", 7) ? strchr(e.text, ':') + 2 : e.text;
	return mistake(r, from + (e.code > 0 ? e.code - 1 : 0), text);
}

static void setting(struct reader *r, const char *line)
{
	const char *colon = strchr(line, ':'), *s = colon ? skip_blanks(colon + 1) : NULL;
	struct rows_place at;
	if (!colon) {
		mistake(r, line + strlen(line), "expected \":\" and a value behind the name of a setting");
		return;
	}
	char value[ROWS_VALUE], canonical[ROWS_VALUE];
	struct err e;
	if (name(r, line, (size_t)(colon - line), &at))
		return;
	if (!(*s == '"' ? quoted : bare)(r, s, value, sizeof value)) {
		if (rows_judge(&at, value, canonical, &e))
			mistake(r, s, e.text);
		else
			rows_cells_set(r->cells, &at, canonical);
	}
	if (at.row->value.flags & SCHEMA_SECRET) {
		explicit_bzero(value, sizeof value);
		explicit_bzero(canonical, sizeof canonical);
	}
}

/* What no line may have, whatever it says. */
static int is_sound(struct reader *r, const char *line, size_t len)
{
	char text[120];
	if (len > SETTINGS_LINE_MAX) {
		snprintf(text, sizeof text, "a line of %zu bytes: expected at most %d", len, SETTINGS_LINE_MAX);
		return !mistake(r, NULL, text);
	}
	const char *s = line;
	while (s < line + len) {
		uint32_t point = 0;
		size_t n = text_utf8(s, &point);
		if (!*s)
			return !mistake(r, s, "a NUL byte: expected text");
		snprintf(text, sizeof text, "byte 0x%02x: expected UTF-8", (unsigned char)*s);
		if (!n)
			return !mistake(r, s, text);
		snprintf(text, sizeof text, "control character U+%04X: expected text (in quotes it is written \\x%02x)",
			 (unsigned)point, (unsigned)point);
		if (text_is_control(point) && point != '\t')
			return !mistake(r, s, text);
		s += n;
	}
	return 1;
}

/* text is followed by a NUL and may be written to. */
static void read_lines(struct reader *r, char *text, size_t len)
{
	char *end = text + len;
	for (char *line = text, *next; line < end && r->mistakes <= SETTINGS_COMPLAINTS_MAX; line = next) {
		char *stop = memchr(line, '\n', (size_t)(end - line));
		next = stop ? stop + 1 : end;
		stop = stop ? stop : end;
		if (stop > line && stop[-1] == '\r')
			stop--;
		*stop = '\0';
		r->line = line;
		r->number++;
		if (!is_sound(r, line, (size_t)(stop - line)))
			continue;
		const char *s = skip_blanks(line);
		if (!is_comment(s))
			setting(r, s);
	}
}

int file_load(const char *path, struct rows_cells *cells, settings_complain *complain, void *arg, struct err *e)
{
	struct reader r = { .file = path, .cells = cells, .complain = complain, .arg = arg };
	struct buf b;
	buf_init(&b, SETTINGS_FILE_MAX);
	int read = file_read(path, &b, e);
	if (!read && b.len) {
		size_t mark = !strncmp(b.data, "\xef\xbb\xbf", 3) ? 3 : 0;
		if (b.len >= 2 && (!memcmp(b.data, "\xff\xfe", 2) || !memcmp(b.data, "\xfe\xff", 2)))
			mistake(&r, NULL, "a file in UTF-16: expected UTF-8");
		else
			read_lines(&r, b.data + mark, b.len - mark);
	}
	if (b.data)
		explicit_bzero(b.data, b.len);	/* there may be passwords in it */
	buf_done(&b);
	return read ? -1 : r.mistakes;
}

static void print_value(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, '"');
}

void file_print(const struct rows_cells *cells, struct buf *out)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned item = 1; item <= rows_items(&rows[i]); item++) {
			struct rows_place at = { &rows[i], item };
			const char *text = rows_cells_get(cells, &at);
			char path[ROWS_PATH];
			if (!text)
				continue;
			rows_canonical(&at, path, sizeof path);
			buf_addf(out, "xConfiguration %s: ", path);
			if (rows[i].value.kind == SCHEMA_STRING)
				print_value(text, out);
			else
				buf_adds(out, text);
			buf_addc(out, '\n');
		}
}
