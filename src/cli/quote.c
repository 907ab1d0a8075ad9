/* SPDX-License-Identifier: MIT */
/* quote: the shell has taken the quotes away; here they come back where the terminal needs them. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

static void add_quoted(const char *value, struct buf *line)
{
	buf_addc(line, '"');
	for (const char *s = value; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(line, '\\');
		if (*s == '\n')
			buf_adds(line, "\\n");
		else if (*s == '\r')
			buf_adds(line, "\\r");
		else
			buf_addc(line, *s);
	}
	buf_addc(line, '"');
}

/* Length of "Name:" or "Expression[2]:" at the beginning of the word, 0 if it does not begin so. */
static size_t name_length(const char *word)
{
	size_t n = 0;
	while (isalnum((unsigned char)word[n]) || (word[n] && strchr("._-[]", word[n])))
		n++;
	return n && word[n] == ':' && strncmp(word + n, "://", 3) != 0 ? n + 1 : 0;
}

static int is_plain(const char *word)
{
	return *word && !strpbrk(word, " \t\n\r\"\\|");
}

void cli_quote(char *const *words, size_t n, struct buf *line)
{
	int is_value = 0;
	if (n == 2 &&
	    strpbrk(words[1], " \t")) { /* all that follows the first word, quoted by whoever wrote it */
		buf_adds(line, words[0]);
		buf_addc(line, ' ');
		buf_adds(line, words[1]);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *word = words[i];
		size_t name = is_value ? 0 : name_length(word);
		if (i)
			buf_addc(line, ' ');
		if (name) {
			buf_add(line, word, name);
			word += name;
			word += strspn(word, " \t");
			is_value = 1;
			if (!*word)
				continue;
			buf_addc(line, ' ');
		}
		/* A question mark at the end asks for help, in a value's place too. */
		int asks = i + 1 == n && (strcmp(word, "?") == 0 || strcmp(word, "??") == 0);
		if (asks || (!is_value && is_plain(word)))
			buf_adds(line, word);
		else
			add_quoted(word, line);
		is_value = 0;
	}
}
