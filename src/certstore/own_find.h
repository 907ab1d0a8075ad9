/* SPDX-License-Identifier: MIT */
/* own_find: what own certificates and requests are looked up by. */
#ifndef CERTSTORE_OWN_FIND_H
#define CERTSTORE_OWN_FIND_H

#include "internal.h"

/* The own certificate with this fingerprint, and its number; NULL with *e filled, ERR_NOTFOUND. */
struct own *own_find(const struct anchors *a, const char *fingerprint, size_t *ret_i, struct err *e);
/* Its key, decrypted: yours to EVP_PKEY_free. NULL with *e filled; ERR_DENIED: not with this passphrase. */
EVP_PKEY *own_find_key(const struct anchors *a, const struct own *o, const char *passphrase, struct err *e);

#endif
