/* SPDX-License-Identifier: MIT */
/* audit_items: the audited items as a flat list of names and displayed values, in memory and in a file. A
 * comparison of two such lists shows what was changed in between. */
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
/* Returns the kind's name: "setting", "root" ... The names are in stored files, so they must not be
 * changed. */
const char *audit_kind_name(enum audit_kind k);

enum { AUDIT_MARK = 17 };
struct audit_item {
	enum audit_kind kind;
	/* path of a setting; SHA-256 of a certificate; "SHA-256 host" of a pin; a slot's number */
	char *key;
	char *value; /* as it is displayed: secrets are ***. key and value contain no tabs or line ends. */
	/* 16 digits of a salted hash of the part that the displayed value hides, so that a change of that
	 * part is noticed; "": nothing is hidden */
	char mark[AUDIT_MARK];
};
struct audit_items { /* all zero: an empty list without a salt, for audit_items_move and audit_items_load */
	struct audit_item *all;
	size_t n, room;
	char salt[33]; /* hexadecimal digits, for the marks */
};
/* Adds an item; the texts are copied. The item is borrowed until the next call. */
struct audit_item *audit_items_add(struct audit_items *l, enum audit_kind kind, const char *key,
				   const char *value);
/* Sets the item's mark to the hash of `hidden`, the part that its value hides. */
void audit_items_mark(const struct audit_items *l, struct audit_item *i, const char *hidden);
/* Moves the items of these kinds, a sum of 1 << kind, to another list. */
void audit_items_move(struct audit_items *to, struct audit_items *from, unsigned kinds);
/* Returns the item, borrowed until the list changes; NULL: there is none. */
const struct audit_item *audit_items_find(const struct audit_items *l, enum audit_kind kind, const char *key);
void audit_items_done(struct audit_items *l);
/* Loads the list that audit_items_save wrote to the folder. If there is no file, the list is empty and gets a
 * new salt. If the file is damaged, notice gets a line about it. */
void audit_items_load(struct audit_items *l, const char *folder, struct buf *notice);
int audit_items_save(const struct audit_items *l, const char *folder, struct err *e);

#endif
