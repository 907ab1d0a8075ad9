/* SPDX-License-Identifier: MIT */
/* soap: the envelope around messages, and faults. */
#ifndef WIRE_SOAP_H
#define WIRE_SOAP_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"

#include <stddef.h>

/* XML declaration, Envelope and Body, with the namespace as the default one, as codecs write it. */
void soap_begin(const char *name_space, struct buf *b);
void soap_end(struct buf *b);

/* Reads an answer: *ret is the whole document (yours), the result the element of that name anywhere in it
 * near the top. ERR_PROTOCOL with "<whose> answered ..." for what is no XML, a fault, or something else;
 * NULL, *ret NULL then. */
const struct doc *soap_read(const char *whose, const char *text, size_t len, const char *const *names,
			    struct doc **ret, struct err *e);

/* "True", "true" or "1". */
int soap_is_true(const struct doc *d, const char *path);

#endif
