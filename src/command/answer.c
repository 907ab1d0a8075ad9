/* SPDX-License-Identifier: MIT */
#include "command/answer.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum stage { BEGIN, DOCUMENT, SAID };
enum form { TERMINAL, XML, JSON, TYPED };

struct answer {
	const struct command *c;
	enum output_mode mode;
	enum form form;
	enum stage stage;
	/* prints the answer's document in pieces; NULL: the answer has no document */
	struct doc_printer *printer;
	int has_members; /* JSON: the outermost object has a member */
};

/* Returns the prefix of a document's lines in terminal mode, which depends on its root. */
static const char *prefix_of(const struct doc *d)
{
	if (strcmp(d->name, "Configuration") == 0)
		return "*c xConfiguration";
	if (strcmp(d->name, "Status") == 0)
		return "*s";
	return strcmp(d->name, "Event") == 0 ? "*e" : "*r";
}

/* Returns 1 if the answer is the result of a command, or an error in place of the result. */
static int is_result(const struct command *c)
{
	return c->kind == ANSWER_RESULT || (c->kind == ANSWER_FAILED && strcmp(prefix_of(c->doc), "*r") == 0);
}

/* Chooses the form of the answer; some answers have the same form in every output mode (wire-formats.md
 * 4.4). */
static enum form form_of(const struct command *c, enum output_mode mode)
{
	static const enum form forms[] = {
		[OUTPUT_TERMINAL] = TERMINAL, [OUTPUT_XML] = XML, [OUTPUT_JSON] = JSON, [OUTPUT_TYPED] = TYPED
	};
	switch (c->kind) {
	case ANSWER_LIST:
	case ANSWER_MODE:
	case ANSWER_BARE:
	case ANSWER_SILENT: return TERMINAL;
	case ANSWER_DOCUMENT:
	case ANSWER_BATCH: return mode == OUTPUT_TYPED ? TYPED : XML;
	case ANSWER_JSON: return mode == OUTPUT_TYPED ? TYPED : JSON;
	default: return forms[mode];
	}
}

static void add_json(const char *text, struct buf *out)
{
	buf_addc(out, '"');
	json_write_escaped(text, out);
	buf_addc(out, '"');
}

/* --- XML --- */

static void xml_open(const char *result_id, struct buf *out)
{
	buf_adds(out, "<XmlDoc resultId=\"");
	doc_escape_xml_attribute(result_id ? result_id : "", out);
	buf_adds(out, "\">\n");
}

/* Results are direct children of XmlDoc, since clients look for their status attribute there (wire-formats.md
 * 4.4). */
static void begin_xml(struct answer *a, struct buf *out)
{
	const struct command *c = a->c;
	int is_plain = c->kind == ANSWER_RESULT || c->kind == ANSWER_FAILED || c->kind == ANSWER_BATCH;
	xml_open(c->line.result_id, out);
	if (c->kind == ANSWER_TEXT && c->text.len) {
		buf_adds(out, "<Text>");
		doc_escape_xml(buf_str(&c->text), out);
		buf_adds(out, "</Text>\n");
	}
	if (c->doc) {
		a->printer = doc_printer_new(c->doc, is_plain ? DOC_XML : DOC_XML_NUMBERED, NULL);
	}
}

/* --- JSON --- */

/* A document begins with a line that holds only "{" and ends with one that holds only "}": drivers split the
 * stream at these lines (wire-formats.md 4.4). */
static const char json_open[] = "{\n";

static void begin_json(struct answer *a, struct buf *out)
{
	const struct command *c = a->c;
	buf_adds(out, json_open);
	a->has_members = c->text.len || c->doc;
	if (c->kind == ANSWER_TEXT && c->text.len) {
		buf_adds(out, a->form == TYPED ? "\"Text\":" : "\"Text\":{\"Value\":");
		add_json(buf_str(&c->text), out);
		buf_adds(out, a->form == TYPED ? "" : "}");
		if (!c->doc)
			return;
		buf_addc(out, ',');
	}
	if (is_result(c))
		buf_adds(out, "\"CommandResponse\":{");
	if (c->doc)
		a->printer = doc_printer_new(c->doc, a->form == TYPED ? DOC_JSON_TYPED : DOC_JSON, NULL);
	else
		buf_add(out, buf_str(&c->text), c->text.len);
}

static void end_json(const struct answer *a, struct buf *out)
{
	if (is_result(a->c))
		buf_addc(out, '}');
	if (a->c->line.result_id) {
		buf_adds(out, a->has_members ? ",\"ResultId\":" : "\"ResultId\":");
		add_json(a->c->line.result_id, out);
	}
	buf_adds(out, a->has_members || a->c->line.result_id ? "\n}\n" : "}\n");
}

/* --- terminal --- */

static void end_block(const struct command *c, struct buf *out)
{
	if (c->line.result_id) {
		buf_adds(out, "** resultId: ");
		text_quote(c->line.result_id, out);
		buf_addc(out, '\n');
	}
	buf_adds(out, "** end\n");
}

static void old_lines(const struct doc *of, struct buf *out)
{
	for (const struct doc *d = of->first; d; d = d->next) {
		if (d->first) {
			buf_addf(out, "%s %u <type:%s>:\n", d->name, d->item, doc_attr(d, "type"));
			old_lines(d, out);
			continue;
		}
		buf_addf(out, "%s: ", d->name);
		if (d->type == DOC_STRING)
			text_quote(d->value ? d->value : "", out);
		else
			buf_adds(out, d->value ? d->value : "");
		buf_addc(out, '\n');
	}
}

/* Prints a result as older systems do: "*r Result (status=OK):", "Key: value" lines without a prefix,
 * "*r/end" (wire-formats.md 4.3, 7). */
static void old_result(const struct command *c, struct buf *out)
{
	buf_addf(out, "*r %s (status=%s):\n", c->doc->name, doc_attr(c->doc, "status"));
	old_lines(c->doc, out);
	buf_addf(out, "*r/end\n%s\n\n", c->status ? "ERROR" : "OK");
}

static int is_old_form(const struct command *c)
{
	return (c->kind == ANSWER_RESULT || c->kind == ANSWER_FAILED) && c->row &&
	       c->row->flags & COMMAND_OLD_FORM;
}

static void begin_terminal(struct answer *a, struct buf *out)
{
	const struct command *c = a->c;
	int is_rooted = c->kind == ANSWER_RESULT || c->kind == ANSWER_FAILED;
	if (is_old_form(c))
		old_result(c, out);
	else if (c->kind == ANSWER_BARE)
		buf_adds(out, "OK\n");
	else if (c->kind == ANSWER_TEXT || c->kind == ANSWER_LIST)
		buf_add(out, buf_str(&c->text), c->text.len);
	else if (c->doc) {
		if (c->kind == ANSWER_RESULT)
			/* an OK comes before the lines of help: wire-formats.md 4.1 */
			buf_adds(out, "\nOK\n");
		else if (c->kind == ANSWER_FAILED)
			buf_add(out, buf_str(&c->text), c->text.len); /* the text comes before the error */
		a->printer = doc_printer_new(c->doc, is_rooted ? DOC_LINES_OF_ROOT : DOC_LINES,
					     is_rooted ? "*r" : prefix_of(c->doc));
	}
}

static void end_terminal(const struct command *c, struct buf *out)
{
	if (c->kind == ANSWER_UNCHANGED) {
		buf_adds(out, "*r Reason: ");
		text_quote(buf_str(&c->text), out);
		buf_addc(out, '\n');
	}
	if (c->kind == ANSWER_RESULT && !is_old_form(c))
		buf_add(out, buf_str(&c->text), c->text.len); /* the text comes after the result */
	if (c->kind != ANSWER_TEXT && c->kind != ANSWER_MODE)
		end_block(c, out);
}

/* --- the whole answer --- */

static void begin(struct answer *a, struct buf *out)
{
	switch (a->form) {
	case TERMINAL: begin_terminal(a, out); break;
	case XML: begin_xml(a, out); break;
	case JSON:
	case TYPED: begin_json(a, out); break;
	}
}

static void end(struct answer *a, struct buf *out)
{
	const struct command *c = a->c;
	if (c->kind == ANSWER_BARE || (a->form == TERMINAL && is_old_form(c)))
		return;
	switch (a->form) {
	case TERMINAL: end_terminal(c, out); break;
	case XML: buf_adds(out, "</XmlDoc>\n"); break;
	case JSON:
	case TYPED: end_json(a, out); break;
	}
	if (c->kind == ANSWER_RESULT && a->form == TERMINAL)
		buf_addc(out, '\n');
	else if (a->form == TERMINAL || a->mode == OUTPUT_TERMINAL)
		buf_addf(out, "\n%s\n\n", c->status ? "ERROR" : "OK");
}

struct answer *answer_new(const struct command *c, enum output_mode mode)
{
	struct answer *a = mem_new(sizeof *a);
	/* The vendor's JavaScript client reads everything after its xPreferences as JSON. */
	int is_silent = c->kind == ANSWER_SILENT ||
			(c->kind == ANSWER_MODE && (mode == OUTPUT_JSON || mode == OUTPUT_TYPED));
	*a = (struct answer){
		.c = c, .mode = mode, .form = form_of(c, mode), .stage = is_silent ? SAID : BEGIN
	};
	return a;
}

void answer_free(struct answer *a)
{
	if (a)
		doc_printer_free(a->printer);
	free(a);
}

int answer_go_on(struct answer *a, size_t len, struct buf *out)
{
	if (a->stage == BEGIN) {
		begin(a, out);
		a->stage = DOCUMENT;
	}
	if (a->stage == DOCUMENT) {
		if (a->printer && doc_printer_go_on(a->printer, len, out))
			return 1;
		end(a, out);
		a->stage = SAID;
	}
	return 0;
}

void answer_print_change(const struct doc *change, enum output_mode mode, const char *result_id,
			 struct buf *out)
{
	if (mode == OUTPUT_JSON || mode == OUTPUT_TYPED) {
		buf_adds(out, json_open);
		if (mode == OUTPUT_TYPED)
			doc_print_json_typed_member(change, out);
		else
			doc_print_json_member(change, out);
		if (result_id) {
			buf_adds(out, ",\"ResultId\":");
			add_json(result_id, out);
		}
		buf_adds(out, "\n}\n");
	} else if (mode == OUTPUT_XML) {
		xml_open(NULL, out);
		doc_print_xml_numbered(change, 0, out);
		buf_adds(out, "</XmlDoc>\n");
	} else {
		doc_print_terminal(change, prefix_of(change), 0, out);
		buf_adds(out, "** end\n");
	}
}

void answer_print_log(const char *line, enum log_level level, enum output_mode mode, struct buf *out)
{
	if (mode == OUTPUT_TYPED) {
		buf_adds(out, json_open);
		buf_addf(out, "\"Log\":{\"Level\":%d,\"Message\":", (int)level);
		add_json(line, out);
		buf_adds(out, "}\n}\n");
	} else if (mode == OUTPUT_JSON) {
		buf_adds(out, json_open);
		buf_addf(out, "\"Log\":{\"Level\":{\"Value\":\"%d\"},\"Message\":{\"Value\":", (int)level);
		add_json(line, out);
		buf_adds(out, "}}\n}\n");
	} else if (mode == OUTPUT_XML) {
		xml_open(NULL, out);
		buf_addf(out, "<Log level=\"%d\">", (int)level);
		doc_escape_xml(line, out);
		buf_adds(out, "</Log>\n</XmlDoc>\n");
	} else {
		buf_addf(out, "%s\n", line);
	}
}
