/* SPDX-License-Identifier: MIT */
/* nts_keys: the keys of NTS that are shared with one time server: when they are established, how long they
 * hold. They are in memory alone. */
#ifndef CLOCK_NTS_KEYS_H
#define CLOCK_NTS_KEYS_H

#include "net/nts_ke.h"

struct nts_keys;

struct nts_keys_options {
	struct tls_stream_world world;
	unsigned number;    /* of the server in the settings, for the log */
	const char *host;   /* name of the server for keys; copied */
	int port, ntp_port; /* of keys; and of NTP where the server names none */
	struct verify_policy policy;
};
struct nts_keys *nts_keys_new(const struct nts_keys_options *o);
/* Wipes them. NULL is allowed. */
void nts_keys_free(struct nts_keys *k);

/* 1: there are keys and a cookie, and what the server's certificate was verified with has not changed. */
int nts_keys_are_there(struct nts_keys *k);
/* 0: they may be established now; -1: they could not be a moment ago, and *e says why and when again. */
int nts_keys_may_establish(const struct nts_keys *k, struct err *e);
/* Establishes them anew, and calls fn once (ERR_NONE: they are there), never before this has returned and not
 * after nts_keys_stop. */
void nts_keys_establish(struct nts_keys *k, void (*fn)(void *arg, const struct err *e), void *arg);
void nts_keys_stop(struct nts_keys *k);

/* These hold while they are there. For a query, which takes a cookie. */
struct nts_association *nts_keys_association(struct nts_keys *k);
/* Where NTP is served: "": at the address of the server for keys. Borrowed. */
const char *nts_keys_ntp_host(const struct nts_keys *k);
int nts_keys_ntp_port(const struct nts_keys *k);
const struct dns_address *nts_keys_address(const struct nts_keys *k);

/* The server's authenticated answer says this date: 0: its certificate chain is valid on it. -1: it is
 * not, so the date does not count; the keys have been dropped, and *e says why. */
int nts_keys_check_date(struct nts_keys *k, int64_t unix_s, struct err *e);
/* They are of no use any more; others may be established after a pause, which grows each time until
 * nts_keys_check_date finds a date good. */
void nts_keys_drop(struct nts_keys *k);

/* For the status: cookies that are there. */
size_t nts_keys_cookies(const struct nts_keys *k);

#endif
