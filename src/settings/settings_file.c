/* SPDX-License-Identifier: MIT */
/* settings_file: reads and writes settings files, which have one setting on each line (settings.h). Every
 * mistake is reported with its line and column. */
#include "rows.h"

#include "base/file.h"
#include "base/num.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "doc/doc_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first line of the agent's own file begins so; the number of its format follows. */
static const char written[] = "# Written by sealpost, format ";
enum { FORMAT = 1 };
/* What stands before the digest in the agent's own file. The administrator's file has no such line. */
static const char checksum[] = "# sha256 of the lines below (whoever edits them takes this line out): ";

/* In the agent's own file, comments give the origin of the values in the lines below them. Lines before any
 * such comment, and those below one that this version does not know, are of unknown origin. */
static const char section[] = "# Set ";
static const struct {
	const char *comment;
	enum settings_origin origin;
} sections[] = {
	{ "# Set at the terminal:", SETTINGS_FROM_TERMINAL },
	{ "# Set by the manager:", SETTINGS_FROM_MANAGER },
};

struct reader {
	const char *file;
	struct file_reading *r;
	unsigned number;             /* of the line, from 1 */
	const char *line;            /* the line's first byte */
	const char *value;           /* the first byte of the line's value */
	enum settings_origin origin; /* origin of the lines that are being read */
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

static void complain(struct reader *r, const char *at, const char *text)
{
	struct settings_complaint c = { r->file, r->number, at ? column_at(r->line, at) : 0, text };
	if (r->r->mistakes + r->r->notes < SETTINGS_COMPLAINTS_MAX && r->r->complain)
		r->r->complain(r->r->arg, &c);
}

static int mistake(struct reader *r, const char *at, const char *text)
{
	complain(r, at, text);
	r->r->mistakes++;
	return -1;
}

static void note(void *arg, const char *why)
{
	struct reader *r = arg;
	complain(r, r->value, why);
	r->r->notes++;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static int is_comment(const char *s)
{
	return !*s || *s == '#' || *s == '!' || !strncmp(s, "//", 2);
}

/* Returns the character for an escape, and moves *s, which points to the character after the backslash, to
 * the end of the escape. Returns -1 if there is no such escape. */
static int escape(const char **s)
{
	static const char from[] = "\"\\nrt", to[] = "\"\\\n\r\t";
	char c = *(*s)++;
	const char *at = c ? strchr(from, c) : NULL;
	if (at)
		return to[at - from];
	int high = c == 'x' ? num_nibble((*s)[0]) : -1, low = high < 0 ? -1 : num_nibble((*s)[1]);
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
	int is_quoted = len >= 6 && text_is_typographic(s) && text_is_typographic(s + len - 3);
	s += is_quoted ? 3 : 0;
	len -= is_quoted ? 6 : 0;
	if (len >= size)
		return mistake(r, s, "expected a shorter value");
	memcpy(ret, s, len);
	ret[len] = '\0';
	if (!is_quoted && (strstr(s - 1, " #") || strstr(s - 1, "\t#")))
		note(r,
		     "the # is part of the value: expected a comment in a line of its own, and quotes around "
		     "a value with a #");
	return 0;
}

static int name(struct reader *r, const char *from, size_t len, struct rows_place *ret)
{
	char path[DOC_NAME_MAX * 8];
	struct doc_path parsed;
	struct err e;
	if (len >= sizeof path)
		return mistake(r, from, "expected the name of a setting before \":\"");
	memcpy(path, from, len);
	path[len] = '\0';
	if (!doc_path_scan(path, &parsed, &e) && !rows_find(path, ret, &e))
		return 0;
	return mistake(r, from + (e.code > 0 ? e.code - 1 : 0), e.text);
}

/* Checks a value and keeps it. Unknown names in a list are errors in a document, which has no lines. */
static void take_value(struct reader *r, const struct rows_place *at, const char *value)
{
	char canonical[ROWS_VALUE] = "";
	struct err e;
	if (rows_is_shown(r->r->shown, at, value) || (r->r->shown && settings_is_mask(at->row, value)))
		return;
	if (settings_is_mask(at->row, value))
		note(r, "*** stands for a secret that is not shown: this line has no effect");
	else if (rows_check_file(at, value, canonical, r->line ? note : NULL, r, &e))
		mistake(r, r->value, e.text);
	else
		rows_values_set(r->r->values, at, canonical,
				&(struct rows_source){ r->origin, r->r->file, r->number });
	explicit_bzero(canonical, sizeof canonical);
}

static void setting(struct reader *r, const char *line)
{
	const char *colon = strchr(line, ':'), *s = colon ? skip_blanks(colon + 1) : NULL;
	struct rows_place at;
	if (!colon) {
		mistake(r, line + strlen(line), "expected \":\" and a value behind the name of a setting");
		return;
	}
	char value[ROWS_VALUE];
	if (name(r, line, (size_t)(colon - line), &at))
		return;
	r->value = s;
	if (!(*s == '"' ? quoted : bare)(r, s, value, sizeof value))
		take_value(r, &at, value);
	explicit_bzero(value, sizeof value);
}

static void take_section(struct reader *r, const char *line)
{
	if (!r->r->kept || strncmp(line, section, sizeof section - 1) != 0)
		return;
	r->origin = SETTINGS_FROM_UNKNOWN;
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (strcmp(line, sections[i].comment) == 0)
			r->origin = sections[i].origin;
}

/* Checks a line before it is parsed. Returns 1 if it is good; otherwise reports that it is too long, has
 * control characters or is not UTF-8. */
static int is_sound(struct reader *r, const char *line, size_t len)
{
	char text[120];
	if (len > SETTINGS_LINE_MAX) {
		snprintf(text, sizeof text, "a line of %zu bytes: expected at most %d", len,
			 SETTINGS_LINE_MAX);
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
		snprintf(text, sizeof text,
			 "control character U+%04X: expected text (in quotes it is written \\x%02x)",
			 (unsigned)point, (unsigned)point);
		if (text_is_control(point) && point != '\t')
			return !mistake(r, s, text);
		s += n;
	}
	return 1;
}

/* Reads all settings in the text, which is followed by a NUL. Changes the text. */
static void read_lines(struct reader *r, char *text, size_t len)
{
	char *end = text + len;
	struct file_reading *f = r->r;
	for (char *line = text, *next; line < end && (f->kept || f->mistakes <= SETTINGS_COMPLAINTS_MAX);
	     line = next) {
		int before = f->mistakes;
		char *stop = memchr(line, '\n', (size_t)(end - line));
		next = stop ? stop + 1 : end;
		stop = stop ? stop : end;
		if (stop > line && stop[-1] == '\r')
			stop--;
		*stop = '\0';
		r->line = line;
		r->number++;
		const char *s = skip_blanks(line);
		if (strncmp(s, "*c ", 3) == 0) /* as xConfiguration answers */
			s = skip_blanks(s + 3);
		if (is_sound(r, line, (size_t)(stop - line))) {
			if (is_comment(s))
				take_section(r, s);
			else
				setting(r, s);
		}
		if (f->kept && f->mistakes > before) {
			buf_add(f->kept, line, (size_t)(stop - line));
			buf_addc(f->kept, '\n');
		}
	}
}

/* Returns 0 if the file's checksum is not that of its content. A file without a checksum was written by an
 * older version or edited by hand, and is accepted. */
static int is_as_written(const char *text, size_t len)
{
	const char *line = text, *end = text + len;
	char digest[SHA256_HEX];
	while (line < end && *line == '#' && strncmp(line, checksum, sizeof checksum - 1) != 0) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		line = stop ? stop + 1 : end;
	}
	if (line == end || *line != '#')
		return 1;
	const char *stop = memchr(line, '\n', (size_t)(end - line));
	if (!stop)
		return 0;
	sha256_hex(stop + 1, (size_t)(end - stop - 1), digest);
	line += sizeof checksum - 1;
	return stop - line == SHA256_HEX - 1 && memcmp(line, digest, SHA256_HEX - 1) == 0;
}

/* Reports that a newer version has written the file. Lines that this version understands are used, and the
 * others are kept. */
static void complain_newer(struct reader *r, const char *text, size_t len)
{
	char say[PATH_MAX + 200];
	struct settings_complaint newer = { .file = r->file, .text = say };
	size_t begin = sizeof written - 1;
	long format = len > begin && strncmp(text, written, begin) == 0 ? strtol(text + begin, NULL, 10) : 0;
	r->r->is_newer = format > FORMAT;
	if (format <= FORMAT || !r->r->complain)
		return;
	snprintf(say, sizeof say,
		 "a newer sealpost has written it (format %ld; this one knows %d): what this version knows "
		 "of it holds, the rest is kept, and the first change keeps the file as it was in %s.newer",
		 format, FORMAT, r->file);
	r->r->complain(r->r->arg, &newer);
}

static void read_text(struct reader *r, char *text, size_t len)
{
	struct file_reading *f = r->r;
	size_t mark = !strncmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	struct settings_complaint kept = { .file = r->file,
					   .text = "lines that this version does not understand are kept as "
						   "they are and have no effect; all other lines count" };
	if (len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		mistake(r, NULL, "a file in UTF-16: expected UTF-8");
		f->is_damaged = f->kept != NULL;
	} else if (f->kept && !is_as_written(text, len)) {
		mistake(r, NULL,
			"its checksum is wrong: the file was changed or damaged after the agent wrote it");
		f->is_damaged = 1;
	} else {
		if (f->kept)
			complain_newer(r, text + mark, len - mark);
		read_lines(r, text + mark, len - mark);
	}
	if (f->kept && f->kept->len && f->complain)
		f->complain(f->arg, &kept);
}

void file_read_text(const char *text, size_t len, struct file_reading *f)
{
	struct reader r = { .file = "", .r = f, .origin = SETTINGS_FROM_FILE };
	struct buf b;
	buf_init(&b, SETTINGS_FILE_MAX);
	if (buf_add(&b, text, len) < 0)
		mistake(&r, NULL, "the file is too long");
	else if (b.len)
		read_text(&r, b.data, b.len);
	buf_wipe(&b);
}

void file_read_document(const struct doc *d, struct file_reading *f)
{
	struct reader r = { .file = "", .r = f, .origin = SETTINGS_FROM_FILE };
	struct rows_place at;
	struct err e;
	for (const struct doc *c = d->first; c; c = c->next)
		if (c->first)
			file_read_document(c, f);
		else if (rows_find_leaf(c, &at, &e) < 0)
			mistake(&r, NULL, e.text);
		else
			take_value(&r, &at, c->value ? c->value : "");
}

int file_load(const char *path, struct file_reading *f, struct err *e)
{
	struct reader r = { .file = path,
			    .r = f,
			    .origin = f->kept ? SETTINGS_FROM_UNKNOWN : SETTINGS_FROM_FILE };
	struct buf b;
	buf_init(&b, SETTINGS_FILE_MAX);
	int read = file_read(path, &b, e);
	if (!read && b.len)
		read_text(&r, b.data, b.len);
	buf_wipe(&b);
	return read;
}

static int is_about(const char *line, size_t len, const struct rows_place *at)
{
	char path[DOC_NAME_MAX * 8];
	struct rows_place about;
	const char *colon = memchr(line, ':', len);
	if (!colon || (size_t)(colon - line) >= sizeof path)
		return 0;
	snprintf(path, sizeof path, "%.*s", (int)(colon - line), line);
	return !rows_find(path, &about, NULL) && about.row == at->row && about.item == at->item;
}

void file_kept_drop(struct buf *kept, const struct rows_place *at)
{
	size_t left = 0;
	for (size_t i = 0; i < kept->len;) {
		const char *stop = memchr(kept->data + i, '\n', kept->len - i);
		size_t len = (size_t)(stop - kept->data) + 1 - i;
		if (!is_about(kept->data + i, len, at)) {
			memmove(kept->data + left, kept->data + i, len);
			left += len;
		}
		i += len;
	}
	if (left == kept->len)
		return;
	explicit_bzero(kept->data + left, kept->len - left);
	kept->len = left;
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

static void print_values(const struct rows_values *values, enum settings_origin origin, struct buf *out)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned item = 1; item <= rows_items(&rows[i]); item++) {
			struct rows_place at = { .row = &rows[i], .item = item };
			const char *text = rows_values_get(values, &at);
			char path[ROWS_PATH];
			if (!text || rows_values_source(values, &at).origin != origin)
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

void file_print_own(const struct rows_values *values, const struct buf *kept, struct buf *out)
{
	struct buf lines;
	char digest[SHA256_HEX];
	buf_init(&lines, SETTINGS_FILE_MAX - 4096);
	/* the kept lines come first: if two lines set the same setting, the last one counts */
	buf_add(&lines, buf_str(kept), kept->len);
	print_values(values, SETTINGS_FROM_UNKNOWN, &lines);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		if (rows_values_have(values, sections[i].origin))
			buf_addf(&lines, "%s\n", sections[i].comment);
		print_values(values, sections[i].origin, &lines);
	}
	sha256_hex(buf_str(&lines), lines.len, digest);
	buf_addf(out,
		 "%s%d: what the terminal and the manager set. It wins over the administrator's "
		 "files.\n%s%s\n",
		 written, FORMAT, checksum, digest);
	buf_add(out, buf_str(&lines), lines.len);
	out->full |= lines.full;
	buf_wipe(&lines);
}
