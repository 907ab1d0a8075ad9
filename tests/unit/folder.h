/* SPDX-License-Identifier: MIT */
/* A temporary folder for one test, removed with all that is in it. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOLDER_MAX = 64 };

static inline void folder_make(char path[FOLDER_MAX])
{
	snprintf(path, FOLDER_MAX, "/tmp/sealpost-test-XXXXXX");
	if (!mkdtemp(path)) {
		perror(path);
		abort();
	}
}

static inline int folder_remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static inline void folder_remove(const char *path)
{
	nftw(path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
