/* SPDX-License-Identifier: MIT */
/* outcome: tells what an answer of the phone book means. */
#ifndef PHONEBOOK_OUTCOME_H
#define PHONEBOOK_OUTCOME_H

#include "phonebook/phonebook.h"

/* PHONEBOOK_FOUND: *ret is the page, to be freed with phonebook_page_done; it may be empty. Any other:
 * which failure it is, and *e says why. */
enum phonebook_outcome outcome_classify(const struct https_reply *r, struct phonebook_page *ret,
					struct err *e);

#endif
