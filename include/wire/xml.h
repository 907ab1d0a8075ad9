/* SPDX-License-Identifier: MIT */
/* xml: reads XML into documents with libxml2, within limits and without entities. doc writes XML
 * (doc_print_xml). */
#ifndef WIRE_XML_H
#define WIRE_XML_H

#include "base/err.h"
#include "doc/doc.h"

#include <stddef.h>

enum { XML_ATTRIBUTES_MAX = 64 }; /* attributes of one element, including namespace declarations */

struct xml_limits {   /* 0: the default in brackets */
	size_t bytes; /* [1 MiB] of input */
	size_t nodes; /* [20,000] elements */
	size_t depth; /* [DOC_DEPTH_MAX] */
	size_t value; /* [256 KiB] of one element's text */
	/* 1: an item that is not a number from 1 on does not refuse the document. It becomes XML_NO_ITEM, and
	 * its text stays among attrs. A maxOccurrence that cannot be read is ignored. */
	int any_item;
};

#define XML_NO_ITEM INT32_MAX /* an item that no list has */

/* Reads one XML 1.0 document. Namespace prefixes and declarations are removed, so that local names remain.
 * The attributes item, maxOccurrence and ghost go to their fields, other attributes to attrs. The text of a
 * leaf is kept as it is; blanks around child elements are removed. An element without text, or with only a
 * line break and blanks, has value NULL. A leaf has the type that an attribute type="Literal|String|Integer"
 * gives (which is then not kept), or else DOC_INTEGER if it is a plain decimal number, DOC_LITERAL if it is
 * On, Off, True or False, and DOC_STRING otherwise. Fails with ERR_INPUT, with line and column, if the
 * document is not well formed, has a DOCTYPE or its own entities, exceeds a limit, has an element name of
 * DOC_NAME_MAX bytes or more, is not UTF-8 (another declared encoding is accepted if all bytes are ASCII,
 * UTF-16 always), mixes text and elements, or has an item that is not a number from 1 on (see any_item).
 * Blanks before an XML declaration are ignored. Never uses network, files or standard error. The caller frees
 * *ret, which is NULL on failure. */
int xml_parse(const char *text, size_t len, const struct xml_limits *limits, struct doc **ret, struct err *e);
/* As xml_parse, for programs that read many documents: the parser's memory is kept from one document to the
 * next. text[len] must be a NUL, since the text is not copied. */
struct xml_reader;
struct xml_reader *xml_reader_new(void);
void xml_reader_free(struct xml_reader *r);
int xml_read(struct xml_reader *r, const char *text, size_t len, const struct xml_limits *limits,
	     struct doc **ret, struct err *e);

/* Copies the text of the leaf at a path of local names, "Body/SearchResponse/SearchResult/Id", without blanks
 * at its ends into ret ("" for an empty element). Returns 0; -1 if it is absent, not a leaf, or does not
 * fit. */
int xml_text(const struct doc *d, const char *path, char *ret, size_t size);

/* Writes the version of libxml2 with which this process runs, cut to size. */
void xml_library_version(char *ret, size_t size);

#endif
