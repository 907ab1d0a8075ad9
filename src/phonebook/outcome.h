/* SPDX-License-Identifier: MIT */
/* outcome: interprets an answer of the phone book. */
#ifndef PHONEBOOK_OUTCOME_H
#define PHONEBOOK_OUTCOME_H

#include "phonebook/phonebook.h"

/* Returns PHONEBOOK_FOUND if the answer is a page, even an empty one: *ret is the page, which the caller
 * frees with phonebook_page_done. Any other value is the kind of failure, and *e says why. */
enum phonebook_outcome outcome_classify(const struct https_reply *r, struct phonebook_page *ret,
					struct err *e);

#endif
