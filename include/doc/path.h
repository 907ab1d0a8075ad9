/* SPDX-License-Identifier: MIT */
/* path: what selects from a document: feedback expressions and typed paths.
 *
 *   /Status/Call[*]/Status   /Status/Call/(asterisk)/Status   status/audio   Video/Input/Connector[3]/Name
 *   /Connector[@item='3']    Network 1 DNS Server 2 Address   //vid//res     Phonebook Server URL
 *
 * Upper and lower case are the same. "//" means at any depth. An index may follow a name as [3], [@item='3'],
 * or as a word or step of its own; without one, all items are meant. "*" is any one name, or any item of the
 * list that it follows; [*] is any item. Slashes and blanks both separate; "" and "/" name the root
 * itself. */
#ifndef DOC_PATH_H
#define DOC_PATH_H

#include "doc/doc.h"

enum { DOC_STEPS_MAX = 24, DOC_EXPRESSION_MAX = 255 };

struct doc_step {
	char name[DOC_NAME_MAX]; /* "*": any */
	uint32_t item;           /* 0: any */
	int any_depth;           /* "//" stood before it */
};

struct doc_path { /* plain data */
	size_t n;
	struct doc_step steps[DOC_STEPS_MAX];
};

enum doc_words { DOC_EXACT, DOC_ABBREVIATED }; /* whole names, or unique beginnings of them */

/* Either form, see above, of at most DOC_EXPRESSION_MAX bytes. ERR_INPUT with what was
 * expected and the column, which is e->code, too. */
int doc_path_parse(const char *text, struct doc_path *ret, struct err *e);
/* The same, but the error's sentence does not begin with the column. */
int doc_path_scan(const char *text, struct doc_path *ret, struct err *e);
/* Makes it start with root ("Status") unless it does already. Returns -1 if there are too many steps. */
int doc_path_under(struct doc_path *p, const char *root);
/* The other way: takes the first step away if it is root. */
void doc_path_below(struct doc_path *p, const char *root);
/* An expression of feedback, as drivers write them: Status, Event and Configuration may be abbreviated to a
 * unique beginning ("config"), "" and "/" mean every document, and what begins with none of them
 * ("/Bookings", "Audio/Volume") stands below Status, as codecs take it. Errors as doc_path_parse. */
int doc_path_expression(const char *text, struct doc_path *ret, struct err *e);
/* Writes "Status/Call[1]/Foo", as errors' XPath shows it. */
void doc_path_print(const struct doc_path *p, struct buf *out);

/* Does this change (its root name is the path's first step) concern the path? It does when the change has a
 * node at, above as a ghost, or below the place that the path names. Exact names, any case. Allocates
 * nothing; looks at each node once, however the path is made, and down to DOC_DEPTH_MAX. */
int doc_path_matches(const struct doc_path *p, const struct doc *change);

/* Copies from root all that any of the n paths selects, with its ancestors (a path that ends in an inner node
 * selects all below it; above a ghost, the ghost); NULL if nothing. One pass, document order. */
struct doc *doc_select(const struct doc *root, const struct doc_path *const *paths, size_t n);

/* The typed path's nodes: calls fn for each node selected in document order. Abbreviated words must be unique
 * among siblings (an exact name always is); from "//" on every name that begins so is meant. Returns how
 * many; ERR_NOTFOUND when nothing is selected (text names the word that fails and the nearest known one),
 * ERR_INPUT when a word is ambiguous (text lists the candidates); -1. With ERR_NOTFOUND e->code says how far
 * it came, to compare documents by. The path's first step names a child of root, not root itself; a path
 * without steps selects root. Below a selected node nothing more is selected. */
int doc_find(const struct doc *root, const struct doc_path *p, enum doc_words how,
	     void (*fn)(void *arg, const struct doc *d), void *arg, struct err *e);

/* A copy of what doc_find might walk through for the path, and what lies below its end: all else is left out.
 * It finds the same there. */
struct doc *doc_path_sparse(const struct doc *root, const struct doc_path *p);
/* Tree of copies of what doc_find finds, with ancestors; NULL and *e as doc_find. */
struct doc *doc_path_subset(const struct doc *root, const struct doc_path *p, enum doc_words how,
			    struct err *e);

#endif
