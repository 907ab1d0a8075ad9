/* SPDX-License-Identifier: MIT */
/* random: random numbers from the kernel. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills len bytes, at most 256. Waits at the system's start until the kernel has enough randomness. */
void random_fill(void *ret, size_t len);
/* Returns 32 random bits. */
uint32_t random_bits(void);

#endif
