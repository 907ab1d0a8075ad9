/* SPDX-License-Identifier: MIT */
/* audit_items: what is audited, as a flat list of names and shown values, in memory and in a file. Who
 * compares two of these lists finds what was changed in between. */
#ifndef AUDIT_AUDIT_ITEMS_H
#define AUDIT_AUDIT_ITEMS_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* In the order of the names in audit_items.c. */
enum audit_kind {
	AUDIT_SETTING,
	AUDIT_ROOT,
	AUDIT_PIN,
	AUDIT_LIST,
	AUDIT_OWN,
	AUDIT_REQUEST,
	AUDIT_USER,
	AUDIT_REGISTRATION,
	AUDIT_KINDS
};
/* "setting", "root" ...; a file has these names, so none is ever changed. */
const char *audit_kind_name(enum audit_kind k);

enum { AUDIT_MARK = 17 };
struct audit_item {
	enum audit_kind kind;
	/* path of a setting; SHA-256 of a certificate; "SHA-256 host" of a pin; a slot's number */
	char *key;
	char *value; /* as it is shown: secrets are ***. Neither has tabs or line ends. */
	/* 16 digits of a salted hash of what the shown value hides, so that a change of it is seen; "": it
	 * hides nothing */
	char mark[AUDIT_MARK];
};
struct audit_items { /* all zero: an empty list without a salt, for audit_items_copy and audit_items_load */
	struct audit_item *all;
	size_t n, room;
	char salt[33]; /* hexadecimal digits, for the marks */
};
/* Adds an item; the texts are copied. The item is borrowed until the next call. */
struct audit_item *audit_items_add(struct audit_items *l, enum audit_kind kind, const char *key,
				   const char *value);
/* Sets the item's mark, by what its value hides. */
void audit_items_mark(const struct audit_items *l, struct audit_item *i, const char *hidden);
/* Removes the items of these kinds, a sum of 1 << kind. */
void audit_items_drop(struct audit_items *l, unsigned kinds);
/* Returns the item, borrowed until the list changes; NULL: there is none. */
const struct audit_item *audit_items_find(const struct audit_items *l, enum audit_kind kind, const char *key);
void audit_items_copy(struct audit_items *to, const struct audit_items *from);
void audit_items_done(struct audit_items *l);
/* Loads what audit_items_save wrote to the folder. A list that was never saved is empty, and has a new salt.
 * What is wrong with the file is told in notice, a line each. */
void audit_items_load(struct audit_items *l, const char *folder, struct buf *notice);
int audit_items_save(const struct audit_items *l, const char *folder, struct err *e);

#endif
