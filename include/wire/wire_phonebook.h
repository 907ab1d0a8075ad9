/* SPDX-License-Identifier: MIT */
/* wire_phonebook: messages to and from a server's phone book (wire-formats.md 2.1). */
#ifndef WIRE_WIRE_PHONEBOOK_H
#define WIRE_WIRE_PHONEBOOK_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/post.h"

#include <stddef.h>
#include <stdint.h>

enum { PHONEBOOK_ENTRIES_MAX = 1000, PHONEBOOK_ROUTES_MAX = 16, PHONEBOOK_TEXT_MAX = 1024 };

#define PHONEBOOK_CONTENT_TYPE "text/xml; charset=utf-8"
/* Values of the SOAPAction header: without quotes, as video codecs send them and servers compare them. */
#define PHONEBOOK_SOAP_ACTION_SEARCH "http://www.tandberg.net/2004/06/PhoneBookSearch/Search"
#define PHONEBOOK_SOAP_ACTION_LIST   "http://www.tandberg.net/2004/06/PhoneBookSearch/GetPhonebooks"

enum phonebook_scope { PHONEBOOK_SUB_TREE, PHONEBOOK_SINGLE_LEVEL }; /* search below, or list one folder */

struct phonebook_query {         /* every text may be NULL */
	const char *text;        /* text anywhere in the name */
	const char *starts_with; /* beginning of the name */
	const char *folder;      /* id of a folder; NULL: the top folders */
	enum phonebook_scope scope;
	const char *after; /* for further pages: the last id of the previous page */
	unsigned max;      /* maximum number of entries */
};
void phonebook_write_search(const struct wire_identity *who, const struct phonebook_query *q, struct buf *b);
void phonebook_write_list(const struct wire_identity *who, struct buf *b);

/* No text is NULL. Blanks at both ends are removed, and texts are cut to PHONEBOOK_TEXT_MAX bytes, between
 * two characters. */
struct phonebook_route {
	char *dial_string, *protocol, *call_type, *description, *system_type, *restriction;
};

struct phonebook_entry {
	int is_folder;
	/* folder: id of the folder that contains the entry; "": the answer has none */
	char *id, *name, *folder;
	char *system_type;
	int64_t entries; /* number of entries of a folder; -1: the answer has none */
	size_t n_routes;
	struct phonebook_route *routes;
};

struct phonebook_page {
	size_t n;
	struct phonebook_entry *entries; /* in the server's order */
	size_t left_out;                 /* entries beyond PHONEBOOK_ENTRIES_MAX, which were not read */
	size_t routes_left_out;          /* routes beyond PHONEBOOK_ROUTES_MAX of an entry */
	int is_last;                     /* 1: the result is marked as the last page */
	int marks_last; /* 1: the last entry is marked as the last one, which some servers do on each page */
	int64_t total;  /* NoOfEntries of the result; -1: there is none */
	int folder_missing; /* 1: FolderExists is false */
};

/* Reads the answer to either request. Only local names count; elements may be in any order. Fails with
 * ERR_PROTOCOL if it is not XML, another document, or a SOAP fault. *ret is overwritten; on failure it is
 * empty. */
int phonebook_read_page(const char *text, size_t len, struct phonebook_page *ret, struct err *e);
void phonebook_page_done(struct phonebook_page *p);
/* Returns the id after which the next page begins; NULL if there is none. Borrowed. */
const char *phonebook_last_id(const struct phonebook_page *p);

#endif
