/* SPDX-License-Identifier: MIT */
/* web: the device's own HTTPS side: pages, XML API and WebSocket. It makes no decision about rights: it
 * passes each request to the agent over the control socket, in a session of the person who has logged in. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/version.h"

struct web_options {
	const char *control; /* path of the agent's control socket */
	const char *pages;   /* folder of the page's files */
};

/* Serves until NetworkServices HTTPS Mode is Off, SIGTERM or SIGINT arrives, or the agent has not been
 * reachable for a minute. Once it listens, it gives up all rights that it no longer needs. Returns an exit
 * status (sysexits.h). */
int web_run(const struct web_options *o);

/* Fills the rows of the libraries that it uses. */
enum { WEB_LIBRARIES = 4 };
void web_libraries(struct version_library ret[WEB_LIBRARIES]);

#endif
