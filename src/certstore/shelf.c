/* SPDX-License-Identifier: MIT */
#include "certstore/shelf.h"

#include "base/file.h"
#include "base/num.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static const char mark[] = "sealpost-trust 1 sha256 ";
enum { SUM_LEN = 64, HEAD_LEN = sizeof mark - 1 + SUM_LEN + 1 };

static void sum_text(const char *data, size_t len, char ret[SUM_LEN + 1])
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	ret[0] = '\0';
	if (EVP_Digest(data, len, d, &n, EVP_sha256(), NULL) == 1)
		num_hex(d, n, ret);
}

static int path_of(char *ret, size_t size, const char *dir, const char *name, struct err *e)
{
	if ((size_t)snprintf(ret, size, "%s/%s", dir, name) < size)
		return 0;
	return err_set(e, ERR_INPUT, 0, "%.100s...: path too long", dir);
}

int shelf_save(const char *dir, const char *name, const struct buf *body, struct err *e)
{
	char path[PATH_MAX], sum[SUM_LEN + 1];
	if (!dir)
		return 0;
	if (path_of(path, sizeof path, dir, name, e) < 0)
		return -1;
	if (body->full)
		return err_set(e, ERR_FULL, 0, "%s: more than %zu bytes to keep", path, body->max);
	struct buf file;
	buf_init(&file, body->max + HEAD_LEN);
	sum_text(buf_str(body), body->len, sum);
	buf_addf(&file, "%s%s\n", mark, sum);
	buf_add(&file, buf_str(body), body->len);
	int r = file_replace(path, file.data, file.len, 0600, e);
	explicit_bzero(file.data, file.len);
	buf_done(&file);
	return r;
}

static int is_whole(const struct buf *file)
{
	char sum[SUM_LEN + 1];
	if (file->len < HEAD_LEN || memcmp(file->data, mark, sizeof mark - 1) != 0 ||
	    file->data[HEAD_LEN - 1] != '\n')
		return 0;
	sum_text(file->data + HEAD_LEN, file->len - HEAD_LEN, sum);
	return memcmp(file->data + sizeof mark - 1, sum, SUM_LEN) == 0;
}

int shelf_load(const char *dir, const char *name, struct buf *body, struct buf *notice, struct err *e)
{
	char path[PATH_MAX], aside[PATH_MAX];
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
	snprintf(aside, sizeof aside, "%.*s.damaged", PATH_MAX - 16, path);
	if (rename(path, aside) < 0)
		return err_errno(e, "%s: damaged, and cannot be set aside", path);
	if (notice)
		buf_addf(notice, "%s was damaged and is set aside as %s; upload its content again\n", path,
			 aside);
	return 0;
}
