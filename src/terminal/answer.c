#include "answer.h"

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

/* Escaped as a JSON or terminal string between quotes. */
static void add_quoted(const char *text, struct buf *out)
{
	buf_addc(out, '"');
	doc_escape_json(text, out);
	buf_addc(out, '"');
}

/* --- terminal ------------------------------------------------------------------------------------------------- */

static void end_block(const struct command *c, struct buf *out)
{
	if (c->line.result_id) {
		buf_adds(out, "** resultId: ");
		add_quoted(c->line.result_id, out);
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
			add_quoted(d->value ? d->value : "", out);
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
	case ANSWER_ILLEGAL:
		doc_print_terminal(c->doc, prefix_of(c->doc), 0, out);
		buf_adds(out, "*r Reason: ");
		add_quoted(buf_str(&c->text), out);
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
		buf_add(out, buf_str(&c->text), c->text.len);
		buf_addc(out, '\n');
		break;
	case ANSWER_DOCUMENT:
		buf_adds(out, "<XmlDoc resultId=\"");
		doc_escape_xml(c->line.result_id ? c->line.result_id : "", out);
		buf_adds(out, "\">\n");
		doc_print_xml_numbered(c->doc, 0, out);
		buf_adds(out, "</XmlDoc>\n");
		break;
	case ANSWER_BARE:
	case ANSWER_SILENT:
		return;
	}
	buf_addf(out, "\n%s\n\n", c->status ? "ERROR" : "OK");
}

/* --- XML ------------------------------------------------------------------------------------------------------ */

static void print_xml(const struct command *c, struct buf *out)
{
	int wrapped = c->kind == ANSWER_RESULT || (c->kind == ANSWER_FAILED && strcmp(prefix_of(c->doc), "*r") == 0);
	buf_adds(out, "<XmlDoc resultId=\"");
	doc_escape_xml(c->line.result_id ? c->line.result_id : "", out);
	buf_adds(out, "\">\n");
	if (wrapped)
		buf_adds(out, "<Command>\n");
	if (c->kind == ANSWER_TEXT || c->kind == ANSWER_LIST || c->kind == ANSWER_JSON) {
		buf_adds(out, "<Text>");
		doc_escape_xml(buf_str(&c->text), out);
		buf_adds(out, "</Text>\n");
	} else if (c->kind == ANSWER_RESULT || c->kind == ANSWER_FAILED) {
		doc_print_xml(c->doc, wrapped, out);
	} else if (c->doc) {
		doc_print_xml_numbered(c->doc, 0, out);
	}
	if (wrapped)
		buf_adds(out, "</Command>\n");
	buf_adds(out, "</XmlDoc>\n");
}

/* --- JSON ----------------------------------------------------------------------------------------------------- */

static void print_json(const struct command *c, struct buf *out)
{
	size_t start = out->len;
	int wrapped = c->kind == ANSWER_RESULT || (c->kind == ANSWER_FAILED && strcmp(prefix_of(c->doc), "*r") == 0);
	if (wrapped)
		buf_adds(out, "{\"CommandResponse\":");
	if (c->kind == ANSWER_TEXT || c->kind == ANSWER_LIST) {
		buf_adds(out, "{\"Text\":{\"Value\":");
		add_quoted(buf_str(&c->text), out);
		buf_adds(out, "}}");
	} else if (c->kind == ANSWER_JSON) {
		buf_add(out, buf_str(&c->text), c->text.len);
	} else if (c->doc) {
		doc_print_json(c->doc, out);
	} else {
		buf_adds(out, "{}");
	}
	if (wrapped)
		buf_addc(out, '}');
	if (c->line.result_id && !out->full) {
		/* Into the outermost object, before its end. */
		out->data[--out->len] = '\0';
		buf_adds(out, out->len - start > 1 ? ",\"ResultId\":" : "\"ResultId\":");
		add_quoted(c->line.result_id, out);
		buf_addc(out, '}');
	}
	buf_addc(out, '\n');
}

void answer_print(const struct command *c, enum output_mode mode, struct buf *out)
{
	if (c->kind == ANSWER_SILENT)
		return;
	if (c->kind == ANSWER_BARE)
		buf_adds(out, "OK\n");
	else if (mode == OUTPUT_TERMINAL)
		print_terminal(c, out);
	else if (mode == OUTPUT_JSON)
		print_json(c, out);
	else
		print_xml(c, out);
}

void answer_print_change(const struct doc *change, enum output_mode mode, struct buf *out)
{
	if (mode == OUTPUT_JSON) {
		doc_print_json(change, out);
		buf_addc(out, '\n');
	} else if (mode == OUTPUT_XML) {
		buf_adds(out, "<XmlDoc resultId=\"\">\n");
		doc_print_xml_numbered(change, 0, out);
		buf_adds(out, "</XmlDoc>\n");
	} else {
		doc_print_terminal(change, prefix_of(change), 0, out);
		buf_adds(out, "** end\n");
	}
}
