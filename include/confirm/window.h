/* SPDX-License-Identifier: MIT */
/* window: a state machine for changes that are taken back unless they are confirmed in time. It sees a change
 * as a list of values with keys. The caller provides functions that read and set values and write to disk,
 * and passes the time, so that a test can simulate all of these.
 *
 * For each value that it changes, a window holds the previous and the new value. Both are written to disk
 * before the change is made. While the window is open, the remaining time is written every 10 seconds; time
 * in which the process does not run does not count. Taking back restores the values that are still as the
 * window has set them, and no others. */
#ifndef CONFIRM_WINDOW_H
#define CONFIRM_WINDOW_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { WINDOW_ITEMS_MAX = 1200, WINDOW_FILE_MAX = 8 << 20 };
/* At the third start of the process within one window the changes are taken back at once: they may be the
 * cause of its crashes. */
enum { WINDOW_STARTS_MAX = 3, WINDOW_SAVE_MS = 10000 };
/* A manager can open at most one window within this time. The time that is left is saved every 5 minutes, so
 * a restart of the process can lengthen it by at most 5 minutes. */
enum { WINDOW_MANAGER_WAIT_MS = 3600 * 1000, WINDOW_SAVE_WAIT_MS = 300 * 1000 };

enum window_owner { WINDOW_ADMIN, WINDOW_MANAGER };
/* TAKING_BACK: the change has to be taken back, since the time is over, the process has started too often, or
 * somebody asked for it; the values could not be restored yet, and the next window_tick tries again. */
enum window_state { WINDOW_CLOSED, WINDOW_OPEN, WINDOW_TAKING_BACK };

struct window_value {
	const char *key;
	const char *text; /* NULL: there is no such value */
};

struct window_world { /* arg and the objects that the functions use must live longer than the window */
	/* Returns the present value, which the caller frees with free; NULL: there is none. */
	char *(*get)(void *arg, const char *key);
	/* Sets all these values, to restore them, if possible in one step. If it fails, values that were set
	 * stay set, and it is called again later. */
	int (*put)(void *arg, const struct window_value *values, size_t n, struct err *e);
	/* Replaces the file's contents in one step, before it returns. */
	int (*save)(void *arg, const struct buf *body, struct err *e);
	void *arg;
};

/* What has become of a window, for the log. Each function returns what this call has changed. Nothing here
 * returns WINDOW_CONFIRMED: the caller of window_confirm has it for its own log. */
enum window_event {
	WINDOW_NOTHING,
	WINDOW_CONFIRMED,
	WINDOW_TAKEN_BACK, /* the time was over, it was the third start, or somebody asked for it */
	WINDOW_EMPTY,  /* no value was left to restore: none was changed, or others have changed them since */
	WINDOW_FAILED, /* the values could not be restored: window_trouble says why */
};

struct window;

/* saved: the file's contents, "" if there is no file; damaged contents are treated as no window. If a window
 * is open, this call counts as one start of the process within it; call window_tick next. now_ms, here and
 * below, is the time of a monotonic clock. */
struct window *window_new(const struct window_world *w, const struct buf *saved, int64_t now_ms);
/* Overwrites all values in memory, and leaves the file. NULL is allowed. */
void window_free(struct window *w);

struct window_opening { /* borrowed for the call */
	enum window_owner owner;
	const char *who;   /* who makes the change, for log lines and messages */
	int needs_manager; /* 1: the change is also confirmed when the manager accepts the device */
	int64_t ms;        /* how long the window is open */
	const struct window_value *after; /* the values that are about to be made */
	size_t n;
};
/* Writes the present and the new values to disk and opens the window. Then the caller sets the values; if
 * that fails, it calls window_undo. Fails with ERR_CONFIG if a window is open, or a manager opens a second
 * one within an hour; with ERR_INPUT if none of the values would change, or there are too many; or as save
 * does. */
int window_open(struct window *w, const struct window_opening *o, int64_t now_ms, struct err *e);
/* Closes a window that was just opened, since the values could not be set. */
void window_undo(struct window *w);
/* Changes nothing, and fails as window_open would, save aside. A change that this one would end
 * (window_is_ended_by) is no hindrance: the values are compared with those after it was taken back. */
int window_check(const struct window *w, const struct window_opening *o, struct err *e);
/* Returns 1 if a change by the manager waits and this owner, an administrator, may end it: the caller takes
 * it back before it opens a window. */
int window_is_ended_by(const struct window *w, enum window_owner owner);
/* Returns the value as it would be if the change that waits were taken back, or the present one if none
 * waits. The caller frees it; NULL: there would be none. */
char *window_previous(const struct window *w, const char *key);
/* To be called when somebody else has set this value, also to the same text: the window no longer takes it
 * back. key NULL: the same for each value that is not as the window has made it. */
enum window_event window_touched(struct window *w, const char *key);
/* Confirms the change: the values stay. Fails with ERR_NOTFOUND if there is no window; with ERR_CONFIG if it
 * is being taken back; or as save does, and then the window stays open. */
int window_confirm(struct window *w, struct err *e);
/* Takes the change back now. */
enum window_event window_take_back(struct window *w);
/* The caller calls this about every second while the state is not CLOSED, and about every minute while only
 * window_manager_wait_ms is not 0. */
enum window_event window_tick(struct window *w, int64_t now_ms);

enum window_state window_state(const struct window *w);
enum window_owner window_owner(const struct window *w);
const char *window_who(const struct window *w);
int window_needs_manager(const struct window *w);
int64_t window_left_ms(const struct window *w); /* time until the change is taken back */
/* Time until a manager may open a window again. */
int64_t window_manager_wait_ms(const struct window *w);
struct window_change {
	const char *key;
	const char *before, *after; /* NULL: there was, or is, no such value */
};
/* Fills ret with the i-th value that the window holds. Returns 0; -1 after the last one. Borrowed. */
int window_item(const struct window *w, size_t i, struct window_change *ret);
/* Why the values could not be restored, or the file not be written; ERR_NONE: there is no failure. */
const struct err *window_trouble(const struct window *w);

#endif
