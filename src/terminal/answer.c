#include "answer.h"

#include "base/text.h"

#include <string.h>

/* What stands before each line of a document, by its root. */
static const char *prefix_of(const struct doc *d)
{
	if (strcmp(d->name, "Configuration") == 0)
		return "*c xConfiguration";
	if (strcmp(d->name, "Status") == 0)
		return "*s";
	return strcmp(d->name, "Event") == 0 ? "*e" : "*r";
}

/* The result of a command, or an error in place of one. */
static int is_result(const struct command *c)
{
	return c->kind == ANSWER_RESULT || (c->kind == ANSWER_FAILED && strcmp(prefix_of(c->doc), "*r") == 0);
}

static void add_json(const char *text, struct buf *out)
{
	buf_addc(out, '"');
	doc_escape_json(text, out);
	buf_addc(out, '"');
}

/* --- XML ------------------------------------------------------------------------------------------------------ */

static void xml_open(const char *result_id, struct buf *out)
{
	buf_adds(out, "<XmlDoc resultId=\"");
	doc_escape_xml(result_id ? result_id : "", out);
	buf_adds(out, "\">\n");
}

/* Results stand right below XmlDoc: that is where clients look for their status (wire-formats.md 4.4). */
static void print_xml(const struct command *c, struct buf *out)
{
	xml_open(c->line.result_id, out);
	if (c->kind == ANSWER_TEXT) {
		buf_adds(out, "<Text>");
		doc_escape_xml(buf_str(&c->text), out);
		buf_adds(out, "</Text>\n");
	} else if (c->kind == ANSWER_RESULT || c->kind == ANSWER_FAILED) {
		doc_print_xml(c->doc, 0, out);
	} else if (c->doc) {
		doc_print_xml_numbered(c->doc, 0, out);
	}
	buf_adds(out, "</XmlDoc>\n");
}

/* --- JSON ----------------------------------------------------------------------------------------------------- */

/* A document begins with a line that is "{" alone and ends with one that is "}" alone: drivers cut the stream there
 * (wire-formats.md 4.4). json_open returns where its members begin. */
static size_t json_open(struct buf *out)
{
	buf_adds(out, "{\n");
	return out->len;
}

static void json_close(size_t members, struct buf *out)
{
	buf_adds(out, out->len > members ? "\n}\n" : "}\n");
}

static void print_json(const struct command *c, struct buf *out)
{
	size_t members = json_open(out);
	if (c->kind == ANSWER_TEXT) {
		buf_adds(out, "\"Text\":{\"Value\":");
		add_json(buf_str(&c->text), out);
		buf_addc(out, '}');
	} else if (c->kind == ANSWER_JSON) {
		buf_add(out, buf_str(&c->text), c->text.len);
	} else if (is_result(c)) {
		buf_adds(out, "\"CommandResponse\":{");
		doc_print_json_member(c->doc, out);
		buf_addc(out, '}');
	} else if (c->doc) {
		doc_print_json_member(c->doc, out);
	}
	if (c->line.result_id) {
		buf_adds(out, out->len > members ? ",\"ResultId\":" : "\"ResultId\":");
		add_json(c->line.result_id, out);
	}
	json_close(members, out);
}

/* --- terminal ------------------------------------------------------------------------------------------------- */

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

/* "*r Result (status=OK):", bare "Key: value" lines, "*r/end" (wire-formats.md 4.3, 7). */
static void old_result(const struct command *c, struct buf *out)
{
	buf_addf(out, "*r %s (status=%s):\n", c->doc->name, doc_attr(c->doc, "status"));
	old_lines(c->doc, out);
	buf_addf(out, "*r/end\n%s\n\n", c->status ? "ERROR" : "OK");
}

static void print_terminal(const struct command *c, struct buf *out)
{
	switch (c->kind) {
	case ANSWER_OK:
		end_block(c, out);
		break;
	case ANSWER_TREE:
		if (c->doc)
			doc_print_terminal(c->doc, prefix_of(c->doc), 0, out);
		end_block(c, out);
		break;
	case ANSWER_RESULT:
		if (c->row && c->row->flags & COMMAND_OLD_FORM) {
			old_result(c, out);
			return;
		}
		buf_adds(out, "\nOK\n");	/* before its block: wire-formats.md 4.1 */
		doc_print_terminal(c->doc, "*r", 1, out);
		buf_add(out, buf_str(&c->text), c->text.len);
		end_block(c, out);
		buf_addc(out, '\n');
		return;
	case ANSWER_FAILED:
		if (c->row && c->row->flags & COMMAND_OLD_FORM) {
			old_result(c, out);
			return;
		}
		buf_add(out, buf_str(&c->text), c->text.len);
		doc_print_terminal(c->doc, "*r", 1, out);
		end_block(c, out);
		break;
	case ANSWER_UNSET:
		doc_print_terminal(c->doc, prefix_of(c->doc), 0, out);
		buf_adds(out, "*r Reason: ");
		text_quote(buf_str(&c->text), out);
		buf_addc(out, '\n');
		end_block(c, out);
		break;
	case ANSWER_TEXT:
		buf_add(out, buf_str(&c->text), c->text.len);
		break;
	case ANSWER_LIST:
		buf_add(out, buf_str(&c->text), c->text.len);
		end_block(c, out);
		break;
	case ANSWER_JSON:
		print_json(c, out);
		break;
	case ANSWER_DOCUMENT:
		print_xml(c, out);
		break;
	case ANSWER_MODE:
		break;
	case ANSWER_BARE:
	case ANSWER_SILENT:
		return;
	}
	buf_addf(out, "\n%s\n\n", c->status ? "ERROR" : "OK");
}

void answer_print(const struct command *c, enum output_mode mode, struct buf *out)
{
	/* The vendor's JavaScript client reads all that comes behind its xPreferences as JSON. */
	if (c->kind == ANSWER_SILENT || (c->kind == ANSWER_MODE && mode == OUTPUT_JSON))
		return;
	if (c->kind == ANSWER_BARE)
		buf_adds(out, "OK\n");
	else if (mode == OUTPUT_TERMINAL || c->kind == ANSWER_LIST || c->kind == ANSWER_MODE)
		print_terminal(c, out);
	else if ((mode == OUTPUT_JSON && c->kind != ANSWER_DOCUMENT) || c->kind == ANSWER_JSON)
		print_json(c, out);
	else
		print_xml(c, out);
}

void answer_print_change(const struct doc *change, enum output_mode mode, struct buf *out)
{
	if (mode == OUTPUT_JSON) {
		size_t members = json_open(out);
		doc_print_json_member(change, out);
		json_close(members, out);
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
	if (mode == OUTPUT_JSON) {
		size_t members = json_open(out);
		buf_addf(out, "\"Log\":{\"Level\":{\"Value\":\"%d\"},\"Message\":{\"Value\":", (int)level);
		add_json(line, out);
		buf_adds(out, "}}");
		json_close(members, out);
	} else if (mode == OUTPUT_XML) {
		xml_open(NULL, out);
		buf_addf(out, "<Log level=\"%d\">", (int)level);
		doc_escape_xml(line, out);
		buf_adds(out, "</Log>\n</XmlDoc>\n");
	} else {
		buf_addf(out, "%s\n", line);
	}
}
