/* SPDX-License-Identifier: MIT */
/* slot: the delivery of one feedback slot: reads posts ahead from the store and sends each on an idle
 * connection, as many as the slot's state allows. courier.c interprets the answers and changes the state. */
#ifndef DELIVERY_SLOT_H
#define DELIVERY_SLOT_H

#include "after_backlog.h"
#include "base/episode.h"
#include "base/log_kind.h"
#include "sender.h"
#include "courier.h"

enum { SLOT_AHEAD = 16 };

struct slot {
	struct courier *courier;
	int number;                   /* 1..STORE_SLOTS */
	struct courier_target target; /* its secret is NULL, since `key` was made from it */
	struct hmac_key key;          /* len 0: posts are not signed */
	struct sender *senders;       /* as many as posts were under way at once; NULL: the slot is Closed */
	int in_flight;                /* slot_has_room limits it to target.window */
	/* How many posts may be under way while the slot is Open. Grows by one with each post that the
	 * server accepts, up to target.window. */
	int limit;
	struct loop_timer *timer; /* calls slot_send */
	/* called at the end of each post */
	void (*answered)(void *slot, struct sender *sender, const struct https_reply *r);
	struct store_post ahead[SLOT_AHEAD];
	size_t ahead_at, ahead_n;
	int64_t after;    /* the last sequence that was read ahead: reading continues after it */
	int64_t sent;     /* the highest sequence that was ever sent, also to an earlier server of the slot */
	uint64_t dropped; /* result of the last call of store_dropped */
	int may_have_gap; /* there may be dropped posts that were not reported to the server */
	struct episode failures; /* posts that are not delivered */
	struct episode refusals; /* posts that become dead letters */
	struct episode gaps;     /* posts that are dropped */
	/* posts that are accepted with an HTML page, or with an answer that does not end */
	struct episode odd_answers;
	/* failures of the store: it cannot be read, or cannot record the outcome of a post */
	struct episode disk;
	struct courier_status status; /* contains the slot's state */
};

/* Writes a log line of this kind about the slot; programs find it by kind and slot. */
void slot_log(const struct slot *s, enum log_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

struct courier {
	struct courier_options o;
	struct slot slots[STORE_SLOTS + 1];
	int stopping;
	struct loop_timer *deadline;
	struct after_backlog *after_backlog;
	struct { /* for courier_check_date */
		/* the trusted date when it was last read, and the loop time of that; 0: never */
		int64_t unix_s, read_ms;
		int64_t since_ms; /* loop time at which the date last jumped */
	} date;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* Writes the URL of the slot's server to ret, without secrets, for log lines (base/redact.h). Returns ret. */
const char *slot_server(const struct slot *s, char ret[SERVICE_URL]);
/* Frees the posts that were read ahead, because they may have changed in the store. Reading begins at the
 * slot's first post again. */
void slot_discard_ahead(struct slot *s);
/* To be called when the store failed at `what` ("read", "mark" or "dead"). Returns 1 if that is to be
 * logged. */
int slot_disk_failed(struct slot *s, const char *what);
/* To be called when the post was accepted. Warns if the server answered with an HTML page, which a receiver
 * of posts would not send: probably no receiver has handled the post. Warns also if the answer did not end,
 * since the next post had to wait for it. */
void slot_note_answer(struct slot *s, const struct sender *sender, const struct https_reply *r);
/* Adds a sender, which has no connection yet, to the slot. */
int slot_add_sender(struct slot *s, struct err *e);
/* Returns 1 if another post may be sent now. */
int slot_has_room(const struct slot *s);
/* Sends posts until as many as allowed are under way; a slot that was Waiting sends one. It is the function
 * of slot.timer; arg is the slot. */
void slot_send(void *arg);

#endif
