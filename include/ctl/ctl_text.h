/* SPDX-License-Identifier: MIT */
/* ctl_text: the text of lines to the agent and of its answers: quoting, escapes, values, the reason of a
 * refusal. Depends on nothing. */
#ifndef CTL_CTL_TEXT_H
#define CTL_CTL_TEXT_H

#include <stddef.h>

/* Writes the len bytes of value between quotes, so that they are one value of one line, into `to` of
 * `size` bytes, with a NUL behind. Returns the length of the whole, as snprintf does: it fits if that is
 * less than size; else what fits is written, or nothing where size is 0. The value must not hold a NUL. */
size_t ctl_text_quote(const char *value, size_t len, char *to, size_t size);

/* Undoes the escapes of what stands between quotes in an answer, from `from` up to `end`. The value may
 * lie where it is read from, as it never becomes longer. Returns its length, of which at most size bytes
 * are written, and a NUL where that fits, too. */
size_t ctl_text_unescape(const char *from, const char *end, char *value, size_t size);

/* One line of an answer: `*r PhonebookSearchResult Contact 1 Name: "Ada"` */
struct ctl_text_line {
	char *path;  /* Contact 1 Name */
	char *value; /* Ada */
};
/* The next line behind *at that begins with `mark` ("*r PhonebookSearchResult ") and has a value: 1, and
 * *at behind it; 0 at the end. The text is cut up in place; path and value point into it. */
int ctl_text_next_line(char **at, const char *mark, struct ctl_text_line *ret);

/* The sentence that says why a line was refused: the answer's Reason, or Description as older commands
 * say, followed by the XPath that it is about and the Hint. "" if the answer has none; what does not fit
 * is cut off. Escapes of what should not be seen stay. */
void ctl_text_reason(const char *answer, char *to, size_t size);

#endif
