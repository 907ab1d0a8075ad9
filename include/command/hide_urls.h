/* SPDX-License-Identifier: MIT */
/* hide_urls: URLs may have passwords and tokens. Who is no administrator could not set them, and is shown
 * them without these. */
#ifndef COMMAND_HIDE_URLS_H
#define COMMAND_HIDE_URLS_H

#include "doc/doc.h"

/* Changes the URLs in a Configuration document, and those of servers in a Status document, as redact_text
 * does. Leaves what codec software has published in a Status document, and other documents, as they are. */
void hide_urls(struct doc *d);

#endif
