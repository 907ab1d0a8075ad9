/* SPDX-License-Identifier: MIT */
/* own_find: finds own certificates and their keys. */
#ifndef CERTSTORE_OWN_FIND_H
#define CERTSTORE_OWN_FIND_H

#include "certstore_internal.h"

/* Returns the own certificate with this fingerprint, and its number; NULL with ERR_NOTFOUND. */
struct own *own_find(const struct anchors *a, const char *fingerprint, size_t *ret_i, struct err *e);
/* Returns its decrypted key, which the caller frees with EVP_PKEY_free. NULL with *e on failure; ERR_DENIED
 * if the passphrase is wrong. */
EVP_PKEY *own_find_key(const struct anchors *a, const struct own *o, const char *passphrase, struct err *e);

#endif
