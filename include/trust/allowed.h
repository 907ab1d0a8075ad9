/* SPDX-License-Identifier: MIT */
/* allowed: which of the loaded roots a service trusts (the setting Security Trust Service). A list has
 * fingerprints of roots (SHA-256) and names that they were given, with commas between, or the word Pins
 * alone: no root. Pins are no roots: each counts for its host, whatever list there is. */
#ifndef TRUST_ALLOWED_H
#define TRUST_ALLOWED_H

#include "base/buf.h"
#include "base/err.h"
#include "certstore/anchors.h"

enum { ALLOWED_LIST = 1028, ALLOWED_SERVICE = 48 }; /* so that the struct has no gaps */
enum { ALLOWED_ENTRIES = 32 };                      /* the most of one list */

struct allowed_roots { /* plain data, unused bytes are zero; all zero: every root is trusted */
	/* a bit for each Security Trust Service that limits the roots: 1 << (n - 1); 0: none does */
	unsigned settings;
	char service[ALLOWED_SERVICE]; /* whose roots these are, for sentences: "HttpFeedback 1" */
	char list[ALLOWED_LIST];       /* entries, each followed by a comma */
};

/* 0 if the text is a list, in which nothing stands twice, or empty; -1 with ERR_INPUT. */
int allowed_check_list(const char *list, struct err *e);
/* Returns 1 if the list after allows no root that the list before does not allow: before is empty, or entries
 * of it were only taken away, but not all, or after is Pins. Both lists were checked. */
int allowed_narrows(const char *before, const char *after);
/* Limits the roots to those of the list of Security Trust Service n, which was checked; an empty one limits
 * nothing. Where another list has limited them before, only entries of both are left. */
void allowed_limit(struct allowed_roots *a, unsigned n, const char *list);
/* Returns 1 if the anchor may be trusted: every pin, and roots that are not limited or in the list. */
int allowed_has(const struct allowed_roots *a, const struct anchor *anchor);
/* Returns how many of the loaded roots are allowed. missing (may be NULL) gets the entries of the list
 * that are none of them, with commas between. */
size_t allowed_loaded(const struct allowed_roots *a, const struct anchors *anchors, struct buf *missing);
/* Returns 1 if the roots are limited, none of those that are allowed is loaded, and nothing is pinned to the
 * host: it cannot be trusted. */
int allowed_is_nobody(const struct allowed_roots *a, const struct anchors *anchors, const char *host);
/* Writes which settings limit the roots: "Security Trust Service 1 and 2". */
void allowed_settings(const struct allowed_roots *a, char *ret, size_t size);

#endif
