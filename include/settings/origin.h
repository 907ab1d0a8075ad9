/* SPDX-License-Identifier: MIT */
/* origin: the origins of settings' values, and the values that they hide. A value from the terminal or the
 * manager hides the one from the administrator's files, and that one hides the default. */
#ifndef SETTINGS_ORIGIN_H
#define SETTINGS_ORIGIN_H

#include "settings/settings.h"

/* Returns "Default", "File", "Unknown", "Terminal" or "Manager". */
const char *settings_origin_word(enum settings_origin origin);

/* One of the values that a setting has. */
struct settings_source {
	enum settings_origin origin;
	const char *value; /* "***" for a secret that is not empty */
	const char *file;  /* SETTINGS_FROM_FILE: the file and the line; otherwise NULL and 0 */
	unsigned line;
	/* SETTINGS_FROM_DEFAULT: the row's path of the setting whose value is used while this one is not set;
	 * NULL: the value is the row's own default */
	const char *inherits;
};
enum { SETTINGS_SOURCES_MAX = 3 };
/* Writes all values of the setting to ret: the first one is in effect, each hides the following ones, and the
 * last one is the default. path: as for settings_lookup. Returns their number, or 0 with *e if there is no
 * such setting. The texts are borrowed until the next change of the settings. */
size_t settings_sources(const struct settings_db *db, const char *path,
			struct settings_source ret[SETTINGS_SOURCES_MAX], struct err *e);
/* Returns 1 if any of the setting's values (see settings_sources) differs from its default, so that it is
 * listed as special to this device. */
int settings_is_special(const struct settings_db *db, const char *path);

/* Gets the value that the terminal or the manager has set, even if it is a secret, and its origin; value
 * NULL: neither has set this setting. Passed to settings_change_put later, it restores exactly this state.
 * path must be canonical. ret borrows path, and the value until the next change of the settings. */
void settings_held(const struct settings_db *db, const char *path, struct settings_pair *ret);

#endif
