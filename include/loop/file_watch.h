/* SPDX-License-Identifier: MIT */
/* file_watch: says when a file may have changed: when it is written, made, removed, or replaced by
 * another, and when one of the symbolic links that lead to it leads elsewhere. By inotify(7). */
#ifndef LOOP_FILE_WATCH_H
#define LOOP_FILE_WATCH_H

#include "loop/loop.h"

struct file_watch;

/* fn(arg) a tenth of a second after the first of several changes; it may be called where nothing has
 * changed. fn may not free the watch. The file need not exist. NULL: the kernel gives no more watches. */
struct file_watch *file_watch_new(struct loop *l, const char *path, void (*fn)(void *arg), void *arg);
/* NULL is fine. */
void file_watch_free(struct file_watch *w);

#endif
