/* SPDX-License-Identifier: MIT */
/* path: searches for a chain from the server's certificate to an anchor, among the sent and the uploaded
 * certificates. Private to trust. */
#ifndef TRUST_PATH_H
#define TRUST_PATH_H

#include "search.h"

/* Searches depth first, within limits, for a path that ends at an anchor and passes every check above the
 * server's own certificate. Returns 1: s->path is such a path; 0: there is none, or a limit was reached. */
int path_find(struct search *s);
/* To be called when path_find has returned 0, for an explanation: fills s->path with the path that comes
 * closest to an anchor, although checks of its certificates fail. At each step it chooses the likeliest
 * issuer. */
void path_find_closest(struct search *s);
/* Makes every check of s->path above the server's own certificate. */
void path_check(struct search *s, struct findings *to);

#endif
