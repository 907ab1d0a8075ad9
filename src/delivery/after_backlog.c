/* SPDX-License-Identifier: MIT */
#include "after_backlog.h"

#include "base/mem.h"

#include <stdlib.h>

enum {
	MANY = 1000,    /* this number of posts is a backlog */
	QUIET_MS = 1000 /* time for which no post must have waited */
};

struct after_backlog {
	struct store *store;
	struct loop_timer *quiet; /* armed when the last queue has become empty after a backlog */
	unsigned left;            /* posts that left since memory was last returned, at most MANY */
};

static void on_quiet(void *arg)
{
	struct after_backlog *a = arg;
	if (!store_is_empty(a->store))
		return; /* the last of the posts that were added meanwhile arms the timer again */
	a->left = 0;
	store_free_cache(a->store);
	mem_give_back();
}

struct after_backlog *after_backlog_new(struct loop *loop, struct store *store)
{
	struct after_backlog *a = mem_new(sizeof *a);
	a->store = store;
	a->quiet = loop_timer_new(loop, on_quiet, a);
	return a;
}

void after_backlog_free(struct after_backlog *a)
{
	if (!a)
		return;
	loop_timer_free(a->quiet);
	free(a);
}

void after_backlog_left(struct after_backlog *a)
{
	a->left += a->left < MANY;
	if (a->left == MANY && store_is_empty(a->store))
		loop_timer_in(a->quiet, QUIET_MS);
}
