/* SPDX-License-Identifier: MIT */
/* store: what survives a power cut: feedback registrations, the outbox of undelivered posts, last trusted
 * date, counters. SQLite, write-ahead log, synchronous FULL (docs/store.md has the schema and every answer to
 * a failing disk).
 *
 * Changes gather in a transaction; store_commit makes them durable, once a loop turn. Nothing is acknowledged
 * to anyone before the commit after it returned 0. Memory does not grow with the backlog. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
	STORE_SLOTS = 4,
	STORE_EXPRESSIONS = 15,
	STORE_EXPRESSION = 256,
	STORE_URL = 2049,
	STORE_ID = 64,
	STORE_BODY_MAX = 256 << 10,
	STORE_REASON = 200,
	STORE_DEAD_COUNT = 1000,
	STORE_DEAD_BYTES = 16 << 20
}; /* dead letters kept per slot; the oldest goes */

struct store;

struct store_options {
	const char *path;              /* file; its folder must exist. NULL: in memory, for tests */
	uint64_t max_count, max_bytes; /* per slot, 0: no bound; the newest post is always kept */
	int64_t max_age_s;             /* per slot, by the time of creation; 0: for ever */
};

/* Opens or creates PATH (and PATH-wal, PATH-marks beside it). Returns 0 whenever the agent can go on; notice
 * (may be NULL) then holds text for the log, empty when all is well:
 * - damaged: set aside as PATH.damaged-N, a new file begun, what could be read carried over
 * - cannot be written (no space, read-only, no permission, I/O error): what is there is served, every change
 *   is refused
 * -1: ERR_INPUT for something else than a file in its place, ERR_CONFIG for a file of a newer version or
 * another program's, ERR_EXISTS when another process has it open: all these are left alone; ERR_IO when it
 * can't even be read. */
int store_open(const struct store_options *o, struct store **ret, struct buf *notice, struct err *e);
/* New bounds; they are applied by the next commits. path is not looked at. */
void store_limits(struct store *s, const struct store_options *o);
/* Where store_trouble says that nothing can be written since the start: tries to open the file again, e.g.
 * because a disk that was read-only can be written now. 1: it is open, and what is registered, queued and
 * kept may be more than was known; 0: there is nothing to try; -1: still not. */
int store_retry(struct store *s);
/* Commits, closes. */
void store_close(struct store *s);
/* One sentence on what is wrong with the disk (the last failure, until a commit succeeds); NULL when all is
 * well. */
const char *store_trouble(const struct store *s);
/* The file could not even be read: what is registered and queued in it is not known, so no publisher may be
 * promised anything. */
int store_is_unreadable(const struct store *s);

/* Makes everything since the last commit durable. 0; -1: nothing since then happened (ERR_FULL no space,
 * ERR_IO); the store stays usable. Cheap (no system call) when there is nothing to commit. Bounds are applied
 * here: posts that no longer fit, or that are too old, are dropped with it. A change that failed (-1) makes
 * the whole group fail. */
int store_commit(struct store *s, struct err *e);
/* Gives up everything since the last commit (but what was delivered). */
void store_rollback(struct store *s);

/* Registrations. Plain data. */
struct store_registration {
	int slot; /* 1..STORE_SLOTS */
	char url[STORE_URL];
	int json;     /* format */
	int coalesce; /* changes of the status are merged while the server is away */
	size_t n;
	char expressions[STORE_EXPRESSIONS][STORE_EXPRESSION];
	int64_t registered_at; /* trusted date, 0 if it was not known */
};
/* Replaces the slot's registration. Its undelivered posts stay and go to the new URL; deregister first to be
 * rid of them. */
int store_register(struct store *s, const struct store_registration *r, struct err *e);
/* Its undelivered posts and dead letters go too: a gap, which is told if the same URL is registered in the
 * slot again, and forgotten if another one is. ERR_NOTFOUND. */
int store_deregister(struct store *s, int slot, struct err *e);
/* 0, or -1 when the slot is vacant. */
int store_registration_get(struct store *s, int slot, struct store_registration *ret);

/* The outbox: per slot a strict sequence. */
struct store_post {
	int slot;
	/* per slot, from 1, never used again, never skipped but by what is told as a gap, or merged */
	int64_t sequence;
	char id[STORE_ID];  /* stable id of this post: the same at every try, different in every store */
	int64_t created_at; /* trusted date, 0 if not known */
	int json;
	/* stands for `merged` others as well, which had sequences from here on; 0: for none */
	int64_t merged_from;
	uint64_t merged;
	char *body; /* yours to free(); followed by a NUL */
	size_t len;
};
/* Appends to the slot; fills *ret_sequence. A slot that is full loses its oldest (counted, see store_slot) at
 * the commit.
 * ERR_INPUT: longer than STORE_BODY_MAX. */
int store_post_add(struct store *s, int slot, int json, int64_t created_at, const void *body, size_t len,
		   int64_t *ret_sequence, struct err *e);
/* Appends a post in the place of one that waits, p->sequence, and of all that it stood for: the old one goes,
 * and its sequence never comes. Slot, format, date and body (borrowed) as for store_post_add. The old one
 * must never have been handed to anybody.
 * ERR_NOTFOUND: it does not wait any more. */
int store_post_merge(struct store *s, const struct store_post *p, int64_t *ret_sequence, struct err *e);
/* The first post of the slot with a sequence above `after` (0: the first of all), committed ones only: 0; 1
 * if there is none; -1. */
int store_post_next(struct store *s, int slot, int64_t after, struct store_post *ret, struct err *e);
/* The first ones, up to max, but no more once their bodies reach STORE_SEVERAL_BYTES. Returns how many, 0 if
 * there is none; -1. */
enum { STORE_SEVERAL_BYTES = 64 << 10 };
int store_post_several(struct store *s, int slot, int64_t after, struct store_post *ret, int max,
		       struct err *e);
/* Delivered: it goes. Survives the death of the process at once, a power cut after a while (at most
 * STORE_REPEATS posts a slot, and those delivered while a transaction was open, are sent again then, with the
 * same id). No transaction and no fsync, but for one in STORE_REPEATS calls, which deletes them all. One that
 * is gone already is no error. ERR_FULL: more than a hundred separate runs of delivered posts, and a disk
 * that takes no deletions or a transaction that stays open; it will be sent again. */
enum { STORE_REPEATS = 1024 };
int store_post_done(struct store *s, int slot, int64_t sequence, struct err *e);
/* The server will never take it: to the dead letters, with the reason (cut to STORE_REASON). ERR_NOTFOUND.
 * Part of the
 * transaction: commit soon; a rollback puts it back in its place, where store_post_next finds it with after
 * 0. */
int store_post_dead(struct store *s, int slot, int64_t sequence, int status, const char *reason,
		    struct err *e);
/* Drops one post (sequence 0: all of the slot) by an administrator's will: counted and told as a gap.
 * ERR_NOTFOUND. */
int store_post_purge(struct store *s, int slot, int64_t sequence, struct err *e);
/* From now on commits drop what is too old by this date (0: nothing is); call now and then, and
 * commit. */
void store_expire(struct store *s, int64_t now);

/* Dead letters, in order of sequence. */
struct store_dead {
	struct store_post post;
	int status;
	char reason[STORE_REASON];
};
/* As store_post_next. ret->post.body is yours. */
int store_dead_next(struct store *s, int slot, int64_t after, struct store_dead *ret, struct err *e);
/* Back to the outbox, before all later posts, with its old sequence and id. ERR_NOTFOUND. */
int store_dead_replay(struct store *s, int slot, int64_t sequence, struct err *e);
/* Removes one (0: all of the slot): counted as dropped and told as a gap, as those are that go because there
 * are too many dead letters. ERR_NOTFOUND. */
int store_dead_purge(struct store *s, int slot, int64_t sequence, struct err *e);

struct store_slot { /* plain data */
	uint64_t queued, queued_bytes;
	int64_t oldest_created_at;                    /* 0: none queued or date not known */
	int64_t next_sequence;                        /* what the next post will get */
	uint64_t delivered, dropped, dead, coalesced; /* ever; coalesced: merged into others */
	int64_t gap_first,
		gap_last; /* sequences dropped and not yet told to the server lie between; 0: none */
	/* how many of them were dropped (the others were delivered, merged or are dead letters) */
	uint64_t gap_count;
	char gap_id[STORE_ID]; /* for the post that tells of it: another gap, another id */
};
void store_slot_get(struct store *s, int slot, struct store_slot *ret);
/* How many posts of the slot were ever dropped: quickly. */
uint64_t store_dropped(const struct store *s, int slot);
/* The server is about to be told of the gap as it is now. */
void store_gap_telling(struct store *s, int slot);
/* The server has been told of the gap up to this sequence: what was dropped after store_gap_telling is
 * left. */
int store_gap_told(struct store *s, int slot, int64_t last, struct err *e);

/* Publications by programs that number theirs: so one that is sent again is recognised. Of each publisher the
 * last run of numbers without a hole is known; at most STORE_PUBLISHERS are, and the one that has been silent
 * longest makes room. */
enum { STORE_PUBLISHERS = 64 };
struct store_publication {
	uint64_t publisher[2]; /* its random id */
	int64_t number;        /* from 1 on */
};
/* Was it taken before, be it in the open transaction? */
int store_was_taken(const struct store *s, const struct store_publication *p);
/* It is taken: durable with the posts of the open transaction. It makes no transaction by itself: where
 * nothing was posted, nothing can be repeated. */
void store_taken(struct store *s, const struct store_publication *p);

/* Single values by name (e.g. "trusted_date"); part of the transaction like all else. */
int store_set(struct store *s, const char *name, int64_t value, struct err *e);
int64_t store_get(struct store *s, const char *name, int64_t fallback);
/* Deletes those whose names begin so and whose values are below this. */
int store_forget(struct store *s, const char *beginning, int64_t below, struct err *e);

#endif
