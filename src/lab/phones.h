/* SPDX-License-Identifier: MIT */
/* phones: the phone book service, with invented entries. */
#ifndef LAB_PHONES_H
#define LAB_PHONES_H

#include "doc/doc.h"
#include "faulty.h"

/* Answers Search and GetPhonebooks. */
void phones_answer(const struct doc *d, struct reply *r);

#endif
