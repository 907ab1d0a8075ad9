/* SPDX-License-Identifier: MIT */
/* web_connection_limits: how many connections there may be, and how much they may keep in memory. */
#include "web_connection_internal.h"

#include <string.h>

int web_connection_is_admitted(const struct server *s, const struct server_peer *p)
{
	size_t all = 0, strangers = 0, of_address = 0;
	for (const struct web_connection *c = s->connections; c; c = c->next) {
		all++;
		strangers += !c->is_logged_in;
		of_address += !c->is_logged_in && memcmp(c->peer.key, p->key, sizeof p->key) == 0;
	}
	return all < SERVER_CONNECTIONS && strangers < SERVER_STRANGERS &&
	       of_address < SERVER_STRANGERS_OF_ADDRESS;
}

int web_connection_hold(struct web_connection *c, size_t len)
{
	size_t all = c->server->bodies - c->counted + len, of_address = len;
	for (const struct web_connection *other = c->server->connections; other; other = other->next)
		if (other != c && memcmp(other->peer.key, c->peer.key, sizeof c->peer.key) == 0)
			of_address += other->counted;
	if (len > c->counted && (all > SERVER_BODIES || of_address > SERVER_BODIES_OF_ADDRESS))
		return -1;
	c->counted = len;
	c->server->bodies = all;
	return 0;
}
