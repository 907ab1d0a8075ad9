/* SPDX-License-Identifier: MIT */
#include "date/zone.h"

#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns 1 if it can be the name of a time zone, and not a path out of the folder of zones. */
static int is_name(const char *name)
{
	return *name && *name != '/' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+-")];
}

int zone_is_known(const char *name)
{
	static const char magic[4] = "TZif"; /* each file of a zone begins with this */
	const char *folder = getenv("TZDIR");
	char path[300], begin[sizeof magic] = "";
	if (!is_name(name))
		return 0;
	snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int is_zone = fd >= 0 && read(fd, begin, sizeof begin) == (ssize_t)sizeof begin &&
		      memcmp(begin, magic, sizeof magic) == 0;
	if (fd >= 0)
		close(fd);
	return is_zone;
}

/* The C library has only the zone of the environment variable TZ, which is therefore changed and set back
 * before this returns. */
int zone_local(const char *name, time_t at, struct tm *ret)
{
	char zone[80];
	if (!zone_is_known(name))
		return gmtime_r(&at, ret) ? 0 : -1;
	const char *was = getenv("TZ");
	char *before = was ? mem_dup(was) : NULL;
	snprintf(zone, sizeof zone, ":%.70s", name);
	setenv("TZ", zone, 1);
	tzset();
	int r = localtime_r(&at, ret) ? 0 : -1;
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
	return r;
}
