/* SPDX-License-Identifier: MIT */
/* A report out of texts that others chose, each line of the input one of them: nothing of them is an element,
 * steers a terminal, or is left of an address' user, password or query. */
#include "../../src/cli/page.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 12, OUTPUT_MAX = 1 << 22 };

static void require(int truth)
{
	if (!truth)
		abort();
}

static char *write_page(enum page_form form, const char *input)
{
	struct buf out;
	struct page p;
	char *copy = mem_dup(input), *at = copy;
	buf_init(&out, OUTPUT_MAX);
	page_begin(&p, form, strsep(&at, "\n"), &out);
	for (int i = 0; at; i++) {
		const char *text = strsep(&at, "\n");
		if (i % 3 == 0)
			page_section(&p, text, text);
		else if (i % 3 == 1)
			page_row(&p, text, text);
		else
			page_line(&p, text);
	}
	page_end(&p);
	require(!out.full);
	char *text = buf_take(&out);
	buf_done(&out);
	free(copy);
	return text;
}

/* Every "<" begins an element that page.c writes, and every "&" what stands for a sign. */
static void check_elements(const char *html)
{
	static const char *const known[] = {
		"!DOCTYPE html>",
		"html lang=\"en\">",
		"head>",
		"meta charset=\"utf-8\">",
		("meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
		 "'unsafe-inline'\">"),
		"title>",
		"style>",
		"body>",
		"h1>",
		"h2>",
		"p>",
		"table>",
		"tbody>",
		"tr>",
		"th scope=\"row\">",
		"th>",
		"td>",
		"pre>",
		"html>",
	};
	static const char *const signs[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	for (const char *s = html; (s = strpbrk(s, "<&")); s++) {
		int is_known = 0;
		const char *name = s + 1 + (s[1] == '/');
		for (size_t i = 0; *s == '<' && i < sizeof known / sizeof *known; i++)
			is_known |= strncmp(name, known[i], strlen(known[i])) == 0;
		for (size_t i = 0; *s == '&' && i < sizeof signs / sizeof *signs; i++)
			is_known |= strncmp(s, signs[i], strlen(signs[i])) == 0;
		require(is_known);
	}
}

/* No byte steers a terminal. */
static void check_text(const char *text)
{
	for (const char *s = text; *s; s++)
		require(*s == '\n' || ((unsigned char)*s >= ' ' && *s != 0x7f));
}

/* What was redacted has nothing more to redact. */
static void redact_twice(const char *text)
{
	struct buf once, twice;
	buf_init(&once, OUTPUT_MAX);
	buf_init(&twice, OUTPUT_MAX);
	redact_text(text, &once);
	redact_text(buf_str(&once), &twice);
	require(!once.full && strcmp(buf_str(&once), buf_str(&twice)) == 0);
	buf_done(&once);
	buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *input = mem_dup_n(data, size < INPUT_MAX ? size : INPUT_MAX);
	char *html = write_page(PAGE_HTML, input), *text = write_page(PAGE_TEXT, input);
	check_elements(html);
	check_text(text);
	redact_twice(input);
	free(html);
	free(text);
	free(input);
	return 0;
}
