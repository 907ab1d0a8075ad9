/* SPDX-License-Identifier: MIT */
/* An https that the test plays: peers are found by their URL, keep all that they were given, and posts are
 * answered when the test says so. URLs are taken apart by the real parser. A test that includes this must not
 * need the real one. */
#ifndef PLAYED_HTTPS_H
#define PLAYED_HTTPS_H

#include "base/err.h"
#include "base/mem.h"
#include "net/https.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAYED_PEERS = 4096, PLAYED_HEADERS = 8 };

/* All that a service gave, so that a test can ask for it. */
struct https_endpoint {
	size_t place;
	char service[48], url[400], user[200], password[200], type[80];
	struct https_url parts; /* of the URL, by the real parser */
	int verify;             /* 1: on */
	struct verify_policy policy;
	int connect_ms, answer_ms, total_ms;
	size_t reply_max;
	int connected;     /* a post of it was answered */
	int open, probing; /* a post, or a probe, is in flight */
	char body[32768];
	size_t len;
	char extra[PLAYED_HEADERS][160]; /* headers of this post, "" behind the last one */
	unsigned posts, probes, abandoned;
	void (*done)(void *arg, const struct https_reply *reply);
	void *arg;
};
static struct https_endpoint *played[PLAYED_PEERS];
static size_t played_n; /* places in use so far */
static int played_connects;
static unsigned played_epochs; /* trust epochs that ended */

struct https *https_new(const struct https_options *o)
{
	(void)o;
	return NULL;
}

void https_free(struct https *h)
{
	(void)h;
}

void https_new_epoch(struct https *h)
{
	(void)h;
	played_epochs++;
}

int https_endpoint_new(struct https *h, const struct https_endpoint_options *o, struct https_endpoint **ret,
		       struct err *e)
{
	struct https_url parts;
	(void)h;
	if (https_url_parse(o->url, &parts, e) < 0)
		return -1;
	struct https_endpoint *p = mem_new(sizeof *p);
	snprintf(p->service, sizeof p->service, "%s", o->service ? o->service : "");
	snprintf(p->url, sizeof p->url, "%s", o->url);
	snprintf(p->user, sizeof p->user, "%s", o->user ? o->user : "");
	snprintf(p->password, sizeof p->password, "%s", o->password ? o->password : "");
	snprintf(p->type, sizeof p->type, "%s", o->headers[0] ? o->headers[0] : "");
	p->parts = parts;
	p->verify = o->verify == HTTPS_VERIFY_ON;
	p->policy = o->policy;
	p->connect_ms = o->connect_ms;
	p->answer_ms = o->answer_ms;
	p->total_ms = o->total_ms;
	p->reply_max = o->reply_max;
	while (played[p->place])
		p->place++;
	played[p->place] = p;
	played_n = p->place >= played_n ? p->place + 1 : played_n;
	*ret = p;
	return 0;
}

/* In a test that says played_connects an endpoint has no connection before its first post is answered. */
int https_is_connected(const struct https_endpoint *p)
{
	return p->connected || !played_connects;
}

int https_is_connecting(const struct https_endpoint *p)
{
	return p->open && !https_is_connected(p);
}

void https_endpoint_free(struct https_endpoint *p)
{
	if (p)
		played[p->place] = NULL;
	free(p);
}

static int played_asked_anew; /* how often DNS was to be asked anew */

void https_ask_anew(struct https *h)
{
	(void)h;
	played_asked_anew++;
}

void https_end_lost(struct https *h)
{
	(void)h;
}

int https_post(struct https_endpoint *p, const void *body, size_t len, const char *const *extra, size_t n,
	       void (*done)(void *arg, const struct https_reply *reply), void *arg, struct err *e)
{
	(void)e;
	assert_false(p->open);
	assert_true(n <= PLAYED_HEADERS);
	for (size_t i = 0; i < PLAYED_HEADERS; i++)
		snprintf(p->extra[i], sizeof p->extra[i], "%s", i < n ? extra[i] : "");
	snprintf(p->body, sizeof p->body, "%.*s", (int)len, (const char *)body);
	p->len = len;
	p->open = 1;
	p->posts++;
	p->done = done;
	p->arg = arg;
	return 0;
}

int https_probe(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply), void *arg,
		struct err *e)
{
	(void)e;
	assert_false(p->open);
	p->open = p->probing = 1;
	p->probes++;
	p->done = done;
	p->arg = arg;
	return 0;
}

void https_cancel(struct https_endpoint *p)
{
	p->open = p->probing = 0;
}

void https_abandon(struct https_endpoint *p)
{
	p->abandoned++;
	https_cancel(p);
}

static inline struct https_endpoint *played_find(const char *url)
{
	for (size_t i = 0; i < played_n; i++)
		if (played[i] && strcmp(played[i]->url, url) == 0)
			return played[i];
	return NULL;
}

static inline struct https_endpoint *played_peer(const char *url)
{
	struct https_endpoint *p = played_find(url);
	if (!p)
		fail_msg("no peer for %s", url);
	return p;
}

/* What stands behind "name: " among the headers of the post; "" if it has none such. */
static inline const char *played_header(const struct https_endpoint *p, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < PLAYED_HEADERS; i++)
		if (strncmp(p->extra[i], name, len) == 0 && strncmp(p->extra[i] + len, ": ", 2) == 0)
			return p->extra[i] + len + 2;
	return "";
}

static inline void played_reply(struct https_endpoint *p, const struct https_reply *r)
{
	assert_true(p->open);
	p->open = p->probing = 0;
	p->connected = 1;
	p->done(p->arg, r);
}

static inline void played_status(struct https_endpoint *p, int status, const char *type, const char *body)
{
	struct https_reply r = { .status = status,
				 .retry_after_s = -1,
				 .verify_code = -1,
				 .content_type = type,
				 .body = body,
				 .len = strlen(body) };
	played_reply(p, &r);
}

static inline void played_fails(struct https_endpoint *p, enum err_kind kind, long code, const char *text)
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
