/* SPDX-License-Identifier: MIT */
/* guard: what the external manager may not change or run, by the administrator's settings. */
#ifndef PROVISIONING_GUARD_H
#define PROVISIONING_GUARD_H

#include "base/err.h"
#include "doc/doc.h"
#include "settings/settings.h"

/* May the manager change this setting? path is canonical ("NetworkServices NTP Server 2 Key"), and so are
 * the values before and after. 0, or ERR_DENIED with the reason. */
int guard_setting(const struct settings *s, const char *path, const char *before, const char *after,
		  struct err *e);
/* May a guarded setting all the same come with a move to another server, which has to answer first? */
int guard_moves(const struct settings *s, const char *path);
/* May the manager run this command? path is the whole name ("SystemUnit Boot"), params its parameters. 0,
 * or ERR_DENIED with the reason. */
int guard_command(const struct settings *s, const char *path, const struct doc *params, struct err *e);

#endif
