/* SPDX-License-Identifier: MIT */
/* apply: which parts of the agent use a setting. */
#ifndef AGENT_APPLY_H
#define AGENT_APPLY_H

#include "settings/settings.h"

/* The parts of the agent that can be configured again when settings change: bits of a sum. */
enum part {
	LOGGING = 1,
	STORE = 2,
	NAMES = 4, /* DNS */
	CLOCK = 8,
	TRUST = 16, /* how certificates are verified */
	DELIVERY = 32,
	SERVICES = 64, /* provisioning, documents and the phone book */
	IDENTITY = 128,
	WEB = 256, /* settings that sealpost-web gets */
	/* no part: the setting decides whether a server can be reached and is accepted */
	CUTS_OFF = 512,
};

/* Finds the parts of the agent that are configured again when the setting of this row changes: 0 and
 * *ret_parts, a sum of enum part (0: none, the value is read on demand). -1: no entry of uses[] matches. */
int apply_use(const struct settings_row *row, unsigned *ret_parts);

#endif
