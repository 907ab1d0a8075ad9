/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void buf_wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_done(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = 0;
	if (b->data)
		b->data[0] = '\0';
}

void *buf_room(struct buf *b, size_t len)
{
	if (b->full || len > b->max - b->len) {
		b->full = 1;
		return NULL;
	}
	size_t need = b->len + len + 1;
	if (need > b->cap) {
		size_t cap = b->cap ? b->cap : 64;
		while (cap < need)
			cap *= 2;
		if (cap > b->max + 1)
			cap = b->max + 1;
		b->data = mem_resize(b->data, cap);
		b->cap = cap;
		b->data[b->len] = '\0'; /* even if the caller then writes nothing */
	}
	return b->data + b->len;
}

void buf_took(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	void *to = buf_room(b, len);
	if (!to)
		return -1;
	if (len)
		memcpy(to, data, len);
	buf_took(b, len);
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	/* formats into the free memory; if that is too small, again after growing */
	size_t spare = b->full || !b->data ? 0 : b->cap - b->len;
	int len = vsnprintf(spare ? b->data + b->len : NULL, spare, fmt, ap);
	char *to = len < 0 ? NULL : buf_room(b, (size_t)len);
	if (to) {
		if ((size_t)len >= spare)
			vsnprintf(to, (size_t)len + 1, fmt, again);
		buf_took(b, (size_t)len);
	} else if (spare) {
		b->data[b->len] = '\0';
	}
	va_end(again);
	return to ? 0 : -1;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = buf_addv(b, fmt, ap);
	va_end(ap);
	return r;
}

void buf_drop(struct buf *b, size_t len)
{
	if (len >= b->len) {
		buf_reset(b);
		return;
	}
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
	b->data[b->len] = '\0';
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
	char *data = b->data ? b->data : mem_new(1);
	b->data = NULL;
	buf_done(b);
	return data;
}
