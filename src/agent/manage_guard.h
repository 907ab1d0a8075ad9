/* manage_guard: what the external manager may not touch. */
#ifndef AGENT_MANAGE_GUARD_H
#define AGENT_MANAGE_GUARD_H

#include "base/err.h"
#include "settings/settings.h"

/* Each 0, or ERR_DENIED with the reason. path: canonical ("NetworkServices NTP Server 2 Key"); before and after: canonical
 * values. */
int manage_guard_setting(const struct settings *s, const char *path, const char *before, const char *after, struct err *e);
/* path: whole ("SystemUnit Boot"). */
int manage_guard_command(const struct settings *s, const char *path, struct err *e);

#endif
