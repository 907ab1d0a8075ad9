/* SPDX-License-Identifier: MIT */
/* plan: determines the changes that a file of settings would make on this device (sealpost apply). */
#ifndef SETTINGS_PLAN_H
#define SETTINGS_PLAN_H

#include "settings/settings.h"

/* One setting of the file. */
struct settings_plan_item {
	const struct settings_row *row;
	char *path;  /* canonical */
	char *value; /* the value from the file; it may be a secret */
	/* 1: the device has another value, or inherits this one, so that the value would be set */
	int differs;
	unsigned line;
};

struct settings_plan {
	/* in order of path; a setting that occurs twice has its last value */
	struct settings_plan_item *items;
	size_t n, differ;
	int mistakes;
};

struct settings_plan_request {
	const char *text; /* the file, followed by a NUL */
	size_t len;
	const struct doc *document; /* a Configuration document in place of the text; NULL: there is none */
	/* The values as xConfiguration shows them. A value that is refused, but that is shown so, is no
	 * mistake: the operating system has set it. */
	const struct doc *shown;
	/* called for each mistake, with file "", and with line 0 if it is one of a document */
	settings_complain *complain;
	void *arg;
};

/* Reads the whole text or document. A line may begin with "*c ", as in xConfiguration's answer; one whose
 * value is *** has no effect. Names that stand for nothing in a list of names are mistakes. Returns a plan,
 * which the caller frees; if mistakes is not 0, nothing of it is to be used. Nothing is changed. */
struct settings_plan *settings_plan_new(const struct settings_db *db, const struct settings_plan_request *r);
void settings_plan_free(struct settings_plan *p);

#endif
