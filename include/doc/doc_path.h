/* SPDX-License-Identifier: MIT */
/* doc_path: paths that select a part of a document: feedback expressions and typed paths.
 *
 * /Status/Call[*]/Status   /Status/Call/(asterisk)/Status   status/audio   Video/Input/Connector[3]/Name
 * /Connector[@item='3']    Network 1 DNS Server 2 Address   //vid//res     Phonebook Server URL
 *
 * Upper and lower case are the same. "//" means at any depth. An index may follow a name as [3], [@item='3'],
 * or as a word or step of its own; without one, all items are meant. "*" is any one name, or any item of the
 * list that it follows; [*] is any item. Slashes and blanks both separate; "" and "/" name the root
 * itself. */
#ifndef DOC_DOC_PATH_H
#define DOC_DOC_PATH_H

#include "doc/doc.h"

enum { DOC_STEPS_MAX = 24, DOC_EXPRESSION_MAX = 255 };

struct doc_step {
	char name[DOC_NAME_MAX]; /* "*": any */
	uint32_t item;           /* 0: any */
	int any_depth;           /* the step follows "//" */
};

struct doc_path { /* plain data */
	size_t n;
	struct doc_step steps[DOC_STEPS_MAX];
};

/* names must be complete, or may be abbreviated to a unique beginning */
enum doc_words { DOC_EXACT, DOC_ABBREVIATED };

/* Reads a path in any of the forms above, of at most DOC_EXPRESSION_MAX bytes. Fails with ERR_INPUT; the
 * error says what was expected and in which column, and e->code is the column. */
int doc_path_parse(const char *text, struct doc_path *ret, struct err *e);
/* As doc_path_parse, but the error's sentence does not begin with the column. */
int doc_path_scan(const char *text, struct doc_path *ret, struct err *e);
/* Puts root ("Status") before the path, unless the path begins with it. Returns -1 if the path then has too
 * many steps. */
int doc_path_under(struct doc_path *p, const char *root);
/* The opposite: removes the first step if it is root. */
void doc_path_below(struct doc_path *p, const char *root);
/* Reads a feedback expression as clients write it: Status, Event and Configuration may be abbreviated to a
 * unique beginning ("config"), "" and "/" mean every document, and a path that begins with none of the three
 * ("/Bookings", "Audio/Volume") is one below Status, as on video codecs. Fails as doc_path_parse does. */
int doc_path_expression(const char *text, struct doc_path *ret, struct err *e);
/* Returns 1 if the expression names none of the three documents. Then it is most likely a mistake, which no
 * codec reports: ret gets what follows the expression in a sentence, "names none of the documents ...". */
int doc_path_is_stray(const char *text, char *ret, size_t size);
/* Writes the path as "Status/Call[1]/Foo", the form of XPath in errors. */
void doc_path_print(const struct doc_path *p, struct buf *out);

/* Returns 1 if the path selects anything of this change, whose root the path's first step names: the change
 * has a node at the path, below it, or a ghost above it. Names must be exact, in upper or lower case.
 * Allocates nothing, and visits each node at most once, down to DOC_DEPTH_MAX. */
int doc_path_matches(const struct doc_path *p, const struct doc *change);

/* Returns a copy of all nodes that any of the n paths selects, with their ancestors, in document order; the
 * caller frees it. A path to an inner node selects everything below it; a path that leads below a ghost
 * selects the ghost. NULL if nothing is selected. Visits each node once. */
struct doc *doc_select(const struct doc *root, const struct doc_path *const *paths, size_t n);

/* Finds the nodes that a typed path selects and calls fn for each, in document order. An abbreviated word
 * must be unique among siblings (an exact name always is); after "//" it stands for all names that begin so.
 * Returns the number of nodes. Fails with ERR_NOTFOUND if nothing is selected (the error names the word that
 * was not found and the most similar known one), or with ERR_INPUT if a word is ambiguous (the error lists
 * the candidates). With ERR_NOTFOUND e->code is higher the more of the path was found, so that the best of
 * several documents' errors can be chosen. The path's first step names a child of root, not root itself; a
 * path without steps selects root. Below a selected node nothing more is selected. */
int doc_find(const struct doc *root, const struct doc_path *p, enum doc_words how,
	     void (*fn)(void *arg, const struct doc *d), void *arg, struct err *e);

/* Returns a copy of root that has only the nodes that doc_find visits for this path, and everything below its
 * end. doc_find finds the same in it. The caller frees it. */
struct doc *doc_path_sparse(const struct doc *root, const struct doc_path *p);
/* Returns copies of the nodes that doc_find finds, with their ancestors, which the caller frees; NULL and *e
 * as doc_find. */
struct doc *doc_path_subset(const struct doc *root, const struct doc_path *p, enum doc_words how,
			    struct err *e);

#endif
