/* SPDX-License-Identifier: MIT */
/* guard: decides, from the administrator's settings, which settings the external manager may change and which
 * commands it may run. */
#ifndef PROVISIONING_GUARD_H
#define PROVISIONING_GUARD_H

#include "base/err.h"
#include "doc/doc.h"
#include "settings/settings.h"

/* Returns 0 if the manager may change this setting from `before` to `after`, otherwise fails with ERR_DENIED
 * and the reason. path is canonical ("NetworkServices NTP Server 2 Key"), and so are the values. */
int guard_setting(const struct settings *s, const char *path, const char *before, const char *after,
		  struct err *e);
/* A move to another server, which has to answer first, may include settings that are guarded by default.
 * Returns 1 if this is allowed for the setting at path: if the administrator has not named it in Provisioning
 * ExternalManager Guarded. */
int guard_allows_with_move(const struct settings *s, const char *path);
/* Returns 0 if the manager may run this command, otherwise fails with ERR_DENIED and the reason. path is the
 * command's whole name ("SystemUnit Boot"); params has a child for each parameter. */
int guard_command(const struct settings *s, const char *path, const struct doc *params, struct err *e);

#endif
