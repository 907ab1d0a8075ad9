/* SPDX-License-Identifier: MIT */
/* settings_origin: finds the origins of settings' values. */
#include "settings/origin.h"

#include "settings_db.h"

#include <string.h>

static const char mask[] = "***"; /* shown instead of a secret */

const char *settings_origin_word(enum settings_origin origin)
{
	static const char *const words[] = {
		[SETTINGS_FROM_DEFAULT] = "Default", [SETTINGS_FROM_FILE] = "File",
		[SETTINGS_FROM_UNKNOWN] = "Unknown", [SETTINGS_FROM_TERMINAL] = "Terminal",
		[SETTINGS_FROM_MANAGER] = "Manager",
	};
	return words[origin];
}

static const char *shown(const struct rows_place *at, const char *value)
{
	return at->row->value.flags & SCHEMA_SECRET && *value ? mask : value;
}

/* Writes all values of a setting, the one in effect first; secrets are not masked. Returns their number. */
static size_t all_of(const struct settings_layers *l, const struct rows_place *at,
		     struct settings_source ret[SETTINGS_SOURCES_MAX])
{
	const char *own = rows_values_get(&l->own, at), *file = rows_values_get(&l->file, at);
	struct rows_place heir;
	size_t n = 0;
	if (own)
		ret[n++] = (struct settings_source){ .origin = rows_values_source(&l->own, at).origin,
						     .value = own };
	if (file) {
		struct rows_source from = rows_values_source(&l->file, at);
		ret[n++] = (struct settings_source){ .origin = SETTINGS_FROM_FILE,
						     .value = file,
						     .file = l->files.path[from.file],
						     .line = from.line };
	}
	const char *inherits = at->row->inherits, *value = at->row->default_text;
	if (inherits && rows_find(inherits, &heir, NULL) == 0)
		value = settings_effective(l, &l->own, &heir);
	ret[n++] = (struct settings_source){ .value = value, .inherits = inherits };
	return n;
}

size_t settings_sources(const struct settings_db *db, const char *path,
			struct settings_source ret[SETTINGS_SOURCES_MAX], struct err *e)
{
	struct rows_place at;
	if (rows_find(path, &at, e))
		return 0;
	size_t n = all_of(&db->layers, &at, ret);
	for (size_t i = 0; i < n; i++)
		ret[i].value = shown(&at, ret[i].value);
	return n;
}

int settings_is_special(const struct settings_db *db, const char *path)
{
	struct settings_source all[SETTINGS_SOURCES_MAX];
	struct rows_place at;
	if (rows_find(path, &at, NULL))
		return 0;
	size_t n = all_of(&db->layers, &at, all);
	for (size_t i = 0; i + 1 < n; i++)
		if (strcmp(all[i].value, all[n - 1].value) != 0)
			return 1;
	return 0;
}

void settings_held(const struct settings_db *db, const char *path, struct settings_pair *ret)
{
	struct rows_place at;
	*ret = (struct settings_pair){ .path = path };
	if (rows_find(path, &at, NULL))
		return;
	ret->value = rows_values_get(&db->layers.own, &at);
	ret->origin = rows_values_source(&db->layers.own, &at).origin;
}
