/* SPDX-License-Identifier: MIT */
/* libraries: the third-party libraries that the agent uses, and their versions. */
#ifndef AGENT_LIBRARIES_H
#define AGENT_LIBRARIES_H

#include "base/version.h"

enum { LIBRARIES_OF_AGENT = 8 };

/* Fills a row for each library. The version is that of the loaded library, not of the headers. */
void libraries_of_agent(struct version_library ret[LIBRARIES_OF_AGENT]);

#endif
