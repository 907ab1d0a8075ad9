/* SPDX-License-Identifier: MIT */
/* ssh_key: a public key as SSH writes it. */
#ifndef X509_SSH_KEY_H
#define X509_SSH_KEY_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/evp.h>

/* Appends "ssh-rsa AAAA... comment\n", as in authorized_keys. ERR_INPUT: SSH has no keys of this kind. */
int ssh_key_write(const EVP_PKEY *key, const char *comment, struct buf *out, struct err *e);

#endif
