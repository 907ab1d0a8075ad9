/* SPDX-License-Identifier: MIT */
/* delivery_internal: declarations shared by the files of delivery. */
#ifndef DELIVERY_DELIVERY_INTERNAL_H
#define DELIVERY_DELIVERY_INTERNAL_H

#include "base/episode.h"
#include "base/log.h"
#include "courier.h"
#include "delivery/delivery.h"
#include "feedback.h"

struct delivery {
	struct delivery_options o;
	struct feedback *feedback;
	struct courier *courier;
	int has_started;
	unsigned posted;         /* slots with posts that are not committed yet; bit n for slot n */
	struct episode commands; /* decides which of the commands that have been carried out are logged */
};

/* delivery.c: logs what a command has done. If a program repeats it again and again, only some of the calls
 * are logged. */
void delivery_log(struct delivery *d, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* registrations.c: passes the slot's server and the way of sending to the courier, according to the current
 * settings. */
int registrations_apply(struct delivery *d, int slot, struct err *e);

#endif
