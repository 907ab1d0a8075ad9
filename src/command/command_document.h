/* SPDX-License-Identifier: MIT */
/* command_document: all commands, and all permitted values, as documents (wire-formats.md 6.3). */
#ifndef COMMAND_COMMAND_DOCUMENT_H
#define COMMAND_COMMAND_DOCUMENT_H

#include "doc/doc.h"

/* Returns the Command document: a node for each command, with a child for each parameter, without the names
 * of older systems. The caller frees it. */
struct doc *command_document(void);
/* Returns the Valuespace document: the permitted values of settings and of parameters. The caller frees
 * it. */
struct doc *command_document_valuespace(void);

#endif
