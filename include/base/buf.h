/* SPDX-License-Identifier: MIT */
/* buf: growable bytes with a ceiling. Always followed by a NUL that does not count.
 * Once an addition does not fit, the buffer keeps what it has, sets `full` and refuses all
 * further additions: writers may append freely and look at `full` once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until the first addition; use buf_str for text */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* ceiling for len */
	int full;   /* an addition was refused */
};

/* An empty buffer that never holds more than max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; the buffer may be used again with the same ceiling. */
void buf_done(struct buf *b);
/* Empties it, keeps the memory. */
void buf_reset(struct buf *b);

/* Each returns 0, or -1 when the ceiling would be passed (nothing is added then). */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Makes room for len more bytes and returns where to write them, or NULL; buf_took counts them in. */
void *buf_room(struct buf *b, size_t len);
void buf_took(struct buf *b, size_t len);
/* Drops the first len bytes. */
void buf_drop(struct buf *b, size_t len);

/* The text, never NULL. Borrowed until the next change. */
const char *buf_str(const struct buf *b);
/* Hands the text over (never NULL, yours to free); the buffer is empty afterwards. */
char *buf_take(struct buf *b);

#endif
