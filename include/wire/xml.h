/* SPDX-License-Identifier: MIT */
/* xml: bounded, entity-free reading of XML into documents, by libxml2. Writing is doc's (doc_print_xml). */
#ifndef WIRE_XML_H
#define WIRE_XML_H

#include "base/err.h"
#include "doc/doc.h"

#include <stddef.h>

enum { XML_ATTRIBUTES_MAX = 64 }; /* of one element, namespace declarations included */

struct xml_limits {   /* 0: the default in brackets */
	size_t bytes; /* [1 MiB] of input */
	size_t nodes; /* [20,000] elements */
	size_t depth; /* [DOC_DEPTH_MAX] */
	size_t value; /* [256 KiB] of one element's text */
};

/* Reads one XML 1.0 document. Namespace prefixes and declarations are dropped (local names stay); item,
 * maxOccurrence and ghost go to their fields, other attributes to attrs. Leaf text is kept as it is, blanks
 * around child elements are dropped; an element with no text, or with nothing but a line break and blanks,
 * has value NULL. Leaves get the type that an attribute type="Literal|String|Integer" says (which then is not
 * kept), else DOC_INTEGER when they are plain decimal numbers, DOC_LITERAL when they are On, Off, True or
 * False, else DOC_STRING. Refused (ERR_INPUT), each with line and column: not well formed, any DOCTYPE or
 * entity of its own, limits passed, an element name of DOC_NAME_MAX bytes or more, not UTF-8 (another
 * declared encoding is fine as long as all is ASCII, UTF-16 in any case), text and elements mixed, an item
 * that is not a number from 1 on. Never touches network, files or standard error.
 * ret: yours, NULL on failure. */
int xml_parse(const char *text, size_t len, const struct xml_limits *limits, struct doc **ret, struct err *e);
/* The same for who reads many: what libxml2 needs is kept from one document to the next. text[len] must be a
 * NUL: it is read where it lies. */
struct xml_reader;
struct xml_reader *xml_reader_new(void);
void xml_reader_free(struct xml_reader *r);
int xml_read(struct xml_reader *r, const char *text, size_t len, const struct xml_limits *limits,
	     struct doc **ret, struct err *e);

/* Text of a leaf by local names, "Body/SearchResponse/SearchResult/Id", blanks trimmed into ret ("" for an
 * empty element); 0 or -1 if absent, not a leaf, or longer than size. */
int xml_text(const struct doc *d, const char *path, char *ret, size_t size);

#endif
