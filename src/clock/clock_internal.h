/* SPDX-License-Identifier: MIT */
/* clock_internal: what the files of clock share. */
#ifndef CLOCK_CLOCK_INTERNAL_H
#define CLOCK_CLOCK_INTERNAL_H

#include "base/episode.h"
#include "clock/clock.h"
#include "net/sntp.h"
#include "nts_keys.h"

enum { CLOCK_SERVERS = 3 };

struct source { /* one configured server */
	struct clock *clock;
	char name[SETTINGS_HOST];
	char host[DNS_NAME_MAX];
	int port;
	unsigned number; /* its number in the settings, from 1 */
	int has_key;
	struct sntp_key key;
	int nts_port;          /* 0: without NTS */
	struct nts_keys *keys; /* NULL: without NTS */
	struct dns_query *lookup;
	struct sntp_query *query;
	struct date_sample sample;
	int has_sample;        /* 1: it has given a time in this round */
	int has_no_time;       /* 1: it answered in this round that it has no time now */
	int64_t hold_until_ms; /* loop time before which it is not asked, because of a kiss-o'-death answer */
	unsigned rates, denials;  /* kiss-o'-death answers (RATE; DENY or RSTR) since the last good answer */
	struct episode refusals;  /* answers in which it refused, or was outvoted by the other servers */
	struct dns_address asked; /* the address that is being asked, or was asked last */
	size_t n_addresses;
	char trouble[240];
};

struct clock {
	struct clock_options o;
	int mode;
	struct verify_policy policy; /* for the certificates of servers with NTS */
	size_t n;
	struct source sources[CLOCK_SERVERS];
	char left_out[CLOCK_SERVERS][640]; /* why this configured server is not asked; "": it is asked */
	int64_t max_distance_us;
	int timeout_ms; /* for one question to a server */
	int pending;    /* questions of this round without an answer yet */
	int is_due;     /* 1: a round begins in the next turn of the loop */
	int has_date;   /* 1: this round has given a date */
	int is_late;    /* 1: the answers of this round decide as soon as there is one */
	unsigned failures;
	struct loop_timer *timer, *notify;
	struct loop_timer *late;                  /* armed while a round waits for more answers */
	struct episode episode;                   /* rounds that gave no date */
	struct episode givers;                    /* which server gave the date */
	struct episode jumps;                     /* dates that differ from the expected one */
	enum clock_authentication authentication; /* of the server that gave the date */
	char server[SETTINGS_HOST];               /* the server that gave the date; "": none did */
	int64_t unix_s, given_ms;                 /* the date that was given last, and when (loop_now_ms) */
	char trouble[960];
};

/* How this server's answers are authenticated. */
enum clock_authentication clock_source_authentication(const struct source *s);

#endif
