/* SPDX-License-Identifier: MIT */
/* store: the data that survives a power cut: feedback registrations, the outbox of undelivered posts, the
 * last trusted date, counters. SQLite, write-ahead log, synchronous FULL (docs/store.md has the schema and
 * every answer to a failing disk).
 *
 * The first change opens a transaction; store_commit ends it and makes all its changes durable. A change
 * must not be acknowledged to anybody before the next store_commit has returned 0. Memory does not grow
 * with the number of posts that wait.
 *
 * Functions that return int return 0, or -1 with *e, unless the comment says otherwise. */
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
	/* Limits of a slot's dead letters; when one is exceeded, the oldest are dropped. */
	STORE_DEAD_COUNT = 1000,
	STORE_DEAD_BYTES = 16 << 20
};

struct store;

struct store_options {
	const char *path; /* the database file; its folder must exist. NULL: in memory, for tests */
	/* Bounds of the posts that wait in a slot; 0: no bound. The newest post is always kept. */
	uint64_t max_count, max_bytes;
	int64_t max_age_s; /* posts are dropped this long after they were created; 0: never */
};

/* Opens or creates PATH (and PATH-wal, PATH-marks beside it). Returns 0 if the store can be used. If there
 * is a fault, text for the log is added to notice (may be NULL):
 * - The file is damaged: it was renamed to PATH.damaged-N, and what could be read was copied to a new file.
 * - The file cannot be written (no space, read-only, no permission, I/O error): its content can be read, and
 *   every change fails.
 *
 * Returns -1 and leaves the file unchanged if the store cannot be used:
 * - ERR_INPUT: PATH is not a regular file.
 * - ERR_CONFIG: the file is of a newer version or of another program.
 * - ERR_EXISTS: another process has it open.
 * - ERR_IO: the folder does not exist, or not even a store in memory can be opened. */
int store_open(const struct store_options *o, struct store **ret, struct buf *notice, struct err *e);
/* Sets new bounds, which the next commits apply. o->path is ignored. */
void store_limits(struct store *s, const struct store_options *o);
/* If nothing can be written since the file was opened or replaced: tries to open the file again, for example
 * because a disk that was read-only can be written now. Returns 1: the file can be written, and may contain
 * registrations, posts and values that were not known; 0: the file could be written before; -1: it still
 * cannot be written. */
int store_retry(struct store *s);
/* Commits and closes the store. NULL is allowed. */
void store_close(struct store *s);
/* Returns a sentence about what is wrong with the file or disk: the last failure, until a commit succeeds.
 * NULL: there is no fault. Borrowed until the next call. */
const char *store_trouble(const struct store *s);
/* Returns 1 if the file could not even be read. Then its registrations are not known, and a publication
 * cannot be accepted: it is not known which slots want it. */
int store_is_unreadable(const struct store *s);

/* Makes all changes since the last commit durable, and drops posts that exceed the bounds or are too old.
 * Returns 0; -1: all changes since the last commit are undone (ERR_FULL: no space; ERR_IO), and the store
 * can still be used. If one of the changes failed, the commit fails, too. Makes no system call if there is
 * nothing to do. */
int store_commit(struct store *s, struct err *e);
/* Undoes all changes since the last commit, except store_post_done. */
void store_rollback(struct store *s);

/* Returns 1 if no post waits in any slot. */
int store_is_empty(const struct store *s);
/* Frees the memory that SQLite keeps only to be faster. To be called when there is little to do. */
void store_free_cache(struct store *s);

/* A registration. Plain data. */
struct store_registration {
	int slot; /* 1..STORE_SLOTS */
	char url[STORE_URL];
	int json;       /* 1: posts are JSON; 0: XML */
	int coalesce;   /* changes of the status are merged into one post while the server fails */
	int by_manager; /* 1: the external manager has registered it */
	size_t n;
	char expressions[STORE_EXPRESSIONS][STORE_EXPRESSION];
	int64_t registered_at; /* trusted date, 0 if it was not known */
	/* a number that all spellings of the URL share, and no other URL; it is not kept: *_get sets 0 */
	int64_t server;
};
/* Adds the slot's registration or replaces it. The slot's undelivered posts stay and are sent to the new URL,
 * so call store_deregister first if that is another server. */
int store_register(struct store *s, const struct store_registration *r, struct err *e);
/* Removes the slot's registration, undelivered posts and dead letters. The posts are a gap, which is reported
 * to the server if a URL with the same number `server` is registered in the slot again; if another URL is,
 * the gap is forgotten. ERR_NOTFOUND: the slot is vacant. */
int store_deregister(struct store *s, int slot, int64_t server, struct err *e);
/* Fills *ret. Returns 0; -1: the slot is vacant. */
int store_registration_get(struct store *s, int slot, struct store_registration *ret);

/* A post in the outbox of a slot. */
struct store_post {
	int slot;
	/* The posts of a slot are numbered from 1. No number is used twice; one that the server never gets
	 * is reported to it as a gap or belongs to a post that was merged. */
	int64_t sequence;
	char id[STORE_ID];  /* the same at every try to send the post; unique among all stores */
	int64_t created_at; /* the trusted date, 0: it was not known */
	int json;
	/* `merged` older posts were merged into this one, the first with the sequence merged_from; both 0:
	 * none */
	int64_t merged_from;
	uint64_t merged;
	char *body; /* the caller frees it; a NUL follows */
	size_t len;
};
/* Adds a post as the last one of the slot; *ret_sequence is its number. If the slot is full, the commit
 * drops its oldest posts (store_slot.dropped). ERR_INPUT: the body is longer than STORE_BODY_MAX. */
int store_post_add(struct store *s, int slot, int json, int64_t created_at, const void *body, size_t len,
		   int64_t *ret_sequence, struct err *e);
/* Replaces the waiting post p->sequence by a new one, into which it was merged: deletes the old post and
 * adds the new one as the last one of the slot; *ret_sequence is its number. slot, json, created_at and body
 * (borrowed) of p are those of the new post. The old post must never have been sent. ERR_NOTFOUND: it does
 * not wait any more. */
int store_post_merge(struct store *s, const struct store_post *p, int64_t *ret_sequence, struct err *e);
/* Reads the slot's first committed post with a sequence above `after` (0: the first of all). Returns 0; 1:
 * there is none; -1. */
int store_post_next(struct store *s, int slot, int64_t after, struct store_post *ret, struct err *e);
/* As store_post_next, for up to max posts; stops when their bodies have STORE_READ_BYTES. Returns how many
 * were read; -1. */
enum { STORE_READ_BYTES = 64 << 10 };
int store_post_read(struct store *s, int slot, int64_t after, struct store_post *ret, int max, struct err *e);
/* Marks a post as delivered, so that it is not read again. The mark survives the death of the process at
 * once. After a power cut, up to STORE_REPEATS posts of a slot, and those delivered while a transaction was
 * open, are sent again with the same id. The call makes no transaction and no fsync, except that one in
 * STORE_REPEATS calls deletes all marked posts. A post that does not exist any more is no error. ERR_FULL:
 * the post could not be marked and will be sent again, because more than a hundred separate ranges of
 * delivered posts could not be deleted. */
enum { STORE_REPEATS = 1024 };
int store_post_done(struct store *s, int slot, int64_t sequence, struct err *e);
/* Moves a post that the server will never accept to the dead letters, with the reason (cut to STORE_REASON).
 * This is part of the transaction; after a rollback store_post_next finds the post again, if `after` is 0.
 * ERR_NOTFOUND: the post does not wait. */
int store_post_to_dead_letters(struct store *s, int slot, int64_t sequence, int status, const char *reason,
			       struct err *e);
/* Drops one post (sequence 0: all of the slot) because an administrator asked for it. It is counted as
 * dropped, and the gap is reported to the server. ERR_NOTFOUND: there is no such post. */
int store_post_purge(struct store *s, int slot, int64_t sequence, struct err *e);
/* Sets the date (0: unknown) by which the next commits drop posts that are too old; drops none itself. To be
 * called now and then, followed by store_commit. */
void store_set_date(struct store *s, int64_t now);

/* Dead letters, in order of sequence. */
struct store_dead {
	struct store_post post;
	int status;
	char reason[STORE_REASON];
};
/* As store_post_next, for dead letters. The caller frees ret->post.body. */
int store_dead_next(struct store *s, int slot, int64_t after, struct store_dead *ret, struct err *e);
/* Moves a dead letter (sequence 0: all of the slot) back to the outbox, with its old sequence and id, so
 * before all later posts. Its created_at becomes the date of store_set_date: its age counts from now, or it
 * has none. *ret_n is the number of dead letters moved. ERR_NOTFOUND: there is none; ERR_FULL: with them the
 * slot would exceed its bounds, and none was moved. */
int store_dead_replay(struct store *s, int slot, int64_t sequence, int64_t *ret_n, struct err *e);
/* Deletes a dead letter (sequence 0: all of the slot). It is counted as dropped, and the gap is reported to
 * the server; the same is done with dead letters that exceed their limits. ERR_NOTFOUND: there is none. */
int store_dead_purge(struct store *s, int slot, int64_t sequence, struct err *e);

struct store_slot { /* plain data */
	uint64_t queued, queued_bytes;
	int64_t oldest_created_at; /* of the first waiting post; 0: none waits, or its date is unknown */
	int64_t next_sequence;     /* the number that the next post gets */
	/* Posts since the store was created; coalesced: posts that were merged into others. */
	uint64_t delivered, dropped, dead, coalesced;
	/* The gap: the range of numbers that contains all dropped posts which were not reported to the
	 * server. 0: there is none. */
	int64_t gap_first, gap_last;
	/* How many posts of the range were dropped; the others were delivered, merged or are dead letters. */
	uint64_t gap_count;
	char gap_id[STORE_ID]; /* the id of the post that reports the gap; changes with the gap */
};
void store_slot_get(struct store *s, int slot, struct store_slot *ret);
/* Returns store_slot.dropped of the slot, without reading the database. */
uint64_t store_dropped(const struct store *s, int slot);
/* To be called before the gap is reported to the server: remembers the gap as it is now. */
void store_gap_report_begun(struct store *s, int slot);
/* To be called when the gap up to this sequence was reported to the server. Posts that were dropped after
 * store_gap_report_begun are the new gap. */
int store_gap_report_done(struct store *s, int slot, int64_t last, struct err *e);

/* Programs may number their publications, so that one that is sent again is recognised. The store keeps the
 * runs of consecutive numbers, STORE_PUBLISHERS of all programs and STORE_RUNS of one of them. A further run
 * takes the place of the one that was extended the longest time ago. */
enum { STORE_PUBLISHERS = 64, STORE_RUNS = 4 };
struct store_publication {
	uint64_t publisher[2]; /* the random id of the program */
	int64_t number;        /* from 1 on */
};
/* Returns 1 if store_publication_accepted was called for this publication before, in the open transaction or
 * an earlier one. */
int store_publication_was_accepted(const struct store *s, const struct store_publication *p);
/* Remembers that the publication was accepted; durable with the open transaction. It opens no transaction,
 * since without one no post was added that could be repeated. */
void store_publication_accepted(struct store *s, const struct store_publication *p);

/* Log lines that wait for the log server, in the order in which they were added. store_syslog_add and
 * store_syslog_delete are part of the transaction. Only lines of a committed transaction may be sent. */
int store_syslog_add(struct store *s, const void *message, size_t len, struct err *e);
/* Reads the first line with a number above `after` (0: the first of all) into ret, which is emptied
 * before, and its number into *ret_n. 0; 1: there is none; -1. */
int store_syslog_next(struct store *s, int64_t after, int64_t *ret_n, struct buf *ret, struct err *e);
/* Deletes the lines up to this number. */
int store_syslog_delete(struct store *s, int64_t up_to, struct err *e);
/* How many there are with a number above `after`, with the changes of the open transaction; costs nothing. */
uint64_t store_syslog_count(const struct store *s, int64_t after);

/* Names the device by a number that no other device has, as soon as it is known. On the device that was named
 * first, ids of posts are made from the store's own id; on another one, to whose disk the store was copied
 * (an image that was made from a device in use), from both. Returns 1 if this is the first device: its number
 * is part of the transaction; 0 if a device was named before; -1 as store_set. */
int store_set_device(struct store *s, int64_t device, struct err *e);

/* Single values by name (for example "trusted_date"). store_set is part of the transaction. store_get
 * returns fallback if there is no such value. */
int store_set(struct store *s, const char *name, int64_t value, struct err *e);
int64_t store_get(struct store *s, const char *name, int64_t fallback);
/* Deletes the values that are lower than `below` and whose names begin with `beginning`. */
int store_forget(struct store *s, const char *beginning, int64_t below, struct err *e);

/* Returns the version of SQLite with which this process runs. Static. */
const char *store_library_version(void);

#endif
