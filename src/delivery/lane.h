/* SPDX-License-Identifier: MIT */
/* lane: one slot's way to its server: what is sent next, and on which connection. courier.c judges the
 * answers. */
#ifndef AGENT_LANE_H
#define AGENT_LANE_H

#include "carrier.h"
#include "delivery/courier.h"
#include "base/episode.h"

enum { LANE_AHEAD = 16 };

struct lane { /* one slot's way to its server */
	struct courier *courier;
	int slot;
	char *url;
	struct courier_target target; /* url points to the copy */
	struct hmac_key key;          /* len 0: posts are not signed */
	struct carrier *carriers;     /* at most the window; NULL: the slot is not delivered */
	int n_carriers, in_flight;
	int open;    /* so many may be under way: one more with each good answer, up to the window; 0: one
					 * post feels the way */
	int probing; /* that post is under way */
	struct loop_timer *timer;
	struct store_post ahead[LANE_AHEAD];
	size_t ahead_at, ahead_n;
	int64_t after;    /* the last sequence that was read */
	int64_t handed;   /* the highest that any server may have seen */
	uint64_t dropped; /* by the store, as far as is known here */
	int gap;          /* there may be one that the server is to be told of */
	struct episode episode;
	struct courier_status status;
};

struct courier {
	struct courier_options o;
	struct lane lanes[STORE_SLOTS + 1];
	int stopping;
	struct loop_timer *deadline;
	/* the trusted date, when it was looked at, since when it has run evenly; 0: never */
	int64_t date, date_ms, steady_ms;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* What was read ahead is forgotten: it may have changed. Reading begins at the first post again. */
void lane_look_again(struct lane *l);
int lane_add_carrier(struct lane *l, struct err *e);
/* May another post be begun? */
int lane_has_room(const struct lane *l);
/* Begins as many posts as may be under way. A timer's function. */
void lane_step(void *lane);

/* courier.c: the end of each post. */
void lane_answered(void *lane, struct carrier *c, const struct https_reply *r);

#endif
