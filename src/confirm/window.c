/* SPDX-License-Identifier: MIT */
#include "window_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void window_held_done(struct window_held *h)
{
	free(h->key);
	mem_wipe(h->before);
	mem_wipe(h->after);
	*h = (struct window_held){ .key = NULL };
}

static int is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static int save(struct window *w, struct err *e)
{
	struct buf body;
	buf_init(&body, WINDOW_FILE_MAX);
	window_write(w, &body);
	int r = body.full ? err_set(e, ERR_FULL, 0, "the previous values take more than %d bytes",
				    WINDOW_FILE_MAX)
			  : w->world.save(w->world.arg, &body, e);
	buf_wipe(&body);
	if (r == 0)
		w->saved_ms = w->last_ms;
	return r;
}

void window_drop(struct window *w)
{
	for (size_t i = 0; i < w->n; i++)
		window_held_done(&w->items[i]);
	free(w->items);
	w->items = NULL;
	w->n = 0;
	w->state = WINDOW_CLOSED;
	w->left_ms = 0;
	w->starts = 0;
}

static void save_or_note(struct window *w)
{
	struct err e;
	w->trouble = (struct err){ .kind = ERR_NONE };
	if (save(w, &e) < 0)
		w->trouble = e;
}

/* Returns 1 if the value is still as the window has set it. */
static int is_held(const struct window *w, const struct window_held *h)
{
	char *now = w->world.get(w->world.arg, h->key);
	int same = is_same(now, h->after);
	mem_wipe(now);
	return same;
}

static int holds_nothing(const struct window *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (is_held(w, &w->items[i]))
			return 0;
	return 1;
}

/* Closes the window. Nothing has to be taken back any more. */
static enum window_event close_as(struct window *w, enum window_event event)
{
	window_drop(w);
	save_or_note(w);
	return event;
}

static enum window_event take_back(struct window *w)
{
	struct window_value *values = mem_array(w->n + 1, sizeof *values);
	struct err e;
	size_t n = 0;
	w->state = WINDOW_TAKING_BACK;
	/* If the process is killed meanwhile, it continues to take the change back when it starts again. */
	save_or_note(w);
	for (size_t i = 0; i < w->n; i++)
		if (is_held(w, &w->items[i]))
			values[n++] = (struct window_value){ w->items[i].key, w->items[i].before };
	int bad = n && w->world.put(w->world.arg, values, n, &e) < 0;
	free(values);
	if (!bad)
		return close_as(w, n ? WINDOW_TAKEN_BACK : WINDOW_EMPTY);
	w->trouble = e;
	return WINDOW_FAILED;
}

struct window *window_new(const struct window_world *world, const struct buf *saved, int64_t now_ms)
{
	struct window *w = mem_new(sizeof *w);
	w->world = *world;
	w->last_ms = w->saved_ms = now_ms;
	if (window_read(w, saved->data ? saved->data : "", saved->len) < 0 || w->state == WINDOW_CLOSED)
		return w;
	w->starts++;
	if (w->starts >= WINDOW_STARTS_MAX)
		w->left_ms = 0;
	save_or_note(w);
	return w;
}

void window_free(struct window *w)
{
	if (!w)
		return;
	window_drop(w);
	free(w);
}

static int may_open(const struct window *w, enum window_owner owner, struct err *e)
{
	if (w->state != WINDOW_CLOSED)
		return err_set(
			e, ERR_CONFIG, 0,
			"a change by %s waits to be confirmed, for %d seconds more: xCommand Configuration "
			"Confirm ends that",
			w->who, (int)(w->left_ms / 1000));
	if (owner == WINDOW_MANAGER && w->manager_wait_ms > 0)
		return err_set(e, ERR_CONFIG, 0,
			       "the manager has made a change that had to be confirmed less than an hour "
			       "ago: the next one can be made in %d seconds",
			       (int)(w->manager_wait_ms / 1000));
	return 0;
}

static struct window_held *find(const struct window *w, const char *key)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->items[i].key, key) == 0)
			return &w->items[i];
	return NULL;
}

char *window_previous(const struct window *w, const char *key)
{
	const struct window_held *h = find(w, key);
	return h && is_held(w, h) ? mem_dup(h->before) : w->world.get(w->world.arg, key);
}

static int check_values(const struct window *w, const struct window_opening *o, struct err *e)
{
	int differs = 0;
	if (o->n > WINDOW_ITEMS_MAX)
		return err_set(e, ERR_INPUT, 0, "expected at most %d changes that wait to be confirmed",
			       WINDOW_ITEMS_MAX);
	for (size_t i = 0; i < o->n && !differs; i++) {
		char *before = window_previous(w, o->after[i].key);
		differs = !is_same(before, o->after[i].text);
		mem_wipe(before);
	}
	return differs ? 0 : err_set(e, ERR_INPUT, 0, "nothing would change, so there is nothing to confirm");
}

int window_is_ended_by(const struct window *w, enum window_owner owner)
{
	return owner == WINDOW_ADMIN && w->state != WINDOW_CLOSED && w->owner == WINDOW_MANAGER;
}

int window_check(const struct window *w, const struct window_opening *o, struct err *e)
{
	if (!window_is_ended_by(w, o->owner) && may_open(w, o->owner, e) < 0)
		return -1;
	return check_values(w, o, e);
}

static void hold(struct window *w, const struct window_value *v)
{
	char *before = w->world.get(w->world.arg, v->key);
	struct window_held *h = find(w, v->key);
	if (!h && !is_same(before, v->text))
		h = &w->items[w->n++];
	if (!h) {
		mem_wipe(before);
		return;
	}
	window_held_done(h);
	*h = (struct window_held){ mem_dup(v->key), before, mem_dup(v->text) };
}

static int64_t less(int64_t left, int64_t by)
{
	return left > by ? left - by : 0;
}

/* Returns how much time has passed. */
static int64_t pass(struct window *w, int64_t now_ms)
{
	int64_t since = now_ms > w->last_ms ? now_ms - w->last_ms : 0;
	w->last_ms = now_ms;
	w->manager_wait_ms = less(w->manager_wait_ms, since);
	return since;
}

int window_open(struct window *w, const struct window_opening *o, int64_t now_ms, struct err *e)
{
	if (may_open(w, o->owner, e) < 0 || check_values(w, o, e) < 0)
		return -1;
	pass(w, now_ms);
	int64_t wait_before = w->manager_wait_ms;
	w->items = mem_array(WINDOW_ITEMS_MAX, sizeof *w->items);
	for (size_t i = 0; i < o->n; i++)
		hold(w, &o->after[i]);
	w->state = WINDOW_OPEN;
	w->owner = o->owner;
	snprintf(w->who, sizeof w->who, "%s", o->who);
	w->needs_manager = o->needs_manager;
	w->left_ms = o->ms;
	w->starts = 0;
	if (o->owner == WINDOW_MANAGER)
		w->manager_wait_ms = WINDOW_MANAGER_WAIT_MS;
	int bad = save(w, e);
	if (bad < 0) {
		window_drop(w);
		w->manager_wait_ms = wait_before;
	}
	return bad;
}

void window_undo(struct window *w)
{
	if (w->state != WINDOW_CLOSED)
		close_as(w, WINDOW_NOTHING);
}

enum window_event window_touched(struct window *w, const char *key)
{
	size_t before = w->n;
	for (size_t i = 0; i < w->n;) {
		if (key ? strcmp(w->items[i].key, key) != 0 : is_held(w, &w->items[i])) {
			i++;
			continue;
		}
		window_held_done(&w->items[i]);
		w->items[i] = w->items[--w->n];
	}
	if (w->n == before)
		return WINDOW_NOTHING;
	if (!w->n)
		return close_as(w, WINDOW_EMPTY);
	save_or_note(w);
	return WINDOW_NOTHING;
}

int window_confirm(struct window *w, struct err *e)
{
	if (w->state == WINDOW_CLOSED)
		return err_set(e, ERR_NOTFOUND, 0, "no change waits to be confirmed");
	if (w->state == WINDOW_TAKING_BACK) /* a part may have been taken back already */
		return err_set(e, ERR_CONFIG, 0, "the change is being taken back");
	w->state = WINDOW_CLOSED; /* written to the file as closed */
	if (save(w, e) < 0) {
		w->state = WINDOW_OPEN;
		return -1;
	}
	window_drop(w);
	w->trouble = (struct err){ .kind = ERR_NONE };
	return 0;
}

enum window_event window_take_back(struct window *w)
{
	return w->state == WINDOW_CLOSED ? WINDOW_NOTHING : take_back(w);
}

enum window_event window_tick(struct window *w, int64_t now_ms)
{
	int64_t wait_before = w->manager_wait_ms, since = pass(w, now_ms);
	if (w->state == WINDOW_OPEN)
		w->left_ms = less(w->left_ms, since);
	if (w->state == WINDOW_OPEN && holds_nothing(w))
		return close_as(w, WINDOW_EMPTY);
	if (w->state == WINDOW_TAKING_BACK || (w->state == WINDOW_OPEN && !w->left_ms))
		return take_back(w);
	int is_due = w->state == WINDOW_OPEN || w->manager_wait_ms > 0;
	int is_over = wait_before > 0 && !w->manager_wait_ms;
	int64_t every_ms = w->state == WINDOW_OPEN ? WINDOW_SAVE_MS : WINDOW_SAVE_WAIT_MS;
	if (is_over || (is_due && (now_ms - w->saved_ms >= every_ms || now_ms < w->saved_ms)))
		save_or_note(w);
	return WINDOW_NOTHING;
}

enum window_state window_state(const struct window *w)
{
	return w->state;
}

enum window_owner window_owner(const struct window *w)
{
	return w->owner;
}

const char *window_who(const struct window *w)
{
	return w->who;
}

int window_needs_manager(const struct window *w)
{
	return w->needs_manager;
}

int64_t window_left_ms(const struct window *w)
{
	return w->left_ms;
}

int64_t window_manager_wait_ms(const struct window *w)
{
	return w->manager_wait_ms;
}

int window_item(const struct window *w, size_t i, struct window_change *ret)
{
	if (i >= w->n)
		return -1;
	*ret = (struct window_change){ w->items[i].key, w->items[i].before, w->items[i].after };
	return 0;
}

const struct err *window_trouble(const struct window *w)
{
	return &w->trouble;
}
