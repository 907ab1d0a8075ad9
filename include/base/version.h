/* SPDX-License-Identifier: MIT */
/* version: the version of all programs and of the library, which are released together, and what else a
 * program prints about itself: its build, and the libraries that it uses. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include <stdint.h>
#include <stddef.h>
#include <stdio.h>

#define VERSION "0.1.0"

/* The Makefile passes these to the main files of programs: the commit of the sources, and the processor and
 * system for which the compiler makes programs. */
#ifndef RELEASE_COMMIT
#define RELEASE_COMMIT "unknown"
#endif
#ifndef RELEASE_MACHINE
#define RELEASE_MACHINE "unknown"
#endif

enum { VERSION_TEXT = 32 };

struct version_library {
	char name[VERSION_TEXT], version[VERSION_TEXT];
};

struct version_about {
	const char *program, *commit, *machine;
	/* Unix seconds: earlier dates are never trusted; 0: there is no such limit. Negative: no line about
	 * it. */
	int64_t date_floor;
	const struct version_library *libraries;
	size_t n_libraries;
	int is_brief; /* 1: only the first line */
};
/* Fills what is the same for all programs; `list` is an array of struct version_library. */
#define VERSION_ABOUT(name, list)                                                                            \
	.program = (name), .commit = RELEASE_COMMIT, .machine = RELEASE_MACHINE, .libraries = (list),        \
	.n_libraries = sizeof(list) / sizeof *(list)

/* Fills one row, cut to its size. */
void version_set(struct version_library *ret, const char *name, const char *version);
/* Prints the program and its version on the first line, and then, unless it is to be brief, a line for each
 * known fact about its build and its libraries. */
void version_print(const struct version_about *about, FILE *to);

#endif
