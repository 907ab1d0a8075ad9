/* SPDX-License-Identifier: MIT */
/* help: names in columns, as ? shows them. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "base/buf.h"
#include "doc/doc.h"

/* The names of d's children, four to a line; is_listed NULL: all of them. */
void help_columns(const struct doc *d, int (*is_listed)(const struct doc *d), struct buf *out);

#endif
