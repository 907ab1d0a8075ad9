/* SPDX-License-Identifier: MIT */
/* enforce: the settings that a management server in secure-only mode sends to every device; checks whether a
 * device has them. */
#ifndef LAB_ENFORCE_H
#define LAB_ENFORCE_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"

#include <stddef.h>

enum enforce_level {
	ENFORCE_NOTHING,
	ENFORCE_LEVEL_3,
	ENFORCE_LEVEL_4
}; /* the guide's levels 3 (encrypted) and 4 (verified) */

struct enforce {
	enum enforce_level level;
	int port; /* the port in the server's URLs */
};

/* "off", "level3", "level4"; ERR_INPUT. */
int enforce_parse(const char *text, enum enforce_level *ret, struct err *e);
const char *enforce_name(enum enforce_level level);

/* Print the content of the elements Configuration, Command and DocumentsToPost. */
void enforce_configuration(const struct enforce *s, struct buf *out);
/* Prints the Configuration document itself, for a putxml. */
void enforce_settings(const struct enforce *s, struct buf *out);
void enforce_command(const struct enforce *s, struct buf *out);
void enforce_documents(const struct enforce *s, struct buf *out);
/* Returns 0 if the device has all the settings; -1 and in ret the setting that differs. */
int enforce_compare(const struct enforce *s, const struct doc *configuration, char *ret, size_t size);

#endif
