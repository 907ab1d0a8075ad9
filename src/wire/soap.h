/* SPDX-License-Identifier: MIT */
/* soap: the SOAP envelope around messages, and SOAP faults. */
#ifndef WIRE_SOAP_H
#define WIRE_SOAP_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"

#include <stddef.h>

/* Appends the XML declaration and the beginning of Envelope and Body, with name_space as the default
 * namespace, as codecs write it. */
void soap_begin(const char *name_space, struct buf *b);
void soap_end(struct buf *b);

/* Reads an answer. *ret is the whole document, which the caller frees; returns the element with one of these
 * names, which may be at any place near the top. Fails, returns NULL and sets *ret to NULL if the answer is
 * not XML, a fault, or another document: ERR_PROTOCOL with "<whose> answered ...". */
const struct doc *soap_read(const char *whose, const char *text, size_t len, const char *const *names,
			    struct doc **ret, struct err *e);

/* Returns 1 if the text at the path is "True", "true" or "1". */
int soap_is_true(const struct doc *d, const char *path);

#endif
