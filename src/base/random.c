/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_fill(void *ret, size_t len)
{
	while (getrandom(ret, len, 0) != (ssize_t)len)
		if (errno != EINTR) /* a signal came before the kernel's pool was ready */
			abort();
}

uint32_t random_bits(void)
{
	uint32_t r;
	random_fill(&r, sizeof r);
	return r;
}
