/* SPDX-License-Identifier: MIT */
/* lab_complete: completes words of sealpost-lab's command line for shells. */
#ifndef LAB_LAB_COMPLETE_H
#define LAB_LAB_COMPLETE_H

#include "base/buf.h"

#include <stddef.h>

/* Appends a line for each word that can replace the last of the n words and begins with it; the first word is
 * an order. */
void complete_words(size_t n, char **words, struct buf *out);

#endif
