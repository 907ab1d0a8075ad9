/* manage_push: a Configuration document from the manager, judged: what of it is to be set, and what is not, and why. */
#ifndef AGENT_MANAGE_PUSH_H
#define AGENT_MANAGE_PUSH_H

#include "agent/agent.h"

enum manage_skipped {
	MANAGE_UNKNOWN,		/* no setting of this agent */
	MANAGE_UNSUPPORTED,	/* a setting of what this agent does not have */
	MANAGE_GUARDED,		/* the administrator keeps it from the manager */
	MANAGE_SKIPPED,
};
enum { MANAGE_SET_MAX = 400, MANAGE_NAMES = 300 };

struct manage_push {
	size_t n, same;				/* to be set; as they are already */
	struct agent_setting set[MANAGE_SET_MAX];	/* owned */
	struct { size_t n; char names[MANAGE_NAMES]; int cut; } skipped[MANAGE_SKIPPED];
	char *address, *path;			/* of the manager itself, NULL unless another one is wanted; not in set */
	struct err bad;				/* a value that cannot be: nothing of it all may be set */
};

struct manage_push *manage_push_read(struct settings_db *db, const struct doc *configuration);
void manage_push_free(struct manage_push *p);
/* "unknown", "not supported", "guarded" */
const char *manage_push_word(enum manage_skipped why);

#endif
