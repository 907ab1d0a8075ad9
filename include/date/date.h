/* SPDX-License-Identifier: MIT */
/* date: decides whether the date is known. It is the only source of calendar time for verifying certificates.
 *
 * Unknown: nothing is known. Floor: the date is not before a moment that has certainly passed (the build, or
 * the last good time that was stored). Synchronised: time servers have agreed on a time, which the monotonic
 * clock carries forward. Only Synchronised gives a date. The system clock is never set, and verification
 * reads it only in kernel mode. */
#ifndef DATE_DATE_H
#define DATE_DATE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { DATE_STEADY_MS = 45 * 60 * 1000 }; /* two further polls of the time servers fall into it */

enum date_state { DATE_UNKNOWN, DATE_FLOOR, DATE_SYNCHRONISED };

/* One server's answer, already checked as a packet by net/sntp. */
struct date_sample {
	int64_t unix_us; /* the time at mono_ms according to this server, in microseconds since 1970 */
	int64_t mono_ms; /* when the time was received, loop_now_ms */
	/* the greatest possible error: half the round trip + root delay / 2 + root dispersion */
	int64_t distance_us;
	const char *server; /* its name for messages, borrowed; NULL: its index in the array is used */
	int is_outvoted;    /* set by date_offer: it disagrees with the majority */
};

struct date;

/* lowest_unix: the lowest possible floor (the time of the build); 0: there is none. */
struct date *date_new(int64_t lowest_unix);
void date_free(struct date *d);
/* Raises the floor to another moment that is known to have passed (from the store); never lowers it. */
void date_raise_floor(struct date *d, int64_t floor_unix);

/* Compares the newest sample of each server that has answered (n >= 1). The largest set of samples whose
 * intervals have a common point (Marzullo's algorithm) must be more than half of n. Each interval is widened
 * by a second, since some servers smear leap seconds, and certificates count whole seconds. A date below the
 * floor is refused. Returns 0: the state is Synchronised, and is_outvoted is set in samples that disagree
 * with the majority. Otherwise fails with ERR_DATE and does not change the state; the error has the time of
 * each server, or says how far the date is below the floor and how to delete a floor that is wrong. */
int date_offer(struct date *d, struct date_sample *samples, size_t n, struct err *e);
/* The same for the kernel's clock, for mode Auto without servers: unix_us is what date_read_kernel returned
 * at mono_ms. */
int date_offer_kernel(struct date *d, int64_t unix_us, int64_t mono_ms, struct err *e);
/* Reads the system clock, if the kernel says that it is synchronised (adjtimex); otherwise fails with
 * ERR_DATE. */
int date_read_kernel(int64_t *ret_unix_us, struct err *e);
/* Drops the date, which is no longer trusted (mode Off, or servers changed): the state is Floor again, or
 * Unknown. */
void date_forget(struct date *d);

enum date_state date_state(const struct date *d);
const char *date_state_name(enum date_state s); /* "Unknown", "Floor", "Synchronised" */
/* Writes the seconds since 1970 at mono_ms to *ret_unix. Fails with ERR_DATE, which names the state, unless
 * it is Synchronised. */
int date_now(const struct date *d, int64_t mono_ms, int64_t *ret_unix, struct err *e);
/* If the state is Synchronised and the dates have agreed with each other for DATE_STEADY_MS, raises the floor
 * to the present date, less the possible drift of the monotonic clock. (Before that, servers may still
 * correct a wrong date. A date that differs from the one before by more than a minute, plus the possible
 * errors of both, restarts this time.) Returns the floor, which the caller stores hourly and at the end. */
int64_t date_floor(struct date *d, int64_t mono_ms);
/* Deletes the floor and the date, for an administrator who knows that a wrong date in the future has become
 * the floor. */
void date_reset_floor(struct date *d, int64_t lowest_unix);
/* "2026-11-21T02:51:46Z" into ret (at least 21 bytes; years 0 to 9999). */
void date_format(int64_t unix_s, char *ret, size_t size);
/* Reads that form or plain seconds. */
int date_parse(const char *text, int64_t *ret_unix, struct err *e);

#endif
