/* SPDX-License-Identifier: MIT */
/* inbound: the agent's part of the device's own HTTPS side. The agent itself does not listen; the program
 * sealpost-web does, as another user. A file that exists while NetworkServices HTTPS Mode is On starts
 * sealpost-web, and it gets its settings, certificate and key through the control socket (docs/users.md,
 * xWeb Get). */
#ifndef INBOUND_INBOUND_H
#define INBOUND_INBOUND_H

#include "base/buf.h"
#include "base/err.h"
#include "certstore/anchors.h"
#include "doc/doc.h"
#include "loop/loop.h"
#include "settings/settings.h"
#include "status/status.h"

#include <stdint.h>

struct inbound;

struct inbound_options {
	struct loop *loop;
	const struct settings_db *settings; /* borrowed */
	const struct anchors *anchors; /* borrowed: the roots, and the certificate that is active for HTTPS */
	const char *state; /* the folder in which the self-signed certificate is kept; NULL: in memory only */
	const char *marker; /* path of the file that starts sealpost-web; NULL: this agent serves none */
	/* now returns the trusted date in Unix seconds, 0 while it is not known; lowest_now returns the floor
	 * of the date */
	int64_t (*now)(void *arg);
	int64_t (*lowest_now)(void *arg);
	void *arg;
};
struct inbound *inbound_new(const struct inbound_options *o);
/* Frees i and leaves the file, which the agent makes or removes at its next start. NULL is allowed. */
void inbound_free(struct inbound *i);

/* To be called when settings, certificates, the network or the date may have changed: makes
 * or removes the file, makes a self-signed certificate if no other can be shown, logs differences, and
 * answers waiting calls (inbound_wait). */
void inbound_update(struct inbound *i);

/* Returns the number of the present state. It rises with each change, and no earlier agent since the system's
 * start has used it. */
int64_t inbound_generation(const struct inbound *i);
/* Adds everything that sealpost-web needs to a command's result, including the private key, so the caller
 * wipes the result. */
void inbound_describe(const struct inbound *i, struct doc *result);

/* Calls done once, never before this call has returned, when the generation is no longer `known`. */
struct inbound_wait;
struct inbound_wait *inbound_wait(struct inbound *i, int64_t known, void (*done)(void *arg), void *arg);
/* Cancels the wait: done will not be called. NULL is allowed. */
void inbound_wait_cancel(struct inbound_wait *w);

extern const struct status_row inbound_status_rows[]; /* argument of their readers: struct inbound */

#endif
