/* SPDX-License-Identifier: MIT */
/* guarded: lists of settings and commands that the external manager may not use. */
#ifndef SETTINGS_GUARDED_H
#define SETTINGS_GUARDED_H

/* Returns the list of settings that are always guarded, since the manager could remove the other guards with
 * them. */
const char *settings_guarded_always(void);
/* Returns the list of settings and commands that are guarded unless Provisioning ExternalManager Released
 * names them. Both lists have the form of that setting's value. */
const char *settings_guarded_by_default(void);
/* Returns the list of settings that concern security: an attempt to change one of these that is refused
 * leaves an audit line (audit/audit.h). */
const char *settings_guarded_audited(void);

/* Returns 1 if the list contains this path: the canonical path of a setting ("NetworkServices NTP Server 2
 * Key"), or xCommand and the path of a command ("xCommand SystemUnit Boot"). An entry of the list stands for
 * all paths that begin with its words; case does not matter, and without a number it stands for all items. */
int settings_guarded_lists(const char *list, const char *path);

#endif
