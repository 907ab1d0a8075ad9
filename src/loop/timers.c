/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include "base/mem.h"

#include <stdlib.h>

static int is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->seq < b->seq;
}

static void place(struct timers *h, size_t at, struct loop_timer *t)
{
	h->heap[at] = t;
	t->at = at;
}

/* Restores the heap's order: puts t at the free place `at`, then moves it up while it is earlier than its
 * parent, otherwise down. */
static void sift(struct timers *h, size_t at, struct loop_timer *t)
{
	for (; at > 1 && is_before(t, h->heap[at / 2]); at /= 2)
		place(h, at, h->heap[at / 2]);
	for (size_t child; (child = 2 * at) <= h->n; at = child) {
		if (child < h->n && is_before(h->heap[child + 1], h->heap[child]))
			child++;
		if (!is_before(h->heap[child], t))
			break;
		place(h, at, h->heap[child]);
	}
	place(h, at, t);
}

void timers_done(struct timers *h)
{
	free(h->heap);
	*h = (struct timers){ 0 };
}

void timers_put(struct timers *h, struct loop_timer *t, int64_t due_ms)
{
	timers_drop(h, t);
	t->due_ms = due_ms;
	t->seq = h->seq++;
	if (h->n + 1 >= h->cap) {
		h->cap = h->cap ? 2 * h->cap : 32;
		h->heap = mem_resize(h->heap, h->cap * sizeof(struct loop_timer *));
	}
	sift(h, ++h->n, t);
}

void timers_drop(struct timers *h, struct loop_timer *t)
{
	if (!t->at)
		return;
	size_t hole = t->at;
	struct loop_timer *last = h->heap[h->n--];
	t->at = 0;
	if (last != t)
		sift(h, hole, last);
}

struct loop_timer *timers_first(const struct timers *h)
{
	return h->n ? h->heap[1] : NULL;
}
