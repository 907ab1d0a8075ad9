/* SPDX-License-Identifier: MIT */
/* window_file: the file format of a window: lines that have a word and its value, and for each value that the
 * window holds three texts (key, previous, new), each preceded by its length. */
#include "window_internal.h"

#include "base/mem.h"
#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_text(const char *text, struct buf *out)
{
	if (!text) {
		buf_adds(out, "-\n");
		return;
	}
	buf_addf(out, "%zu ", strlen(text));
	buf_adds(out, text);
	buf_addc(out, '\n');
}

void window_write(const struct window *w, struct buf *out)
{
	if (w->state == WINDOW_CLOSED && w->manager_wait_ms <= 0)
		return;
	buf_addf(out, "manager-wait %" PRId64 "\n", w->manager_wait_ms);
	if (w->state == WINDOW_CLOSED)
		return;
	buf_addf(out, "owner %d\nneeds-manager %d\nleft %" PRId64 "\nstarts %d\nwho ", w->owner,
		 w->needs_manager, w->state == WINDOW_OPEN ? w->left_ms : 0, w->starts);
	write_text(w->who, out);
	for (size_t i = 0; i < w->n; i++) {
		buf_adds(out, "item ");
		write_text(w->items[i].key, out);
		write_text(w->items[i].before, out);
		write_text(w->items[i].after, out);
	}
}

struct reading {
	const char *at, *end;
};

/* Reads "WORD NUMBER\n". */
static int read_number(struct reading *r, const char *word, int64_t max, int64_t *ret)
{
	size_t len = strlen(word);
	char digits[24];
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	if (!newline || (size_t)(newline - r->at) <= len || memcmp(r->at, word, len) != 0 ||
	    r->at[len] != ' ')
		return -1;
	size_t n = (size_t)(newline - r->at) - len - 1;
	if (n >= sizeof digits)
		return -1;
	memcpy(digits, r->at + len + 1, n);
	digits[n] = '\0';
	r->at = newline + 1;
	return num_parse(digits, 0, max, ret, NULL);
}

/* Reads "-\n" as NULL, or else a length, a blank, this number of bytes without NUL, and a newline. */
static int read_text(struct reading *r, char **ret)
{
	*ret = NULL;
	size_t len = 0, room = (size_t)(r->end - r->at);
	if (room >= 2 && r->at[0] == '-' && r->at[1] == '\n') {
		r->at += 2;
		return 0;
	}
	const char *digit = r->at;
	for (; digit < r->end && *digit >= '0' && *digit <= '9'; digit++) {
		len = len * 10 + (size_t)(*digit - '0');
		if (len > WINDOW_FILE_MAX)
			return -1;
	}
	if (digit == r->at || digit == r->end || *digit != ' ')
		return -1;
	const char *text = digit + 1;
	if ((size_t)(r->end - text) < len + 1 || text[len] != '\n' || memchr(text, '\0', len))
		return -1;
	*ret = mem_dup_n(text, len);
	r->at = text + len + 1;
	return 0;
}

static int read_word(struct reading *r, const char *word)
{
	size_t len = strlen(word);
	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return -1;
	r->at += len;
	return 0;
}

static int read_item(struct window *w, struct reading *r)
{
	struct window_held *h = &w->items[w->n];
	if (w->n == WINDOW_ITEMS_MAX || read_word(r, "item ") < 0)
		return -1;
	*h = (struct window_held){ .key = NULL };
	w->n++; /* if the rest cannot be read, window_drop frees this much */
	return read_text(r, &h->key) < 0 || !h->key || read_text(r, &h->before) < 0 ||
			       read_text(r, &h->after) < 0
		       ? -1
		       : 0;
}

static int read_window(struct window *w, struct reading *r)
{
	int64_t owner, needs_manager, starts;
	char *who = NULL;
	if (read_number(r, "owner", WINDOW_MANAGER, &owner) < 0 ||
	    read_number(r, "needs-manager", 1, &needs_manager) < 0 ||
	    read_number(r, "left", INT64_C(3600000), &w->left_ms) < 0 ||
	    read_number(r, "starts", 1000, &starts) < 0 || read_word(r, "who ") < 0 ||
	    read_text(r, &who) < 0 || !who)
		return -1;
	snprintf(w->who, sizeof w->who, "%s", who);
	free(who);
	w->owner = (enum window_owner)owner;
	w->needs_manager = (int)needs_manager;
	w->starts = (int)starts;
	w->items = mem_array(WINDOW_ITEMS_MAX, sizeof *w->items);
	while (r->at < r->end)
		if (read_item(w, r) < 0)
			return -1;
	w->state = WINDOW_OPEN;
	return w->n ? 0 : -1;
}

int window_read(struct window *w, const char *text, size_t len)
{
	struct reading r = { text, text + len };
	int bad = len && (read_number(&r, "manager-wait", WINDOW_MANAGER_WAIT_MS, &w->manager_wait_ms) < 0 ||
			  (r.at < r.end && read_window(w, &r) < 0));
	if (!bad)
		return 0;
	window_drop(w);
	w->manager_wait_ms = 0;
	return -1;
}
