/* SPDX-License-Identifier: MIT */
/* names: reads the names in certificates (DNS names, addresses, mail addresses, common names) and compares
 * them with a host. trust/host_name decides whether a certificate is refused because of its names. */
#ifndef X509_NAMES_H
#define X509_NAMES_H

#include "x509/cert.h"

enum { NAMES_ADDRESS_TEXT = 92 }; /* size for names_address_text: an IPv6 network with its mask */

/* The form of a dNSName, or of a common name in place of one, according to its characters. */
enum dns_form {
	DNS_BAD,      /* cannot be a host name */
	DNS_LOOSE,    /* resolves, but is outside RFC 1034's preferred syntax (underscores) */
	DNS_GOOD,     /* letters, digits and hyphens */
	DNS_WILDCARD, /* "*." before a good or loose name of at least two labels that is not a public suffix */
};
enum dns_form names_dns_form(const char *s, size_t len);
/* Writes an address of 4 or 16 bytes as text, or a network of twice as many bytes: "192.0.2.0/255.255.255.0".
 * Returns -1 if it is neither. */
int names_address_text(const ASN1_STRING *s, char *ret, size_t size);
/* Returns the @ of a mail address, between a mailbox and a host name. Borrowed from s; NULL if s is not a
 * mail address. */
const char *names_at_sign(const char *s, size_t len);
/* Returns 1 if both are the same except for ASCII case. */
int names_equal(const char *a, size_t a_len, const char *b, size_t b_len);
/* Returns 1 if one of the bytes is an ASCII control character. */
int names_has_control(const char *s, size_t len);
/* Returns the last, which is the most specific, common name of the subject. Borrowed from c; NULL if there is
 * none. */
const ASN1_STRING *names_common_name(const struct cert *c);
/* Converts s to UTF-8 with a final NUL. Returns its length; -1 if it does not fit, cannot be converted or
 * contains a NUL. */
int names_utf8(const ASN1_STRING *s, char *ret, size_t size);

/* The host for which a certificate is needed. */
struct names_host {
	char text[256]; /* without a final dot */
	unsigned char address[16];
	size_t address_len; /* 0: it is a DNS name */
	int impossible;     /* 1: no certificate can be for it: a wildcard, an empty label ... */
};
/* Reads host into ret. */
void names_host(const char *host, struct names_host *ret);
/* Returns 1 if the alternative name n matches the host: a DNS name (RFC 9525, 6.3) or an address, each only
 * with its own kind of name. */
int names_host_matches(const GENERAL_NAME *n, const struct names_host *h);
/* Returns 1 if the presented DNS name, whose leftmost label may be "*" as a whole, matches the host. */
int names_dns_matches(const char *presented, size_t len, const char *host);
/* Writes the certificate's names, cut to size: "DNS:a.example, IP:10.0.0.1, email:a@b.example"; if it has no
 * alternative names, its common name, "CN:a.example". */
void names_list(const struct cert *c, char *ret, size_t size);
/* As names_list, for a list of alternative names; NULL gives "". */
void names_list_of(const GENERAL_NAMES *names, char *ret, size_t size);

/* Functions that names_each calls for the parts of a subject ("CN", "www.example.com") and the names of hosts
 * ("DNS" or "IP" and the name), as UTF-8. Each function returns 0 to continue, or -1 with *e. */
struct names_taker {
	void *arg;
	int (*attribute)(void *arg, const char *name, const char *value, struct err *e);
	int (*host)(void *arg, const char *kind, const char *name, struct err *e);
};
/* Calls t's functions for all of them; alternative names of other kinds are left out. Fails with ERR_INPUT if
 * a value is no text. */
int names_each(const X509_NAME *subject, const GENERAL_NAMES *alt, const struct names_taker *t,
	       struct err *e);
/* As names_each, for the names of a certificate. */
int names_of_cert(const struct cert *c, const struct names_taker *t, struct err *e);

/* Returns the version of libpsl with which this process runs. Static. */
const char *names_library_version(void);

#endif
