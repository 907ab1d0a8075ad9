/* SPDX-License-Identifier: MIT */
/* candidate: tries settings against every configured server before they take effect. */
#ifndef DIAGNOSTICS_CANDIDATE_H
#define DIAGNOSTICS_CANDIDATE_H

#include "agent/agent.h"
#include "diagnostics/confirmation.h"

struct candidate_request {               /* borrowed for the call, but for result */
	const struct settings_pair *set; /* settings with paths that settings_lookup accepts */
	size_t n;
	int only_tries; /* 1: the settings are tried and not set */
	int force;      /* 1: the settings are set even if a server would no longer be accepted */
	/* NULL, or: the settings are set, and taken back unless they are confirmed in time */
	const struct confirmation_request *confirm;
	struct doc *result; /* borrowed until done is called */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

struct candidate;

/* Connects to every server that these settings name and, where that differs from the server configured now,
 * to the latter; verifies their certificates and sends no document. Where the settings change time servers or
 * name servers, the new ones are asked. result gets Outcome (Fail: a server that is accepted now would not be
 * accepted), CutOff (the number of such servers), Changed (whether the settings were set), and an item
 * Server for each: Service, Host, Before and After (Trusted; Unverified: verification is Off, and on it would
 * fail; Refused; Unreachable; None: there is no such server), Code of the verification after, and Hint. Then
 * done(arg, err) is called once, never before this call has returned; err is ERR_NONE unless the settings
 * could not be set, which includes that somebody else has changed one of them meanwhile (ERR_CONFIG), or that
 * the manager may no longer set it (ERR_DENIED). Returns 0 and *ret; -1 if a setting cannot have its value:
 * done is not called. */
int candidate_start(struct agent *a, const struct candidate_request *r, struct candidate **ret,
		    struct err *e);
/* Cancels the attempt, unless the settings have been set: done will not be called. NULL is allowed. */
void candidate_cancel(struct candidate *c);

/* Writes to `set` the settings that bring the device to this level of the vendor's deployment guide: 3,
 * verification is Off, except for NTS; 4, every server's certificate is verified. Settings that have this
 * value already are left out. Returns the number of settings. */
enum { CANDIDATE_LEVEL_SETTINGS = 5 };
size_t candidate_level(const struct agent *a, int level, struct settings_pair set[CANDIDATE_LEVEL_SETTINGS]);

#endif
