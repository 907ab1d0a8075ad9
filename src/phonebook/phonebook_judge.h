/* SPDX-License-Identifier: MIT */
/* phonebook_judge: what an answer of the phone book means. */
#ifndef AGENT_PHONEBOOK_JUDGE_H
#define AGENT_PHONEBOOK_JUDGE_H

#include "phonebook/phonebook.h"

/* PHONEBOOK_FOUND and the page (phonebook_page_done), be it empty; else which failure it is, and why. */
enum phonebook_outcome phonebook_judge(const struct https_reply *r, struct phonebook_page *ret,
				       struct err *e);

#endif
