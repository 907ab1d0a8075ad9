/* SPDX-License-Identifier: MIT */
/* enforce: the settings that a management server in secure-only mode sends to every device; checks whether a
 * device has them. */
#ifndef LAB_ENFORCE_H
#define LAB_ENFORCE_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"

#include <stddef.h>

/* Levels 3 (encrypted) and 4 (verified) of the vendor's deployment guide. */
enum enforce_level { ENFORCE_NOTHING, ENFORCE_LEVEL_3, ENFORCE_LEVEL_4 };

struct enforce {
	enum enforce_level level;
	int port; /* the port in the server's URLs */
};

/* Converts "off", "level3" or "level4" to a level. Fails with ERR_INPUT. */
int enforce_parse(const char *text, enum enforce_level *ret, struct err *e);
const char *enforce_name(enum enforce_level level);

/* Print the contents of the elements Configuration, Command and DocumentsToPost in the manager's answer:
 * enforce_configuration, enforce_command, enforce_documents. */
void enforce_configuration(const struct enforce *s, struct buf *out);
/* Prints the Configuration document itself, for a putxml. */
void enforce_settings(const struct enforce *s, struct buf *out);
void enforce_command(const struct enforce *s, struct buf *out);
void enforce_documents(const struct enforce *s, struct buf *out);
/* Returns 0 if the device has all the settings; otherwise -1, and ret gets the setting that differs. */
int enforce_compare(const struct enforce *s, const struct doc *configuration, char *ret, size_t size);

#endif
