/* SPDX-License-Identifier: MIT */
#include "feedback.h"

#include "base/mem.h"
#include "base/num.h"
#include "doc/doc_path.h"
#include "net/https.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct subscription {
	struct store_registration registration;
	struct doc_path paths[STORE_EXPRESSIONS];
	/* The changes in the waiting post into which the next change is merged; NULL: none. */
	struct doc *pending;
	int64_t pending_sequence; /* the sequence of that post; 0: it is not in the queue yet */
};

struct feedback {
	struct feedback_options o;
	struct subscription *slots[STORE_SLOTS + 1]; /* by number, NULL: vacant */
	int changed; /* the slot whose change is not committed yet (feedback_change_ended); 0: none */
	struct subscription *before;        /* that slot's registration before the change */
	struct buf bodies[STORE_SLOTS + 1]; /* buffers for bodies, which are reused for each post */
	struct wire_identity who;           /* the identity for which `heads` were written */
	struct buf heads[2];                /* the beginning of each body, by format */
};

/* A server's expression must name a part of a document. Only a session's expression (xFeedback) may match
 * everything. */
static int parse_expression(const char *text, struct doc_path *ret, struct err *e)
{
	if (doc_path_expression(text, ret, e) < 0)
		return -1;
	return ret->n ? 0 : err_set(e, ERR_INPUT, 0, "expected a path like /Status/Audio/Volume");
}

static int parse_all(const struct store_registration *r, struct subscription **ret, struct err *e)
{
	struct subscription *s = mem_new(sizeof *s);
	s->registration = *r;
	for (size_t i = 0; i < r->n; i++)
		if (parse_expression(r->expressions[i], &s->paths[i], e) < 0) {
			free(s);
			return err_prefix(e, "expression %zu \"%s\"", i + 1, r->expressions[i]);
		}
	*ret = s;
	return 0;
}

static void forget_pending(struct subscription *s)
{
	doc_free(s->pending);
	s->pending = NULL;
	s->pending_sequence = 0;
}

static void free_slot(struct subscription *s)
{
	if (s)
		forget_pending(s);
	free(s);
}

void feedback_forget_pending(struct feedback *f)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (f->slots[slot])
			forget_pending(f->slots[slot]);
}

struct feedback *feedback_new(const struct feedback_options *o)
{
	struct feedback *f = mem_new(sizeof *f);
	f->o = *o;
	buf_init(&f->heads[WIRE_XML], STORE_BODY_MAX);
	buf_init(&f->heads[WIRE_JSON], STORE_BODY_MAX);
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		buf_init(&f->bodies[slot], STORE_BODY_MAX);
	feedback_read(f);
	return f;
}

void feedback_read(struct feedback *f)
{
	struct store_registration r;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		free_slot(f->slots[slot]);
		f->slots[slot] = NULL;
		if (store_registration_get(f->o.store, slot, &r) == 0)
			/* Only expressions that can be parsed are stored. If one cannot (the file was
			 * changed), the slot stays vacant. */
			(void)parse_all(&r, &f->slots[slot], NULL);
	}
}

void feedback_free(struct feedback *f)
{
	if (!f)
		return;
	feedback_change_ended(f, 1);
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		free_slot(f->slots[slot]);
		buf_done(&f->bodies[slot]);
	}
	buf_done(&f->heads[WIRE_XML]);
	buf_done(&f->heads[WIRE_JSON]);
	free(f);
}

const struct store_registration *feedback_get(const struct feedback *f, int slot)
{
	return slot >= 1 && slot <= STORE_SLOTS && f->slots[slot] ? &f->slots[slot]->registration : NULL;
}

int feedback_vacant(const struct feedback *f, int reserved)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (!f->slots[slot] && slot != reserved)
			return slot;
	return 0;
}

static void change(struct feedback *f, int slot, struct subscription *to)
{
	feedback_change_ended(f, 1);
	f->changed = slot;
	f->before = f->slots[slot];
	f->slots[slot] = to;
}

void feedback_change_ended(struct feedback *f, int is_durable)
{
	struct subscription *unwanted = f->before;
	if (f->changed && !is_durable) {
		unwanted = f->slots[f->changed];
		f->slots[f->changed] = f->before;
	}
	free_slot(unwanted);
	f->before = NULL;
	f->changed = 0;
}

enum { ONE_FORM = STORE_URL + sizeof ":443/[]" };

/* Writes the form that all spellings of a URL have in common. */
static void one_form(const char *url, char ret[ONE_FORM])
{
	struct https_url u;
	char port[16] = "";
	if (https_url_parse(url, &u, NULL) < 0) {
		snprintf(ret, ONE_FORM, "%s", url);
		return;
	}
	if (u.port != 443)
		snprintf(port, sizeof port, ":%d", u.port);
	int brackets = strchr(u.host, ':') != NULL;
	snprintf(ret, ONE_FORM, "https://%s%s%s%s%s", brackets ? "[" : "", u.host, brackets ? "]" : "", port,
		 u.path);
}

int feedback_is_same_url(const char *a, const char *b)
{
	char x[ONE_FORM], y[ONE_FORM];
	one_form(a, x);
	one_form(b, y);
	return strcmp(x, y) == 0;
}

/* Returns the number of store_registration.server. */
static int64_t server_of(const char *url)
{
	char form[ONE_FORM];
	one_form(url, form);
	return (int64_t)(num_hash(NUM_HASH, form, strlen(form)) | 1);
}

/* If the slot is registered for another URL, ends that registration, so that its posts, dead letters and gap
 * are not sent to the new server. The store is asked, since a registration that could not be parsed is not in
 * f->slots. */
static int end_another(struct feedback *f, const struct store_registration *r, struct err *e)
{
	struct store_registration before;
	if (store_registration_get(f->o.store, r->slot, &before) < 0 ||
	    feedback_is_same_url(before.url, r->url))
		return 0;
	return store_deregister(f->o.store, r->slot, server_of(before.url), e);
}

/* Returns 1 if two registrations ask for the same posts. */
static int asks_for_the_same(const struct store_registration *a, const struct store_registration *b)
{
	if (!feedback_is_same_url(a->url, b->url) || a->json != b->json || a->by_manager != b->by_manager ||
	    a->n != b->n)
		return 0;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->expressions[i], b->expressions[i]) != 0)
			return 0;
	return 1;
}

int feedback_slot_of(const struct feedback *f, const struct store_registration *r)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		const struct store_registration *s = feedback_get(f, slot);
		if (s && asks_for_the_same(s, r))
			return slot;
	}
	return 0;
}

/* Returns 1 if the store has the same registration. Some programs register again every few minutes, which
 * must not wear out a flash disk. */
static int is_stored(struct feedback *f, const struct store_registration *r)
{
	struct store_registration s;
	return store_registration_get(f->o.store, r->slot, &s) == 0 && asks_for_the_same(&s, r) &&
	       strcmp(s.url, r->url) == 0 && s.coalesce == r->coalesce;
}

int feedback_set(struct feedback *f, const struct store_registration *r, struct err *e)
{
	struct subscription *s;
	if (parse_all(r, &s, e) < 0)
		return -1;
	s->registration.server = server_of(r->url);
	if (!is_stored(f, r) &&
	    (end_another(f, r, e) < 0 || store_register(f->o.store, &s->registration, e) < 0)) {
		free(s);
		return -1;
	}
	change(f, r->slot, s);
	return 0;
}

int feedback_clear(struct feedback *f, int slot, struct err *e)
{
	const struct store_registration *r = feedback_get(f, slot);
	if (!r)
		return err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
	if (store_deregister(f->o.store, slot, server_of(r->url), e) < 0)
		return -1;
	change(f, slot, NULL);
	return 0;
}

/* Collects the slot's paths that match the change. Returns their number. */
static size_t matching(const struct subscription *s, const struct doc *change,
		       const struct doc_path *ret[STORE_EXPRESSIONS])
{
	size_t n = 0;
	for (size_t i = 0; i < s->registration.n; i++)
		if (doc_path_matches(&s->paths[i], change))
			ret[n++] = &s->paths[i];
	return n;
}

int feedback_concerns(const struct feedback *f, const struct doc *change)
{
	const struct doc_path *paths[STORE_EXPRESSIONS];
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (f->slots[slot] && matching(f->slots[slot], change, paths))
			return 1;
	return 0;
}

/* Writes the heads of posts, which identify the device, again if the identity has changed. */
static void refresh_heads(struct feedback *f, const struct wire_identity *who)
{
	if (f->heads[WIRE_XML].len && memcmp(&f->who, who, sizeof *who) == 0)
		return;
	memcpy(&f->who, who, sizeof *who);
	for (int format = WIRE_XML; format <= WIRE_JSON; format++) {
		buf_reset(&f->heads[format]);
		post_head((enum wire_format)format, who, &f->heads[format]);
	}
}

static void write_body(struct feedback *f, int slot, const struct doc *change)
{
	enum wire_format format = f->slots[slot]->registration.json ? WIRE_JSON : WIRE_XML;
	buf_reset(&f->bodies[slot]);
	post_body(format, &f->heads[format], change, &f->bodies[slot]);
}

/* Merges part, a change that feedback owns from now on, with the pending changes if they may be merged, and
 * writes one body of all; otherwise only part is pending afterwards. */
static void compose_merged(struct feedback *f, int slot, struct doc *part)
{
	struct subscription *s = f->slots[slot];
	if (s->pending && f->o.may_merge(f->o.arg, slot, s->pending_sequence)) {
		doc_accumulate(s->pending, part);
		write_body(f, slot, s->pending);
		if (!f->bodies[slot].full) {
			doc_free(part);
			return;
		}
	}
	forget_pending(s);
	s->pending = part;
	write_body(f, slot, part);
}

/* Writes the slot's body for this change; it stays empty if no expression of the slot matches. */
static int compose(struct feedback *f, int slot, const struct doc *change, struct err *e)
{
	const struct doc_path *paths[STORE_EXPRESSIONS];
	struct subscription *s = f->slots[slot];
	struct buf *body = &f->bodies[slot];
	size_t n = s ? matching(s, change, paths) : 0;
	buf_reset(body);
	if (!n)
		return 0;
	/* An event is posted as a whole; of status and configuration, only the parts that the expressions
	 * name are posted. */
	int is_event = strcmp(change->name, "Event") == 0;
	struct doc *part = is_event ? NULL : doc_select(change, paths, n);
	if (part && s->registration.coalesce && strcmp(change->name, "Status") == 0) {
		if (f->o.may_merge(f->o.arg, slot, 0)) {
			compose_merged(f, slot, part);
			part = NULL;
		} else {
			forget_pending(s);
		}
	}
	if (is_event || part)
		write_body(f, slot, is_event ? change : part);
	doc_free(part);
	if (body->full)
		return err_set(e, ERR_TOOLONG, 0, "the document is longer than a post may be (%d bytes)",
			       STORE_BODY_MAX);
	return 0;
}

/* Adds the slot's body to its outbox. */
static int add(struct feedback *f, int slot, int is_status, int64_t now_unix, struct feedback_posted *ret,
	       struct err *e)
{
	struct subscription *s = f->slots[slot];
	const struct buf *body = &f->bodies[slot];
	int64_t sequence;
	struct store_post p = { .slot = slot,
				.json = s->registration.json,
				.created_at = now_unix,
				.body = body->data,
				.len = body->len,
				.sequence = is_status ? s->pending_sequence : 0 };
	int merged = p.sequence && store_post_merge(f->o.store, &p, &sequence, e) == 0;
	if (p.sequence && !merged && e->kind != ERR_NOTFOUND)
		return -1;
	if (!merged &&
	    store_post_add(f->o.store, slot, p.json, now_unix, body->data, body->len, &sequence, e) < 0)
		return -1;
	if (is_status && s->pending)
		s->pending_sequence = sequence;
	ret->slots |= 1u << slot;
	ret->merged |= merged ? 1u << slot : 0;
	return 0;
}

int feedback_post(struct feedback *f, const struct doc *change, const struct wire_identity *who,
		  int64_t now_unix, struct feedback_posted *ret, struct err *e)
{
	int is_status = strcmp(change->name, "Status") == 0, r = 0;
	*ret = (struct feedback_posted){ 0, 0 };
	refresh_heads(f, who);
	/* All bodies are written before any post is added: a change that is too long for one slot is posted
	 * to none. */
	for (int slot = 1; r == 0 && slot <= STORE_SLOTS; slot++)
		r = compose(f, slot, change, e);
	for (int slot = 1; r == 0 && slot <= STORE_SLOTS; slot++)
		if (f->bodies[slot].len)
			r = add(f, slot, is_status, now_unix, ret, e);
	if (r < 0)
		feedback_forget_pending(f); /* pending may contain changes that were not posted */
	return r;
}

/* Writes the body of one of the agent's own events about the slot. Takes ownership of the event. */
static void write_own(struct feedback *f, int slot, const struct wire_identity *who, struct doc *event,
		      struct buf *body)
{
	enum wire_format format = f->slots[slot] && f->slots[slot]->registration.json ? WIRE_JSON : WIRE_XML;
	refresh_heads(f, who);
	post_body(format, &f->heads[format], event, body);
	doc_free(event);
}

void feedback_gap(struct feedback *f, int slot, const struct store_slot *s, const struct wire_identity *who,
		  struct buf *body)
{
	struct doc *event = doc_new("Event");
	struct doc *gap = doc_add(doc_add(event, "HttpFeedback", 0), "Gap", 0);
	doc_add_int(gap, "FeedbackSlot", slot);
	doc_add_int(gap, "Dropped", (int64_t)s->gap_count);
	doc_add_int(gap, "FirstSequence", s->gap_first);
	doc_add_int(gap, "LastSequence", s->gap_last);
	write_own(f, slot, who, event, body);
}

void feedback_test(struct feedback *f, int slot, const struct wire_identity *who, struct buf *body)
{
	struct doc *event = doc_new("Event");
	doc_add_int(doc_add(doc_add(event, "HttpFeedback", 0), "Test", 0), "FeedbackSlot", slot);
	write_own(f, slot, who, event, body);
}
