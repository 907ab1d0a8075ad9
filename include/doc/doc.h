/* SPDX-License-Identifier: MIT */
/* doc: an xAPI document: a tree whose root is Configuration, Status, Event, Command or another element, with
 * items, attributes and values (wire-formats.md 6.3). */
#ifndef DOC_DOC_H
#define DOC_DOC_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { DOC_NAME_MAX = 64, DOC_DEPTH_MAX = 32 };
#define DOC_UNBOUNDED UINT32_MAX

/* How a leaf's value is written on the terminal: strings in quotes, integers and literals bare. */
enum doc_type { DOC_NODE, DOC_STRING, DOC_INTEGER, DOC_LITERAL };

struct doc_attr { /* status="OK", product="...": every attribute that has no field of its own */
	struct doc_attr *next;
	char *name, *value;
};

/* Plain data: read the fields freely, change the tree by the functions below only. */
struct doc {
	struct doc *parent, *first, *last, *next;
	char *name;
	char *value; /* NULL: an inner node (or an empty one) */
	enum doc_type type;
	uint32_t item;           /* 0: none given; else its number in the list */
	uint32_t max_occurrence; /* 0: not known as a list; DOC_UNBOUNDED: "n" */
	int ghost;               /* the object is gone */
	/* a number of the user who added it, or wrote its value last; doc_merge takes it over */
	uint32_t owner;
	struct doc_attr *attrs;
};

/* A root without parent; yours to doc_free. Names are copied. */
struct doc *doc_new(const char *name);
void doc_free(struct doc *d);
/* Overwrites all values, which may be secrets, before it is freed. NULL is fine. */
void doc_wipe(struct doc *d);
/* Appends; returns the child (owned by parent). item 0 for none. */
struct doc *doc_add(struct doc *parent, const char *name, uint32_t item);
/* Appends a leaf. */
struct doc *doc_add_value(struct doc *parent, const char *name, enum doc_type type, const char *value);
struct doc *doc_add_int(struct doc *parent, const char *name, int64_t value);
/* Makes it a leaf with this value (a copy); children go. */
void doc_set_value(struct doc *d, enum doc_type type, const char *value);
void doc_set_attr(struct doc *d, const char *name, const char *value);
const char *doc_attr(const struct doc *d, const char *name); /* NULL if none */
/* Appends child (a root, handed over) to parent. */
void doc_adopt(struct doc *parent, struct doc *child);
/* Takes d out of its parent; it is then a root of its own, yours to free. */
void doc_detach(struct doc *d);
struct doc *doc_copy(const struct doc *d);

/* First child of that name (exact, item 0: any); NULL if none. */
struct doc *doc_child(const struct doc *d, const char *name, uint32_t item);
/* Follows exact names, "SystemUnit/Software/Version" or "Network[1]/IPv4/Address"; NULL if not there. */
struct doc *doc_get(const struct doc *d, const char *path);
/* Text of doc_get, or fallback (which may be NULL). */
const char *doc_text(const struct doc *d, const char *path, const char *fallback);
/* As doc_get, but makes what is missing, in order of names and items: a place to set a value. "Call[3]"
 * makes a list node (max_occurrence unbounded). path must be well formed (our own). */
struct doc *doc_make(struct doc *d, const char *path);
/* How many nodes, itself included. */
size_t doc_count(const struct doc *d);
/* One of a list: it has max_occurrence, or an item above 1. Events carry item="1" on every element: those
 * are none. */
int doc_is_list(const struct doc *d);
/* Writes the canonical path: "/Status/Call[3]/Status" (items only for list nodes). */
void doc_path_of(const struct doc *d, struct buf *out);

/* In these four a node without an item is the same place as item 1, and the order of siblings does not
 * count.
 *
 * Brings `news` (same root name) into `into`: values replace, new nodes are added, ghosts remove. Returns
 * what really changed as a document of its own (yours; NULL if nothing did): only leaves whose value is new,
 * ghosts only for what was there. Keeps children in order of names, list items in order of item. */
struct doc *doc_merge(struct doc *into, const struct doc *news);
/* What brings `into` back to what it is now, after news was merged into it: old values, ghosts of what was
 * not there (attributes stay). Yours. */
struct doc *doc_merge_undo(const struct doc *into, const struct doc *news);
/* By how much `into` grows at most when news is merged into it. */
struct doc_size {
	size_t nodes, bytes;
}; /* attributes count as nodes; bytes of names and values, without what holds them */
struct doc_size doc_merge_growth(const struct doc *into, const struct doc *news);
/* What d takes without its children. */
struct doc_size doc_size_of_node(const struct doc *d);
/* `into` and `news` are changes, one after the other: into then says both, with the last value of each leaf.
 * What was gone is a ghost, and what came again in its place stands behind it. */
void doc_accumulate(struct doc *into, const struct doc *news);
/* What doc_merge needs to turn a into b (ghosts for what is gone), or NULL. */
struct doc *doc_diff(const struct doc *a, const struct doc *b);
/* Same names, items, values and ghosts; types and attributes are not looked at. */
int doc_equal(const struct doc *a, const struct doc *b);

/* Printing. None of these adds a "** end", OK or blank line; the terminal does.
 *
 * Terminal: prefix "*s", "*c xConfiguration", "*e", "*r": "<prefix> Audio Volume: 65\n" per leaf; the root's
 * own name is left out, except when print_root is set (results: "*r DialResult ..."). Items are printed for
 * list nodes. A ghost prints "<prefix> Call 2 (ghost=True):", a node with an attribute status a line of its
 * own before its children, "*r DialResult (status=OK):", a leaf with an attribute error "... DefaultVolume
 * (error=True): ...". Texts stand in quotes as text_quote writes them, and so do attributes' values that are
 * no plain words. */
void doc_print_terminal(const struct doc *d, const char *prefix, int print_root, struct buf *out);
/* XML: two blanks a level, attributes ghost, item, maxOccurrence, then others; <Name></Name> for an empty
 * value, <Name/> for a node without one. `indent` levels to begin with. */
void doc_print_xml(const struct doc *d, unsigned indent, struct buf *out);
/* The same with item="1" on every element that has none, but for a document's root (a node without
 * parent). */
void doc_print_xml_numbered(const struct doc *d, unsigned indent, struct buf *out);
/* JSON without line breaks: {"Status":{"Audio":{"Volume":{"Value":"45"}}}}; lists (and names that repeat)
 * become arrays; ghosts {"id":"3","ghost":"True"}; attributes become members, an item "id". */
void doc_print_json(const struct doc *d, struct buf *out);
/* The same without the outermost braces: a member of an object that the caller writes. */
void doc_print_json_member(const struct doc *d, struct buf *out);
/* The same with typed values, as codecs give them over WebSocket (docs/terminal.md):
 * {"Status":{"Audio":{"Volume":45}}}; integers are numbers, all else is a string; only the items of lists
 * have an "id", a number; a leaf with attributes or in a list is {"id":1,"Value":"x"}. */
void doc_print_json_typed_member(const struct doc *d, struct buf *out);
/* Any of these in pieces, so that a large document need not be in memory as text, nor be printed at once. It
 * borrows the document and the prefix of lines (else NULL). go_on appends until out holds at least len
 * bytes, a node at least; 1: there is more, 0: that was all, or out is full. */
enum doc_form {
	DOC_LINES,
	DOC_LINES_OF_ROOT,
	DOC_XML,
	DOC_XML_NUMBERED,
	DOC_JSON,
	DOC_JSON_TYPED,
}; /* OF_ROOT: print_root; JSON: a member */
struct doc_printer;
struct doc_printer *doc_printer_new(const struct doc *d, enum doc_form form, const char *prefix);
void doc_printer_free(struct doc_printer *p);
int doc_printer_go_on(struct doc_printer *p, size_t len, struct buf *out);
/* Escapes for text; characters that XML cannot hold, and bytes that are not UTF-8, become U+FFFD, and what
 * cannot be seen (text_is_hidden) is escaped. An attribute's line ends and tabs are, too: a reader would
 * make blanks of them. */
void doc_escape_xml(const char *text, struct buf *out);
void doc_escape_xml_attribute(const char *text, struct buf *out);

#endif
