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
	NTS_COOKIE_MAX = 256,  /* bytes of a cookie; longer ones are not taken */
	NTS_KEY = 32,          /* bytes of a key of AEAD_AES_SIV_CMAC_256 */
	NTS_UNIQUE = 32,       /* bytes of a request's unique identifier */
	NTS_PACKET_MAX = 1232, /* of a request: it fits into the least IPv6 packet */
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

/* What is shared with a server. Secret: wipe it when it is no longer needed, and write it nowhere. */
struct nts_association {
	unsigned char c2s[NTS_KEY], s2c[NTS_KEY]; /* keys: client to server, server to client */
	struct nts_cookies cookies;               /* each is sent once */
};

/* --- time packets --- */

/* Appends to the packet (len bytes, room for NTS_PACKET_MAX) what makes an NTP request one of NTS: the
 * unique identifier, which is chosen at random and put into unique, the oldest cookie, which is taken from
 * the association, placeholders for as many cookies as are missing, and the authenticator. Returns the new
 * length; 0: there is no cookie. */
size_t nts_request(struct nts_association *a, unsigned char unique[NTS_UNIQUE], unsigned char *packet,
		   size_t len);

/* Whose answer a packet must be. Borrowed. */
struct nts_expected {
	const struct nts_association *association;
	const unsigned char *unique;
};
/* Checks that the packet, whose first header bytes are NTP's own, is the server's authenticated answer, and
 * reads the cookies in it. ERR_PROTOCOL: it is not. */
int nts_answer(const unsigned char *packet, size_t len, size_t header, const struct nts_expected *x,
	       struct nts_cookies *ret, struct err *e);
/* Returns 1 if the packet names this request; it is not authenticated. For an NTS NAK. */
int nts_is_for(const unsigned char *packet, size_t len, size_t header, const struct nts_expected *x);
/* Adds cookies to those that the association has; what is too many is left out. */
void nts_keep(struct nts_association *a, const struct nts_cookies *fresh);

/* --- establishing keys --- */

enum { NTS_MESSAGE_MAX = 16 << 10, NTS_HELLO_MAX = 32, NTS_DEFAULT_PORT = 4460 };

/* What a server offers. */
struct nts_offer {
	char server[DNS_NAME_MAX]; /* the NTP server, a host name or an address; "": the same host */
	int port;                  /* of NTP; 0: not named */
	struct nts_cookies cookies;
};
/* The client's only message. Returns its length. */
size_t nts_hello(unsigned char ret[NTS_HELLO_MAX]);
/* Reads what the server has sent so far. 1: the message is whole, and *ret is what it offers; 0: it is not
 * whole yet; -1: ERR_PROTOCOL, or ERR_DENIED with the server's code: it has answered with an error. */
int nts_read_offer(const unsigned char *data, size_t len, struct nts_offer *ret, struct err *e);

#endif
