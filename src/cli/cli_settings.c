/* SPDX-License-Identifier: MIT */
/* cli_settings: `sealpost config` and `sealpost apply`. */
#include "cli/cli.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/ctl_text.h"
#include "link.h"
#include "settings_show.h"
#include "shell_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { FIELDS_MAX = 16, COMMENT_COLUMN = 48 };

/* One list item of a result, such as Setting 3, with its values by name ("Path", "Hides Value"). */
struct item {
	char number[24];
	struct ctl_text_line fields[FIELDS_MAX];
	size_t n;
};

/* The output for items, and the file to which they belong, if any. */
struct place {
	FILE *out;
	const char *file;
};
typedef void show_item(const struct item *i, const struct place *to);

static const char *get(const struct item *i, const char *name)
{
	for (size_t k = 0; k < i->n; k++)
		if (strcmp(i->fields[k].path, name) == 0)
			return i->fields[k].value;
	return NULL;
}

/* Calls show for each item of this list ("Setting") in an answer whose lines have this mark. Changes the
 * text. */
static void each_item(char *text, const char *mark, const char *list, show_item *show, const struct place *to)
{
	struct ctl_text_line line;
	struct item i = { .n = 0 };
	size_t len = strlen(list);
	while (ctl_text_next_line(&text, mark, &line)) {
		if (strncmp(line.path, list, len) != 0 || line.path[len] != ' ')
			continue;
		char *number = line.path + len + 1;
		size_t digits = strcspn(number, " ");
		if (number[digits] != ' ' || digits >= sizeof i.number)
			continue;
		number[digits] = '\0';
		if (strcmp(number, i.number) != 0) {
			if (i.n)
				show(&i, to);
			i.n = 0;
			snprintf(i.number, sizeof i.number, "%s", number);
		}
		if (i.n < FIELDS_MAX)
			i.fields[i.n++] = (struct ctl_text_line){ number + digits + 1, line.value };
	}
	if (i.n)
		show(&i, to);
}

/* Writes a setting as a line of a settings file, and returns its length. */
static int put_setting(const struct item *i, FILE *out)
{
	struct buf value;
	buf_init(&value, 1 << 16);
	text_quote(get(i, "Value") ? get(i, "Value") : "", &value);
	int len = fprintf(out, "%s: %s", get(i, "Path") ? get(i, "Path") : "", buf_str(&value));
	buf_done(&value);
	return len;
}

static void put_quoted(const char *value, FILE *out)
{
	struct buf text;
	buf_init(&text, 1 << 16);
	text_quote(value ? value : "", &text);
	fputs(buf_str(&text), out);
	buf_done(&text);
}

/* Writes a setting with its origin: SystemUnit Name: "x"    # Terminal; hides "y" of FILE:3; default "" */
static void show_origin(const struct item *i, const struct place *to)
{
	int len = put_setting(i, to->out);
	fprintf(to->out, "%*s# %s", len < COMMENT_COLUMN ? COMMENT_COLUMN - len : 1, "",
		get(i, "Origin") ? get(i, "Origin") : "");
	if (get(i, "File"))
		fprintf(to->out, " %s:%s", get(i, "File"), get(i, "Line") ? get(i, "Line") : "");
	if (get(i, "Hides Value")) {
		fputs("; hides ", to->out);
		put_quoted(get(i, "Hides Value"), to->out);
		fprintf(to->out, " of %s:%s", get(i, "Hides File") ? get(i, "Hides File") : "",
			get(i, "Hides Line") ? get(i, "Hides Line") : "");
	}
	fputs("; default ", to->out);
	put_quoted(get(i, "Default"), to->out);
	fputc('\n', to->out);
}

void settings_show_origins(char *answer, const char *mark, FILE *out)
{
	each_item(answer, mark, "Setting", show_origin, &(struct place){ out, NULL });
}

/* Writes a change: changed    SystemUnit Name: "x" (was "y", File) */
static void show_change(const struct item *i, const struct place *to)
{
	const char *state = get(i, "State"), *origin = get(i, "Before Origin");
	fputs(state && strcmp(state, "Changed") == 0 ? "changed    " : "unchanged  ", to->out);
	put_setting(i, to->out);
	if (get(i, "Before Value")) {
		fputs(" (was ", to->out);
		put_quoted(get(i, "Before Value"), to->out);
		fprintf(to->out, ", %s)", origin ? origin : "");
	}
	fputc('\n', to->out);
}

static void show_mistake(const struct item *i, const struct place *to)
{
	fprintf(to->out, "%s:%s:%s: %s\n", to->file, get(i, "Line") ? get(i, "Line") : "",
		get(i, "Column") ? get(i, "Column") : "", get(i, "Text") ? get(i, "Text") : "");
}

/* --- sealpost config --- */

static int config(const struct cli_options *o, const char *command, const char *mark, const char *path)
{
	struct buf line;
	struct link_answer a;
	buf_init(&line, 1 << 12);
	buf_addf(&line, "xCommand Configuration %s", command);
	if (path) {
		buf_adds(&line, " Path: ");
		text_quote(path, &line);
	}
	buf_addc(&line, '\n');
	int status = link_ask(o, &(struct link_question){ "config", &line, NULL }, &a);
	if (status)
		;
	else if (o->json)
		fwrite(a.text, 1, a.len, stdout), status = a.status;
	else if (a.status)
		status = link_show_refusal("config", a.text, a.status);
	else
		settings_show_origins(a.text, mark, stdout);
	free(a.text);
	buf_done(&line);
	return status;
}

int cli_config(const struct cli_options *o, char *const *words, size_t n)
{
	static const struct {
		const char *word, *command, *mark;
	} all[] = {
		{ "diff", "Diff", "*r ConfigurationDiffResult " },
		{ "origin", "Origin Get", "*r OriginGetResult " },
		{ "reset", "Reset", "*r ConfigurationResetResult " },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all && n && n <= 2; i++)
		if (strcmp(words[0], all[i].word) == 0)
			return config(o, all[i].command, all[i].mark, n == 2 ? words[1] : NULL);
	fprintf(stderr, "sealpost: config: expected diff [PATH], origin [PATH] or reset PATH\n");
	return EX_USAGE;
}

/* --- sealpost apply --- */

static int read_file(const char *path, struct buf *ret)
{
	struct err e;
	if (strcmp(path, "-") == 0)
		return link_read_input(ret, LINK_INPUT_WHOLE);
	buf_init(ret, LINK_BODY_MAX);
	if (file_read(path, ret, &e) == 0)
		return 0;
	fprintf(stderr, "sealpost: apply: %s\n", e.text);
	return EX_NOINPUT;
}

/* Shows the answer, and returns the exit status. */
static int show_applied(const char *file, char *text, int status)
{
	static const char mark[] = "*r ConfigurationApplyResult ";
	struct ctl_text_line line;
	char *copy = strdup(text), *at = copy;
	unsigned long changed = 0, unchanged = 0;
	if (!copy)
		return EX_OSERR;
	if (status) {
		each_item(copy, mark, "Mistake", show_mistake,
			  &(struct place){ stderr, strcmp(file, "-") == 0 ? "standard input" : file });
		free(copy);
		return link_show_refusal("apply", text, status);
	}
	int dry = 0;
	while (ctl_text_next_line(&at, mark, &line)) {
		if (strcmp(line.path, "Changed") == 0)
			changed = strtoul(line.value, NULL, 10);
		else if (strcmp(line.path, "Unchanged") == 0)
			unchanged = strtoul(line.value, NULL, 10);
		else if (strcmp(line.path, "DryRun") == 0)
			dry = strcmp(line.value, "True") == 0;
	}
	free(copy);
	each_item(text, mark, "Setting", show_change, &(struct place){ stdout, NULL });
	printf("%lu %s, %lu unchanged\n", changed, dry ? "would be changed" : "changed", unchanged);
	return changed ? CLI_CHANGED : EX_OK;
}

static int apply(const struct cli_options *o, const char *file, const char *dry)
{
	struct buf body, line;
	struct link_answer a = { .text = NULL };
	int status = read_file(file, &body);
	buf_init(&line, 200);
	buf_addf(&line, "xCommand Configuration Apply DryRun: %s\n", dry);
	buf_addc(&body, '\n'); /* so that the body is not empty even if the file is */
	if (!status)
		status = link_ask(o, &(struct link_question){ "apply", &line, &body }, &a);
	if (!status && o->json) {
		fputs(a.text, stdout);
		/* A quote within a value is escaped, so this text can only be the member Changed itself. */
		status = a.status                                          ? a.status
			 : strstr(a.text, "\"Changed\":{\"Value\":\"0\"}") ? EX_OK
									   : CLI_CHANGED;
	} else if (!status) {
		status = show_applied(file, a.text, a.status);
	}
	mem_wipe(a.text);
	buf_wipe(&body);
	buf_done(&line);
	return status;
}

int cli_apply(const struct cli_options *o, char *const *words, size_t n)
{
	const char *file = NULL, *dry = "False";
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], "--dry-run") == 0)
			dry = "True";
		else if (!file && (words[i][0] != '-' || !words[i][1]))
			file = words[i];
		else
			n = 0;
	}
	if (n && file)
		return apply(o, file, dry);
	fprintf(stderr, "sealpost: apply: expected [--dry-run] FILE, or - for standard input\n");
	return EX_USAGE;
}
