/* SPDX-License-Identifier: MIT */
#include "base/episode.h"

static int is_power_of_ten(uint64_t n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	return n == 1;
}

int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms)
{
	uint64_t bit = UINT64_C(1) << (key * UINT64_C(0x9e3779b97f4a7c15) >> 58);
	int news = !(ep->seen & bit);
	if (ep->n == 0)
		ep->since_ms = now_ms;
	ep->n++;
	ep->key = key;
	ep->seen |= bit;
	return news || ep->n <= always || is_power_of_ten(ep->n);
}

uint64_t episode_ended(struct episode *ep)
{
	uint64_t n = ep->n;
	*ep = (struct episode){ .n = 0 };
	return n;
}

uint64_t episode_key(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}
