/* SPDX-License-Identifier: MIT */
/* date: decides whether we know what day it is. The only source of calendar time for verifying certificates.
 *
 * Unknown: no idea. Floor: not before a moment that we are sure has passed (the build, or the last good time
 * stored).
 * Synchronised: a time that servers agree on, carried forward by the monotonic clock. Only Synchronised gives
 * a date; the system clock is neither read (but in kernel mode) nor set. */
#ifndef DATE_DATE_H
#define DATE_DATE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { DATE_STEADY_MS = 45 * 60 * 1000 }; /* two further polls of the time servers fall into it */

enum date_state { DATE_UNKNOWN, DATE_FLOOR, DATE_SYNCHRONISED };

/* One server's answer, already checked as a packet by net/sntp. */
struct date_sample {
	int64_t unix_us;     /* true time at mono_ms by this server, microseconds since 1970 */
	int64_t mono_ms;     /* when it was taken, loop_now_ms */
	int64_t distance_us; /* half round trip + root delay / 2 + root dispersion: how wrong it may be */
	const char *server;  /* its name for messages, borrowed; NULL: its place in the array */
	int is_outvoted;     /* out: it disagrees with the majority */
};

struct date;

/* lowest_unix: what the floor never goes below (the build time); 0 for none. */
struct date *date_new(int64_t lowest_unix);
void date_free(struct date *d);
/* Another moment that is known to have passed (what the store kept): raises the floor to it, never lowers
 * it. */
void date_raise_floor(struct date *d, int64_t floor_unix);

/* Judges the newest sample of each server that answered (n >= 1; wait for the others before): the largest set
 * whose intervals share a point (Marzullo) must be more than half of n. Each interval is widened by a second,
 * since some servers smear leap seconds, and certificates count whole seconds. Below the floor: refused. 0:
 * Synchronised from now, and is_outvoted is set in the samples of false tickers. -1: ERR_DATE with why (what
 * each server says; how far below the floor, and how to forget that floor if it is wrong); the state
 * stays. */
int date_offer(struct date *d, struct date_sample *samples, size_t n, struct err *e);
/* The kernel's clock, for mode Auto without servers: what date_read_kernel gave at mono_ms. */
int date_offer_kernel(struct date *d, int64_t unix_us, int64_t mono_ms, struct err *e);
/* The system clock, if the kernel says that somebody keeps it synchronised (adjtimex); else -1 with ERR_DATE.
 * The only place that reads it. */
int date_read_kernel(int64_t *ret_unix_us, struct err *e);
/* No longer trusted (mode Off, servers changed): back to Floor, or Unknown. */
void date_forget(struct date *d);

enum date_state date_state(const struct date *d);
const char *date_state_name(enum date_state s); /* "Unknown", "Floor", "Synchronised" */
/* Seconds since 1970 at mono_ms; 0, or -1 with ERR_DATE (says the state) when not Synchronised. */
int date_now(const struct date *d, int64_t mono_ms, int64_t *ret_unix, struct err *e);
/* Raises the floor to the present, less what the monotonic clock may have drifted, if Synchronised by a date
 * that has stood for DATE_STEADY_MS: until then servers may take a wrong one back. Returns the floor: what
 * the store should keep, hourly and at stop. A date that differs from the one before by more than a minute
 * (and what both may be wrong by) begins anew. */
int64_t date_floor(struct date *d, int64_t mono_ms);
/* The administrator knows better: a wrong date from the future became the floor. Also forgets the date. */
void date_reset_floor(struct date *d, int64_t lowest_unix);
/* "2026-11-21T02:51:46Z" into ret (at least 21 bytes; years 0 to 9999). */
void date_format(int64_t unix_s, char *ret, size_t size);
/* Reads that form or plain seconds. */
int date_parse(const char *text, int64_t *ret_unix, struct err *e);

#endif
