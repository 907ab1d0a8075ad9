/* SPDX-License-Identifier: MIT */
/* file_watch: reports that a file may have changed: it was written, created, removed, or replaced by another,
 * or a symbolic link to it now leads elsewhere. It uses inotify(7). */
#ifndef LOOP_FILE_WATCH_H
#define LOOP_FILE_WATCH_H

#include "loop/loop.h"

struct file_watch;

/* Calls fn(arg) a tenth of a second after the first of several changes, possibly also without a change. fn
 * must not free the watch. The file need not exist. Returns NULL if the kernel provides no more watches. */
struct file_watch *file_watch_new(struct loop *l, const char *path, void (*fn)(void *arg), void *arg);
/* NULL is allowed. */
void file_watch_free(struct file_watch *w);

#endif
