/* SPDX-License-Identifier: MIT */
#include "web_pages.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/sha256.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 64, BYTES_MAX = 4 << 20 };

struct web_pages {
	struct web_page page[FILES_MAX];
	size_t n, bytes;
};

static const char notice_mark[] = "<!-- certificate notice -->";

static const char *type_of(const char *name)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".mjs", "text/javascript; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".webmanifest", "application/manifest+json" },
	};
	const char *ending = strrchr(name, '.');
	for (size_t i = 0; ending && i < sizeof types / sizeof *types; i++)
		if (strcmp(ending, types[i].ending) == 0)
			return types[i].type;
	return NULL;
}

/* Replaces the mark by the notice. */
static void put_notice(struct buf *text, const char *notice)
{
	const char *at = strstr(buf_str(text), notice_mark);
	if (!at)
		return;
	struct buf whole;
	buf_init(&whole, BYTES_MAX);
	buf_add(&whole, text->data, (size_t)(at - text->data));
	buf_adds(&whole, notice);
	buf_adds(&whole, at + sizeof notice_mark - 1);
	buf_done(text);
	*text = whole;
}

static int add(struct web_pages *p, const char *folder, const char *name, const char *notice, struct err *e)
{
	char path[4096], digest[SHA256_HEX];
	const char *type = type_of(name);
	struct buf text;
	if (!type || *name == '.')
		return 0;
	if (p->n == FILES_MAX || strlen(name) > sizeof p->page->path - 2)
		return err_set(e, ERR_FULL, 0, "%s: more than %d files, or a name that is too long", folder,
			       FILES_MAX);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	buf_init(&text, BYTES_MAX - p->bytes);
	if (file_read(path, &text, e) < 0) {
		buf_done(&text);
		return -1;
	}
	if (strncmp(type, "text/html", 9) == 0)
		put_notice(&text, notice);
	struct web_page *page = &p->page[p->n++];
	snprintf(page->path, sizeof page->path, "/%s", name);
	page->type = type;
	page->len = text.len;
	page->data = buf_take(&text);
	sha256_hex(page->data, page->len, digest);
	snprintf(page->tag, sizeof page->tag, "\"%s\"", digest);
	p->bytes += page->len;
	return 0;
}

int web_pages_read(const char *folder, const char *notice, struct web_pages **ret, struct err *e)
{
	DIR *d = opendir(folder);
	if (!d)
		return err_errno(e, "%s: the pages cannot be read", folder);
	struct web_pages *p = mem_new(sizeof *p);
	int status = 0;
	for (const struct dirent *f; status == 0 && (f = readdir(d));)
		status = add(p, folder, f->d_name, notice, e);
	closedir(d);
	if (status < 0)
		web_pages_free(p);
	else
		*ret = p;
	return status;
}

void web_pages_free(struct web_pages *p)
{
	for (size_t i = 0; p && i < p->n; i++)
		free(p->page[i].data);
	free(p);
}

const struct web_page *web_pages_find(const struct web_pages *p, struct http_text path)
{
	for (size_t i = 0; p && i < p->n; i++)
		if (http_text_is(path, p->page[i].path) ||
		    (http_text_is(path, "/") && strcmp(p->page[i].path, "/index.html") == 0))
			return &p->page[i];
	return NULL;
}
