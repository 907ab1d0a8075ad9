/* SPDX-License-Identifier: MIT */
/* file_watch: every folder in which a name on the path to the file is looked up is watched for that name: a
 * link may be replaced, a folder created. The file itself is watched, too, since it may be a mount, which
 * changes without a change of the folder above. After each change the watches are set again. */
#include "loop/file_watch.h"

#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOON_MS = 100, LINKS_MAX = 8, PLACES_MAX = LINKS_MAX + 2 };
enum { FOLDER_EVENTS = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR };
enum { FILE_EVENTS = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF };

struct place { /* a watch of the kernel */
	int number;
	char name[NAME_MAX + 1]; /* the name that is looked up in this folder; "": it is the file itself */
};

struct file_watch {
	struct loop_watch *watch;
	struct loop_timer *soon;
	int fd;
	char path[PATH_MAX];
	struct place places[PLACES_MAX];
	size_t n;
	void (*fn)(void *arg);
	void *arg;
};

static void add(struct file_watch *w, const char *path, const char *name, uint32_t events)
{
	int number = w->n < PLACES_MAX ? inotify_add_watch(w->fd, path, events | IN_MASK_ADD) : -1;
	if (number < 0)
		return;
	struct place *p = &w->places[w->n++];
	p->number = number;
	snprintf(p->name, sizeof p->name, "%s", name);
}

/* Watches the folder of this path for the path's last name. If the folder does not exist, watches the nearest
 * existing one above it for the missing folder. */
static void add_folder(struct file_watch *w, const char *path)
{
	char folder[PATH_MAX];
	struct stat st;
	snprintf(folder, sizeof folder, "%s", path);
	for (char *slash; (slash = strrchr(folder, '/'));) {
		const char *above = slash == folder ? "/" : folder;
		*slash = '\0';
		if (stat(above, &st) == 0) {
			add(w, above, slash + 1, FOLDER_EVENTS);
			return;
		}
	}
}

/* Replaces the path of a link by its target, as an absolute path. Returns 0; -1 if it is no link. */
static int follow(char path[PATH_MAX])
{
	char to[PATH_MAX], *slash = strrchr(path, '/');
	ssize_t len = readlink(path, to, sizeof to - 1);
	if (len <= 0 || !slash)
		return -1;
	to[len] = '\0';
	if (to[0] == '/')
		slash = path;
	else
		slash++;
	if ((size_t)(slash - path) + (size_t)len >= PATH_MAX)
		return -1;
	memcpy(slash, to, (size_t)len + 1);
	return 0;
}

static void walk(struct file_watch *w)
{
	char path[PATH_MAX];
	for (size_t i = 0; i < w->n; i++)
		inotify_rm_watch(w->fd, w->places[i].number);
	w->n = 0;
	memcpy(path, w->path, sizeof path);
	for (int i = 0; i < LINKS_MAX; i++) {
		add_folder(w, path);
		if (follow(path) < 0)
			break;
	}
	add(w, path, "", FILE_EVENTS);
}

static int concerns(const struct file_watch *w, const struct inotify_event *e)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->places[i].number == e->wd && (!e->len || strcmp(w->places[i].name, e->name) == 0))
			return 1;
	return (e->mask & IN_Q_OVERFLOW) != 0;
}

static void on_events(void *arg, unsigned ready)
{
	struct file_watch *w = arg;
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t got = read(w->fd, events, sizeof events);
	(void)ready;
	for (ssize_t at = 0; at < got;) {
		const struct inotify_event *e = (const void *)(events + at);
		if (!(e->mask & IN_IGNORED) && concerns(w, e) && !loop_timer_armed(w->soon))
			loop_timer_in(w->soon, SOON_MS);
		at += (ssize_t)(sizeof *e + e->len);
	}
}

/* The new watches are set before the file is checked, so that no change is missed in between. */
static void on_soon(void *arg)
{
	struct file_watch *w = arg;
	walk(w);
	w->fn(w->arg);
}

struct file_watch *file_watch_new(struct loop *l, const char *path, void (*fn)(void *arg), void *arg)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd < 0)
		return NULL;
	struct file_watch *w = mem_new(sizeof *w);
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	snprintf(w->path, sizeof w->path, "%s", path);
	w->soon = loop_timer_new(l, on_soon, w);
	w->watch = loop_watch(l, fd, LOOP_READ, on_events, w);
	walk(w);
	return w;
}

void file_watch_free(struct file_watch *w)
{
	if (!w)
		return;
	loop_watch_free(w->watch);
	loop_timer_free(w->soon);
	close(w->fd);
	free(w);
}
