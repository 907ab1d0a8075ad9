/* SPDX-License-Identifier: MIT */
#include "net/address_order.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state { UNKNOWN, WORKED, FAILED };

struct address_order {
	struct address_order *next;
	char host[DNS_NAME_MAX];
	int port;
	struct {
		struct dns_address address;
		enum state state;
		uint64_t at; /* the higher, the later it was recorded */
	} known[DNS_ADDRESSES_MAX];
	size_t n;
	uint64_t last;
};

void address_orders_forget(struct address_orders *t)
{
	while (t->first) {
		struct address_order *o = t->first;
		t->first = o->next;
		free(o);
	}
}

/* Returns the server's record, moved to the front of the list; NULL: there is none. */
static struct address_order *find(struct address_orders *t, const char *host, int port)
{
	for (struct address_order **at = &t->first; *at; at = &(*at)->next) {
		struct address_order *o = *at;
		if (o->port != port || strcmp(o->host, host) != 0)
			continue;
		*at = o->next;
		o->next = t->first;
		t->first = o;
		return o;
	}
	return NULL;
}

static struct address_order *add(struct address_orders *t, const char *host, int port)
{
	struct address_order *o = mem_new(sizeof *o), **at = &t->first;
	snprintf(o->host, sizeof o->host, "%s", host);
	o->port = port;
	o->next = t->first;
	t->first = o;
	for (size_t n = 0; n < ADDRESS_ORDER_SERVERS && *at; n++)
		at = &(*at)->next;
	free(*at);
	*at = NULL;
	return o;
}

static size_t place(const struct address_order *o, const struct dns_address *a)
{
	size_t i = 0;
	while (i < o->n && !dns_address_equal(&o->known[i].address, a))
		i++;
	return i;
}

/* If all places are in use, replaces the address whose record is the oldest. */
static void remember(struct address_order *o, const struct dns_address *a, enum state state)
{
	size_t i = place(o, a);
	if (i == DNS_ADDRESSES_MAX) {
		i = 0;
		for (size_t k = 1; k < o->n; k++)
			if (o->known[k].at < o->known[i].at)
				i = k;
	}
	if (i == o->n)
		o->n++;
	o->known[i].address = *a;
	o->known[i].state = state;
	o->known[i].at = ++o->last;
}

void address_order_failed(struct address_orders *t, const char *host, int port, const struct dns_address *a)
{
	struct address_order *o = find(t, host, port);
	remember(o ? o : add(t, host, port), a, FAILED);
}

void address_order_worked(struct address_orders *t, const char *host, int port, const struct dns_address *a)
{
	struct address_order *o = find(t, host, port);
	if (o)
		remember(o, a, WORKED);
}

static enum state state_of(const struct address_order *o, const struct dns_address *a)
{
	size_t i = place(o, a);
	return i < o->n ? o->known[i].state : UNKNOWN;
}

/* Returns 1 if x is to be tried before y. */
static int is_before(const struct address_order *o, const struct dns_address *x, const struct dns_address *y)
{
	static const int rank[] = { [WORKED] = 0, [UNKNOWN] = 1, [FAILED] = 2 };
	enum state of_x = state_of(o, x), of_y = state_of(o, y);
	if (of_x != of_y)
		return rank[of_x] < rank[of_y];
	if (of_x == UNKNOWN)
		return 0;
	int is_later = o->known[place(o, x)].at > o->known[place(o, y)].at;
	return of_x == WORKED ? is_later : !is_later;
}

int address_order_apply(struct address_orders *t, const char *host, int port, struct dns_answer *a)
{
	const struct address_order *o = find(t, host, port);
	if (!o || !a->n)
		return 1;
	for (size_t i = 1; i < a->n; i++)
		for (size_t k = i; k > 0 && is_before(o, &a->addresses[k], &a->addresses[k - 1]); k--) {
			struct dns_address moved = a->addresses[k];
			a->addresses[k] = a->addresses[k - 1];
			a->addresses[k - 1] = moved;
		}
	int is_good = state_of(o, &a->addresses[0]) != FAILED;
	while (is_good && state_of(o, &a->addresses[a->n - 1]) == FAILED)
		a->n--;
	return is_good;
}
