/* SPDX-License-Identifier: MIT */
/* clock: asks the configured NTP servers, or the kernel where none is configured, for the time, and gives
 * what they say to the date (date/date.h), which decides what is trusted. */
#ifndef CLOCK_CLOCK_H
#define CLOCK_CLOCK_H

#include "loop/loop.h"
#include "net/dns.h"
#include "settings/settings.h"
#include "date/date.h"

struct clock;

struct clock_options {
	struct loop *loop;
	struct dns *dns; /* borrowed, as date */
	struct date *date;
	/* The date's state, or clock_server, is another one. Never from within a call. */
	void (*changed)(void *arg);
	void *arg;
};

struct clock *clock_new(const struct clock_options *o);
void clock_free(struct clock *c);
/* Takes mode and servers from the settings; if they differ from before, forgets the date and asks anew. */
void clock_configure(struct clock *c, const struct settings *s);
/* Asks all servers now. */
void clock_poll(struct clock *c);
/* The network has come back: the same, if the date is not known or the last round of questions gave none. */
void clock_retry(struct clock *c);
/* Where the date comes from: a server's name, "kernel", or "". Borrowed. */
const char *clock_server(const struct clock *c);
/* Why the last round of questions gave no time, in words; "" when it gave one. Borrowed. */
const char *clock_trouble(const struct clock *c);

#endif
