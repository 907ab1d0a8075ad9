#include "documents.h"

#include "base/log.h"
#include "base/mem.h"
#include "retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 3, RETRY_BASE_MS = 5000, RETRY_CAP_MS = 60000, DOCUMENT_MAX = 4 << 20 };

struct wanted {
	struct wanted *next;
	char *location, *url;
	int tries;
};

struct documents {
	struct documents_options o;
	int verify, held;
	struct verify_policy policy;
	struct wanted *first, **end;	/* the first is in flight or waits for its next try */
	size_t waiting;
	struct https_peer *peer;	/* of the first; NULL: not begun */
	struct buf body;
	struct loop_timer *timer;
	uint64_t posted, failed;
};

static void step(void *arg);

struct documents *documents_new(const struct documents_options *o)
{
	struct documents *d = mem_new(sizeof *d);
	d->o = *o;
	d->verify = 1;
	d->end = &d->first;
	d->timer = loop_timer_new(o->loop, step, d);
	buf_init(&d->body, DOCUMENT_MAX);
	return d;
}

static void drop_first(struct documents *d)
{
	struct wanted *w = d->first;
	d->first = w->next;
	if (!d->first)
		d->end = &d->first;
	d->waiting--;
	https_peer_free(d->peer);
	d->peer = NULL;
	buf_done(&d->body);
	free(w->location);
	free(w->url);
	free(w);
}

void documents_forget(struct documents *d)
{
	while (d->first)
		drop_first(d);
	loop_timer_stop(d->timer);
}

void documents_hold(struct documents *d)
{
	d->held = 1;
}

void documents_release(struct documents *d)
{
	d->held = 0;
	if (d->first && !d->peer)
		loop_timer_in(d->timer, 0);
}

void documents_free(struct documents *d)
{
	if (!d)
		return;
	documents_forget(d);
	loop_timer_free(d->timer);
	free(d);
}

void documents_configure(struct documents *d, int verify, const struct verify_policy *policy)
{
	d->verify = verify;
	d->policy = *policy;
}

void documents_counts(const struct documents *d, struct documents_counts *ret)
{
	*ret = (struct documents_counts){ d->posted, d->failed, d->waiting };
}

static void answered(void *arg, const struct https_reply *r)
{
	struct documents *d = arg;
	struct wanted *w = d->first;
	char reason[480];
	if (r->err.kind == ERR_NONE && r->status >= 200 && r->status < 300) {
		d->posted++;
		log_info("manager: %s posted to %s", w->location, w->url);
		drop_first(d);
		loop_timer_in(d->timer, 0);
		return;
	}
	if (r->err.kind != ERR_NONE)
		snprintf(reason, sizeof reason, "%s", r->err.text);
	else
		snprintf(reason, sizeof reason, "the server answered HTTP %d", r->status);
	int hopeless = r->err.kind == ERR_NONE && r->status >= 400 && r->status < 500 && r->status != 408 && r->status != 429;
	if (++w->tries >= TRIES || hopeless) {
		d->failed++;
		log_warning("manager: %s, which it asked for, could not be posted to %s: %s", w->location, w->url, reason);
		drop_first(d);
		loop_timer_in(d->timer, 0);
		return;
	}
	loop_timer_in(d->timer, retry_delay_ms((unsigned)w->tries, RETRY_BASE_MS, RETRY_CAP_MS, retry_random()));
}

static int begin(struct documents *d, struct err *e)
{
	const struct wanted *w = d->first;
	struct https_peer_options o = {
		.service = "PostedDocument", .url = w->url, .verify = d->verify ? HTTPS_VERIFY_ON : HTTPS_VERIFY_OFF,
		.policy = d->policy, .headers = { "Content-Type: text/xml; charset=utf-8" },
	};
	if (d->o.build(d->o.arg, w->location, &d->body, e) < 0)
		return -1;
	if (d->body.full)
		return err_set(e, ERR_FULL, 0, "%s: longer than %d bytes", w->location, DOCUMENT_MAX);
	return https_peer_new(d->o.https, &o, &d->peer, e);
}

static void step(void *arg)
{
	struct documents *d = arg;
	struct err e;
	while (d->first && (d->peer || !d->held)) {
		if ((d->peer || begin(d, &e) == 0) &&
		    https_post(d->peer, buf_str(&d->body), d->body.len, NULL, 0, answered, d, &e) == 0)
			return;
		d->failed++;
		log_warning("manager: %s, which it asked for, could not be posted: %s", d->first->location, e.text);
		drop_first(d);
	}
}

int documents_ask(struct documents *d, const char *location, const char *url, struct err *e)
{
	struct https_url parts;
	struct buf trial;
	if (https_url_parse(url, &parts, e) < 0)
		return -1;
	for (const struct wanted *w = d->first; w; w = w->next)
		if (strcmp(w->location, location) == 0 && strcmp(w->url, url) == 0)
			return 0;
	if (d->waiting == DOCUMENTS_WAITING_MAX)
		return err_set(e, ERR_FULL, 0, "%d documents wait already", DOCUMENTS_WAITING_MAX);
	buf_init(&trial, 0);
	int r = d->o.build(d->o.arg, location, &trial, e);
	buf_done(&trial);
	if (r < 0)
		return -1;
	struct wanted *w = mem_new(sizeof *w);
	*w = (struct wanted){ .location = mem_dup(location), .url = mem_dup(url) };
	*d->end = w;
	d->end = &w->next;
	if (++d->waiting == 1)
		loop_timer_in(d->timer, 0);
	return 0;
}
