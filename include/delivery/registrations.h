/* SPDX-License-Identifier: MIT */
/* registrations: the servers that get changes. A registration occupies one of STORE_SLOTS feedback slots. It
 * is kept over restarts, until it is removed. */
#ifndef DELIVERY_REGISTRATIONS_H
#define DELIVERY_REGISTRATIONS_H

#include "base/err.h"
#include "delivery/delivery.h"
#include "store/store.h"

#include <stddef.h>

struct registrations_request {
	/* 0: the slot that has the same registration (by the same asker, with the same URL, format and
	 * expressions), so that a program may register at each of its starts; without one the first vacant
	 * slot, except the one that is reserved for the external manager while one is configured */
	int slot;
	/* 0, or the highest slot of older systems, whose form of the command it is: with slot 0 no higher one
	 * is chosen, and the manager's if no other is vacant; coalesce stays as it was registered */
	int last;
	const char *url;
	int json;       /* 1: posts are JSON; 0: XML */
	int force;      /* 1: takes the slot even if it belongs to another URL */
	int coalesce;   /* 1: changes of the status are merged into one post while the server fails */
	int by_manager; /* 1: the external manager asks for it; see registrations_manager_may */
	size_t n;
	const char *const *expressions;
};
/* Registers a server. If it returns 0, the registration is on disk and *ret_slot is its slot. Fails with
 * ERR_INPUT if the URL or an expression is wrong (the message has the expression's number and what was
 * expected); ERR_EXISTS if the slot belongs to another URL; ERR_FULL if no slot is vacant; or as the store
 * fails. */
int registrations_add(struct delivery *d, const struct registrations_request *r, int *ret_slot,
		      struct err *e);
/* Fails with ERR_DENIED if the external manager may not end or replace the registration of the slot: if
 * somebody else has registered it, and it is not slot 3, which is the manager's. */
int registrations_manager_may(const struct delivery *d, int slot, struct err *e);
/* Ends a registration and drops the posts that wait for its server. ERR_NOTFOUND: the slot is vacant. */
int registrations_remove(struct delivery *d, int slot, struct err *e);
/* To be called when a person acts on a slot: its next failures and successes are logged as if they were the
 * first ones. */
void registrations_log_anew(struct delivery *d, int slot);
/* Asks DNS again, tries the slot now, and ends its parking (HTTP 410). Fails with ERR_NOTFOUND if the slot is
 * vacant. */
int registrations_enable(struct delivery *d, int slot, struct err *e);
/* Returns the slot's registration, borrowed until the next change; NULL: the slot is vacant or does not
 * exist. */
const struct store_registration *registrations_get(const struct delivery *d, int slot);
/* Returns 1 if the last try to deliver to the slot failed. */
int registrations_has_failed(const struct delivery *d, int slot);
/* Returns 1 if the slot is parked, because its server has answered HTTP 410: nothing is sent until it is
 * enabled. */
int registrations_is_parked(const struct delivery *d, int slot);

#endif
