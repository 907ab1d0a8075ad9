/* SPDX-License-Identifier: MIT */
/* wipe: overwrites memory that OpenSSL frees. OpenSSL overwrites most secrets itself, but its decoders leave
 * copies of private keys behind. */
#ifndef CRYPTO_WIPE_H
#define CRYPTO_WIPE_H

/* Overwrites freed memory from now on. A program must call it before its first use of OpenSSL; later calls
 * have no effect. */
void wipe_freed_memory(void);

#endif
