/* SPDX-License-Identifier: MIT */
/* nts: Network Time Security for NTP (RFC 8915), sections 5 and 4.1: extension fields of time packets, and
 * the records with which keys are established. Plain data; net/nts_ke makes the connection for the
 * records, and net/sntp sends the packets. */
#ifndef NET_NTS_H
#define NET_NTS_H

#include "base/err.h"
#include "net/dns.h"

#include <stddef.h>
#include <stdint.h>

enum {
	NTS_COOKIES = 8,
	NTS_COOKIE_MAX = 256,  /* maximum length of a cookie in bytes; longer ones are ignored */
	NTS_KEY = 32,          /* bytes of a key of AEAD_AES_SIV_CMAC_256 */
	NTS_UNIQUE = 32,       /* bytes of a request's unique identifier */
	NTS_PACKET_MAX = 1232, /* of a request: it fits into the smallest maximum packet of IPv6 */
	NTS_ANSWER_MAX = 1472, /* of an answer */
};

struct nts_cookie {
	size_t len;
	unsigned char bytes[NTS_COOKIE_MAX];
};
struct nts_cookies {
	size_t n;
	struct nts_cookie at[NTS_COOKIES]; /* the oldest first */
};

/* The keys and cookies shared with a server. Secret: to be wiped when no longer needed, and never stored. */
struct nts_association {
	unsigned char c2s[NTS_KEY], s2c[NTS_KEY]; /* keys: client to server, server to client */
	struct nts_cookies cookies;               /* each is sent once */
};

/* --- time packets --- */

/* Extends an NTP request (packet with len bytes, and space for NTS_PACKET_MAX) to an NTS request. Appends the
 * unique identifier, which is chosen at random and written to `unique`; the oldest cookie, which is removed
 * from the association; placeholders for as many cookies as are missing; and the authenticator. Returns the
 * new length; 0 if there is no cookie. */
size_t nts_request(struct nts_association *a, unsigned char unique[NTS_UNIQUE], unsigned char *packet,
		   size_t len);

/* The request that an answer must belong to. Borrowed. */
struct nts_expected {
	const struct nts_association *association;
	const unsigned char *unique;
};
/* Checks that the packet, whose first `header` bytes are the NTP header, is the server's authenticated
 * answer, and reads the cookies in it. Fails with ERR_PROTOCOL if it is not. */
int nts_answer(const unsigned char *packet, size_t len, size_t header, const struct nts_expected *x,
	       struct nts_cookies *ret, struct err *e);
/* Returns 1 if the packet has this request's identifier, without authentication. For an NTS NAK. */
int nts_is_for(const unsigned char *packet, size_t len, size_t header, const struct nts_expected *x);
/* Adds cookies to the association; those that exceed its maximum are left out. */
void nts_keep(struct nts_association *a, const struct nts_cookies *fresh);

/* --- establishing keys --- */

enum { NTS_MESSAGE_MAX = 16 << 10, NTS_HELLO_MAX = 32 };

/* A server's offer in NTS-KE. */
struct nts_offer {
	/* the NTP server, a host name or an address; "": the same host as the NTS-KE server */
	char server[DNS_NAME_MAX];
	int port; /* port of NTP; 0: not named */
	struct nts_cookies cookies;
};
/* Writes the client's only message of NTS-KE. Returns its length. */
size_t nts_hello(unsigned char ret[NTS_HELLO_MAX]);
/* Reads the bytes that the server has sent so far. Returns 1 if the message is complete: *ret is the offer; 0
 * if it is not complete yet; -1 with ERR_PROTOCOL, or with ERR_DENIED and the server's code if it answered
 * with an error. */
int nts_read_offer(const unsigned char *data, size_t len, struct nts_offer *ret, struct err *e);

#endif
