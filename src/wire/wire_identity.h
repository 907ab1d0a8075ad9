/* SPDX-License-Identifier: MIT */
/* wire_identity: writes the element <Identification>, with which every document to a server begins. */
#ifndef WIRE_WIRE_IDENTITY_H
#define WIRE_WIRE_IDENTITY_H

#include "wire/post.h"

/* Post events name another product type and the board, phone book requests a lower-case MAC address
 * (wire-formats.md 1.2, 1.5, 2.1). */
enum identity_form { IDENTITY_DOCUMENT, IDENTITY_POST_EVENT, IDENTITY_PHONEBOOK };

void identity_write(enum identity_form form, const struct wire_identity *who, unsigned indent, struct buf *b);

#endif
