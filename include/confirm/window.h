/* SPDX-License-Identifier: MIT */
/* window: a state machine for changes that are taken back unless they are confirmed in time. It knows
 * values by their keys alone; what they are, where they are kept, the clock and the disk are its caller's,
 * so that a test can simulate them.  A window holds, for each value that it has changed, what it was before
 * and what it is since. Both are on disk before the change is made. While the window is open, the time that
 * is left is written every 10 seconds; time in which the process does not run does not count. Taking back
 * restores each value that is still as the window has made it, and no other. */
#ifndef CONFIRM_WINDOW_H
#define CONFIRM_WINDOW_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { WINDOW_ITEMS_MAX = 1200, WINDOW_FILE_MAX = 8 << 20 };
/* At the third start within one window its changes are taken back at once: they may be what ends the
 * process. */
enum { WINDOW_STARTS_MAX = 3, WINDOW_SAVE_MS = 10000 };
/* A manager opens one window in this time. */
enum { WINDOW_MANAGER_WAIT_MS = 3600 * 1000 };

enum window_owner { WINDOW_ADMIN, WINDOW_MANAGER };
/* TAKING_BACK: the time is over, and the values could not be restored yet; that is tried again. */
enum window_state { WINDOW_CLOSED, WINDOW_OPEN, WINDOW_TAKING_BACK };

struct window_value {
	const char *key;
	const char *text; /* NULL: there is no such value */
};

struct window_world { /* arg and what the functions use live longer than the window */
	/* Returns the value as it is now, which the caller frees with free; NULL: there is none. */
	char *(*get)(void *arg, const char *key);
	/* Makes all these values what they were, as a whole as far as possible; what was done of it stays
	 * if it fails, and it is called again. */
	int (*put)(void *arg, const struct window_value *values, size_t n, struct err *e);
	/* Replaces what is on disk, as a whole, before it returns. */
	int (*save)(void *arg, const struct buf *body, struct err *e);
	void *arg;
};

/* What has become of a window, for the log: what a function below returns is the news of that call only. */
enum window_event {
	WINDOW_NOTHING,
	WINDOW_CONFIRMED,
	WINDOW_TAKEN_BACK, /* the time was over, it was the third start, or somebody asked for it */
	WINDOW_EMPTY,      /* nothing of it was left: it was not made, or others have changed it since */
	WINDOW_FAILED,     /* the values could not be restored: window_trouble says why */
};

struct window;

/* saved: what is on disk, "" if nothing is; damaged or hostile content is no window. If a window is open,
 * this is counted as a start within it; call window_tick then. now_ms is of a monotonic clock, here and
 * below. */
struct window *window_new(const struct window_world *w, const struct buf *saved, int64_t now_ms);
/* Overwrites all values. What is on disk stays. NULL is allowed. */
void window_free(struct window *w);

struct window_opening { /* borrowed for the call */
	enum window_owner owner;
	const char *who;                  /* for people */
	int needs_manager;                /* 1: the manager's accepting the device confirms it, too */
	int64_t ms;                       /* how long it is open */
	const struct window_value *after; /* the values that are about to be made */
	size_t n;
};
/* Writes to disk what the values are now and what they will be, and opens the window; the caller makes the
 * values then, and calls window_undo if that fails. Fails with ERR_CONFIG: a window is open, or a manager
 * has opened one in the last hour; ERR_INPUT: none of the values would change, or there are too many; or as
 * save does. */
int window_open(struct window *w, const struct window_opening *o, int64_t now_ms, struct err *e);
/* The values of a window that was just opened could not be made: it is closed. */
void window_undo(struct window *w);
/* Returns 0 if window_open would open a window for this owner; otherwise fails as it does. */
int window_may_open(const struct window *w, enum window_owner owner, struct err *e);
/* Somebody else has set this value since, to whatever it is: it is not taken back any more. */
enum window_event window_touched(struct window *w, const char *key);
/* The values stay. Fails with ERR_NOTFOUND, there is no window; ERR_CONFIG, it is being taken back; or as
 * save does: then the window stays open. */
int window_confirm(struct window *w, struct err *e);
/* Takes back now. */
enum window_event window_take_back(struct window *w);
/* To be called every second or so while the state is not CLOSED, or window_manager_wait_ms is not 0. */
enum window_event window_tick(struct window *w, int64_t now_ms);

enum window_state window_state(const struct window *w);
enum window_owner window_owner(const struct window *w);
const char *window_who(const struct window *w);
int window_needs_manager(const struct window *w);
int64_t window_left_ms(const struct window *w); /* until it is taken back */
/* Until a manager may open one. */
int64_t window_manager_wait_ms(const struct window *w);
/* The i-th value that it holds, as it was before. Returns 0; -1 after the last one. Borrowed. */
int window_item(const struct window *w, size_t i, struct window_value *ret);
/* Why values could not be restored, or the disk not be written; ERR_NONE: all is well. */
const struct err *window_trouble(const struct window *w);

#endif
