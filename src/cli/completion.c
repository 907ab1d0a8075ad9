/* SPDX-License-Identifier: MIT */
/* completion: Tab asks the agent for what may follow, and puts it in or lists it. */
#include "shell.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

static size_t common_length(const char *a, const char *b, size_t max)
{
	size_t n = 0;
	while (n < max && a[n] && a[n] != '\n' && strncasecmp(a + n, b + n, 1) == 0)
		n++;
	return n;
}

static void list_candidates(const char *text, const char *end)
{
	size_t column = 0;
	printf("\n");
	for (const char *line = text; line < end; line += strcspn(line, "\n") + 1)
		printf(++column % 4 == 0 ? "%.*s\n" : "%-20.*s", (int)strcspn(line, "\n"), line);
	if (column % 4)
		printf("\n");
}

/* text: a candidate a line, end behind the last. Puts what they share in place of the word of `typed`
 * bytes. */
static unsigned char insert(struct shell *s, const char *text, const char *end, size_t typed)
{
	size_t first = strcspn(text, "\n"), shared = first, n = 0;
	char word[256];
	if (text == end)
		return CC_REFRESH_BEEP;
	for (const char *line = text; line < end; line += strcspn(line, "\n") + 1, n++)
		shared = common_length(line, text, shared);
	if (n > 1 && shared <= typed) {
		list_candidates(text, end);
		return CC_REDISPLAY;
	}
	el_deletestr(s->el, (int)typed);
	snprintf(word, sizeof word, "%.*s%s", (int)shared, text, n == 1 ? " " : "");
	el_insertstr(s->el, word);
	return CC_REFRESH;
}

/* The line up to the cursor, quoted, as the agent's xComplete wants it. */
static size_t question(const struct shell *s, struct buf *out)
{
	const LineInfo *li = el_line(s->el);
	size_t len = (size_t)(li->cursor - li->buffer), word = len;
	while (word && li->buffer[word - 1] != ' ' && li->buffer[word - 1] != '\t')
		word--;
	buf_adds(out, "xComplete \"");
	for (size_t i = 0; i < len; i++) {
		char c = li->buffer[i];
		if (c == '"' || c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, c == '\r' || c == '\n' ? ' ' : c); /* one question is one line */
	}
	buf_adds(out, "\"\n");
	return len - word;
}

unsigned char completion_on_tab(EditLine *el, int ch)
{
	struct shell *s = NULL;
	struct buf line;
	struct link_block b;
	unsigned char r = CC_REFRESH_BEEP;
	(void)ch;
	el_get(el, EL_CLIENTDATA, &s);
	if (s->in_body)
		return r;
	buf_init(&line, 16384);
	size_t typed = question(s, &line);
	if (line.full == 0 && shell_ask(s, buf_str(&line), line.len, &b) == 0 && b.status == EX_OK) {
		const char *end =
			strstr(b.text, "\nOK\n"); /* its line feed stands behind the last candidate's */
		r = insert(s, b.text, end ? end : b.text, typed);
	}
	buf_done(&line);
	return r;
}
