/* SPDX-License-Identifier: MIT */
/* ssh_key: writes a public key in SSH's form. */
#ifndef X509_SSH_KEY_H
#define X509_SSH_KEY_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/evp.h>

/* Appends "ssh-rsa AAAA... comment\n", as in authorized_keys. Fails with ERR_INPUT if SSH has no keys of this
 * kind. */
int ssh_key_write(const EVP_PKEY *key, const char *comment, struct buf *out, struct err *e);

#endif
