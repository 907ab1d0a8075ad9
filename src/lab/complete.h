/* SPDX-License-Identifier: MIT */
/* complete: the words that may follow others on sealpost-lab's command line, for completion in shells. */
#ifndef LAB_COMPLETE_H
#define LAB_COMPLETE_H

#include "base/buf.h"

#include <stddef.h>

/* Appends a line for each word that may stand where the last of the n words stands and begins with it; the
 * first word is an order. */
void complete_words(size_t n, char **words, struct buf *out);

#endif
