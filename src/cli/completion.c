/* SPDX-License-Identifier: MIT */
/* completion: on Tab, asks the agent which words can replace the last word, and inserts or lists them. */
#include "shell.h"

#include "shell_words.h"

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

/* Replaces the last word, of `typed` bytes, by the longest beginning that all candidates share, or lists the
 * candidates if that adds nothing. text: the candidates, one on each line, up to end. */
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

/* Appends the command xComplete for the line up to the cursor. Returns the length of the line's last word. */
static size_t add_question(const struct shell *s, struct buf *out)
{
	const LineInfo *li = el_line(s->el);
	size_t len = (size_t)(li->cursor - li->buffer), word = len;
	while (word && li->buffer[word - 1] != ' ' && li->buffer[word - 1] != '\t')
		word--;
	buf_adds(out, "xComplete ");
	shell_words_add_quoted(li->buffer, len, out);
	buf_addc(out, '\n');
	return len - word;
}

unsigned char completion_on_tab(EditLine *el, int ch)
{
	struct shell *s = NULL;
	struct buf line;
	struct ctl_block b;
	unsigned char r = CC_REFRESH_BEEP;
	(void)ch;
	el_get(el, EL_CLIENTDATA, &s);
	if (s->in_body)
		return r;
	buf_init(&line, 16384);
	size_t typed = add_question(s, &line);
	if (line.full == 0 && cli_shell_ask(s, buf_str(&line), line.len, &b) == 0 && b.status == EX_OK) {
		const char *end = strstr(b.text, "\nOK\n"); /* an empty line comes before OK */
		r = insert(s, b.text, end ? end : b.text, typed);
	}
	buf_done(&line);
	return r;
}
