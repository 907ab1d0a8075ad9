/* SPDX-License-Identifier: MIT */
/* libraries: the libraries of others with which the agent runs, and their versions. */
#ifndef AGENT_LIBRARIES_H
#define AGENT_LIBRARIES_H

#include "base/version.h"

enum { LIBRARIES_OF_AGENT = 8 };

/* Fills the row of each library, with the version that is loaded and not that of the headers. */
void libraries_of_agent(struct version_library ret[LIBRARIES_OF_AGENT]);

#endif
