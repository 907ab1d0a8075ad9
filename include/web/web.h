/* SPDX-License-Identifier: MIT */
/* web: the device's own HTTPS side: pages, XML API and WebSocket. It decides nothing about who may do what:
 * it asks the agent over the control socket, as the person who has logged in. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/version.h"

struct web_options {
	const char *control; /* path of the agent's control socket */
	const char *pages;   /* folder of the page's files */
};

/* Serves until NetworkServices HTTPS Mode is Off, SIGTERM or SIGINT comes, or the agent has been away for a
 * minute. Gives up all rights that are not needed any more once it listens. Returns an exit status by
 * sysexits.h. */
int web_run(const struct web_options *o);

/* The libraries with which it runs. */
enum { WEB_LIBRARIES = 4 };
void web_libraries(struct version_library ret[WEB_LIBRARIES]);

#endif
