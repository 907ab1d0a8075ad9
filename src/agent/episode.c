#include "episode.h"

static int is_power_of_ten(uint64_t n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	return n == 1;
}

int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms)
{
	if (ep->n == 0 || ep->key != key)
		*ep = (struct episode){ .key = key, .since_ms = now_ms };
	ep->n++;
	return ep->n <= always || is_power_of_ten(ep->n);
}

uint64_t episode_ended(struct episode *ep)
{
	uint64_t n = ep->n;
	ep->n = 0;
	return n;
}

uint64_t episode_key(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}
