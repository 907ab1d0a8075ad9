/* SPDX-License-Identifier: MIT */
/* anchor_list: the roots and pins of one moment. */
#include "base/mem.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

void anchor_list_clear(struct anchor_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		cert_free(l->at[i].cert);
		free(l->at[i].pin_host);
	}
	l->n = 0;
}

void anchor_list_push(struct anchor_list *l, struct cert *c, const char *pin_host)
{
	cert_self_signed(c); /* the answer is remembered in c, so that no verification has to find it out */
	l->at[l->n++] = (struct anchor){ cert_ref(c), mem_dup(pin_host) };
}

void anchor_list_copy(struct anchor_list *to, const struct anchor_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		anchor_list_push(to, from->at[i].cert, from->at[i].pin_host);
}

int anchor_list_has(const struct anchor_list *l, const struct cert *c, const char *pin_host)
{
	for (size_t i = 0; i < l->n; i++)
		if (cert_same(l->at[i].cert, c) && !l->at[i].pin_host == !pin_host &&
		    (!pin_host || strcmp(pin_host, l->at[i].pin_host) == 0))
			return 1;
	return 0;
}
