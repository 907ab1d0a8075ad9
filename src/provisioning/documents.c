/* SPDX-License-Identifier: MIT */
#include "documents.h"

#include "base/episode.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIES = 3,
	DOCUMENT_MAX = 4 << 20,
	LOGGED = 10, /* this many posts and failures are logged one by one */
};

struct wanted {
	struct wanted *next;
	char *location, *url, *user, *password;
	struct doc *results; /* results of commands, owned; NULL: a document of this device is posted */
	size_t len;          /* bytes of the message with the results */
	int tries;
};

struct documents {
	struct documents_options o;
	int held;
	/* from the settings, for all documents; the URL and the login are each document's own */
	struct service_endpoint server;
	/* documents to be posted; the first one is being posted or waits for its next try */
	struct wanted *first, **end;
	size_t waiting, results_len; /* bytes of all results that wait */
	struct https_endpoint *peer; /* the server of the first document; NULL: its post has not begun */
	struct buf body;
	struct loop_timer *timer;
	struct documents_counts counts;
	struct episode failures, posted;
};

static void step(void *arg);

struct documents *documents_new(const struct documents_options *o)
{
	struct documents *d = mem_new(sizeof *d);
	d->o = *o;
	d->server = (struct service_endpoint){ .service = SERVICE_DOCUMENTS,
					       .name = "PostedDocument",
					       .verify = 1 };
	d->end = &d->first;
	d->timer = loop_timer_new(o->loop, step, d);
	buf_init(&d->body, DOCUMENT_MAX);
	return d;
}

static void wanted_free(struct wanted *w)
{
	doc_free(w->results);
	free(w->location);
	free(w->url);
	free(w->user);
	mem_wipe(w->password);
	free(w);
}

static void close_peer(struct documents *d)
{
	https_endpoint_free(d->peer);
	d->peer = NULL;
	buf_done(&d->body);
}

static void drop_first(struct documents *d)
{
	struct wanted *w = d->first;
	d->first = w->next;
	if (!d->first)
		d->end = &d->first;
	d->waiting--;
	d->results_len -= w->len;
	close_peer(d);
	wanted_free(w);
}

void documents_forget(struct documents *d)
{
	if (d->first)
		log_notice("manager: %zu documents that were asked for are not posted: there is no manager "
			   "any more",
			   d->waiting);
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
	if (d->first && !d->peer && !loop_timer_armed(d->timer))
		loop_timer_in(d->timer, 0);
}

void documents_free(struct documents *d)
{
	if (!d)
		return;
	while (d->first)
		drop_first(d);
	loop_timer_free(d->timer);
	free(d);
}

void documents_configure(struct documents *d, const struct settings *s)
{
	struct service_endpoint fresh;
	service_endpoint(s, &(struct service_request){ .service = SERVICE_DOCUMENTS }, &fresh);
	if (memcmp(&fresh, &d->server, sizeof fresh) == 0)
		return;
	memcpy(&d->server, &fresh, sizeof fresh);
	/* What was begun by other rules begins anew by these: at once if it was on its way, otherwise when
	 * its next try is due. */
	if (d->peer && !loop_timer_armed(d->timer))
		loop_timer_in(d->timer, 0);
	close_peer(d);
}

void documents_counts(const struct documents *d, struct documents_counts *ret)
{
	*ret = d->counts;
	ret->waiting = d->waiting;
}

static void count(uint64_t *documents, uint64_t *results, const struct doc *is_results)
{
	++*(is_results ? results : documents);
}

/* Drops the first document. If it is results, they are returned to the owner, who sends them in another
 * way. */
static void give_up(struct documents *d, const char *reason)
{
	struct doc *results = d->first->results;
	d->first->results = NULL;
	count(&d->counts.failed, &d->counts.results_failed, results);
	char location[200], shown[SERVICE_URL];
	if (episode_failed(&d->failures, episode_key(d->first->url), LOGGED, loop_now_ms(d->o.loop)))
		log_warning("manager: %s, which it asked for, could not be posted to %s: %s%s",
			    text_quoted(d->first->location, location, sizeof location),
			    service_shown(d->first->url, shown), reason,
			    results ? "; goes with the next event" : "");
	drop_first(d);
	if (results)
		d->o.returned(d->o.arg, results);
}

static void answered(void *arg, const struct https_reply *r)
{
	struct documents *d = arg;
	struct wanted *w = d->first;
	char reason[480];
	if (r->err.kind == ERR_NONE && r->status >= 200 && r->status < 300) {
		count(&d->counts.posted, &d->counts.results_posted, w->results);
		char location[200], shown[SERVICE_URL];
		episode_ended(&d->failures, loop_now_ms(d->o.loop));
		if (episode_seen(&d->posted, episode_key(w->location), LOGGED, loop_now_ms(d->o.loop)))
			log_info("manager: %s posted to %s",
				 text_quoted(w->location, location, sizeof location),
				 service_shown(w->url, shown));
		int of_results = w->results != NULL;
		drop_first(d);
		loop_timer_in(d->timer, 0);
		if (of_results)
			d->o.returned(d->o.arg, NULL);
		return;
	}
	if (r->err.kind != ERR_NONE)
		snprintf(reason, sizeof reason, "%s", r->err.text);
	else
		snprintf(reason, sizeof reason, "the server answered HTTP %d", r->status);
	int hopeless = r->err.kind == ERR_NONE && r->status >= 300 && r->status < 500 && r->status != 408 &&
		       r->status != 429;
	if (++w->tries >= TRIES || hopeless) {
		give_up(d, reason);
		loop_timer_in(d->timer, 0);
		return;
	}
	const struct retry_tries tries = { .attempts = (unsigned)w->tries };
	loop_timer_in(d->timer, retry_next_ms(&retry_document, &tries, r->retry_after_s));
}

static int begin(struct documents *d, struct err *e)
{
	const struct wanted *w = d->first;
	struct documents_request r = { .location = w->location, .results = w->results };
	struct service_endpoint server = d->server;
	if (d->o.build(d->o.arg, &r, &d->body, e) < 0)
		return -1;
	if (d->body.full)
		return err_set(e, ERR_FULL, 0, "%s: longer than %d bytes", w->location, DOCUMENT_MAX);
	snprintf(server.url, sizeof server.url, "%s", w->url);
	snprintf(server.user, sizeof server.user, "%s", w->user ? w->user : "");
	snprintf(server.password, sizeof server.password, "%s", w->password ? w->password : "");
	int opened = service_open(d->o.https, &server, NULL, &d->peer, e);
	explicit_bzero(&server, sizeof server);
	return opened;
}

static void step(void *arg)
{
	struct documents *d = arg;
	struct err e;
	while (d->first && (d->peer || !d->held)) {
		if ((d->peer || begin(d, &e) == 0) &&
		    https_post(d->peer, buf_str(&d->body), d->body.len, NULL, 0, answered, d, &e) == 0)
			return;
		give_up(d, e.text);
	}
}

void documents_results(const struct documents *d, struct doc *into)
{
	for (const struct wanted *w = d->first; w; w = w->next)
		for (const struct doc *one = w->results ? w->results->first : NULL; one; one = one->next)
			doc_adopt(into, doc_copy(one));
}

static int is_waiting(const struct documents *d, const struct documents_request *r)
{
	for (const struct wanted *w = d->first; w && !r->results; w = w->next)
		if (!w->results && strcmp(w->location, r->location) == 0 && strcmp(w->url, r->url) == 0)
			return 1;
	return 0;
}

/* Checks a request before it is queued, and returns the length of a message with results in *ret_len. */
static int check(struct documents *d, const struct documents_request *r, size_t *ret_len, struct err *e)
{
	struct https_url parts;
	struct buf attempt;
	if (https_url_parse(r->url, &parts, e) < 0)
		return -1;
	if (d->waiting == DOCUMENTS_WAITING_MAX)
		return err_set(e, ERR_FULL, 0, "%d documents wait already", DOCUMENTS_WAITING_MAX);
	buf_init(&attempt, r->results ? DOCUMENTS_RESULTS_MAX - d->results_len : 0);
	int bad = d->o.build(d->o.arg, r, &attempt, e);
	if (!bad && r->results && attempt.full)
		bad = err_set(e, ERR_FULL, 0, "more than %d bytes of results wait", DOCUMENTS_RESULTS_MAX);
	*ret_len = r->results ? attempt.len : 0;
	buf_done(&attempt);
	return bad;
}

static char *copy(const char *text)
{
	return text ? mem_dup(text) : NULL;
}

int documents_ask(struct documents *d, const struct documents_request *r, struct err *e)
{
	size_t len;
	if (is_waiting(d, r))
		return 0;
	if (check(d, r, &len, e) < 0) {
		count(&d->counts.failed, &d->counts.results_failed, r->results);
		return -1;
	}
	struct wanted *w = mem_new(sizeof *w);
	*w = (struct wanted){ .location = mem_dup(r->location),
			      .url = mem_dup(r->url),
			      .user = copy(r->user),
			      .password = copy(r->password),
			      .results = r->results,
			      .len = len };
	*d->end = w;
	d->end = &w->next;
	d->results_len += len;
	if (++d->waiting == 1)
		loop_timer_in(d->timer, 0);
	return 0;
}
