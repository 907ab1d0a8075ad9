/* SPDX-License-Identifier: MIT */
/* manage_push: a Configuration document from the manager, judged: what of it is to be set, and what is not,
 * and why. */
#ifndef AGENT_MANAGE_PUSH_H
#define AGENT_MANAGE_PUSH_H

#include "agent/agent.h"

enum manage_skipped {
	MANAGE_UNKNOWN,     /* no setting of this agent */
	MANAGE_UNSUPPORTED, /* a setting of what this agent does not have */
	MANAGE_GUARDED,     /* the administrator keeps it from the manager */
	MANAGE_SKIPPED,
};
/* Where the manager is, and as whom we log in there: set together, when the new place has answered. */
enum manage_move { MANAGE_ADDRESS, MANAGE_PATH, MANAGE_LOGIN, MANAGE_PASSWORD, MANAGE_MOVES };
enum {
	MANAGE_SET_MAX = 400,
	MANAGE_VALUES_MAX = 4000 /* a whole codec's are some 1,500 */,
	MANAGE_NAMES = 300
};

struct manage_push {
	size_t n, same;                           /* to be set; as they are already */
	struct agent_setting set[MANAGE_SET_MAX]; /* owned */
	struct {
		size_t n;
		char names[MANAGE_NAMES];
		int cut;
	} skipped[MANAGE_SKIPPED];
	char *move[MANAGE_MOVES]; /* to another place: what is different there, else NULL; not in set */
	struct err bad;           /* a value that cannot be: nothing of it all may be set */
};

struct manage_push *manage_push_read(struct settings_db *db, const struct doc *configuration);
void manage_push_free(struct manage_push *p);
/* Another address or path is wanted. */
int manage_push_moves(const struct manage_push *p);
/* The setting's path. */
const char *manage_push_move_path(enum manage_move what);
/* "unknown", "not supported", "guarded" */
const char *manage_push_word(enum manage_skipped why);

#endif
