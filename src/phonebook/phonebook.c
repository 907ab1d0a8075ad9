/* SPDX-License-Identifier: MIT */
#include "phonebook/phonebook.h"

#include "base/episode.h"
#include "base/log.h"
#include "base/mem.h"
#include "cache.h"
#include "outcome.h"
#include "pages.h"
#include "service/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 100,
	CONNECTIONS = 4,
	MESSAGE_MAX = 16 << 10,
	TEXT = 1024,
	CONNECT_MS = PHONEBOOK_DEADLINE_MS / 2, /* so that there is time for another address of the server */
};

/* One kept-alive connection. A search uses it from its first page to its last. */
struct connection {
	struct https_endpoint *endpoint; /* NULL: the connection has not been opened yet */
	struct phonebook_search *search;
};

struct phonebook {
	struct phonebook_options o;
	struct service_endpoint endpoint;
	char why_none[SETTINGS_URL + 100]; /* why no phone book is configured, if there is no endpoint */
	struct connection connections[CONNECTIONS];
	struct phonebook_search *searches; /* all of them, oldest first */
	size_t n_searches;
	struct loop_timer *next; /* armed when waiting searches may begin */
	struct cache cache;
	struct episode left_out; /* answers that have more entries or routes than are read */
};

struct phonebook_search {
	struct phonebook *book;
	struct phonebook_search *older, *newer;
	char *text, *starts_with, *folder, *key;
	struct phonebook_request request; /* its texts point to the copies above */
	void (*done)(void *arg, const struct phonebook_result *result);
	void *arg;
	struct loop_timer *deadline;
	struct connection *connection; /* NULL: the search waits for a connection */
	int asking;                    /* 1: the server was asked for a page and has not answered */
	int64_t asked_ms;              /* loop time at which it was asked */
	struct buf message;
	int lists_books; /* 1: the roots are asked for with GetPhonebooks */
	struct pages pages;
};

static void begin_waiting(void *arg);
static void ask_page(struct phonebook_search *s);

struct phonebook *phonebook_new(const struct phonebook_options *o)
{
	struct phonebook *p = mem_new(sizeof *p);
	p->o = *o;
	p->next = loop_timer_new(o->loop, begin_waiting, p);
	return p;
}

/* --- the end of a search --- */

static void release_connection(struct phonebook_search *s)
{
	if (!s->connection)
		return;
	if (s->asking)
		https_cancel(s->connection->endpoint);
	s->connection->search = NULL;
	s->connection = NULL;
	loop_timer_in(s->book->next, 0);
}

static void search_free(struct phonebook_search *s)
{
	struct phonebook *p = s->book;
	release_connection(s);
	for (struct phonebook_search **at = &p->searches; *at; at = &(*at)->newer) {
		if (*at == s) {
			*at = s->newer;
			break;
		}
	}
	if (s->newer)
		s->newer->older = s->older;
	p->n_searches--;
	loop_timer_free(s->deadline);
	pages_done(&s->pages);
	buf_done(&s->message);
	free(s->text);
	free(s->starts_with);
	free(s->folder);
	free(s->key);
	free(s);
}

void phonebook_cancel(struct phonebook_search *s)
{
	if (s)
		search_free(s);
}

static void drop_connections(struct phonebook *p)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		https_endpoint_free(p->connections[i].endpoint);
		p->connections[i] = (struct connection){ .endpoint = NULL };
	}
}

void phonebook_free(struct phonebook *p)
{
	if (!p)
		return;
	while (p->searches)
		search_free(p->searches);
	drop_connections(p);
	loop_timer_free(p->next);
	cache_clear(&p->cache);
	explicit_bzero(&p->endpoint, sizeof p->endpoint);
	free(p);
}

static void finish(struct phonebook_search *s, struct phonebook_result *r)
{
	void (*done)(void *arg, const struct phonebook_result *result) = s->done;
	void *arg = s->arg;
	/* The search is freed before its owner's callback is called. */
	search_free(s);
	done(arg, r);
}

static void fail(struct phonebook_search *s, enum phonebook_outcome why, const struct err *e)
{
	struct phonebook *p = s->book;
	int64_t now = loop_now_ms(p->o.loop);
	const struct cache_answer *old = s->request.may_be_old ? cache_get(&p->cache, s->key, now) : NULL;
	int is_empty = why == PHONEBOOK_NO_MATCH;
	struct phonebook_result r = {
		.outcome = why, .err = *e, .total = is_empty ? 0 : -1, .is_last = is_empty, .age_s = -1
	};
	if (old && !is_empty) {
		r.n = old->page.n;
		r.entries = old->page.entries;
		r.total = old->total;
		r.is_last = old->is_last;
		r.age_s = (now - old->at_ms) / 1000;
	}
	finish(s, &r);
}

/* Fails because the entries that the search asks for are behind those that are read of an answer. */
static void fail_beyond(struct phonebook_search *s)
{
	struct err e;
	err_set(&e, ERR_FULL, 0,
		"the server sends all entries in one answer, of which only the first %d are read: "
		"search for a longer part of the name",
		PHONEBOOK_ENTRIES_MAX);
	fail(s, PHONEBOOK_BAD_RESPONSE, &e);
}

static void succeed(struct phonebook_search *s, int is_last)
{
	struct phonebook *p = s->book;
	char *key = mem_dup(s->key);
	struct phonebook_page *found = &s->pages.found;
	int64_t received = (int64_t)(s->pages.skipped + found->n);
	/* at the last page, the number of all entries is the number of received entries, whatever the server
	 * says; unless the page had more than were read */
	if (is_last && !s->pages.left_out)
		s->pages.total = received;
	else if (is_last && s->pages.total < received + (int64_t)s->pages.left_out)
		s->pages.total = received + (int64_t)s->pages.left_out;
	is_last = is_last && !s->pages.left_out;
	struct phonebook_result r = { .outcome = found->n ? PHONEBOOK_FOUND : PHONEBOOK_NO_MATCH,
				      .n = found->n,
				      .total = s->pages.total,
				      .is_last = is_last,
				      .age_s = -1 };
	struct cache_answer keep = { .at_ms = loop_now_ms(p->o.loop),
				     .total = s->pages.total,
				     .is_last = is_last,
				     .bytes = s->pages.bytes,
				     .page = *found };
	/* The answer is put into the cache before the callback is called, and passed to it from there, since
	 * the callback may do anything to the phone book. */
	memset(found, 0, sizeof *found);
	cache_put(&p->cache, key, &keep);
	r.entries = cache_get(&p->cache, key, keep.at_ms)->page.entries;
	free(key);
	finish(s, &r);
}

static void too_late(void *arg)
{
	struct phonebook_search *s = arg;
	struct err e;
	/* an address that had less than its share of the time may be a good one */
	if (s->asking && loop_now_ms(s->book->o.loop) - s->asked_ms > CONNECT_MS) {
		https_abandon(s->connection->endpoint);
		s->asking = 0;
	}
	err_set(&e, ERR_TIMEOUT, 0, "the phone book did not answer within %d s",
		PHONEBOOK_DEADLINE_MS / 1000);
	fail(s, PHONEBOOK_UNREACHABLE, &e);
}

/* --- pages --- */

static unsigned page_size(const struct phonebook_search *s)
{
	size_t wanted = s->request.offset - s->pages.skipped + s->request.limit - s->pages.found.n;
	return wanted < PAGE && s->request.kind == PHONEBOOK_ANY ? (unsigned)wanted : PAGE;
}

/* Logs that the answer has more than is read of it. */
static void log_left_out(struct phonebook *p, const struct phonebook_page *page)
{
	if (!page->left_out && !page->routes_left_out)
		return;
	if (episode_failed(&p->left_out, 1, 1, loop_now_ms(p->o.loop)))
		log_warning("phone book: an answer has more than is read of it, so %zu entries and "
			    "%zu numbers are not shown: at most %d entries of an answer and %d numbers of an "
			    "entry are read",
			    page->left_out, page->routes_left_out, PHONEBOOK_ENTRIES_MAX,
			    PHONEBOOK_ROUTES_MAX);
}

static void take_page(struct phonebook_search *s, struct phonebook_page *page)
{
	struct err e;
	if (page->folder_missing) {
		err_set(&e, ERR_NOTFOUND, 0, "the phone book has no folder \"%.60s\"",
			s->folder ? s->folder : "");
		phonebook_page_done(page);
		fail(s, PHONEBOOK_NO_MATCH, &e);
		return;
	}
	log_left_out(s->book, page);
	/* The id is freed with its entry when the entries are gathered. */
	const char *id = phonebook_last_id(page);
	char *last = id ? mem_dup(id) : NULL;
	int is_last = s->lists_books || pages_end(page, page_size(s));
	int enough = pages_gather(&s->pages, &s->request, page, &e);
	phonebook_page_done(page);
	if (enough < 0) {
		free(last);
		fail(s, PHONEBOOK_BAD_RESPONSE, &e);
	} else if (enough || is_last || !last || !s->pages.fresh) {
		free(last);
		if (!enough && s->pages.left_out && !s->pages.found.n)
			fail_beyond(s);
		else
			succeed(s, !enough);
	} else if (pages_turn(&s->pages, last, &e) < 0) {
		fail(s, PHONEBOOK_BAD_RESPONSE, &e);
	} else if (s->pages.found.n == s->request.limit) {
		succeed(s, 0);
	} else {
		ask_page(s);
	}
}

static void answered(void *arg, const struct https_reply *r)
{
	struct phonebook_search *s = arg;
	struct phonebook_page page;
	struct err e;
	s->asking = 0;
	enum phonebook_outcome outcome = outcome_classify(r, &page, &e);
	if (r->has_other_address)
		ask_page(s);
	else if (outcome == PHONEBOOK_BAD_RESPONSE && s->lists_books) {
		s->lists_books = 0; /* some servers support only Search, which is all that video codecs use */
		ask_page(s);
	} else if (outcome == PHONEBOOK_FOUND) {
		take_page(s, &page);
	} else {
		fail(s, outcome, &e);
	}
}

static void write_message(struct phonebook_search *s)
{
	const struct phonebook_request *r = &s->request;
	const struct wire_identity *who = s->book->o.identity(s->book->o.arg);
	int lists = r->list_only || (!r->text && !r->starts_with);
	struct phonebook_query q = { .text = r->text,
				     .starts_with = r->starts_with,
				     .folder = r->folder,
				     .scope =
					     lists && r->folder ? PHONEBOOK_SINGLE_LEVEL : PHONEBOOK_SUB_TREE,
				     .after = s->pages.after,
				     .max = page_size(s) };
	buf_reset(&s->message);
	if (s->lists_books)
		phonebook_write_list(who, &s->message);
	else
		phonebook_write_search(who, &q, &s->message);
}

static void ask_page(struct phonebook_search *s)
{
	static const char search[] = "SOAPAction: " PHONEBOOK_SOAP_ACTION_SEARCH;
	static const char list[] = "SOAPAction: " PHONEBOOK_SOAP_ACTION_LIST;
	const char *const action = s->lists_books ? list : search;
	struct err e;
	write_message(s);
	if (https_post(s->connection->endpoint, buf_str(&s->message), s->message.len, &action, 1, answered, s,
		       &e) < 0) {
		fail(s, PHONEBOOK_BAD_RESPONSE, &e);
		return;
	}
	s->asking = 1;
	s->asked_ms = loop_now_ms(s->book->o.loop);
}

/* --- choosing the next search --- */

static int open_connection(struct phonebook *p, struct connection *l, struct err *e)
{
	const struct service_limits limits = { .connect_ms = CONNECT_MS, .total_ms = PHONEBOOK_DEADLINE_MS };
	return l->endpoint ? 0 : service_open(p->o.https, &p->endpoint, &limits, &l->endpoint, e);
}

static struct connection *unused_connection(struct phonebook *p)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (!p->connections[i].search)
			return &p->connections[i];
	return NULL;
}

static struct phonebook_search *first_waiting(struct phonebook *p)
{
	struct phonebook_search *s = p->searches;
	while (s && s->connection)
		s = s->newer;
	return s;
}

static void begin_waiting(void *arg)
{
	struct phonebook *p = arg;
	struct phonebook_search *s = first_waiting(p);
	struct connection *l = unused_connection(p);
	struct err e;
	if (!s)
		return;
	if (!p->endpoint.url[0] || l)
		loop_timer_in(p->next, 0);
	if (!p->endpoint.url[0]) {
		err_set(&e, ERR_CONFIG, 0, "no phone book is configured: %s", p->why_none);
		fail(s, PHONEBOOK_NOT_CONFIGURED, &e);
	} else if (l && open_connection(p, l, &e) < 0) {
		fail(s, PHONEBOOK_NOT_CONFIGURED, &e);
	} else if (l) {
		l->search = s;
		s->connection = l;
		ask_page(s);
	}
}

void phonebook_configure(struct phonebook *p, const struct settings *s, const char *written)
{
	struct service_endpoint t;
	service_endpoint(s, &(struct service_request){ .service = SERVICE_PHONEBOOK }, &t);
	int is_off = s->phonebook.type == SETTINGS_PHONEBOOK_OFF;
	snprintf(p->why_none, sizeof p->why_none, "%s%s",
		 !*written ? "set Phonebook Server 1 URL, and Type: TMS"
		 : is_off  ? "Phonebook Server 1 Type is Off: set it to TMS"
			   : "Phonebook Server 1 URL is ",
		 is_off ? "" : written);
	if (memcmp(&t, &p->endpoint, sizeof t) != 0) {
		/* Searches that are under way begin again with the new server. */
		for (struct phonebook_search *one = p->searches; one; one = one->newer) {
			pages_done(&one->pages);
			one->connection = NULL;
			one->asking = 0;
		}
		drop_connections(p);
		cache_clear(&p->cache);
		p->endpoint = t;
		loop_timer_in(p->next, 0);
	}
	explicit_bzero(&t, sizeof t);
}

static char *copy(const char *text)
{
	return text && *text ? mem_dup(text) : NULL;
}

static char *make_key(const struct phonebook_request *r)
{
	struct buf b;
	buf_init(&b, 4 * TEXT);
	buf_addf(&b, "%d %u %u %d %s\n%s\n%s", r->kind, r->offset, r->limit, r->list_only,
		 r->text ? r->text : "", r->starts_with ? r->starts_with : "", r->folder ? r->folder : "");
	return buf_take(&b);
}

int phonebook_search(struct phonebook *p, const struct phonebook_request *r,
		     void (*done)(void *arg, const struct phonebook_result *result), void *arg,
		     struct phonebook_search **ret, struct err *e)
{
	const char *const texts[] = { r->text, r->starts_with, r->folder };
	for (size_t i = 0; i < 3; i++)
		if (texts[i] && strlen(texts[i]) > TEXT)
			return err_set(e, ERR_INPUT, 0, "expected at most %d bytes to search for", TEXT);
	if (r->limit > PHONEBOOK_LIMIT_MAX || r->offset > PHONEBOOK_OFFSET_MAX)
		return err_set(e, ERR_INPUT, 0, "expected at most %d entries, from one of the first %d on",
			       PHONEBOOK_LIMIT_MAX, PHONEBOOK_OFFSET_MAX);
	if (p->n_searches == PHONEBOOK_SEARCHES_MAX)
		return err_set(e, ERR_FULL, 0, "%d searches are under way already", PHONEBOOK_SEARCHES_MAX);
	struct phonebook_search *s = mem_new(sizeof *s), **at = &p->searches;
	*s = (struct phonebook_search){ .book = p,
					.done = done,
					.arg = arg,
					.text = copy(r->text),
					.starts_with = copy(r->starts_with),
					.folder = copy(r->folder),
					.request = *r,
					.pages = { .total = -1 } };
	s->request.text = s->text;
	s->request.starts_with = s->starts_with;
	s->request.folder = s->folder;
	s->request.limit = r->limit ? r->limit : PHONEBOOK_LIMIT;
	s->lists_books = r->kind == PHONEBOOK_FOLDERS && !s->text && !s->starts_with && !s->folder;
	s->key = make_key(&s->request);
	buf_init(&s->message, MESSAGE_MAX);
	for (; *at; at = &(*at)->newer)
		s->older = *at;
	*at = s;
	p->n_searches++;
	s->deadline = loop_timer_new(p->o.loop, too_late, s);
	loop_timer_in(s->deadline, PHONEBOOK_DEADLINE_MS);
	loop_timer_in(p->next, 0);
	*ret = s;
	return 0;
}
