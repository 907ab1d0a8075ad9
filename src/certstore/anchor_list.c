/* SPDX-License-Identifier: MIT */
/* anchor_list: a list of roots and pins. */
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

void anchor_list_push(struct anchor_list *l, const struct anchor *a)
{
	/* the result is kept in the certificate, so that no verification has to compute it */
	cert_self_signed(a->cert);
	l->at[l->n++] = (struct anchor){ cert_ref(a->cert), mem_dup(a->pin_host), a->only };
}

void anchor_list_copy(struct anchor_list *to, const struct anchor_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		anchor_list_push(to, &from->at[i]);
}

struct anchor *anchor_list_find(struct anchor_list *l, const struct cert *c, const char *pin_host)
{
	for (size_t i = 0; i < l->n; i++)
		if (cert_same(l->at[i].cert, c) && !l->at[i].pin_host == !pin_host &&
		    (!pin_host || strcmp(pin_host, l->at[i].pin_host) == 0))
			return &l->at[i];
	return NULL;
}
