/* SPDX-License-Identifier: MIT */
/* doc: an xAPI document: a tree whose root is Configuration, Status, Event, Command or another element, with
 * item numbers, attributes and values (wire-formats.md 6.3). xAPI is the interface of video codecs; codec
 * software speaks it, too. */
#ifndef DOC_DOC_H
#define DOC_DOC_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { DOC_NAME_MAX = 64, DOC_DEPTH_MAX = 32 };
#define DOC_UNBOUNDED UINT32_MAX

/* The type of a leaf's value. In terminal mode strings are printed in quotes, integers and literals
 * without. */
enum doc_type { DOC_NODE, DOC_STRING, DOC_INTEGER, DOC_LITERAL };

struct doc_attr { /* status="OK", product="...": an attribute that has no field in struct doc */
	struct doc_attr *next;
	char *name, *value;
};

/* The fields may be read; only the functions below change the tree. */
struct doc {
	struct doc *parent, *first, *last, *next;
	char *name;
	char *value; /* NULL: the node is not a leaf, or is empty */
	enum doc_type type;
	uint32_t item;           /* number in its list; 0: none */
	uint32_t max_occurrence; /* 0: it is not known to be a list; DOC_UNBOUNDED: "n" */
	int ghost;               /* 1: the object has been removed */
	/* number of the user who added it or last set its value; doc_merge copies it */
	uint32_t owner;
	struct doc_attr *attrs;
};

/* Returns a root, which the caller frees with doc_free. Names are copied. */
struct doc *doc_new(const char *name);
void doc_free(struct doc *d);
/* Overwrites all values, which may be secrets; to be called before doc_free. NULL is allowed. */
void doc_wipe(struct doc *d);
/* Appends a child and returns it; parent owns it. item 0: it has no number. */
struct doc *doc_add(struct doc *parent, const char *name, uint32_t item);
/* Appends a leaf and returns it. */
struct doc *doc_add_value(struct doc *parent, const char *name, enum doc_type type, const char *value);
/* Appends a leaf of the type DOC_STRING, unless the text is empty. */
void doc_add_text(struct doc *parent, const char *name, const char *text);
struct doc *doc_add_int(struct doc *parent, const char *name, int64_t value);
/* Makes d a leaf with a copy of this value; its children are freed. */
void doc_set_value(struct doc *d, enum doc_type type, const char *value);
void doc_set_attr(struct doc *d, const char *name, const char *value);
const char *doc_attr(const struct doc *d, const char *name); /* NULL if there is none */
/* Appends child, a root that parent owns from now on. */
void doc_adopt(struct doc *parent, struct doc *child);
/* Removes d from its parent; it is then a root, which the caller frees. */
void doc_detach(struct doc *d);
struct doc *doc_copy(const struct doc *d);

/* Returns the first child with this exact name and item (0: any item); NULL if there is none. */
struct doc *doc_child(const struct doc *d, const char *name, uint32_t item);
/* Returns the node at a path of exact names, "SystemUnit/Software/Version" or "Network[1]/IPv4/Address"; NULL
 * if there is none. */
struct doc *doc_get(const struct doc *d, const char *path);
/* Returns the value of the leaf that doc_get finds, or fallback (which may be NULL). */
const char *doc_text(const struct doc *d, const char *path, const char *fallback);
/* As doc_get, but adds missing nodes, in order of names and items, so that a value can be set. "Call[3]"
 * makes a list node (max_occurrence unbounded). path must be well formed (a constant of the program). */
struct doc *doc_make(struct doc *d, const char *path);
/* Returns the number of nodes, including d itself. */
size_t doc_count(const struct doc *d);
/* Returns 1 if the node belongs to a list: it has max_occurrence, or an item above 1. Events have item="1" on
 * every element, which does not count. */
int doc_is_list(const struct doc *d);
/* Writes the canonical path: "/Status/Call[3]/Status" (items only for list nodes). */
void doc_path_of(const struct doc *d, struct buf *out);

/* In the next four functions a node without an item is the same as item 1, and the order of siblings does not
 * matter.
 *
 * Merges `news` (with the same root name) into `into`: values are replaced, new nodes are added, and ghosts
 * remove nodes. Returns a document with the actual changes, which the caller frees; NULL if there were none.
 * It has only leaves whose value is new, and ghosts only of nodes that existed. Children are kept in order of
 * their names, list items in order of their numbers. */
struct doc *doc_merge(struct doc *into, const struct doc *news);
/* Returns the change that restores `into` as it is now after news will have been merged into it: old values,
 * and ghosts of nodes that do not exist now. Attributes are not restored. The caller frees it. */
struct doc *doc_merge_undo(const struct doc *into, const struct doc *news);
/* Attributes count as nodes; bytes are those of names and values. */
struct doc_size {
	size_t nodes, bytes;
};
/* Returns by how much `into` can grow at most if news is merged into it. */
struct doc_size doc_merge_growth(const struct doc *into, const struct doc *news);
/* Returns the size of d without its children. */
struct doc_size doc_size_of_node(const struct doc *d);
/* Combines two changes, `into` and the later `news`, in into, with the last value of each leaf. A node that
 * was removed is a ghost; if it was then added again, the new node follows the ghost. */
void doc_accumulate(struct doc *into, const struct doc *news);
/* Returns the change that turns a into b when it is merged (with ghosts for removed nodes), which the caller
 * frees; NULL if they are equal. */
struct doc *doc_diff(const struct doc *a, const struct doc *b);
/* Returns 1 if both have the same names, items, values and ghosts; types and attributes are not compared. */
int doc_equal(const struct doc *a, const struct doc *b);

/* Printing. None of these functions adds a "** end", OK or blank line.
 *
 * Terminal: prefix is "*s", "*c xConfiguration", "*e" or "*r"; "<prefix> Audio Volume: 65\n" is printed for
 * each leaf. The root's own name is left out, unless print_root is set (for results: "*r DialResult ...").
 * Items are printed for list nodes. A ghost prints "<prefix> Call 2 (ghost=True):"; a node with an attribute
 * status prints a line of its own before its children, "*r DialResult (status=OK):"; a leaf with an attribute
 * error prints "... DefaultVolume (error=True): ...". Texts, and values of attributes that are not plain
 * words, are put in quotes by text_quote. */
void doc_print_terminal(const struct doc *d, const char *prefix, int print_root, struct buf *out);
/* XML: two blanks for each level; attributes in the order ghost, item, maxOccurrence, others; <Name></Name>
 * for an empty value, <Name/> for a node without a value. indent: the number of levels to begin with. */
void doc_print_xml(const struct doc *d, unsigned indent, struct buf *out);
/* As doc_print_xml, with item="1" on every element that has no item number, except the root (a node without a
 * parent). */
void doc_print_xml_numbered(const struct doc *d, unsigned indent, struct buf *out);
/* JSON without line breaks: {"Status":{"Audio":{"Volume":{"Value":"45"}}}}; lists (and names that repeat)
 * become arrays; ghosts {"id":"3","ghost":"True"}; attributes become members, an item "id". */
void doc_print_json(const struct doc *d, struct buf *out);
/* As doc_print_json, but without the outermost braces: a member of an object that the caller writes. */
void doc_print_json_member(const struct doc *d, struct buf *out);
/* As doc_print_json_member, with typed values, as video codecs send them over WebSocket (docs/terminal.md):
 * {"Status":{"Audio":{"Volume":45}}}; integers are numbers, all other values are strings; only items of lists
 * have an "id", which is a number; a leaf with attributes or in a list is {"id":1,"Value":"x"}. */
void doc_print_json_typed_member(const struct doc *d, struct buf *out);
/* Prints in any of these forms in pieces, so that a large document need not be in memory as text, nor be
 * printed at once. doc_printer_new borrows the document and the prefix of lines (NULL for other forms).
 * doc_printer_go_on appends until out holds at least len bytes, at least one node. It returns 1 if there is
 * more; 0 if that was all, or out is full. */
enum doc_form {
	DOC_LINES,
	DOC_LINES_OF_ROOT, /* with print_root */
	DOC_XML,
	DOC_XML_NUMBERED,
	DOC_JSON,       /* as doc_print_json_member */
	DOC_JSON_TYPED, /* as doc_print_json_typed_member */
};
struct doc_printer;
struct doc_printer *doc_printer_new(const struct doc *d, enum doc_form form, const char *prefix);
void doc_printer_free(struct doc_printer *p);
int doc_printer_go_on(struct doc_printer *p, size_t len, struct buf *out);
/* Append text escaped for XML. Characters that XML cannot contain, and bytes that are not UTF-8, become
 * U+FFFD; invisible characters (text_is_hidden) are escaped. In attributes line ends and tabs are escaped,
 * too, since a reader would convert them to blanks. */
void doc_escape_xml(const char *text, struct buf *out);
void doc_escape_xml_attribute(const char *text, struct buf *out);

#endif
