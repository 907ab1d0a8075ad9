/* SPDX-License-Identifier: MIT */
/* inbound_internal: what the files of this component share. */
#ifndef INBOUND_INTERNAL_H
#define INBOUND_INTERNAL_H

#include "inbound/inbound.h"
#include "x509/describe.h"

enum { MADE_ADDRESSES = 1024 };

/* The self-signed certificate that is shown while no other one can be. */
struct own_made {
	char host[256];                 /* the name that it was made for; "": there is none yet */
	char addresses[MADE_ADDRESSES]; /* those that it names, with blanks between */
	int64_t until;                  /* Unix seconds */
	char *cert_pem;                 /* owned */
	char *key_pem;                  /* owned, secret */
};

enum shown { SHOWN_NONE, SHOWN_OWN, SHOWN_MADE };

struct inbound {
	struct inbound_options o;
	char *state, *marker;
	int64_t generation;
	char *so_far; /* what the state was at this generation, as text, without the key */
	enum shown shown;
	size_t own;    /* SHOWN_OWN: the number of the own certificate */
	int is_locked; /* a certificate is active for HTTPS, and its key is locked */
	struct own_made made;
	struct cert_info info; /* of the certificate that is shown */
	struct inbound_wait *waiting;
	struct loop_timer *answer; /* armed when those who wait have to be answered */
};

/* made.c: makes or reads the self-signed certificate for this host name, which names all of the addresses,
 * too (blanks between them). For another name or address, or when it has ended, it is made anew with the same
 * key. -1: neither could be done. */
int made_provide(struct inbound *i, const char *host, const char *addresses, struct err *e);
/* Returns 1 if the list, with blanks between, has this word of len bytes. */
int device_names_has(const char *list, const char *word, size_t len);
void made_free(struct own_made *m);

/* device_names.c: appends the names and addresses by which the device is reached, with blanks between, in
 * lower case; names: those of its certificate, as names_list writes them. */
void device_names(const struct settings *s, const char *names, struct buf *ret);
/* Appends the addresses by which others reach the device and go on to do so, with blanks between: that of the
 * settings and those of its interfaces, but none of loopback, of a link alone, or that the kernel gives for a
 * time only. */
void device_names_addresses(const struct settings *s, struct buf *ret);
/* Writes the device's host name, or "localhost" if it has none. */
void device_names_host(const struct settings *s, char *ret, size_t size);

#endif
