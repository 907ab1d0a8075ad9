/* sntp: one checked time sample from one server (RFC 4330, RFC 5905, keys: RFC 5905 section 7.3 with SHA1/SHA256 as chrony). */
#ifndef NET_SNTP_H
#define NET_SNTP_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/dns.h"
#include "trust/date.h"

#include <stddef.h>
#include <stdint.h>

enum sntp_algorithm { SNTP_KEY_NONE, SNTP_KEY_SHA1, SNTP_KEY_SHA256 };
enum { SNTP_PACKET_MAX = 48 + 4 + 32 };

struct sntp_key {
	enum sntp_algorithm algorithm;
	uint32_t id;
	unsigned char secret[256];
	size_t len;
};

struct sntp_request {
	struct dns_address address;
	int port;			/* 0: 123 */
	const struct sntp_key *key;	/* copied; NULL: none */
	int timeout_ms;			/* 0: 2,000 */
};

/* What a packet said beside the time. */
struct sntp_answer {
	struct date_sample sample;
	int stratum;
	char kiss[5];			/* kiss-o'-death code ("RATE", "DENY", "RSTR"), else empty */
};

struct sntp_query;
/* Sends one request from a connected socket with a random originate timestamp and waits for the one answer that
 * matches it; others are ignored. fn exactly once, unless cancelled. answer NULL: err says which check failed (ERR_DATE,
 * ERR_NET, ERR_TIMEOUT); a kiss comes as answer with kiss set and err too. */
struct sntp_query *sntp_query(struct loop *l, const struct sntp_request *r,
			      void (*fn)(void *arg, const struct sntp_answer *answer, const struct err *e), void *arg);
void sntp_cancel(struct sntp_query *q);

/* The two halves, for tests and fuzzing. build: a client packet with this transmit timestamp; returns its length. */
size_t sntp_build(const struct sntp_key *key, uint64_t transmit, unsigned char packet[SNTP_PACKET_MAX]);
/* Judges a packet: length, version, mode 4, stratum 1 to 15, leap not 3, originate equal to what was sent, transmit not
 * zero, root distance below 3 s, key and MAC. sent/received: monotonic milliseconds. */
int sntp_judge(const unsigned char *packet, size_t len, const struct sntp_key *key, uint64_t transmit, int64_t sent_ms,
	       int64_t received_ms, struct sntp_answer *ret, struct err *e);

#endif
