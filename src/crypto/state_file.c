/* SPDX-License-Identifier: MIT */
#include "crypto/state_file.h"

#include "base/file.h"
#include "base/num.h"
#include "crypto/sha256.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first line is "sealpost-trust VERSION sha256 DIGEST". */
static const char mark[] = "sealpost-trust ", middle[] = " sha256 ";
enum {
	VERSION_1 = 1,
	VERSION_2,
	VERSION = VERSION_2,
	VERSION_MAX = 9999,
	DIGEST_LEN = SHA256_HEX - 1,
	HEAD_MAX = 128
};

static int path_of(char *ret, size_t size, const char *dir, const char *name, struct err *e)
{
	if ((size_t)snprintf(ret, size, "%s/%s", dir, name) < size)
		return 0;
	return err_set(e, ERR_INPUT, 0, "%.100s...: path too long", dir);
}

/* Returns the version in the first line, and the length of that line in *head. 0: it is not such a line, or
 * its digest is not that of the following bytes. */
static int64_t version_of(const struct buf *file, size_t *head)
{
	char digest[SHA256_HEX], number[8];
	const char *text = buf_str(file), *end = memchr(text, '\n', file->len);
	int64_t version = 0;
	if (!end || strncmp(text, mark, sizeof mark - 1) != 0)
		return 0;
	const char *version_at = text + sizeof mark - 1;
	size_t digits = strspn(version_at, "0123456789");
	const char *digest_at = version_at + digits + sizeof middle - 1;
	if (digits >= sizeof number || strncmp(version_at + digits, middle, sizeof middle - 1) != 0 ||
	    end - digest_at != DIGEST_LEN)
		return 0;
	*head = (size_t)(end - text) + 1;
	snprintf(number, sizeof number, "%.*s", (int)digits, version_at);
	sha256_hex(text + *head, file->len - *head, digest);
	if (memcmp(digest_at, digest, DIGEST_LEN) != 0 ||
	    num_parse(number, 1, VERSION_MAX, &version, NULL) < 0)
		return 0;
	return version;
}

/* Keeps a copy of a file that a newer version has written, before it is replaced. */
static int keep_newer(const char *path, size_t max, struct err *e)
{
	struct buf file;
	size_t head;
	buf_init(&file, max + HEAD_MAX);
	int is_newer = file_read(path, &file, NULL) == 0 && version_of(&file, &head) > VERSION;
	buf_wipe(&file);
	return is_newer ? file_keep_newer(path, e) : 0;
}

static int save(const char *dir, const char *name, int version, const struct buf *body, struct err *e)
{
	char path[PATH_MAX], digest[SHA256_HEX];
	struct buf file;
	if (!dir)
		return 0;
	if (path_of(path, sizeof path, dir, name, e) < 0)
		return -1;
	if (body->full)
		return err_set(e, ERR_FULL, 0, "%s: more than %zu bytes to keep", path, body->max);
	if (keep_newer(path, body->max, e) < 0)
		return -1;
	buf_init(&file, body->max + HEAD_MAX);
	/* allocated at once: the buffer may contain a private key, and moving it would leave a copy behind */
	buf_room(&file, body->len + HEAD_MAX);
	sha256_hex(buf_str(body), body->len, digest);
	buf_addf(&file, "%s%d%s%s\n", mark, version, middle, digest);
	buf_add(&file, buf_str(body), body->len);
	int r = file_replace(path, file.data, file.len, 0600, e);
	buf_wipe(&file);
	return r;
}

int state_file_save(const char *dir, const char *name, const struct buf *body, struct err *e)
{
	return save(dir, name, VERSION_1, body, e);
}

int state_file_save_2(const char *dir, const char *name, const struct buf *body, struct err *e)
{
	return save(dir, name, VERSION_2, body, e);
}

static int set_aside(const char *path, struct buf *notice, struct err *e)
{
	char aside[PATH_MAX];
	snprintf(aside, sizeof aside, "%.*s.damaged", PATH_MAX - 16, path);
	if (rename(path, aside) < 0)
		return err_errno(e, "%s: damaged, and cannot be set aside", path);
	if (notice)
		buf_addf(notice, "%s was damaged and is set aside as %s; set its content again\n", path,
			 aside);
	return 0;
}

int state_file_load(const char *dir, const char *name, struct buf *body, struct buf *notice, struct err *e)
{
	char path[PATH_MAX];
	struct err why;
	if (!dir)
		return 0;
	if (path_of(path, sizeof path, dir, name, e) < 0)
		return -1;
	int r = file_read(path, body, &why);
	if (r < 0 && why.kind == ERR_NOTFOUND)
		return 0;
	if (r < 0 && why.kind != ERR_FULL) {
		if (e)
			*e = why;
		return -1;
	}
	size_t head = 0;
	int64_t version = r == 0 ? version_of(body, &head) : 0;
	if (version > VERSION && notice)
		buf_addf(notice,
			 "%s was written by a newer sealpost (format %d; this one knows %d): it stays as it "
			 "is, and what this version knows of it is used; the first change keeps it as "
			 "%s.newer\n",
			 path, (int)version, VERSION, path);
	if (version) {
		buf_drop(body, head);
		return 0;
	}
	buf_reset(body);
	return set_aside(path, notice, e);
}
