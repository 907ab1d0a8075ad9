/* SPDX-License-Identifier: MIT */
/* guarded: lists of settings and commands that are kept from the external manager. */
#ifndef SETTINGS_GUARDED_H
#define SETTINGS_GUARDED_H

/* What no setting releases: whoever may change it would lift the guards. */
const char *settings_guarded_always(void);
/* What is guarded as long as Provisioning ExternalManager Released does not name it. Both are lists as the
 * settings have them. */
const char *settings_guarded_by_default(void);

/* Does an entry of the list stand for this path? path: a setting's canonical one ("NetworkServices NTP Server
 * 2 Key"), or a command's behind xCommand ("xCommand SystemUnit Boot"). An entry stands for everything that
 * begins with its words, in any case; without a number it stands for every item. */
int settings_guarded_lists(const char *list, const char *path);

#endif
