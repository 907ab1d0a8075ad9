/* SPDX-License-Identifier: MIT */
/* Foreign text in lines for people: the fields of a verdict, and a value and its attribute in each of the
 * forms that answers have. What was written shows nothing that cannot be seen, and is read back to the same
 * fields. The bytes are the fields, each up to a NUL. */
#include "../unit/unquote.h"

#include "base/text.h"
#include "doc/doc.h"
#include "trust/verify.h"
#include "wire/xml.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 7, FIELD = 200 };

static void require(int truth, const char *what, const char *line)
{
	if (!truth) {
		fprintf(stderr, "%s: %s\n", what, line);
		abort();
	}
}

/* One line of text that can be seen; more may be allowed. */
static void check_seen(const char *text, const char *allowed)
{
	for (const char *s = text; *s;) {
		uint32_t point = 0;
		size_t n = text_utf8(s, &point);
		require(n && (!text_is_hidden(point) || (point < 0x80 && strchr(allowed, (int)point))),
			"not clean", text);
		s += n;
	}
}

/* ", key=value": *at goes past it. */
static void expect(const char **at, const char *key, const char *field, const char *line)
{
	struct buf value;
	size_t len = strlen(key);
	buf_init(&value, 4096);
	require(strncmp(*at, ", ", 2) == 0 && strncmp(*at + 2, key, len) == 0 && (*at)[2 + len] == '=', key,
		line);
	*at += len + 3;
	if (**at == '"') {
		*at = unquote(*at + 1, &value);
		require(*at != NULL, "a quote that is not closed", line);
	} else {
		len = strcspn(*at, ",");
		buf_add(&value, *at, len);
		*at += len;
	}
	require(strcmp(buf_str(&value), field) == 0, key, line);
	buf_done(&value);
}

static void verdict(char f[FIELDS][FIELD])
{
	static const char head[] =
		"SSL: socklib_sslHandshake: VerifyResult=50=APPLICATION_VERIFICATION, NameCheck: NotChecked";
	static struct verdict v;
	struct buf b;
	buf_init(&b, 64 << 10);
	verdict_unable(&v, "x", "x");
	snprintf(v.subject, sizeof v.subject, "%s", f[3]);
	snprintf(v.findings[0].wanted, sizeof v.findings[0].wanted, "%s", f[4]);
	snprintf(v.findings[0].found, sizeof v.findings[0].found, "%s", f[5]);
	snprintf(v.findings[0].hint, sizeof v.findings[0].hint, "%s", f[6][0] ? f[6] : "hint");
	verdict_line(
		&v,
		&(struct verdict_context){ .service = f[0], .host = f[1], .address = f[2], .enforced = 1 },
		&b);
	const char *line = buf_str(&b), *at = line + sizeof head - 1;
	check_seen(line, "");
	require(strncmp(line, head, sizeof head - 1) == 0, "another result", line);
	expect(&at, "service", f[0], line);
	expect(&at, "host", f[1], line);
	expect(&at, "address", f[2], line);
	for (int i = 3; i < 6; i++)
		if (f[i][0])
			expect(&at, i == 3 ? "subject" : i == 4 ? "wanted" : "found", f[i], line);
	expect(&at, "hint", f[6][0] ? f[6] : "hint", line);
	require(!*at, "more than the fields", line);
	buf_done(&b);
}

/* "*s A (status=...): "..."", and no other line. */
static void terminal(const struct doc *d, const char *value, const char *status)
{
	struct buf b, back;
	buf_init(&b, 64 << 10);
	buf_init(&back, 4096);
	doc_print_terminal(d, "*s", 0, &b);
	const char *line = buf_str(&b), *at = line + strlen("*s A (status=");
	check_seen(line, "\n");
	require(strncmp(line, "*s A (status=", strlen("*s A (status=")) == 0, "head", line);
	if (*at == '"') {
		at = unquote(at + 1, &back);
	} else {
		size_t len = strcspn(at, ")");
		buf_add(&back, at, len);
		at += len;
	}
	require(at && strcmp(buf_str(&back), status) == 0 && strncmp(at, "): \"", 4) == 0, "status", line);
	buf_reset(&back);
	at = unquote(at + 4, &back);
	require(at && strcmp(buf_str(&back), value) == 0 && strcmp(at, "\n") == 0, "value", line);
	buf_done(&b);
	buf_done(&back);
}

static void json(const struct doc *d, const char *value)
{
	struct buf b;
	const char *got = NULL;
	buf_init(&b, 64 << 10);
	doc_print_json(d, &b);
	check_seen(buf_str(&b), "");
	json_t *root = json_loads(buf_str(&b), 0, NULL);
	require(root && json_unpack(root, "{s:{s:{s:s}}}", "Status", "A", "Value", &got) == 0, "JSON",
		buf_str(&b));
	require(text_length(value) < 0 || strcmp(got, value) == 0, "JSON value", buf_str(&b));
	json_decref(root);
	buf_done(&b);
}

static int is_blank(const char *value)
{
	return value[strspn(value, " \t\r\n")] == '\0';
}

/* XML cannot hold everything. */
static int xml_holds(const char *value)
{
	for (const char *s = value; *s;) {
		uint32_t point = 0;
		size_t n = text_utf8(s, &point);
		if (!n || (point < ' ' && point != '\t' && point != '\n' && point != '\r') ||
		    point == 0xfffe || point == 0xffff)
			return 0;
		s += n;
	}
	return 1;
}

static void xml(const struct doc *d, const char *value, const char *status)
{
	struct buf b;
	struct doc *back = NULL;
	buf_init(&b, 64 << 10);
	doc_print_xml(d, 0, &b);
	check_seen(buf_str(&b), "\n\t");
	require(xml_parse(buf_str(&b), b.len, NULL, &back, NULL) == 0, "XML", buf_str(&b));
	/* Blanks with a line break are no value. */
	require(is_blank(value) || !xml_holds(value) || strcmp(doc_text(back, "A", ""), value) == 0,
		"XML value", buf_str(&b));
	require(!xml_holds(status) || strcmp(doc_attr(back->first, "status"), status) == 0, "XML attribute",
		buf_str(&b));
	doc_free(back);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char fields[FIELDS][FIELD] = { "" };
	for (size_t i = 0, f = 0; i < size && f < FIELDS; f++) {
		size_t at = 0;
		for (; i < size && data[i]; i++)
			if (at + 1 < FIELD)
				fields[f][at++] = (char)data[i];
		i++;
	}
	verdict(fields);
	struct doc *d = doc_new("Status");
	doc_add_value(d, "A", DOC_STRING, fields[0]);
	doc_set_attr(d->first, "status", fields[1]);
	terminal(d, fields[0], fields[1]);
	json(d, fields[0]);
	xml(d, fields[0], fields[1]);
	doc_free(d);
	return 0;
}
