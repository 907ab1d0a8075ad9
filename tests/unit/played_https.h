/* An https that the test plays: peers are found by their URL, posts are answered when the test says so. A test that includes
 * this must not need the real one. */
#ifndef PLAYED_HTTPS_H
#define PLAYED_HTTPS_H

#include "base/err.h"
#include "base/mem.h"
#include "net/https.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAYED_PEERS = 4096 };

struct https_peer {
	size_t place;
	char url[400], user[64];
	int open, probing;		/* a post, or a probe, is in flight */
	char body[8192];
	size_t len;
	unsigned posts, probes;
	void (*done)(void *arg, const struct https_reply *reply);
	void *arg;
};
static struct https_peer *played[PLAYED_PEERS];
static size_t played_n;			/* places in use so far */

int https_peer_new(struct https *h, const struct https_peer_options *o, struct https_peer **ret, struct err *e)
{
	(void)h;
	if (strncmp(o->url, "https://", 8) != 0 || strchr(o->url, ' '))
		return err_set(e, ERR_INPUT, 0, "expected an https URL");
	struct https_peer *p = mem_new(sizeof *p);
	snprintf(p->url, sizeof p->url, "%s", o->url);
	snprintf(p->user, sizeof p->user, "%s", o->user ? o->user : "");
	while (played[p->place])
		p->place++;
	played[p->place] = p;
	played_n = p->place >= played_n ? p->place + 1 : played_n;
	*ret = p;
	return 0;
}

int https_has_room(const struct https_peer *p)
{
	(void)p;
	return 1;
}

void https_peer_free(struct https_peer *p)
{
	if (p)
		played[p->place] = NULL;
	free(p);
}

int https_post(struct https_peer *p, const void *body, size_t len, const char *const *extra, size_t n,
	       void (*done)(void *arg, const struct https_reply *reply), void *arg, struct err *e)
{
	(void)e, (void)extra, (void)n;
	assert_false(p->open);
	snprintf(p->body, sizeof p->body, "%.*s", (int)len, (const char *)body);
	p->len = len;
	p->open = 1;
	p->posts++;
	p->done = done;
	p->arg = arg;
	return 0;
}

int https_probe(struct https_peer *p, void (*done)(void *arg, const struct https_reply *reply), void *arg, struct err *e)
{
	(void)e;
	assert_false(p->open);
	p->open = p->probing = 1;
	p->probes++;
	p->done = done;
	p->arg = arg;
	return 0;
}

void https_cancel(struct https_peer *p)
{
	p->open = p->probing = 0;
}

int https_url_parse(const char *text, struct https_url *ret, struct err *e)
{
	if (strncmp(text, "https://", 8) != 0)
		return err_set(e, ERR_INPUT, 0, "only https");
	snprintf(ret->host, sizeof ret->host, "%.*s", (int)strcspn(text + 8, "/:"), text + 8);
	ret->port = 443;
	return 0;
}

static inline struct https_peer *played_find(const char *url)
{
	for (size_t i = 0; i < played_n; i++)
		if (played[i] && strcmp(played[i]->url, url) == 0)
			return played[i];
	return NULL;
}

static inline struct https_peer *played_peer(const char *url)
{
	struct https_peer *p = played_find(url);
	if (!p)
		fail_msg("no peer for %s", url);
	return p;
}

static inline void played_reply(struct https_peer *p, const struct https_reply *r)
{
	assert_true(p->open);
	p->open = p->probing = 0;
	p->done(p->arg, r);
}

static inline void played_status(struct https_peer *p, int status, const char *type, const char *body)
{
	struct https_reply r = { .status = status, .retry_after_s = -1, .verify_code = -1, .content_type = type, .body = body,
				 .len = strlen(body) };
	played_reply(p, &r);
}

static inline void played_fails(struct https_peer *p, enum err_kind kind, long code, const char *text)
{
	struct https_reply r = { .retry_after_s = -1, .verify_code = -1, .content_type = "", .body = "" };
	err_set(&r.err, kind, code, "%s", text);
	played_reply(p, &r);
}

static inline size_t played_count(void)
{
	size_t n = 0;
	for (size_t i = 0; i < played_n; i++)
		n += played[i] != NULL;
	return n;
}

#endif
