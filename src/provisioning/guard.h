/* SPDX-License-Identifier: MIT */
/* manage_guard: what the external manager may not touch. */
#ifndef PROVISIONING_GUARD_H
#define PROVISIONING_GUARD_H

#include "base/err.h"
#include "doc/doc.h"
#include "settings/settings.h"

/* Each 0, or ERR_DENIED with the reason. path: canonical ("NetworkServices NTP Server 2 Key"); before and
 * after: canonical values. */
int guard_setting(const struct settings *s, const char *path, const char *before, const char *after,
		  struct err *e);
/* Of a setting that is guarded: may it come with a move to another server, which has to answer first? */
int guard_moves(const struct settings *s, const char *path);
/* path: whole ("SystemUnit Boot"); params: what is given with it. */
int guard_command(const struct settings *s, const char *path, const struct doc *params, struct err *e);

#endif
