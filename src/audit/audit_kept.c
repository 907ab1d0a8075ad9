/* SPDX-License-Identifier: MIT */
#include "audit/audit_kept.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "date/date.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TIME_LEN = 20,       /* length of 2026-11-29T21:50:00Z */
	LINE_LONGEST = 2400, /* maximum length of a line in a file, with its line end */
	FILE_MAX = AUDIT_KEPT_MAX * LINE_LONGEST,
};

struct audit_kept {
	char path[PATH_MAX], older[PATH_MAX + 8];
	struct {
		struct audit_line line;
		char *text; /* line.text, owned */
	} ring[AUDIT_KEPT_MAX];
	size_t n;        /* lines that were put into the ring so far */
	size_t in_file;  /* number of lines in the newer file */
	uint64_t number; /* of the last line */
	int is_cut;      /* 1: the newer file does not end in a whole line */
};

static void put(struct audit_kept *k, const struct audit_line *line)
{
	size_t at = k->n++ % AUDIT_KEPT_MAX;
	free(k->ring[at].text);
	k->ring[at].text = mem_dup(line->text);
	k->ring[at].line = *line;
	k->ring[at].line.text = k->ring[at].text;
	k->number = line->number;
}

int audit_kept_parse(const char *line, struct audit_line *ret)
{
	char number[24], when[TIME_LEN + 1];
	size_t digits = strspn(line, "0123456789");
	int64_t n;
	if (!digits || digits >= sizeof number || line[digits] != ' ' ||
	    strnlen(line + digits + 1, TIME_LEN) < TIME_LEN || !text_is_utf8(line, strlen(line)))
		return -1;
	snprintf(number, sizeof number, "%.*s", (int)digits, line);
	snprintf(when, sizeof when, "%s", line + digits + 1);
	const char *clock = line + digits + 1 + TIME_LEN;
	ret->is_trusted = strncmp(clock, " trusted ", 9) == 0;
	if (num_parse(number, 1, INT64_MAX, &n, NULL) < 0 || date_parse(when, &ret->at, NULL) < 0 ||
	    (!ret->is_trusted && strncmp(clock, " system ", 8) != 0))
		return -1;
	ret->number = (uint64_t)n;
	ret->text = clock + (ret->is_trusted ? 9 : 8);
	return 0;
}

/* Reads the lines of one file. Returns their number, incomplete ones included; -1: it cannot be read. */
static long load(struct audit_kept *k, const char *path, struct err *e)
{
	struct buf b;
	long lines = 0;
	buf_init(&b, FILE_MAX);
	k->is_cut = 0;
	struct err why = { .kind = ERR_NONE };
	if (file_read(path, &b, &why) < 0) {
		buf_done(&b);
		return why.kind == ERR_NOTFOUND ? 0 : err_set(e, why.kind, why.code, "%s", why.text);
	}
	k->is_cut = b.len && b.data[b.len - 1] != '\n';
	char *text = buf_take(&b);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
		struct audit_line l;
		*end = '\0';
		if (audit_kept_parse(line, &l) == 0)
			put(k, &l);
	}
	free(text);
	return lines + k->is_cut;
}

struct audit_kept *audit_kept_open(const char *folder, struct err *e)
{
	struct audit_kept *k = mem_new(sizeof *k);
	snprintf(k->path, sizeof k->path, "%s/audit.log", folder);
	snprintf(k->older, sizeof k->older, "%s.1", k->path);
	long older = load(k, k->older, e), newer = load(k, k->path, older < 0 ? NULL : e);
	/* A file that cannot be read is not appended to: the next line begins a new one. */
	k->in_file = older < 0 || newer < 0 ? AUDIT_KEPT_MAX : (size_t)newer;
	return k;
}

void audit_kept_free(struct audit_kept *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < AUDIT_KEPT_MAX; i++)
		free(k->ring[i].text);
	free(k);
}

/* Appends to the newer file, and begins a new one when it is full. */
static int append(struct audit_kept *k, const char *data, size_t len, struct err *e)
{
	if (k->in_file >= AUDIT_KEPT_MAX) {
		if (rename(k->path, k->older) < 0 && errno != ENOENT)
			return err_errno(e, "%s: cannot be renamed", k->path);
		k->in_file = 0;
		k->is_cut = 0;
	}
	int fd = open(k->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return err_errno(e, "%s: cannot be opened", k->path);
	int r = 0;
	if (k->is_cut && write(fd, "\n", 1) != 1)
		r = err_errno(e, "%s: cannot be written", k->path);
	ssize_t n = r ? 0 : write(fd, data, len);
	if (!r)
		k->is_cut = n > 0 && (size_t)n < len;
	if (n >= 0 && n != (ssize_t)len)
		errno = ENOSPC; /* only a part was written */
	if (!r && n != (ssize_t)len)
		r = err_errno(e, "%s: cannot be written", k->path);
	if (!r && fdatasync(fd) < 0)
		r = err_errno(e, "%s: cannot be made durable", k->path);
	close(fd);
	k->in_file += r == 0;
	return r;
}

int audit_kept_add(struct audit_kept *k, const struct audit_line *line, struct err *e)
{
	struct audit_line l = *line;
	char when[32], text[LINE_LONGEST];
	date_format(l.at, when, sizeof when);
	l.number = k->number + 1;
	int len = snprintf(text, sizeof text - 1, "%" PRIu64 " %s %s %s", l.number, when,
			   l.is_trusted ? "trusted" : "system", l.text);
	size_t used = (size_t)len < sizeof text - 1 ? (size_t)len : sizeof text - 2;
	text[used++] = '\n';
	put(k, &l);
	return append(k, text, used, e);
}

int audit_kept_at(const struct audit_kept *k, size_t back, struct audit_line *ret)
{
	if (back >= k->n || back >= AUDIT_KEPT_MAX)
		return -1;
	*ret = k->ring[(k->n - 1 - back) % AUDIT_KEPT_MAX].line;
	return 0;
}
