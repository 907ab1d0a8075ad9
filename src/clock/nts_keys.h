/* SPDX-License-Identifier: MIT */
/* nts_keys: the NTS keys that the agent shares with one time server (RFC 8915): establishes them by NTS-KE
 * with the key server, and decides how long they are used. They are kept in memory only. */
#ifndef CLOCK_NTS_KEYS_H
#define CLOCK_NTS_KEYS_H

#include "net/nts_ke.h"

struct nts_keys;

struct nts_keys_options {
	struct tls_stream_world world;
	unsigned number;    /* the server's number in the settings, for the log */
	const char *host;   /* name of the NTS-KE server; copied */
	int port, ntp_port; /* port of NTS-KE; port of NTP if the NTS-KE server names none */
	struct verify_policy policy;
};
struct nts_keys *nts_keys_new(const struct nts_keys_options *o);
/* Wipes the keys. NULL is allowed. */
void nts_keys_free(struct nts_keys *k);

/* Returns 1 if there are keys and at least one cookie. Keys are dropped when roots or revocation lists have
 * changed since they were established. */
int nts_keys_are_there(struct nts_keys *k);
/* Returns 0 if keys may be established now; -1 if an attempt has failed a short time ago: *e says why it
 * failed and when the next attempt is allowed. */
int nts_keys_may_establish(const struct nts_keys *k, struct err *e);
/* Drops the keys and establishes new ones. Calls fn once (ERR_NONE: there are keys now), never before this
 * call has returned, and not after nts_keys_stop, which cancels it. */
void nts_keys_establish(struct nts_keys *k, void (*fn)(void *arg, const struct err *e), void *arg);
void nts_keys_stop(struct nts_keys *k);

/* Returns 1 if the certificates that the NTS-KE server sent last are trusted by this policy on this date. */
int nts_keys_trusts(const struct nts_keys *k, const struct verify_policy *policy, int64_t unix_s);
/* Sets another policy and drops the keys, so that the next ones are established by it, without a pause. */
void nts_keys_set_policy(struct nts_keys *k, const struct verify_policy *policy);

/* The following functions may be called only while nts_keys_are_there returns 1. Returns what an NTP query
 * needs; the query takes a cookie out of it. */
struct nts_association *nts_keys_association(struct nts_keys *k);
/* Returns the host that serves NTP; "": it is at the address that nts_keys_address returns. Borrowed. */
const char *nts_keys_ntp_host(const struct nts_keys *k);
int nts_keys_ntp_port(const struct nts_keys *k);
const struct dns_address *nts_keys_address(const struct nts_keys *k);

/* Checks the date that the server's authenticated answer gave: returns 0 if the NTS-KE server's certificates
 * are valid on that date. Otherwise -1: the answer does not count, the keys are dropped, and *e says why. */
int nts_keys_check_date(struct nts_keys *k, int64_t unix_s, struct err *e);
/* Drops keys that turned out to be useless. New ones may be established after a pause, which grows with each
 * failure until nts_keys_check_date accepts a date. */
void nts_keys_drop(struct nts_keys *k);

/* Returns the number of cookies, for the status. */
size_t nts_keys_cookies(const struct nts_keys *k);

#endif
