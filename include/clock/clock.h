/* SPDX-License-Identifier: MIT */
/* clock: asks the configured NTP servers for the time, or reads the kernel's clock if no server is
 * configured, and offers the answers to the date (date/date.h), which decides whether they are trusted. */
#ifndef CLOCK_CLOCK_H
#define CLOCK_CLOCK_H

#include "certstore/anchors.h"
#include "loop/loop.h"
#include "net/dns.h"
#include "settings/settings.h"
#include "date/date.h"
#include "trust/verify.h"

struct clock;

struct clock_options {
	struct loop *loop;
	struct dns *dns; /* borrowed, like date and anchors */
	struct date *date;
	const struct anchors *anchors; /* the roots with which the certificates of NTS servers are verified */
	/* called with each verdict on such a certificate, for the log */
	void (*on_verdict)(void *arg, const struct verdict *v, const struct verdict_context *c);
	/* Called when the date's state or clock_server has changed, but never from within a call of the
	 * functions below. */
	void (*changed)(void *arg);
	void *arg;
};

struct clock *clock_new(const struct clock_options *o);
void clock_free(struct clock *c);
/* Reads mode and servers from the settings; if they have changed, forgets the date and asks again. If only
 * the policy for servers with NTS has changed, asks again, and forgets the date only if the server that gave
 * it would not be trusted by the new policy. */
void clock_configure(struct clock *c, const struct settings *s);
/* Asks all servers now. */
void clock_poll(struct clock *c);
/* Returns 1 while servers are being asked, or are about to be. */
int clock_is_asking(const struct clock *c);
/* To be called when the network has come back, or when roots, revocation lists or TLS settings have changed:
 * does what clock_poll does if the date is not known or the last round of questions gave none. */
void clock_retry(struct clock *c);
/* Returns the source of the date: a server's name, "kernel", or "" while there is no date. Borrowed. */
const char *clock_server(const struct clock *c);
/* How the NTP answers that gave the date are authenticated. NONE: they are not, so an attacker on the network
 * path can choose the date; or there is no date. */
enum clock_authentication { CLOCK_AUTHENTICATION_NONE, CLOCK_AUTHENTICATION_KEY, CLOCK_AUTHENTICATION_NTS };
enum clock_authentication clock_authentication(const struct clock *c);
const char *clock_authentication_name(enum clock_authentication a); /* "None", "Key", "NTS" */
/* Returns why the last round of questions gave no date, as a phrase; "" if it gave one. Borrowed. */
const char *clock_trouble(const struct clock *c);

#endif
