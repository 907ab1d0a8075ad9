/* SPDX-License-Identifier: MIT */
/* push: reads a Configuration document that the manager pushed, and finds out which of its settings can be
 * set, which cannot, and why. */
#ifndef PROVISIONING_PUSH_H
#define PROVISIONING_PUSH_H

#include "base/err.h"
#include "doc/doc.h"
#include "settings/settings.h"

enum push_skipped {
	PUSH_UNKNOWN,     /* this agent has no such setting */
	PUSH_UNSUPPORTED, /* the setting is about something that this agent does not have */
	PUSH_GUARDED,     /* the manager may not change this setting */
	PUSH_SKIPPED_COUNT,
};
/* The settings of the manager's address and login. They are changed together, once the server at the new
 * address has answered. */
enum push_move { PUSH_ADDRESS, PUSH_PATH, PUSH_LOGIN, PUSH_PASSWORD, PUSH_MOVE_COUNT };
enum { PUSH_SET_MAX = 400, PUSH_VALUES_MAX = 4000 /* a whole codec has some 1,500 */, PUSH_NAMES = 300 };

struct push {
	size_t n, same; /* number of settings to be set, and of settings that have the pushed value already */
	struct settings_pair set[PUSH_SET_MAX];
	struct {
		char *path, *value; /* the texts that set points to; values are wiped before they are freed */
	} owned[PUSH_SET_MAX];
	struct {
		size_t n;
		char names[PUSH_NAMES];
		int cut; /* 1: names had no space for all of them */
	} skipped[PUSH_SKIPPED_COUNT];
	/* the new address and login; NULL: unchanged; these are not in `set` */
	char *move[PUSH_MOVE_COUNT];
	/* the first value that its setting does not accept: no setting of the document may be set then */
	struct err bad;
};

struct push *push_read(struct settings_db *db, const struct doc *configuration);
void push_free(struct push *p);
/* Returns 1 if the document gives the manager another address or path. */
int push_changes_address(const struct push *p);
/* Returns the path of the setting that has this part of the manager's address and login. */
const char *push_move_path(enum push_move what);
/* Returns the reason as a word for the log: "unknown", "not supported", "guarded". */
const char *push_word(enum push_skipped why);

#endif
