/* SPDX-License-Identifier: MIT */
/* inbound: what the agent does for the device's own HTTPS side. The agent itself does not listen: the program
 * sealpost-web does, as a user of its own. It is started by a file that exists while NetworkServices HTTPS
 * Mode is On, and gets its settings, certificate and key through the control socket (docs/terminal.md, xWeb
 * Get). */
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
	const struct anchors *anchors; /* borrowed: roots, and the certificate that is active for HTTPS */
	const char *state; /* the folder in which the self-signed certificate is kept; NULL: in memory only */
	const char *marker; /* path of the file that starts sealpost-web; NULL: this agent serves none */
	/* Return the trusted date in seconds of Unix time: 0 while it is not known, or the lowest that it can
	 * be. */
	int64_t (*now)(void *arg);
	int64_t (*lowest_now)(void *arg);
	void *arg;
};
struct inbound *inbound_new(const struct inbound_options *o);
/* The file stays: if the agent starts again, it decides anew. NULL is allowed. */
void inbound_free(struct inbound *i);

/* To be called when settings, certificates, the network or whether the date is known may have changed: makes
 * or removes the file, makes a self-signed certificate if none can be shown, logs what is different, and
 * answers those who wait. */
void inbound_update(struct inbound *i);

/* The number of the present state. It rises with each change, and no earlier agent since the system's start
 * has used it. */
int64_t inbound_generation(const struct inbound *i);
/* Adds all that sealpost-web needs to a command's result; the private key is among it, so wipe the result. */
void inbound_describe(const struct inbound *i, struct doc *result);

/* Calls done once, never before this has returned, when the generation is not `known` any more. */
struct inbound_wait;
struct inbound_wait *inbound_wait(struct inbound *i, int64_t known, void (*done)(void *arg), void *arg);
/* done will not be called. NULL is allowed. */
void inbound_wait_cancel(struct inbound_wait *w);

extern const struct status_row inbound_status_rows[]; /* argument: struct inbound */

#endif
