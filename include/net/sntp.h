/* SPDX-License-Identifier: MIT */
/* sntp: asks one time server once, and checks its answer (RFC 4330, RFC 5905). Keys: digest(secret, packet)
 * with SHA1 or SHA256, cut to 20 bytes (RFC 7822), as chrony and ntpd do it; or those of NTS (net/nts.h). */
#ifndef NET_SNTP_H
#define NET_SNTP_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/dns.h"
#include "net/nts.h"
#include "date/date.h"

#include <stddef.h>
#include <stdint.h>

enum sntp_algorithm { SNTP_KEY_NONE, SNTP_KEY_SHA1, SNTP_KEY_SHA256 };
/* SNTP_RECEIVED_MAX: maximum length of an answer with NTS */
enum { SNTP_PACKET_MAX = 48 + 4 + 32, SNTP_RECEIVED_MAX = NTS_ANSWER_MAX, SNTP_SECRET_MAX = 2045 };

struct sntp_key {
	enum sntp_algorithm algorithm;
	uint32_t id;
	unsigned char secret[SNTP_SECRET_MAX];
	size_t len;
};

/* Reads a key as an administrator types it, and as it is in chrony's key file: plain text (ASCII: may stand
 * before it) or HEX: with hexadecimal digits. id: 1 to 4294967295. ERR_INPUT never repeats the secret. */
int sntp_key_parse(const char *text, enum sntp_algorithm algorithm, const char *id, struct sntp_key *ret,
		   struct err *e);

struct sntp_request {
	struct dns_address address;
	int port;                   /* 0: 123 */
	const struct sntp_key *key; /* copied; NULL: none */
	/* NULL: without NTS. Otherwise it must have at least one cookie, which the query removes; cookies of
	 * the answer are added, and `key` is not used. Borrowed until the query has ended. */
	struct nts_association *nts;
	int timeout_ms;          /* 0: 6,000 */
	int64_t max_distance_us; /* a time with a greater possible error is not accepted; 0: 3 s */
};

/* What a server that gives no time asks of its clients (RFC 5905, 7.4). Other codes (INIT, STEP ...) only
 * mean that it has no time now. */
enum sntp_kiss {
	SNTP_KISS_NONE,
	SNTP_KISS_DENY, /* DENY, RSTR: the client must stop asking */
	SNTP_KISS_RATE, /* the client must ask less often */
	/* The server does not know the NTS keys any more. This is not authenticated, so it counts only if no
	 * better answer arrives before the deadline. */
	SNTP_KISS_NTS_NAK,
};

/* The contents of an answer besides the time. */
struct sntp_answer {
	struct date_sample sample;
	int stratum;
	enum sntp_kiss kiss;
	struct nts_cookies cookies; /* with NTS */
};

struct sntp_query;
/* Sends one request from a connected socket with a random originate timestamp, and waits for the answer that
 * matches it; other packets are ignored. Calls fn exactly once, unless cancelled, and never before sntp_query
 * has returned. answer NULL: err says why: ERR_NET (the network refused at once), ERR_TIMEOUT (the text says
 * why the last packet was ignored), or ERR_DATE (the server has no usable time now). After a kiss-o'-death,
 * answer is not NULL, its kiss is set, and err is set, too. sample.server is NULL. */
struct sntp_query *sntp_query(struct loop *l, const struct sntp_request *r,
			      void (*fn)(void *arg, const struct sntp_answer *answer, const struct err *e),
			      void *arg);
void sntp_cancel(struct sntp_query *q);

/* The two halves of a query, which tests and fuzz targets call, too. sntp_build makes a client packet with
 * this transmit timestamp, and returns its length. */
size_t sntp_build(const struct sntp_key *key, uint64_t transmit, unsigned char packet[SNTP_PACKET_MAX]);
/* The request with which an answer is compared. */
struct sntp_exchange {
	const struct sntp_key *key;     /* NULL: none */
	const struct nts_expected *nts; /* NULL: without NTS */
	uint64_t transmit;              /* the timestamp that was sent */
	int64_t sent_ms, received_ms;   /* monotonic clock */
	int64_t max_distance_us;        /* 0: 3 s */
};
/* Checks that a packet is the answer to the exchange, and reads it. Fails with ERR_PROTOCOL if it is not the
 * answer (length, version 3 or 4, mode 4, originate timestamp equal to the one sent, key and MAC); with
 * ERR_DATE if it is the answer but cannot be used (a kiss-o'-death, where ret->kiss is set; or stratum not 1
 * to 15, leap 3, wrong timestamps, too large a root distance). An NTS NAK gives ERR_PROTOCOL with ret->kiss.
 * Seconds below 2^31 belong to the era that begins in 2036. */
int sntp_read(const unsigned char *packet, size_t len, const struct sntp_exchange *x, struct sntp_answer *ret,
	      struct err *e);

#endif
