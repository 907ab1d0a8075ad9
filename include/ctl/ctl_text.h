/* SPDX-License-Identifier: MIT */
/* ctl_text: writes and reads the text of lines to the agent and of its answers: quotes, escapes, values, the
 * reason of a refusal. It uses no other component. */
#ifndef CTL_CTL_TEXT_H
#define CTL_CTL_TEXT_H

#include <stddef.h>

/* Writes the len bytes of value between quotes, so that they are one value of one line, and a NUL into `to`,
 * of `size` bytes. Returns the length of the complete text, as snprintf does; if that is not less than size,
 * only the part that fits is written. The value must not hold a NUL. */
size_t ctl_text_quote(const char *value, size_t len, char *to, size_t size);

/* Decodes the escapes in a quoted text of an answer, from `from` up to `end`. value may be `from`, since the
 * text never becomes longer. Returns the length of the result, of which at most size bytes are written, with
 * a NUL if that fits, too. */
size_t ctl_text_unescape(const char *from, const char *end, char *value, size_t size);

/* One line of an answer: `*r PhonebookSearchResult Contact 1 Name: "Ada"` */
struct ctl_text_line {
	char *path;  /* Contact 1 Name */
	char *value; /* Ada */
};
/* Finds the next line after *at that begins with `mark` ("*r PhonebookSearchResult ") and has a value.
 * Returns 1 and moves *at past that line; 0 at the end. Changes the text; path and value point into it. */
int ctl_text_next_line(char **at, const char *mark, struct ctl_text_line *ret);

/* Writes the sentence that tells why a line was refused: the answer's Reason (or Description, as older
 * commands call it), followed by its XPath and its Hint. "" if the answer has none; a text that does not fit
 * is cut. Escapes of invisible characters are kept. */
void ctl_text_reason(const char *answer, char *to, size_t size);

#endif
