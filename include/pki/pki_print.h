/* SPDX-License-Identifier: MIT */
/* pki_print: describes the contents of certificate files, as text for people. */
#ifndef PKI_PKI_PRINT_H
#define PKI_PKI_PRINT_H

#include "x509/contents.h"

/* Appends a description of each certificate, key and the like in c, and of what it could not be used for on
 * this date, by a server or a client. name: the file's name. */
void print_contents(const struct contents *c, const char *name, int64_t now_unix, struct buf *out);
/* Appends the structure of each encoding. */
void print_asn1(const struct contents *c, const char *name, struct buf *out);
/* Returns the kind of an item as a phrase: "a private key, encrypted". Static. */
const char *print_kind(const struct content *at);

#endif
