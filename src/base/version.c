/* SPDX-License-Identifier: MIT */
#include "base/version.h"

#include <time.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#define C_LIBRARY gnu_get_libc_version()
#else
#define C_LIBRARY NULL /* musl does not report its version */
#endif

#ifdef __clang__
#define COMPILER __VERSION__ /* begins with the compiler's name */
#else
#define COMPILER "gcc " __VERSION__
#endif

void version_set(struct version_library *ret, const char *name, const char *version)
{
	snprintf(ret->name, sizeof ret->name, "%s", name);
	snprintf(ret->version, sizeof ret->version, "%s", version);
}

static void print_line(const char *name, const char *value, FILE *to)
{
	fprintf(to, "%-12s %s\n", name, value);
}

static void print_floor(int64_t floor, FILE *to)
{
	char text[64] = "none: this build trusts any date that NTP gives";
	time_t t = (time_t)floor;
	struct tm utc;
	if (floor > 0 && gmtime_r(&t, &utc))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	print_line("date floor", text, to);
}

void version_print(const struct version_about *about, FILE *to)
{
	fprintf(to, "%s " VERSION "\n", about->program);
	if (about->is_brief)
		return;
	print_line("commit", about->commit, to);
	print_line("machine", about->machine, to);
	print_line("compiler", COMPILER, to);
	if (about->date_floor >= 0)
		print_floor(about->date_floor, to);
	const char *c_library = C_LIBRARY;
	if (c_library)
		print_line("glibc", c_library, to);
	for (size_t i = 0; i < about->n_libraries; i++)
		print_line(about->libraries[i].name, about->libraries[i].version, to);
}
