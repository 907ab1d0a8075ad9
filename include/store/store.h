/* store: what survives a power cut: feedback registrations, the outbox of undelivered posts, last trusted date,
 * counters. SQLite, write-ahead log, synchronous FULL.
 *
 * Changes gather in a transaction; store_commit makes them durable, once a loop turn. Nothing is acknowledged to anyone
 * before the commit after it returned 0. Memory does not grow with the backlog. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { STORE_SLOTS = 4, STORE_EXPRESSIONS = 15, STORE_EXPRESSION = 256, STORE_URL = 2049, STORE_ID = 40,
       STORE_BODY_MAX = 256 << 10 };

struct store;

struct store_options {
	const char *path;		/* file; its folder must exist. NULL: in memory, for tests */
	uint64_t max_count, max_bytes;	/* per slot */
	int64_t max_age_s;		/* per slot, by the time of creation; 0: for ever */
};

/* Opens or creates. A damaged file is set aside (NAME.damaged-N) and a new one begun; what happened stands in notice
 * (text for the log, empty when all is well). ERR_IO, or ERR_CONFIG for a database of a newer version. */
int store_open(const struct store_options *o, struct store **ret, struct buf *notice, struct err *e);
void store_limits(struct store *s, const struct store_options *o);
/* Commits, closes. */
void store_close(struct store *s);

/* Makes everything since the last commit durable. 0; -1: nothing since then happened (ERR_FULL no space, ERR_IO); the
 * store stays usable. Cheap (no system call) when there is nothing to commit. */
int store_commit(struct store *s, struct err *e);
/* Gives up everything since the last commit. */
void store_rollback(struct store *s);

/* Registrations. Plain data. */
struct store_registration {
	int slot;			/* 1..STORE_SLOTS */
	char url[STORE_URL];
	int json;			/* format */
	size_t n;
	char expressions[STORE_EXPRESSIONS][STORE_EXPRESSION];
	int64_t registered_at;		/* trusted date, 0 if it was not known */
};
int store_register(struct store *s, const struct store_registration *r, struct err *e);
/* Its undelivered posts go too. ERR_NOTFOUND. */
int store_deregister(struct store *s, int slot, struct err *e);
/* 0, or -1 when the slot is vacant. */
int store_registration_get(struct store *s, int slot, struct store_registration *ret);

/* The outbox: per slot a strict sequence. */
struct store_post {
	int slot;
	int64_t sequence;		/* per slot, from 1, never used again, never skipped but by what is told as a gap */
	char id[STORE_ID];		/* stable id of this post: the same at every try */
	int64_t created_at;		/* trusted date, 0 if not known */
	int json;
	char *body;			/* yours to free() */
	size_t len;
};
/* Appends to the slot; fills *ret_sequence. A slot that is full loses its oldest (counted, see store_slot). */
int store_post_add(struct store *s, int slot, int json, int64_t created_at, const void *body, size_t len,
		   int64_t *ret_sequence, struct err *e);
/* The first post of the slot with a sequence above `after` (0: the first of all), committed ones only: 0; 1 if there is
 * none; -1. */
int store_post_next(struct store *s, int slot, int64_t after, struct store_post *ret, struct err *e);
/* Delivered: it goes. Need not be durable at once: a crash makes it be sent again with the same id; but survives the
 * death of the process alone. */
int store_post_done(struct store *s, int slot, int64_t sequence, struct err *e);
/* The server will never take it: to the dead letters, with the reason. */
int store_post_dead(struct store *s, int slot, int64_t sequence, int status, const char *reason, struct err *e);

struct store_slot {			/* plain data, kept up to date without queries */
	uint64_t queued, queued_bytes;
	int64_t oldest_created_at;	/* 0: none queued or date not known */
	uint64_t delivered, dropped, dead;	/* ever */
	int64_t gap_first, gap_last;	/* sequences dropped and not yet told to the server; 0: none */
};
void store_slot_get(struct store *s, int slot, struct store_slot *ret);
/* The server has been told of the gap up to this sequence. */
int store_gap_told(struct store *s, int slot, int64_t last, struct err *e);

/* Single values by name (e.g. "trusted_date"); part of the transaction like all else. */
int store_set(struct store *s, const char *name, int64_t value, struct err *e);
int64_t store_get(struct store *s, const char *name, int64_t fallback);

#endif
