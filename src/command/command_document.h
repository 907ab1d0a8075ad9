/* SPDX-License-Identifier: MIT */
/* command_document: what can be commanded, and what values may be, as documents (wire-formats.md 6.3). */
#ifndef COMMAND_COMMAND_DOCUMENT_H
#define COMMAND_COMMAND_DOCUMENT_H

#include "doc/doc.h"

/* The Command document: a node for each command, a child for each parameter. Older systems' names are left
 * out. Yours. */
struct doc *command_document(void);
/* The Valuespace document of settings and of parameters. Yours. */
struct doc *command_document_valuespace(void);

#endif
