/* SPDX-License-Identifier: MIT */
/* page: writes a document for people, as plain text or as HTML without scripts, external styles or links. All
 * text is escaped, and possible secrets in URLs become *** (base/redact.h). */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/buf.h"

enum page_form { PAGE_TEXT, PAGE_HTML };
enum { PAGE_NAME_MAX = 256 };

struct page { /* all fields except form and out are private to page.c */
	enum page_form form;
	struct buf *out; /* borrowed */
	enum { PAGE_IN_NOTHING, PAGE_IN_ROWS, PAGE_IN_LINES } in;
	/* the list item of the last row, to find where the next item begins: "Details 1" */
	char item[PAGE_NAME_MAX];
};

void page_begin(struct page *p, enum page_form form, const char *title, struct buf *out);
/* Writes a heading, and a sentence about the section. */
void page_section(struct page *p, const char *heading, const char *about);
/* Writes a name and its value. Items of a list ("Details 2 Fingerprint") are separated from each other. */
void page_row(struct page *p, const char *name, const char *value);
/* Writes a line of text unchanged. */
void page_line(struct page *p, const char *line);
void page_end(struct page *p);

#endif
