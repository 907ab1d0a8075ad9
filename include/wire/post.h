/* SPDX-License-Identifier: MIT */
/* post: bodies of HttpFeedback posts (wire-formats.md 3.2). */
#ifndef WIRE_POST_H
#define WIRE_POST_H

#include "base/buf.h"
#include "doc/doc.h"

enum wire_format { WIRE_XML, WIRE_JSON };

/* The identity of the device, as every document to a server contains it. Plain data, UTF-8. */
struct wire_identity {
	char system_name[256], mac_address[32], ip_address[64], ip_address_v6[64], product_type[256],
		product_id[256], software_version[256], serial_number[256];
	char hardware_board[256]; /* only in events to the manager */
};

/* Appends the body for a change (root Event, Status or Configuration): Identification first, then the change.
 * Events get item="1" on every element (in XML); no namespace, no XML declaration. Sets b->full if it did not
 * fit. */
void post_write(enum wire_format format, const struct wire_identity *who, const struct doc *change,
		struct buf *b);
/* As post_write, in two steps: post_head writes the Identification, once, and post_body a body with it. */
void post_head(enum wire_format format, const struct wire_identity *who, struct buf *b);
void post_body(enum wire_format format, const struct buf *head, const struct doc *change, struct buf *b);

#endif
