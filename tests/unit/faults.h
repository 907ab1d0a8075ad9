/* SPDX-License-Identifier: MIT */
/* A file system under SQLite that fails when told, a folder for each test, and stores in it. */
#ifndef FAULTS_H
#define FAULTS_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- a file system layer that fails when told --- */

struct wrapped {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *below;
};
struct faults {
	sqlite3_vfs vfs, *real;
	struct wrapped kinds[4];
	long countdown; /* the call that fails; 0: none */
	long left;      /* how many calls fail from then on */
	long calls;
	int code;                 /* with what */
	int short_write;          /* a write that fails has written half */
	long long written, syncs; /* bytes and syncs, of all files */
	sqlite3_file *files[2];   /* database and log, as last opened */
	char names[2][128];
	/* each file that is synced is copied to this folder: what a power cut leaves at worst */
	const char *durable;
};
static struct faults faults;

static const sqlite3_io_methods *below(sqlite3_file *f)
{
	for (size_t i = 0; i < 4; i++)
		if (f->pMethods == &faults.kinds[i].methods)
			return faults.kinds[i].below;
	abort();
}

static int fails(void)
{
	faults.calls++;
	if (faults.countdown > 1) {
		faults.countdown--;
		return 0;
	}
	if (faults.countdown == 1 && faults.left > 0) {
		faults.left--;
		return faults.code;
	}
	return 0;
}

static int fault_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
	return faults.code == SQLITE_IOERR && fails() ? SQLITE_IOERR_READ : below(f)->xRead(f, data, n, at);
}

static int fault_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	int rc = fails();
	faults.written += n;
	if (rc && faults.short_write)
		below(f)->xWrite(f, data, n / 2, at);
	return rc == SQLITE_IOERR ? SQLITE_IOERR_WRITE : rc ? rc : below(f)->xWrite(f, data, n, at);
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return fails() ? SQLITE_IOERR_TRUNCATE : below(f)->xTruncate(f, size);
}

static off_t size_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void copy_file(const char *from, const char *to, off_t len)
{
	static char chunk[64 << 10];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(in >= 0 && out >= 0);
	while (len > 0) {
		ssize_t n = read(in, chunk, len < (off_t)sizeof chunk ? (size_t)len : sizeof chunk);
		assert_true(n > 0);
		assert_int_equal(write(out, chunk, (size_t)n), n);
		len -= n;
	}
	close(in);
	close(out);
}

static int fault_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	faults.syncs++;
	int rc = fails() ? SQLITE_IOERR_FSYNC
			 : SQLITE_OK; /* no power fails here: waiting for the disk proves nothing */
	if (rc == SQLITE_OK && faults.durable) {
		char to[200];
		size_t i = 0;
		while (i < 2 && faults.files[i] != f)
			i++;
		if (i == 2) /* the journal under which a new file gets its log */
			return rc;
		const char *name = faults.names[i];
		snprintf(to, sizeof to, "%s%s", faults.durable, strrchr(name, '/'));
		copy_file(name, to, size_of(name));
	}
	return rc;
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return faults.code == SQLITE_IOERR && fails() ? SQLITE_IOERR_FSTAT : below(f)->xFileSize(f, ret);
}

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)vfs;
	f->pMethods = NULL;
	int readable = (faults.code == SQLITE_READONLY && (flags & SQLITE_OPEN_MAIN_DB)) ||
		       (faults.code == SQLITE_FULL && name && access(name, F_OK) == 0);
	if (!readable && fails())
		return SQLITE_CANTOPEN;
	int rc = faults.real->xOpen(faults.real, name, f, flags, out);
	if (rc == SQLITE_OK && name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) {
		int is_log = (flags & SQLITE_OPEN_WAL) != 0;
		faults.files[is_log] = f;
		snprintf(faults.names[is_log], sizeof faults.names[is_log], "%s", name);
	}
	for (size_t i = 0; rc == SQLITE_OK && f->pMethods && i < 4; i++) {
		struct wrapped *w = &faults.kinds[i];
		if (w->below && w->below != f->pMethods)
			continue;
		w->below = f->pMethods;
		w->methods = *f->pMethods;
		w->methods.xRead = fault_read;
		w->methods.xWrite = fault_write;
		w->methods.xTruncate = fault_truncate;
		w->methods.xSync = fault_sync;
		w->methods.xFileSize = fault_size;
		f->pMethods = &w->methods;
		break;
	}
	return rc;
}

static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	return fails() ? SQLITE_IOERR_DELETE : faults.real->xDelete(faults.real, name, sync);
}

static void arm(long nth, long how_many, int code)
{
	faults.countdown = nth;
	faults.left = how_many;
	faults.code = code;
	faults.calls = 0;
}

static void disarm(void)
{
	arm(0, 0, SQLITE_OK);
}

static int install(void **state)
{
	(void)state;
	faults.real = sqlite3_vfs_find(NULL);
	faults.vfs = *faults.real;
	faults.vfs.zName = "faults";
	faults.vfs.xOpen = fault_open;
	faults.vfs.xDelete = fault_delete;
	return sqlite3_vfs_register(&faults.vfs, 1);
}

/* --- a folder for each test --- */

struct place {
	char folder[64], path[96];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	snprintf(p->folder, sizeof p->folder, "/tmp/test-faults-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof p->path, "%s/store.db", p->folder);
	disarm();
	*state = p;
	return 0;
}

static void wipe(const struct place *p)
{
	static const char *const ends[] = {
		"", "-wal", "-marks", ".damaged-1", ".damaged-1-wal", ".damaged-2", ".damaged-2-wal"
	};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char name[128];
		snprintf(name, sizeof name, "%s%s", p->path, ends[i]);
		if (unlink(name) < 0 && errno == EISDIR)
			rmdir(name);
	}
}

static int teardown(void **state)
{
	struct place *p = *state;
	disarm();
	wipe(p);
	assert_int_equal(rmdir(p->folder), 0);
	free(p);
	return 0;
}

static struct store *must_open(const struct place *p, char *notice, size_t size)
{
	struct err e;
	struct store *s;
	struct buf text;
	struct store_options o = { .path = p->path };
	buf_init(&text, 2000);
	if (store_open(&o, &s, &text, &e) < 0)
		fail_msg("%s", e.text);
	if (notice)
		snprintf(notice, size, "%s", buf_str(&text));
	else
		assert_string_equal(buf_str(&text), "");
	buf_done(&text);
	return s;
}

#endif
