/* SPDX-License-Identifier: MIT */
#include "shell_words.h"

#include "ctl/ctl_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void shell_words_add_quoted(const char *value, size_t len, struct buf *line)
{
	size_t needed = ctl_text_quote(value, len, NULL, 0);
	char *to = buf_room(line, needed);
	if (to) {
		/* a buffer always has memory for a NUL after its bytes */
		ctl_text_quote(value, len, to, needed + 1);
		buf_took(line, needed);
	}
}

/* Returns the length of "Name:" or "Expression[2]:" at the beginning of the word; 0 if it has no such
 * beginning. */
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

/* Adds a setting with its value. At the terminal the value of a setting extends to the end of the line, so
 * all following words are one value here, too. A "|" would begin a resultId at the terminal; here it ends the
 * value, and the agent refuses the line. Returns how many of the n words after the first one belong to the
 * value. */
static size_t add_setting(const char *first, char *const *words, size_t n, struct buf *line)
{
	struct buf value;
	size_t used = 0;
	buf_init(&value, line->max);
	buf_adds(&value, first);
	for (; used < n && strcmp(words[used], "|") != 0; used++)
		buf_addf(&value, " %s", words[used]);
	shell_words_add_quoted(buf_str(&value), value.len, line);
	buf_done(&value);
	return used;
}

void shell_words_to_line(char *const *words, size_t n, struct buf *line)
{
	int is_value = 0, sets = strncasecmp(words[0], "xcon", 4) == 0;
	/* The whole line after the first word is one word: it was typed with its own quotes. */
	if (n == 2 && strpbrk(words[1], " \t")) {
		buf_addf(line, "%s %s", words[0], words[1]);
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
		/* A question mark at the end asks for help, even in place of a value. */
		int asks = i + 1 == n && (strcmp(word, "?") == 0 || strcmp(word, "??") == 0);
		if (asks || (!is_value && is_plain(word)))
			buf_adds(line, word);
		else if (is_value && sets)
			i += add_setting(word, words + i + 1, n - i - 1, line);
		else
			shell_words_add_quoted(word, strlen(word), line);
		is_value = 0;
	}
}
