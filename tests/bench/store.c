/* SPDX-License-Identifier: MIT */
/* What the store costs: add, commit, next and done of posts of 1 KB, in groups; then a backlog and a start
 * with it.
 * usage: store [folder] [events] [backlog] */
#include "store/store.h"

#include "base/mem.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BODY = 1024, PATH = 4096 };

/* A file system layer that counts the calls which make data durable. Database and log have methods of their
 * own. */
struct wrapped {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *below;
};
struct layer {
	sqlite3_vfs vfs, *real;
	struct wrapped kinds[4];
	unsigned long syncs;
};
static struct layer layer;

static int count_sync(sqlite3_file *f, int flags)
{
	layer.syncs++;
	for (size_t i = 0; i < 4; i++)
		if (f->pMethods == &layer.kinds[i].methods)
			return layer.kinds[i].below->xSync(f, flags);
	abort();
}

static int open_counted(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)vfs;
	int rc = layer.real->xOpen(layer.real, name, f, flags, out);
	for (size_t i = 0; rc == SQLITE_OK && f->pMethods && i < 4; i++) {
		struct wrapped *w = &layer.kinds[i];
		if (w->below && w->below != f->pMethods)
			continue;
		w->below = f->pMethods;
		w->methods = *f->pMethods;
		w->methods.xSync = count_sync;
		f->pMethods = &w->methods;
		break;
	}
	return rc;
}

static void install_layer(void)
{
	layer.real = sqlite3_vfs_find(NULL);
	layer.vfs = *layer.real;
	layer.vfs.zName = "counting";
	layer.vfs.xOpen = open_counted;
	sqlite3_vfs_register(&layer.vfs, 1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int r, const struct err *e)
{
	if (r == 0)
		return;
	fprintf(stderr, "store: %s\n", e->text);
	exit(1);
}

static void fresh(const char *path)
{
	char name[PATH + 8];
	const char *const ends[] = { "", "-wal", "-marks" };
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

static struct store *open_store(const char *path)
{
	struct err e;
	struct store *s;
	struct store_options o = { .path = path };
	must(store_open(&o, &s, NULL, &e), &e);
	return s;
}

static void add(struct store *s, unsigned n)
{
	static char body[BODY];
	struct err e;
	int64_t sequence;
	memset(body, 'x', sizeof body);
	for (unsigned i = 0; i < n; i++)
		must(store_post_add(s, 1, 0, 1700000000, body, sizeof body, &sequence, &e), &e);
	must(store_commit(s, &e), &e);
}

static void deliver(struct store *s, unsigned n)
{
	struct err e;
	for (unsigned i = 0; i < n; i++) {
		struct store_post p;
		must(store_post_next(s, 1, 0, &p, &e), &e);
		must(store_post_done(s, 1, p.sequence, &e), &e);
		free(p.body);
		must(store_commit(s, &e), &e); /* as a loop turn does */
	}
}

static void round_trip(const char *path, unsigned events, unsigned group)
{
	fresh(path);
	struct store *s = open_store(path);
	layer.syncs = 0;
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned done = 0; done < events; done += group) {
		add(s, group);
		deliver(s, group);
	}
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("groups of %3u: %8.0f events/s, %6.1f us CPU an event, %6.1f syncs per 1,000 events\n", group,
	       events / wall, cpu / events * 1e6, (double)layer.syncs * 1000 / events);
	store_close(s);
}

static long private_kb(void)
{
	char line[256];
	long total = 0, kb;
	FILE *f = fopen("/proc/self/smaps_rollup", "re");
	while (f && fgets(line, sizeof line, f)) {
		char *colon = strchr(line, ':');
		if (colon && !strncmp(line, "Private_", 8) && (kb = strtol(colon + 1, NULL, 10)) > 0)
			total += kb;
	}
	if (f)
		fclose(f);
	return total;
}

static long long file_size(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (long long)st.st_size : 0;
}

static void backlog(const char *path, unsigned n)
{
	fresh(path);
	struct store *s = open_store(path);
	long idle = private_kb();
	double t = seconds(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < n; i += 100)
		add(s, 100);
	t = seconds(CLOCK_MONOTONIC) - t;
	long kb = private_kb();
	printf("backlog of %u: filled at %.0f events/s, private memory %ld KB (%+ld)\n", n, n / t, kb,
	       kb - idle);
	store_close(s);
	t = seconds(CLOCK_MONOTONIC);
	s = open_store(path);
	printf("start with it: %.1f ms\n", (seconds(CLOCK_MONOTONIC) - t) * 1e3);
	t = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	layer.syncs = 0;
	deliver(s, n);
	t = seconds(CLOCK_MONOTONIC) - t;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("drained at %.0f events/s, %.1f us CPU an event, %.1f syncs per 1,000, private memory %ld KB "
	       "(%+ld)\n",
	       n / t, cpu / n * 1e6, (double)layer.syncs * 1000 / n, private_kb(), private_kb() - idle);
	store_close(s);
	printf("file afterwards: %lld bytes\n", file_size(path));
}

int main(int argc, char **argv)
{
	char path[PATH];
	const char *folder = argc > 1 ? argv[1] : "/tmp";
	unsigned events = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 10000;
	unsigned queued = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 100000;
	snprintf(path, sizeof path, "%s/bench-store-%ld.db", folder, (long)getpid());
	install_layer();
	setvbuf(stdout, NULL, _IOLBF, 0);
	round_trip(path, events, 1);
	round_trip(path, events, 10);
	round_trip(path, events, 100);
	backlog(path, queued);
	fresh(path);
	return 0;
}
