/* SPDX-License-Identifier: MIT */
/* names: is the certificate made for the host that was asked for, and are its names written as they must be.
 * Private. */
#ifndef TRUST_NAMES_H
#define TRUST_NAMES_H

#include "checks.h"

/* What a dNSName (or a common name that stands for one) is, by its letters. */
enum dns_form {
	DNS_BAD,   /* cannot be a host's name */
	DNS_LOOSE, /* a name that resolves, outside RFC 1034's preferred syntax (underscores) */
	DNS_GOOD,
	DNS_WILDCARD, /* "*." before a good name of at least two labels, not a public suffix */
};
enum dns_form names_dns_form(const char *s, size_t len);
/* Binary address from its text: 4, 16, or 0 if it is none. */
size_t names_address(const char *text, unsigned char ret[16]);
/* The @ of a mail address, between a mailbox and a host's name; NULL if it is no such address. */
const char *names_at_sign(const char *s, size_t len);
/* Equal but for ASCII case. */
int names_equal(const char *a, size_t a_len, const char *b, size_t b_len);
/* The last, that is most specific, common name; NULL if there is none. Borrowed from c. */
const ASN1_STRING *names_common_name(const struct cert *c);
/* Into UTF-8, without NUL inside: length, -1 if that cannot be. */
int names_utf8(const ASN1_STRING *s, char *ret, size_t size);

/* Judges the names of at->cert (the server's own) and whether one of them is host; host NULL or "": only how
 * they are written. */
enum verify_name check_names(const struct spot *at, const struct rules *r, const char *host);
/* An address of 4 or 16 bytes as text, or a network of twice as many, "192.0.2.0/255.255.255.0"; -1: it is
 * neither. */
int names_address_text(const ASN1_STRING *s, char *ret, size_t size);

#endif
