/* SPDX-License-Identifier: MIT */
#include "wrap.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

size_t wrap_columns(int fd)
{
	struct winsize size;
	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Returns the number of columns that the text takes. A byte that is not valid UTF-8 takes one. */
static size_t width_of(const char *text, size_t len)
{
	mbstate_t state = { 0 };
	size_t width = 0;
	for (size_t i = 0, n; i < len; i += n) {
		wchar_t c = L' ';
		n = mbrtowc(&c, text + i, len - i, &state);
		if (n == 0 || n > len - i) {
			n = 1;
			memset(&state, 0, sizeof state);
		}
		int columns = wcwidth(c);
		width += columns > 0 ? (size_t)columns : 0;
	}
	return width;
}

static size_t blanks_at(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && text[n] == ' ')
		n++;
	return n;
}

void wrap_write(struct wrap *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t blanks = blanks_at(text + i, len - i), word = i + blanks, end = word;
		while (end < len && text[end] != ' ')
			end++;
		size_t width = width_of(text + word, end - word);
		int is_full = w->columns && w->at + blanks + width > w->columns && w->at > w->indent;
		if (is_full && blanks) {
			fprintf(w->out, "\n%*s", (int)w->indent, "");
			w->at = w->indent;
		} else {
			fprintf(w->out, "%*s", (int)blanks, "");
			w->at += blanks;
		}
		fwrite(text + word, 1, end - word, w->out);
		w->at += width;
		i = end;
	}
}

void wrap_end(struct wrap *w)
{
	fputc('\n', w->out);
	w->at = 0;
}
