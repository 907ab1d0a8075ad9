/* SPDX-License-Identifier: MIT */
/* web_pages: the files of the device's page. They are read once, at the start, so that requests do not access
 * the file system. */
#ifndef WEB_WEB_PAGES_H
#define WEB_WEB_PAGES_H

#include "base/err.h"
#include "http_request.h"

#include <stddef.h>

struct web_pages;

struct web_page {
	char path[80];    /* "/" and the file's name; index.html is "/", too */
	const char *type; /* its Content-Type */
	char tag[68];     /* its ETag, with quotes */
	char *data;
	size_t len;
};

/* Reads the files of the folder whose names end in a known type; other files are left out. In HTML pages the
 * line "<!-- certificate notice -->" is replaced by `notice`: HTML, or "". Fails with ERR_IO if the folder or
 * a file cannot be read; with ERR_FULL if there are more than 64 files, or 4 MiB. */
int web_pages_read(const char *folder, const char *notice, struct web_pages **ret, struct err *e);
/* NULL is allowed. */
void web_pages_free(struct web_pages *p);
/* Returns the page with this path; NULL: there is none. p may be NULL. */
const struct web_page *web_pages_find(const struct web_pages *p, struct http_text path);

#endif
