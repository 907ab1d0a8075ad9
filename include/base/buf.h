/* SPDX-License-Identifier: MIT */
/* buf: a growable buffer of bytes with a maximum size. A NUL, which is not counted, always follows the bytes.
 * Once an addition does not fit, the buffer keeps what it has, sets `full` and refuses all further additions.
 * So a writer can append as much as it wants and check `full` once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until the first addition; use buf_str for text */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* maximum of len */
	int full;   /* an addition was refused */
};

/* Initialises an empty buffer that never holds more than max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; the buffer may be used again with the same maximum. */
void buf_done(struct buf *b);
/* The same for a buffer that may hold a secret: overwrites the bytes before. */
void buf_wipe(struct buf *b);
/* Empties the buffer and keeps its memory. */
void buf_reset(struct buf *b);

/* Each of these appends and returns 0, or returns -1 and appends nothing if the maximum would be exceeded. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Makes room for len more bytes and returns where to write them, or NULL. buf_took then adds the number of
 * written bytes to len. */
void *buf_room(struct buf *b, size_t len);
void buf_took(struct buf *b, size_t len);
/* Removes the first len bytes. */
void buf_drop(struct buf *b, size_t len);

/* Returns the bytes as text, never NULL. Borrowed until the next change. */
const char *buf_str(const struct buf *b);
/* Returns the text (never NULL), which the caller frees; the buffer is empty afterwards. */
char *buf_take(struct buf *b);

#endif
