/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "base/log.h"
#include "base/monotonic.h"
#include "base/text.h"

#include <string.h>

enum { LOGGED_EACH_MS = 10 * 1000, CLOSED_EACH_MS = 60 * 1000, LOGGED_TEXT = 120 };

struct rate *server_rate_of(struct server *s, const struct server_peer *p)
{
	struct server_rate *oldest = &s->rates[0];
	for (size_t i = 0; i < SERVER_RATES; i++) {
		struct server_rate *r = &s->rates[i];
		if (memcmp(r->peer.key, p->key, sizeof p->key) == 0)
			return &r->rate;
		if (r->rate.next_ms < oldest->rate.next_ms)
			oldest = r;
	}
	*oldest = (struct server_rate){ .peer = *p };
	return &oldest->rate;
}

void server_log_refusal(struct server *s, const struct server_refusal *r)
{
	char path[LOGGED_TEXT], user[LOGGED_TEXT];
	int64_t now = monotonic_ms();
	s->requests_refused++;
	if (s->requests_refused_ms && now - s->requests_refused_ms < LOGGED_EACH_MS)
		return;
	log_notice("web: a request from %s%s%s for %s was refused with %d: %s (%llu refused since the last "
		   "such line)",
		   r->peer->text, r->user ? " by " : "",
		   r->user ? text_quoted(r->user, user, sizeof user) : "",
		   text_quoted(r->path ? r->path : "", path, sizeof path), r->status, r->why,
		   (unsigned long long)s->requests_refused);
	s->requests_refused = 0;
	s->requests_refused_ms = now;
}

void server_log_closed(struct server *s, const struct server_peer *p)
{
	int64_t now = monotonic_ms();
	s->refused++;
	if (s->refused_ms && now - s->refused_ms < CLOSED_EACH_MS)
		return;
	log_warning("web: a connection from %s was closed, since there are as many as may be: %d from one "
		    "address and %d in all on which nobody has logged in, or %d with those who have (%llu "
		    "closed since the last such line)",
		    p->text, SERVER_STRANGERS_OF_ADDRESS, SERVER_STRANGERS, SERVER_CONNECTIONS,
		    (unsigned long long)s->refused);
	s->refused = 0;
	s->refused_ms = now;
}
