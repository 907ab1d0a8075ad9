/* SPDX-License-Identifier: MIT */
/* window_internal: struct window, for window.c (the state machine) and window_file.c (its file format). */
#ifndef CONFIRM_WINDOW_INTERNAL_H
#define CONFIRM_WINDOW_INTERNAL_H

#include "confirm/window.h"

enum { WINDOW_WHO = 160 };

struct window_held {
	char *key, *before, *after; /* owned; before, after NULL: there was, or will be, no such value */
};

struct window {
	struct window_world world;
	enum window_state state;
	enum window_owner owner;
	char who[WINDOW_WHO];
	int needs_manager;
	int64_t left_ms, manager_wait_ms;
	int starts; /* starts of the process within this window */
	struct window_held *items;
	size_t n;
	/* when the remaining time was last counted, and when it was last written */
	int64_t last_ms, saved_ms;
	struct err trouble;
};

void window_held_done(struct window_held *h);
/* Frees the values and closes the window. */
void window_drop(struct window *w);
/* Appends the file's contents; nothing if there is no window and no waiting time of the manager. */
void window_write(const struct window *w, struct buf *out);
/* Fills w from the file's contents. -1: they are damaged, and w holds nothing. */
int window_read(struct window *w, const char *text, size_t len);

#endif
