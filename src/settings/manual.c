/* SPDX-License-Identifier: MIT */
/* manual: prints docs/settings.md, and the settings part of sealpost.conf(5), from the rows. */
#include "rows.h"

#include <string.h>

static const char INTRO[] =
	"# Settings\n"
	"\n"
	"<!-- Printed from the table in src/settings/rows.c by `sealpostd --print-docs settings`; do not "
	"edit. -->\n"
	"\n"
	"This page lists every setting of sealpost, under the names that the codecs use. Values come from "
	"the administrator's files\n"
	"(`/etc/sealpost/sealpost.conf`, then `/etc/sealpost/sealpost.conf.d/*.conf`), which the agent never "
	"writes, and from the agent's\n"
	"own file, which has the settings made at the terminal or by the manager and overrides the others. "
	"[configuration.md](configuration.md)\n"
	"describes this, and how to see where a value comes from. A command makes all of its changes or "
	"none. A change takes effect at once,\n"
	"and is on disk before the command is answered with OK.\n"
	"\n"
	"    # Comments begin with #, // or !\n"
	"    xConfiguration NetworkServices NTP Mode: Manual\n"
	"    NetworkServices NTP Server 1 Address: ntp.example.com\n"
	"    networks ntp serv 2 addr: 192.0.2.7:1123\n"
	"    SystemUnit Name: \"Board room \\\"north\\\"\"\n"
	"\n"
	"In a file `xConfiguration` may be left out. Upper and lower case do not matter. A word may be "
	"abbreviated to a beginning\n"
	"that no other word has. Double quotes keep blanks at the ends of a value; in them `\\\"`, "
	"`\\\\`, `\\n`, `\\r`, `\\t`\n"
	"and `\\xNN` are escapes. Typographic quotes around a value, as guides print them, count as plain "
	"ones. Files are UTF-8 with LF or CRLF. `sealpostd --check-config FILE` reports "
	"every mistake in a file\n"
	"with line, column and the nearest known name, and exits with 78 if there is any, otherwise with 0.\n"
	"\n"
	"The agent's own file has a checksum; if that is wrong at the start, the file is set aside as "
	"`settings.conf.damaged` in the agent's folder, and\n"
	"its settings have no effect. The log says so, and so does `xStatus Diagnostics Message` until that "
	"file is deleted. Look at it, and bring its settings\n"
	"back with `sealpost apply FILE`. If a newer version wrote the file, this version uses\n"
	"the lines that it understands. It logs the others and keeps them without effect until their setting "
	"is set again.\n"
	"\n"
	"`<Off/On>` lists the possible values, `<0..10>` gives the range of a number, `<S: 0, 64>` the "
	"number of characters.\n"
	"`Server[1..3]` is a list: write `Server 2`; without a number it means the first.\n"
	"\n"
	"Some settings of codecs are for functions that this agent does not have. It refuses values that "
	"would need the function, with the\n"
	"reason, and accepts the others, so that existing scripts run.\n";

static size_t group_length(const char *path)
{
	return strcspn(path, " [");
}

static void print_default(const struct settings_row *row, struct buf *out)
{
	if (row->inherits)
		buf_addf(out, "as `%s`", row->inherits);
	else if (*row->default_text)
		buf_addf(out, "`%s`", row->default_text);
	else
		buf_adds(out, "empty");
}

static void print_row(const struct settings_row *row, struct buf *out)
{
	buf_addf(out, "\n### %s\n\n%s\n\n- Values: `", row->path, row->help);
	schema_value_explain(&row->value, out);
	buf_adds(out, "`\n- Default: ");
	print_default(row, out);
	buf_addc(out, '\n');
	if (row->value.flags & SCHEMA_SECRET)
		buf_adds(out, "- Secret: shown as `***`, never logged.\n");
	if (row->refusal && row->accepts)
		buf_addf(out, "- Refused, except `%s`: %s.\n", row->accepts, row->refusal);
	else if (row->refusal)
		buf_addf(out, "- Refused, except the default: %s.\n", row->refusal);
	if (row->value.also)
		buf_addf(out, "- Older spellings of values: `%s`\n", row->value.also);
	size_t n;
	const struct settings_alias *aliases = settings_aliases(&n);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(aliases[i].row, row->path))
			buf_addf(out, "- Also `%s` (%s)\n", aliases[i].path, aliases[i].systems);
}

void settings_print_markdown(struct buf *out)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	buf_adds(out, INTRO);
	for (size_t i = 0; i < n; i++) {
		size_t len = group_length(rows[i].path);
		if (!i || len != group_length(rows[i - 1].path) ||
		    strncmp(rows[i].path, rows[i - 1].path, len))
			buf_addf(out, "\n## %.*s\n", (int)len, rows[i].path);
		print_row(&rows[i], out);
	}
}

/* Appends text in the form that mdoc needs: a backslash is \e, no line begins like a macro, and each
 * sentence begins a new line. */
static void mdoc_text(const char *text, struct buf *out)
{
	int at_the_beginning = 1;
	for (const char *c = text; *c; c++) {
		if (at_the_beginning && (*c == '.' || *c == '\''))
			buf_adds(out, "\\&");
		at_the_beginning = *c == ' ' && c > text && strchr(".?!", c[-1]);
		if (at_the_beginning)
			buf_addc(out, '\n');
		else if (*c == '\\')
			buf_adds(out, "\\e");
		else if (*c == '"')
			buf_adds(out, "\\(dq");
		else
			buf_addc(out, *c);
	}
}

/* Appends a line with a macro and one argument. The quotes prevent mdoc from interpreting a word of it as
 * another macro. */
static void mdoc_line(const char *macro, const char *text, const char *behind, struct buf *out)
{
	buf_addf(out, "%s \"", macro);
	mdoc_text(text, out);
	buf_addf(out, "\"%s\n", behind);
}

static void man_row(const struct settings_row *row, struct buf *out)
{
	struct buf line;
	buf_init(&line, 1 << 12);
	buf_addf(&line, "%s: ", row->path);
	schema_value_explain(&row->value, &line);
	mdoc_line(".It Ic", buf_str(&line), "", out);
	mdoc_text(row->help, out);
	buf_adds(out, "\nDefault:\n");
	if (row->inherits)
		mdoc_line("as\n.Ql", row->inherits, " .", out);
	else if (*row->default_text)
		mdoc_line(".Ql", row->default_text, " .", out);
	else
		buf_adds(out, "empty.\n");
	if (row->refusal) {
		buf_reset(&line);
		buf_addf(&line, "Any other value than %s is refused: %s.",
			 row->accepts ? row->accepts : "the default", row->refusal);
		mdoc_text(buf_str(&line), out);
		buf_addc(out, '\n');
	}
	buf_done(&line);
}

void settings_print_man(struct buf *out)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	buf_adds(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < n; i++)
		man_row(&rows[i], out);
	buf_adds(out, ".El\n");
}
