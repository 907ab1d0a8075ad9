/* SPDX-License-Identifier: MIT */
#include "crypto/state_file.h"

#include "base/file.h"
#include "crypto/sha256.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The first line; the digest and a line end follow it. */
static const char mark[] = "sealpost-trust 1 sha256 ";
enum { DIGEST_LEN = SHA256_HEX - 1, HEAD_LEN = sizeof mark - 1 + DIGEST_LEN + 1 };

static int path_of(char *ret, size_t size, const char *dir, const char *name, struct err *e)
{
	if ((size_t)snprintf(ret, size, "%s/%s", dir, name) < size)
		return 0;
	return err_set(e, ERR_INPUT, 0, "%.100s...: path too long", dir);
}

int state_file_save(const char *dir, const char *name, const struct buf *body, struct err *e)
{
	char path[PATH_MAX], digest[SHA256_HEX];
	struct buf file;
	if (!dir)
		return 0;
	if (path_of(path, sizeof path, dir, name, e) < 0)
		return -1;
	if (body->full)
		return err_set(e, ERR_FULL, 0, "%s: more than %zu bytes to keep", path, body->max);
	buf_init(&file, body->max + HEAD_LEN);
	sha256_hex(buf_str(body), body->len, digest);
	buf_addf(&file, "%s%s\n", mark, digest);
	buf_add(&file, buf_str(body), body->len);
	int r = file_replace(path, file.data, file.len, 0600, e);
	explicit_bzero(file.data, file.len); /* it may hold a private key */
	buf_done(&file);
	return r;
}

static int is_whole(const struct buf *file)
{
	char digest[SHA256_HEX];
	if (file->len < HEAD_LEN || memcmp(file->data, mark, sizeof mark - 1) != 0 ||
	    file->data[HEAD_LEN - 1] != '\n')
		return 0;
	sha256_hex(file->data + HEAD_LEN, file->len - HEAD_LEN, digest);
	return memcmp(file->data + sizeof mark - 1, digest, DIGEST_LEN) == 0;
}

static int set_aside(const char *path, struct buf *notice, struct err *e)
{
	char aside[PATH_MAX];
	snprintf(aside, sizeof aside, "%.*s.damaged", PATH_MAX - 16, path);
	if (rename(path, aside) < 0)
		return err_errno(e, "%s: damaged, and cannot be set aside", path);
	if (notice)
		buf_addf(notice, "%s was damaged and is set aside as %s; upload its content again\n", path,
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
	if (r == 0 && is_whole(body)) {
		buf_drop(body, HEAD_LEN);
		return 0;
	}
	buf_reset(body);
	return set_aside(path, notice, e);
}
