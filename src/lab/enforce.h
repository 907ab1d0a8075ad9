/* SPDX-License-Identifier: MIT */
/* enforce: what a management server in secure-only mode sends to every device, and whether a device has
 * it. */
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
}; /* of the guide: encrypted; and verified */

struct enforce {
	enum enforce_level level;
	int port; /* of the server's URLs */
};

/* "off", "level3", "level4"; ERR_INPUT. */
int enforce_parse(const char *text, enum enforce_level *ret, struct err *e);
const char *enforce_name(enum enforce_level level);

/* Insides of Configuration, Command and DocumentsToPost. */
void enforce_configuration(const struct enforce *s, struct buf *out);
void enforce_command(const struct enforce *s, struct buf *out);
void enforce_documents(const struct enforce *s, struct buf *out);
/* 0: the device has it all; -1 and which setting has not its value. */
int enforce_compare(const struct enforce *s, const struct doc *configuration, char *ret, size_t size);

#endif
