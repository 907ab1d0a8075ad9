/* SPDX-License-Identifier: MIT */
/* page: a document for people, as plain text or as HTML without scripts, styles from elsewhere or links. All
 * text is escaped, and what may be secret in addresses becomes *** (base/redact.h). */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/buf.h"

enum page_form { PAGE_TEXT, PAGE_HTML };
enum { PAGE_NAME_MAX = 256 };

struct page { /* all but form and out is private to page.c */
	enum page_form form;
	struct buf *out; /* borrowed */
	enum { PAGE_IN_NOTHING, PAGE_IN_ROWS, PAGE_IN_LINES } in;
	char item[PAGE_NAME_MAX]; /* the list item of the last row: "Details 1" */
};

void page_begin(struct page *p, enum page_form form, const char *title, struct buf *out);
/* A heading, and a sentence on what follows. */
void page_section(struct page *p, const char *heading, const char *about);
/* A name and its value. Items of a list ("Details 2 Fingerprint") are set apart from each other. */
void page_row(struct page *p, const char *name, const char *value);
/* A line of text as it stands. */
void page_line(struct page *p, const char *line);
void page_end(struct page *p);

/* Appends the text; in each URL within it, what may be secret is ***. */
void page_redact(const char *text, struct buf *out);

#endif
