/* SPDX-License-Identifier: MIT */
/* push: a Configuration document from the manager, read: what of it is to be set, and what is not,
 * and why. */
#ifndef PROVISIONING_PUSH_H
#define PROVISIONING_PUSH_H

#include "base/err.h"
#include "doc/doc.h"
#include "settings/settings.h"

enum push_skipped {
	PUSH_UNKNOWN,     /* no setting of this agent */
	PUSH_UNSUPPORTED, /* a setting of what this agent does not have */
	PUSH_GUARDED,     /* the administrator keeps it from the manager */
	PUSH_SKIPPED,
};
/* Where the manager is, and as whom we log in there: set together, when the new place has answered. */
enum push_move { PUSH_ADDRESS, PUSH_PATH, PUSH_LOGIN, PUSH_PASSWORD, PUSH_MOVES };
enum { PUSH_SET_MAX = 400, PUSH_VALUES_MAX = 4000 /* a whole codec's are some 1,500 */, PUSH_NAMES = 300 };

struct push {
	size_t n, same;                         /* to be set; as they are already */
	struct settings_pair set[PUSH_SET_MAX]; /* owned */
	struct {
		size_t n;
		char names[PUSH_NAMES];
		int cut;
	} skipped[PUSH_SKIPPED];
	char *move[PUSH_MOVES]; /* to another place: what is different there, else NULL; not in set */
	struct err bad;         /* a value that cannot be: nothing of it all may be set */
};

struct push *push_read(struct settings_db *db, const struct doc *configuration);
void push_free(struct push *p);
/* Another address or path is wanted. */
int push_moves(const struct push *p);
/* The setting's path. */
const char *push_move_path(enum push_move what);
/* "unknown", "not supported", "guarded" */
const char *push_word(enum push_skipped why);

#endif
