/* SPDX-License-Identifier: MIT */
/* xml_start: where a document begins. Private to wire. */
#ifndef WIRE_XML_START_H
#define WIRE_XML_START_H

#include <stddef.h>

/* Returns the number of blanks before an XML declaration. XML allows none there, but scripts that write some
 * are common; of blanks alone, all. Blanks before anything else are not counted, since XML allows them. */
size_t xml_start(const char *text, size_t len);

#endif
