/* SPDX-License-Identifier: MIT */
/* diagnose: says what is wrong: one connection step by step, and the whole device item by item. */
#ifndef AGENT_DIAGNOSE_H
#define AGENT_DIAGNOSE_H

#include "agent/agent.h"

/* One connection, as production makes it: settings, date, roots, DNS, TCP to each address, TLS, each check of
 * the certificates, HTTP and what the answer means. result gets a Step for each: Check, Found, Hint,
 * Milliseconds, Outcome. */
enum agent_service { AGENT_URL, AGENT_EXTERNAL_MANAGER, AGENT_PHONEBOOK, AGENT_HTTP_FEEDBACK };
struct agent_diagnosis_request {
	enum agent_service service;
	const char *url; /* AGENT_URL; borrowed for the call. Nothing is posted to it */
	int slot;        /* AGENT_HTTP_FEEDBACK */
};
/* Fills result (borrowed until done), then done(arg, err) once, never before the call returned; a connection
 * that fails is an answer, so err is ERR_NONE. */
struct agent_diagnosis;
struct agent_diagnosis *agent_diagnose(struct agent *a, const struct agent_diagnosis_request *r,
				       struct doc *result, void (*done)(void *arg, const struct err *e),
				       void *arg);
/* NULL is fine. */
void agent_diagnosis_cancel(struct agent_diagnosis *d);

/* The guide's readiness checklist: result gets an Item for each, and Level, 1 to 4. As agent_diagnose
 * otherwise. */
struct agent_readiness;
struct agent_readiness *agent_readiness(struct agent *a, struct doc *result,
					void (*done)(void *arg, const struct err *e), void *arg);
void agent_readiness_cancel(struct agent_readiness *r);

#endif
