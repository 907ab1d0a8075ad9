/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int folder_default(char *ret, size_t size, struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = -1;
	if (state && *state == '/')
		n = snprintf(ret, size, "%s/sealpost-lab", state);
	else if (home && *home == '/')
		n = snprintf(ret, size, "%s/.local/state/sealpost-lab", home);
	if (n < 0 || (size_t)n >= size)
		return err_set(e, ERR_INPUT, 0,
			       "expected --dir DIR, the lab's folder, since HOME names no folder for it");
	return 0;
}

int folder_make_parents(const char *path, struct err *e)
{
	char parent[PATH_MAX];
	for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		if ((size_t)snprintf(parent, sizeof parent, "%.*s", (int)(at - path), path) >= sizeof parent)
			return err_set(e, ERR_INPUT, 0, "%.100s...: this name is too long", path);
		if (file_folder(parent, 0700, e) < 0)
			return -1;
	}
	return 0;
}
