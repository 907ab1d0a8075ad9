/* SPDX-License-Identifier: MIT */
/* wipe: memory that OpenSSL frees is overwritten. It overwrites most of what is secret by itself, but
 * its decoders leave copies of private keys behind. */
#ifndef CRYPTO_WIPE_H
#define CRYPTO_WIPE_H

/* From now on. A program calls it before it uses OpenSSL for the first time; later it does nothing. */
void wipe_freed_memory(void);

#endif
