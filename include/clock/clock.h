/* SPDX-License-Identifier: MIT */
/* clock: asks the configured NTP servers (or the kernel) and keeps trust/date informed. */
#ifndef AGENT_CLOCK_H
#define AGENT_CLOCK_H

#include "loop/loop.h"
#include "net/dns.h"
#include "settings/settings.h"
#include "date/date.h"

struct clock;

struct clock_options {
	struct loop *loop;
	struct dns *dns; /* borrowed, as date */
	struct date *date;
	void (*changed)(
		void *arg); /* the date's state, or clock_server, is another one; never from within a call */
	void *arg;
};

struct clock *clock_new(const struct clock_options *o);
void clock_free(struct clock *c);
/* Takes mode and servers; if they differ from before, forgets the date and starts over. */
void clock_configure(struct clock *c, const struct settings *s);
/* Asks again now (the network has changed). */
void clock_poll(struct clock *c);
/* Where the date comes from: a server's name, "kernel", or "". Borrowed. */
const char *clock_server(const struct clock *c);
/* What the last round of questions said in words; "" when it went well. Borrowed. */
const char *clock_trouble(const struct clock *c);

#endif
