/* SPDX-License-Identifier: MIT */
/* origin: where the values of settings come from, and what they hide. A value that the terminal or the
 * manager has set hides the one of the administrator's files, and that one hides the default. */
#ifndef SETTINGS_ORIGIN_H
#define SETTINGS_ORIGIN_H

#include "settings/settings.h"

/* Returns "Default", "File", "Unknown", "Terminal" or "Manager". */
const char *settings_origin_word(enum settings_origin origin);

/* One of the values that a setting has been given. */
struct settings_source {
	enum settings_origin origin;
	const char *value; /* "***" for a secret that is not empty */
	const char *file;  /* SETTINGS_FROM_FILE: the file and the line; otherwise NULL and 0 */
	unsigned line;
	/* SETTINGS_FROM_DEFAULT: the row's path of the setting whose value is used while this one is not
	 * set; NULL: the value is the row's own default */
	const char *inherits;
};
enum { SETTINGS_SOURCES_MAX = 3 };
/* Writes to ret all values that the setting has been given: the first one is in effect, each hides those
 * after it, and the last one is the default. path is as settings_lookup takes it. Returns their number, or
 * 0 with *e if there is no such setting. The texts are borrowed until the next change of the settings. */
size_t settings_sources(const struct settings_db *db, const char *path,
			struct settings_source ret[SETTINGS_SOURCES_MAX], struct err *e);
/* Returns 1 if any of the setting's values (as settings_sources gives them) differs from its default, so
 * that it belongs to a list of what is special about a device. */
int settings_is_special(const struct settings_db *db, const char *path);

/* What the terminal or the manager has set: the value itself, even if it is a secret, and its origin;
 * value NULL: neither has set this setting. Given to settings_change_put later, it brings back exactly
 * this state. path has to be canonical. ret borrows path, and the value until the next change of the
 * settings. */
void settings_held(const struct settings_db *db, const char *path, struct settings_pair *ret);

#endif
