/* SPDX-License-Identifier: MIT */
/* registrations: which server gets which changes. A registration occupies one of STORE_SLOTS feedback
 * slots. It is kept over restarts, until it is removed. */
#ifndef DELIVERY_REGISTRATIONS_H
#define DELIVERY_REGISTRATIONS_H

#include "base/err.h"
#include "delivery/delivery.h"
#include "store/store.h"

#include <stddef.h>

struct registrations_request {
	/* 0: the first vacant slot, except the one that is reserved for the external manager while one is
	 * set */
	int slot;
	/* With slot 0: the highest slot that may be chosen; the manager's slot is chosen, too, if no other
	 * one is vacant. 0: no limit. */
	int last;
	const char *url;
	int json;     /* 1: posts are JSON; 0: XML */
	int force;    /* take the slot even if it belongs to another URL */
	int coalesce; /* changes of the status are merged into one post while the server fails */
	size_t n;
	const char *const *expressions;
};
/* Registers a server. When it returns 0, the registration is durable and *ret_slot is its slot. ERR_INPUT:
 * the URL or one of the expressions is wrong (the message has its number and what was expected);
 * ERR_EXISTS: the slot belongs to another URL; ERR_FULL: no slot is vacant; other errors are those of the
 * store. */
int registrations_add(struct delivery *d, const struct registrations_request *r, int *ret_slot,
		      struct err *e);
/* Ends a registration and drops the posts that wait for its server. ERR_NOTFOUND: the slot is vacant. */
int registrations_remove(struct delivery *d, int slot, struct err *e);
/* To be called when a person acts on a slot: its next failures and successes are logged as if they were the
 * first ones. */
void registrations_log_anew(struct delivery *d, int slot);
/* Asks DNS anew, tries a slot now, and ends its parking (HTTP 410). ERR_NOTFOUND: the slot is vacant. */
int registrations_enable(struct delivery *d, int slot, struct err *e);
/* Returns the slot's registration, borrowed until the next change; NULL: the slot is vacant or does not
 * exist. */
const struct store_registration *registrations_get(const struct delivery *d, int slot);
/* Did the last try to deliver to the slot fail? */
int registrations_has_failed(const struct delivery *d, int slot);

#endif
