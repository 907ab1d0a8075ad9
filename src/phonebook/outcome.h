/* SPDX-License-Identifier: MIT */
/* outcome_classify: what an answer of the phone book means. */
#ifndef PHONEBOOK_OUTCOME_H
#define PHONEBOOK_OUTCOME_H

#include "phonebook/phonebook.h"

/* PHONEBOOK_FOUND and the page (phonebook_page_done), be it empty; else which failure it is, and why. */
enum phonebook_outcome outcome_classify(const struct https_reply *r, struct phonebook_page *ret,
					struct err *e);

#endif
