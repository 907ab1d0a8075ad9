/* SPDX-License-Identifier: MIT */
/* phonebook: requests to a server's phone book and its answers (wire-formats.md 2.1). */
#ifndef WIRE_PHONEBOOK_H
#define WIRE_PHONEBOOK_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/post.h"

#include <stddef.h>
#include <stdint.h>

enum { PHONEBOOK_ENTRIES_MAX = 1000, PHONEBOOK_ROUTES_MAX = 16, PHONEBOOK_TEXT_MAX = 1024 };

#define PHONEBOOK_CONTENT_TYPE "text/xml; charset=utf-8"
/* Values of the SOAPAction header: without quotes, as codecs send them and servers compare them. */
#define PHONEBOOK_SOAP_ACTION_SEARCH "http://www.tandberg.net/2004/06/PhoneBookSearch/Search"
#define PHONEBOOK_SOAP_ACTION_LIST   "http://www.tandberg.net/2004/06/PhoneBookSearch/GetPhonebooks"

enum phonebook_scope { PHONEBOOK_SUB_TREE, PHONEBOOK_SINGLE_LEVEL }; /* search below, or list one folder */

struct phonebook_query {         /* every text may be NULL */
	const char *text;        /* anywhere in the name */
	const char *starts_with; /* beginning of the name */
	const char *folder;      /* id of a folder; NULL: the roots */
	enum phonebook_scope scope;
	const char *after; /* paging: the last id of the page before */
	unsigned max;      /* entries wanted */
};
void phonebook_write_search(const struct wire_identity *who, const struct phonebook_query *q, struct buf *b);
void phonebook_write_list(const struct wire_identity *who, struct buf *b);

/* No text is ever NULL; blanks around are trimmed; longer ones are cut to PHONEBOOK_TEXT_MAX bytes at a
 * character. */
struct phonebook_route {
	char *dial_string, *protocol, *call_type, *description, *system_type, *restriction;
};

struct phonebook_entry {
	int is_folder;
	char *id, *name, *folder; /* folder: id of the folder around it, "" if the answer does not say */
	char *system_type;
	int64_t entries; /* of a folder, -1 if not said */
	size_t n_routes;
	struct phonebook_route *routes;
};

struct phonebook_page {
	size_t n;
	struct phonebook_entry *entries; /* in the server's order */
	size_t left_out;    /* beyond PHONEBOOK_ENTRIES_MAX, and routes beyond PHONEBOOK_ROUTES_MAX */
	int is_last;        /* the server says of the result that nothing follows */
	int marks_last;     /* ... and of its last entry: of all of them, or, with some, of this page */
	int64_t total;      /* NoOfEntries of the result, -1 if not said */
	int folder_missing; /* FolderExists is false */
};

/* Reads the answer to either request by local names, in any order. ERR_PROTOCOL: no XML, something else, or a
 * SOAP fault. ret is filled anew; on failure it is empty. */
int phonebook_read_page(const char *text, size_t len, struct phonebook_page *ret, struct err *e);
void phonebook_page_done(struct phonebook_page *p);
/* The id to page on after; NULL if there is none. Borrowed. */
const char *phonebook_last_id(const struct phonebook_page *p);

#endif
