/* SPDX-License-Identifier: MIT */
/* window_internal: what window.c, the state machine, and window_file.c, its form on disk, share. */
#ifndef CONFIRM_WINDOW_INTERNAL_H
#define CONFIRM_WINDOW_INTERNAL_H

#include "confirm/window.h"

enum { WINDOW_WHO = 160 };

struct window_held {
	char *key, *before, *after; /* owned; NULL: there is no such value */
};

struct window {
	struct window_world world;
	enum window_state state;
	enum window_owner owner;
	char who[WINDOW_WHO];
	int needs_manager;
	int64_t left_ms, manager_wait_ms;
	int starts; /* within this window */
	struct window_held *items;
	size_t n;
	int64_t last_ms, saved_ms; /* when the time was counted, and written, last */
	struct err trouble;
};

void window_held_done(struct window_held *h);
/* Frees what the window holds; it is closed then. */
void window_drop(struct window *w);
/* Appends the window as it is kept on disk; nothing if there is nothing to keep. */
void window_write(const struct window *w, struct buf *out);
/* Fills w from that. -1: it is damaged, and w holds nothing. */
int window_read(struct window *w, const char *text, size_t len);

#endif
