/* SPDX-License-Identifier: MIT */
/* pki_print: what is in a file about certificates, as text for people. */
#ifndef PKI_PKI_PRINT_H
#define PKI_PKI_PRINT_H

#include "x509/contents.h"

/* Appends everything that is known of each thing in c, and what a server or client could not use it for on
 * this date. name is the file's. */
void print_contents(const struct contents *c, const char *name, int64_t now_unix, struct buf *out);
/* Appends the structure of each encoding. */
void print_asn1(const struct contents *c, const char *name, struct buf *out);
/* What the thing is, as a phrase: "a private key, encrypted". Static. */
const char *print_kind(const struct content *at);

#endif
