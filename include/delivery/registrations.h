/* SPDX-License-Identifier: MIT */
/* registrations: which server hears of what. Each takes one of STORE_SLOTS feedback slots and stays until it
 * is removed, over restarts too. */
#ifndef DELIVERY_REGISTRATIONS_H
#define DELIVERY_REGISTRATIONS_H

#include "base/err.h"
#include "delivery/delivery.h"
#include "store/store.h"

#include <stddef.h>

struct registrations_request {
	/* 0: the first vacant one, but not the one that is kept for the external manager while that is set */
	int slot;
	/* with slot 0: the last slot that the asker can name; then the manager's serves, too. 0: any */
	int last;
	const char *url;
	int json;     /* posts are JSON, else XML */
	int force;    /* take the slot even if it belongs to another URL */
	int coalesce; /* changes of the status are merged into one post while the server is away */
	size_t n;
	const char *const *expressions;
};
/* Registers; durable when it returns 0, and *ret_slot says where. ERR_INPUT: the URL, or one of the
 * expressions (its number and what was expected); ERR_EXISTS: the slot belongs to another URL; ERR_FULL: no
 * slot is vacant; other errors: the store. */
int registrations_add(struct delivery *d, const struct registrations_request *r, int *ret_slot,
		      struct err *e);
/* Ends a registration; what waits for its server is dropped. ERR_NOTFOUND: the slot is vacant. */
int registrations_remove(struct delivery *d, int slot, struct err *e);
/* Tries a slot now that failed, or whose server said that it is gone (HTTP 410). ERR_NOTFOUND: the slot is
 * vacant. */
int registrations_enable(struct delivery *d, int slot, struct err *e);
/* NULL when the slot is vacant or no slot. Borrowed until the next change. */
const struct store_registration *registrations_get(const struct delivery *d, int slot);
/* Did the last try to deliver to the slot fail? */
int registrations_has_failed(const struct delivery *d, int slot);

#endif
