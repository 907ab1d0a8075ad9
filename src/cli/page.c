/* SPDX-License-Identifier: MIT */
#include "page.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 8 << 20 };

/* The policy in it forbids scripts and any loading of other files. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	"'unsafe-inline'\">\n";
static const char style[] =
	"<style>\n"
	"body { font-family: sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"tbody { border-top: 2px solid #888 }\n"
	"th, td { text-align: left; vertical-align: top; padding: .2em .6em; border-bottom: 1px solid #ddd; "
	"overflow-wrap: anywhere }\n"
	"th { font-weight: normal; width: 35% }\n"
	"pre { white-space: pre-wrap; overflow-wrap: anywhere }\n"
	"</style>\n";

/* --- text --- */

static void add_html(const char *text, struct buf *out)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		case '\'': buf_adds(out, "&#39;"); break;
		default: buf_addc(out, *text);
		}
	}
}

static void add(struct page *p, const char *text)
{
	struct buf open, shown;
	char one[TEXT_SHOWN];
	buf_init(&open, VALUE_MAX);
	buf_init(&shown, VALUE_MAX);
	redact_text(text, &open);
	for (const char *s = buf_str(&open); *s;) {
		s += text_show(s, one);
		buf_adds(&shown, one);
	}
	if (p->form == PAGE_HTML)
		add_html(buf_str(&shown), p->out);
	else
		buf_adds(p->out, buf_str(&shown));
	buf_done(&open);
	buf_done(&shown);
}

/* --- parts --- */

/* Ends an open table or list of lines, and begins the wanted one. */
static void enter(struct page *p, int in)
{
	static const char *const begin[] = { "", "<table>\n<tbody>\n", "<pre>\n" }, *const end[] = {
		"", "</tbody>\n</table>\n", "</pre>\n"
	};
	if ((int)p->in == in)
		return;
	if (p->form == PAGE_HTML) {
		buf_adds(p->out, end[p->in]);
		buf_adds(p->out, begin[in]);
	}
	p->in = in;
	p->item[0] = '\0';
}

static void put_heading(struct page *p, const char *text, const char *element, char underline)
{
	if (p->form == PAGE_HTML)
		buf_addf(p->out, "<%s>", element);
	add(p, text);
	if (p->form == PAGE_HTML)
		buf_addf(p->out, "</%s>", element);
	buf_addc(p->out, '\n');
	for (long n = text_length(text); p->form == PAGE_TEXT && n > 0; n--)
		buf_addc(p->out, underline);
	buf_adds(p->out, p->form == PAGE_TEXT ? "\n" : "");
}

void page_begin(struct page *p, enum page_form form, const char *title, struct buf *out)
{
	*p = (struct page){ .form = form, .out = out };
	if (form == PAGE_HTML) {
		buf_adds(out, head);
		put_heading(p, title, "title", ' ');
		buf_addf(out, "%s</head>\n<body>\n", style);
	}
	put_heading(p, title, "h1", '=');
}

void page_section(struct page *p, const char *heading, const char *about)
{
	enter(p, PAGE_IN_NOTHING);
	buf_adds(p->out, p->form == PAGE_TEXT ? "\n" : "");
	put_heading(p, heading, "h2", '-');
	buf_adds(p->out, p->form == PAGE_HTML ? "<p>" : "");
	add(p, about);
	buf_adds(p->out, p->form == PAGE_HTML ? "</p>\n" : "\n\n");
}

/* Returns the length of the name of the list item to which the row belongs ("Details 1" of "Details 1 Key");
 * 0: it belongs to none. */
static size_t item_length(const char *name)
{
	for (const char *s = strchr(name, ' '); s; s = strchr(s + 1, ' ')) {
		size_t digits = strspn(s + 1, "0123456789");
		if (digits && s[1 + digits] == ' ')
			return (size_t)(s - name) + 1 + digits;
	}
	return 0;
}

void page_row(struct page *p, const char *name, const char *value)
{
	int is_first = p->in != PAGE_IN_ROWS;
	char item[PAGE_NAME_MAX];
	enter(p, PAGE_IN_ROWS);
	snprintf(item, sizeof item, "%.*s", (int)item_length(name), name);
	if (!is_first && strcmp(item, p->item) != 0)
		buf_adds(p->out, p->form == PAGE_HTML ? "</tbody>\n<tbody>\n" : "\n");
	memcpy(p->item, item, sizeof item);
	buf_adds(p->out, p->form == PAGE_HTML ? "<tr><th scope=\"row\">" : "");
	add(p, name);
	buf_adds(p->out, p->form == PAGE_HTML ? "</th><td>" : ": ");
	add(p, value);
	buf_adds(p->out, p->form == PAGE_HTML ? "</td></tr>\n" : "\n");
}

void page_line(struct page *p, const char *line)
{
	enter(p, PAGE_IN_LINES);
	add(p, line);
	buf_addc(p->out, '\n');
}

void page_end(struct page *p)
{
	enter(p, PAGE_IN_NOTHING);
	buf_adds(p->out, p->form == PAGE_HTML ? "</body>\n</html>\n" : "");
}
