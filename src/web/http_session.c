/* SPDX-License-Identifier: MIT */
#include "http_session.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* The agent ends idle sessions according to its setting InactivityTimeout. If that is 0, a session that its
 * client has forgotten would exist for ever without this limit. */
static const struct timeval idle_max = { 24 * 3600, 0 };

static const char cookie_name[] = "SecureSessionId";

static void on_closed(void *arg, enum agent_link_end why)
{
	(void)why;
	http_session_free(arg);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	http_session_free(arg);
}

struct http_session *http_session_new(struct server *s, struct agent_link *link)
{
	unsigned char random[(HTTP_SESSION_ID - 1) / 2];
	struct http_session *h = mem_new(sizeof *h);
	*h = (struct http_session){ .next = s->sessions, .server = s, .link = link };
	random_fill(random, sizeof random);
	num_hex(random, sizeof random, h->id);
	agent_link_handle(link, &(struct agent_link_handlers){ .on_closed = on_closed, .arg = h });
	h->idle = evtimer_new(s->base, on_idle, h);
	event_add(h->idle, &idle_max);
	s->sessions = h;
	return h;
}

void http_session_free(struct http_session *h)
{
	struct http_session **at = &h->server->sessions;
	while (*at && *at != h)
		at = &(*at)->next;
	if (*at)
		*at = h->next;
	agent_link_free(h->link);
	event_free(h->idle);
	explicit_bzero(h->id, sizeof h->id);
	free(h);
}

void http_session_free_all(struct server *s)
{
	while (s->sessions)
		http_session_free(s->sessions);
}

static struct http_text id_in(struct http_text cookie)
{
	struct http_text part;
	size_t n = sizeof cookie_name - 1;
	while (http_text_next(&cookie, ';', &part))
		if (part.len > n && memcmp(part.at, cookie_name, n) == 0 && part.at[n] == '=')
			return (struct http_text){ part.at + n + 1, part.len - n - 1 };
	return (struct http_text){ NULL, 0 };
}

int http_session_is_named(struct http_text cookie)
{
	return id_in(cookie).at != NULL;
}

struct http_session *http_session_find(struct server *s, struct http_text cookie)
{
	struct http_text id = id_in(cookie);
	struct http_session *found = NULL;
	if (!id.at || id.len != HTTP_SESSION_ID - 1)
		return NULL;
	for (struct http_session *h = s->sessions; h; h = h->next)
		if (CRYPTO_memcmp(h->id, id.at, id.len) == 0)
			found = h;
	if (found)
		event_add(found->idle, &idle_max);
	return found;
}
