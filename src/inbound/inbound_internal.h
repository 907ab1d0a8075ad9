/* SPDX-License-Identifier: MIT */
/* inbound_internal: struct inbound, and the functions that the files of this component share. */
#ifndef INBOUND_INTERNAL_H
#define INBOUND_INTERNAL_H

#include "inbound/inbound.h"
#include "x509/describe.h"

enum { SELF_SIGNED_ADDRESSES = 1024 }; /* maximum length of the list of addresses in it */

/* The self-signed certificate that is shown as long as no other can be. */
struct self_signed {
	char host[256]; /* the host name in the certificate; "": there is no certificate yet */
	char addresses[SELF_SIGNED_ADDRESSES + 1]; /* the IP addresses in it, separated by blanks */
	int64_t until;                             /* Unix seconds */
	char *cert_pem;                            /* owned */
	char *key_pem;                             /* owned, secret */
};

enum shown { SHOWN_NONE, SHOWN_OWN, SHOWN_SELF_SIGNED };

struct inbound {
	struct inbound_options o;
	char *state, *marker;
	int64_t generation;
	char *so_far; /* the state at this generation as text, without the key */
	/* the trusted date at the moment from which loop time counts, according to the date at this
	 * generation; 0: the date was not known */
	int64_t date_at_boot;
	enum shown shown;
	size_t own;    /* SHOWN_OWN: the number of the own certificate */
	int is_locked; /* 1: a certificate is active for HTTPS, and its key is locked */
	struct self_signed made;
	struct cert_info info; /* of the certificate that is shown */
	struct inbound_wait *waiting;
	struct loop_timer *answer; /* armed when waiting calls have to be answered */
};

/* self_signed.c: reads or makes the self-signed certificate for this host name, with all of the addresses
 * (separated by blanks, at most SELF_SIGNED_ADDRESSES bytes). For another name or address, or when it has
 * expired, it is made again with the same key. Returns -1 if neither succeeded. */
int self_signed_provide(struct inbound *i, const char *host, const char *addresses, struct err *e);
void self_signed_free(struct self_signed *m);

/* device_names.c: returns 1 if the list, whose words are separated by blanks, has this word of len bytes. */
int device_names_has(const char *list, const char *word, size_t len);
/* Appends the names and addresses by which clients reach the device, separated by blanks, in lower case.
 * Those in its certificate are not among them: sealpost-web has the certificate. */
void device_names(const struct settings *s, struct buf *ret);
/* Appends the addresses by which clients reach the device in the long run, separated by blanks: the one in
 * the settings and those of its interfaces, except loopback, link-local and temporary addresses. */
void device_names_addresses(const struct settings *s, struct buf *ret);
/* Writes the device's host name, or "localhost" if it has none. */
void device_names_host(const struct settings *s, char *ret, size_t size);

#endif
