/* SPDX-License-Identifier: MIT */
/* monotonic: the monotonic clock, for durations in programs and threads without struct loop, and for those
 * within a turn of a loop, during which its own clock stands still. */
#ifndef BASE_MONOTONIC_H
#define BASE_MONOTONIC_H

#include <stdint.h>

int64_t monotonic_us(void);
int64_t monotonic_ms(void);

#endif
