/* SPDX-License-Identifier: MIT */
/* checkup: diagnoses all configured services at the same time: DNS, NTS, NTP, the manager, the phone book,
 * each feedback slot and the log server. */
#ifndef DIAGNOSTICS_CHECKUP_H
#define DIAGNOSTICS_CHECKUP_H

#include "agent/agent.h"

#include <stddef.h>

enum { CHECKUP_WORDS_MAX = 16 };

struct checkup;

struct checkup_request { /* texts are borrowed for the call */
	/* names of services: DNS, NTP, ExternalManager, Phonebook, HttpFeedback (all slots), HttpFeedback 2
	 * (one slot), NTS, NTS 2, Logging; case does not matter, and a name may be shortened to its
	 * beginning */
	const char *services[CHECKUP_WORDS_MAX];
	size_t n_services;
	const char *urls[CHECKUP_WORDS_MAX]; /* https URLs, to which nothing is posted */
	size_t n_urls; /* number of URLs; without services and URLs all that is configured is diagnosed */
	struct doc *result; /* borrowed until done */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
/* Asks the NTP servers; asks the DNS servers for the name of each server, without the cache; diagnoses all
 * connections at the same time (diagnostics/connection.h). Then fills result: Outcome (Pass, Warn, Fail);
 * FirstFailure or FirstWarning, with Found and Hint, for the first service that is not good; and for each
 * service an item Service: Name, and the result of its connection's diagnosis. Then done(arg, err) is called
 * once, never before checkup_start has returned; err is ERR_NONE. Returns 0 and *ret; -1 with ERR_INPUT if no
 * service has a given name: done is not called. It takes a minute at most. */
int checkup_start(struct agent *a, const struct checkup_request *r, struct checkup **ret, struct err *e);
/* Cancels it: done will not be called. NULL is allowed. */
void checkup_cancel(struct checkup *c);

#endif
