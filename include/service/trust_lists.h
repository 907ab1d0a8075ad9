/* SPDX-License-Identifier: MIT */
/* trust_lists: the lists of roots that services are limited to (Security Trust Service), held against the
 * roots that are loaded. */
#ifndef SERVICE_TRUST_LISTS_H
#define SERVICE_TRUST_LISTS_H

#include "base/buf.h"
#include "certstore/anchors.h"
#include "settings/settings.h"
#include "status/status.h"

/* One for each item of the setting, and one for each service that several items limit together. */
enum { TRUST_LISTS_MAX = 16 };

struct trust_lists;
/* Both are borrowed. */
struct trust_lists *trust_lists_new(const struct settings_db *settings, const struct anchors *anchors);
void trust_lists_free(struct trust_lists *t);

/* What is wrong with a list. */
struct trust_list {
	unsigned item;   /* n of Security Trust Service n; of several the first one */
	int is_nobody;   /* no root is loaded that it allows: the service trusts pins alone */
	char text[1800]; /* a whole sentence */
};
/* Returns 1 and *ret if something is wrong with the list of this number, from 0 to TRUST_LISTS_MAX - 1; 0:
 * nothing is. That a list is Pins is as it was wanted. */
int trust_lists_at(const struct trust_lists *t, unsigned number, struct trust_list *ret);
/* To be called after each change of settings or roots, so that what is wrong since then is known. */
void trust_lists_update(struct trust_lists *t);
/* Appends what the last change has made wrong, a line each that ends in a newline. */
void trust_lists_describe(const struct trust_lists *t, struct buf *out);

/* Its leaves of the status; their argument is the trust_lists. */
extern const struct status_row trust_lists_status_rows[];

#endif
