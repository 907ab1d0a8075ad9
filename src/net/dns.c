/* SPDX-License-Identifier: MIT */
/* dns: a query tries one full name after the other; for each it asks for both address families at once. */
#include "net/dns.h"

#include "base/mem.h"
#include "net/address_order.h"
#include "dns_channel.h"
#include "dns_impl.h"
#include "loop/file_watch.h"

#include <ares.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, GRACE_MS = 250, FAMILIES = 2 };

struct dns {
	struct loop *loop;
	struct dns_channel *channel;
	struct dns_query *queries;
	struct dns_cache cache;
	struct address_orders orders;
	int timeout_ms;
	char resolv_conf[256];
	struct file_watch *conf_watch; /* NULL: resolv.conf is not used, or no more files can be watched */
	struct loop_timer *notify;     /* armed when resolv.conf has other servers or domains than before */
	void (*changed)(void *arg);    /* may be NULL */
	void *changed_arg;
};

struct dns_query {
	struct dns *dns;
	struct dns_query *prev, *next;
	void (*fn)(void *arg, const struct dns_answer *answer, const struct err *e);
	void *arg;
	struct loop_timer *deadline;
	struct loop_timer *step; /* calls fn if has_result; otherwise ends the wait for the slower family */
	char name[DNS_NAME_MAX]; /* as asked for, in lower case; a final dot is kept if it is the only dot */
	size_t candidate;        /* index of the full name that is being tried */
	struct dns_lookup *lookups[FAMILIES]; /* IPv6 first; NULL when done */
	int status[FAMILIES];
	char why[FAMILIES][200]; /* the status in words */
	struct dns_answer found[FAMILIES];
	int was_denied; /* 1: servers have answered for one of the candidates that the name does not exist */
	int failure;    /* ARES_..., of the first candidate for which servers failed to answer; 0: none */
	char failure_why[200];
	int has_result; /* the query has ended, and these members are its result */
	int has_answer;
	struct dns_answer answer;
	struct err err;
};

/* --- the end of a query --- */

static int64_t now_ms(const struct dns_query *q)
{
	return loop_now_ms(q->dns->loop);
}

static void forget_lookups(struct dns_query *q)
{
	for (int i = 0; i < FAMILIES; i++) {
		dns_lookup_cancel(q->lookups[i]);
		q->lookups[i] = NULL;
		q->found[i].n = 0;
	}
}

void dns_cancel(struct dns_query *q)
{
	if (!q)
		return;
	forget_lookups(q);
	loop_timer_free(q->deadline);
	loop_timer_free(q->step);
	*(q->prev ? &q->prev->next : &q->dns->queries) = q->next;
	if (q->next)
		q->next->prev = q->prev;
	free(q);
}

static void deliver(struct dns_query *q)
{
	void (*fn)(void *, const struct dns_answer *, const struct err *) = q->fn;
	void *arg = q->arg;
	struct dns_answer answer = q->answer;
	struct err err = q->err;
	int has_answer = q->has_answer;
	dns_cancel(q);
	fn(arg, has_answer ? &answer : NULL, &err);
}

/* Ends the query with the result that was set; fn is called later, since dns_resolve may call this. */
static void settle(struct dns_query *q)
{
	q->has_result = 1;
	loop_timer_in(q->step, 0);
}

static void settle_answer(struct dns_query *q, const struct dns_answer *a)
{
	q->answer = *a;
	q->has_answer = 1;
	settle(q);
}

static void settle_err(struct dns_query *q, enum err_kind kind, int status, const char *what)
{
	err_set(&q->err, kind, status, "%s: %s", q->name, what);
	settle(q);
}

/* Ends the query after the servers have failed: with their last good answer, if there is one. */
static void settle_failure(struct dns_query *q, enum err_kind kind, int status, const char *what)
{
	struct dns_answer a;
	settle_err(q, kind, status, what);
	if (!q->was_denied && dns_cache_get(&q->dns->cache, q->name, now_ms(q), &a) == 0)
		settle_answer(q, &a);
}

/* --- the steps of a query --- */

static void on_looked_up(void *arg, int family, int status, const struct dns_answer *found, const char *why);

/* Called when the system's servers or search list have changed: drops earlier answers, which may be valid in
 * the earlier network only. */
static void refresh(void *arg)
{
	struct dns *d = arg;
	if (!dns_channel_refresh(d->channel))
		return;
	dns_cache_empty(&d->cache);
	loop_timer_in(d->notify, 0);
}

static void notify_changed(void *arg)
{
	struct dns *d = arg;
	if (d->changed)
		d->changed(d->changed_arg);
}

static void settle_without_server(struct dns_query *q)
{
	char what[sizeof q->dns->resolv_conf + 120];
	snprintf(what, sizeof what,
		 "no name server is known: neither %s nor the setting Network 1 DNS Server 1 Address names "
		 "one",
		 q->dns->resolv_conf);
	settle_failure(q, ERR_DNS, ARES_ENOTINITIALIZED, what);
}

static void ask(struct dns_query *q)
{
	refresh(q->dns);
	int status = dns_channel_ready(q->dns->channel);
	if (status == DNS_NO_SERVER) {
		settle_without_server(q);
		return;
	}
	if (status != ARES_SUCCESS) {
		settle_failure(q, ERR_DNS, status, ares_strerror(status));
		return;
	}
	char name[DNS_NAME_MAX];
	dns_channel_name(q->dns->channel, q->name, q->candidate, name);
	for (int i = 0; i < FAMILIES; i++)
		q->lookups[i] =
			dns_channel_ask(q->dns->channel, name, i == 0 ? AF_INET6 : AF_INET, on_looked_up, q);
}

static void restart(struct dns_query *q)
{
	forget_lookups(q);
	loop_timer_stop(q->step);
	q->candidate = 0;
	q->was_denied = q->failure = 0;
	ask(q);
}

/* Ends the query with the addresses of both families, interleaved (RFC 8305 section 4). */
static void settle_found(struct dns_query *q)
{
	const struct dns_answer *v6 = &q->found[0], *v4 = &q->found[1], *first = v6->n ? v6 : v4;
	struct dns_answer a = { .ttl_s = first->ttl_s };
	if (v4->n && v4->ttl_s < a.ttl_s)
		a.ttl_s = v4->ttl_s;
	dns_channel_name(q->dns->channel, q->name, q->candidate, a.name);
	if (first->name[0])
		memcpy(a.name, first->name, sizeof a.name);
	for (size_t i = 0; i < v6->n || i < v4->n; i++) {
		if (i < v6->n && a.n < DNS_ADDRESSES_MAX)
			a.addresses[a.n++] = v6->addresses[i];
		if (i < v4->n && a.n < DNS_ADDRESSES_MAX)
			a.addresses[a.n++] = v4->addresses[i];
	}
	dns_cache_put(&q->dns->cache, q->name, &a, now_ms(q));
	settle_answer(q, &a);
}

static int is_denial(int status)
{
	return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

/* Ends the query after the servers have denied that any of its names has an address. */
static void settle_denied(struct dns_query *q)
{
	dns_cache_drop(&q->dns->cache, q->name);
	if (q->found[0].is_blocked || q->found[1].is_blocked)
		settle_err(
			q, ERR_DNS, ARES_ENODATA,
			"the DNS servers answer with 0.0.0.0 or ::, which is no server's address: a filter "
			"(block list) forbids this name");
	else if (q->status[0] == ARES_ENOTFOUND && q->status[1] == ARES_ENOTFOUND)
		settle_err(q, ERR_DNS, ARES_ENOTFOUND, "the DNS servers say that there is no such name");
	else
		settle_err(q, ERR_DNS, ARES_ENODATA, "the DNS servers know the name, but no address for it");
}

/* Tries the next candidate. A server that refuses, or finds no answer, may do so for one domain only: as in
 * glibc, that does not end the search, and is reported if no candidate has an address. */
static void settle_nothing_found(struct dns_query *q)
{
	int at = is_denial(q->status[0]) ? 1 : 0, status = q->status[at], is_failure = !is_denial(status);
	if (is_failure && status != ARES_ESERVFAIL && status != ARES_EREFUSED) {
		settle_failure(q, status == ARES_ETIMEOUT ? ERR_TIMEOUT : ERR_DNS, status, q->why[at]);
		return;
	}
	if (is_failure && !q->failure) {
		q->failure = status;
		memcpy(q->failure_why, q->why[at], sizeof q->failure_why);
	}
	q->was_denied |= !q->failure;
	if (++q->candidate < dns_channel_n_names(q->dns->channel, q->name))
		ask(q);
	else if (q->failure)
		settle_failure(q, ERR_DNS, q->failure, q->failure_why);
	else
		settle_denied(q);
}

static void on_looked_up(void *arg, int family, int status, const struct dns_answer *found, const char *why)
{
	struct dns_query *q = arg;
	int at = family == AF_INET6 ? 0 : 1;
	snprintf(q->why[at], sizeof q->why[at], "%s", why);
	q->lookups[at] = NULL;
	q->status[at] = status;
	q->found[at] = *found;
	if (status == ARES_EDESTRUCTION) /* resolv.conf has changed since the question was sent */
		restart(q);
	else if (!q->lookups[!at] && (q->found[0].n || q->found[1].n))
		settle_found(q);
	else if (!q->lookups[!at])
		settle_nothing_found(q);
	else if (found->n) /* some servers never answer for IPv6; that must not delay the result */
		loop_timer_in(q->step, GRACE_MS);
}

static void on_step(void *arg)
{
	struct dns_query *q = arg;
	if (q->has_result)
		deliver(q);
	else
		settle_found(q);
}

/* Ends the query at its deadline: one server's refusal is a better reason than others' silence. */
static void settle_late(struct dns_query *q)
{
	char what[200];
	int status = 0;
	for (int i = 0; i < FAMILIES && !status; i++)
		status = dns_lookup_refusal(q->lookups[i], what, sizeof what);
	if (status) {
		settle_failure(q, ERR_DNS, status, what);
		return;
	}
	snprintf(what, sizeof what, "no DNS server answered within %d ms", q->dns->timeout_ms);
	settle_failure(q, ERR_TIMEOUT, ARES_ETIMEOUT, what);
}

static void on_deadline(void *arg)
{
	struct dns_query *q = arg;
	if (!q->has_result && (q->found[0].n || q->found[1].n))
		settle_found(q);
	else if (!q->has_result)
		settle_late(q);
	deliver(q);
}

/* --- public functions --- */

static const char SYSTEM_RESOLV_CONF[] = "/etc/resolv.conf";

struct dns *dns_new(struct loop *l)
{
	struct dns *d = mem_new(sizeof *d);
	*d = (struct dns){ .loop = l, .channel = dns_channel_new(l) };
	d->notify = loop_timer_new(l, notify_changed, d);
	dns_configure(d, &(struct dns_options){ .timeout_ms = 0 }, NULL);
	return d;
}

void dns_free(struct dns *d)
{
	if (!d)
		return;
	file_watch_free(d->conf_watch);
	loop_timer_free(d->notify);
	dns_channel_free(d->channel);
	dns_cache_empty(&d->cache);
	address_orders_forget(&d->orders);
	free(d);
}

static void watch_conf(struct dns *d)
{
	file_watch_free(d->conf_watch);
	d->conf_watch = dns_channel_uses_conf(d->channel)
				? file_watch_new(d->loop, d->resolv_conf, refresh, d)
				: NULL;
}

static void restart_all(struct dns *d)
{
	for (struct dns_query *q = d->queries; q; q = q->next)
		if (!q->has_result)
			restart(q);
}

int dns_configure(struct dns *d, const struct dns_options *o, struct err *e)
{
	struct dns_settings s = { .servers.n = 0 };
	int is_absolute;
	for (int i = 0; i < DNS_SERVERS_MAX; i++) {
		if (!o->servers[i] || !o->servers[i][0])
			continue;
		if (dns_server_parse(o->servers[i], &s.servers.at[s.servers.n++], e) < 0)
			return err_prefix(e, "DNS server %d", i + 1);
	}
	if (o->domain && o->domain[0] && dns_normalise(o->domain, s.domain, &is_absolute, e) < 0)
		return err_prefix(e, "DNS domain");
	snprintf(s.resolv_conf, sizeof s.resolv_conf, "%s",
		 o->resolv_conf ? o->resolv_conf : SYSTEM_RESOLV_CONF);
	d->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
	memcpy(d->resolv_conf, s.resolv_conf, sizeof d->resolv_conf);
	dns_cache_empty(&d->cache);
	address_orders_forget(&d->orders);
	dns_channel_configure(d->channel, &s);
	watch_conf(d);
	restart_all(d);
	return 0;
}

void dns_on_change(struct dns *d, void (*fn)(void *arg), void *arg)
{
	d->changed = fn;
	d->changed_arg = arg;
}

void dns_flush(struct dns *d)
{
	dns_cache_empty(&d->cache);
}

void dns_ask_anew(struct dns *d)
{
	dns_cache_expire(&d->cache, NULL, loop_now_ms(d->loop));
	address_orders_forget(&d->orders);
	dns_channel_reopen(d->channel);
	restart_all(d);
}

int dns_server(const struct dns *d, size_t i, char ret[DNS_SERVER_TEXT_MAX])
{
	const struct dns_servers *all = dns_channel_servers(d->channel);
	if (i >= all->n)
		return -1;
	dns_server_text(&all->at[i], ret);
	return 0;
}

/* Writes the form of the name that the cache and queries use. */
static int read_name(const char *text, char ret[DNS_NAME_MAX], struct err *e)
{
	int is_absolute;
	if (dns_normalise(text, ret, &is_absolute, e) < 0)
		return -1;
	if (is_absolute && !strchr(ret, '.'))
		memcpy(ret + strlen(ret), ".", 2);
	return 0;
}

int dns_cached(struct dns *d, const char *name, struct dns_answer *ret)
{
	char key[DNS_NAME_MAX];
	if (read_name(name, key, NULL) < 0 || dns_cache_get(&d->cache, key, loop_now_ms(d->loop), ret) < 0)
		return -1;
	return ret->stale ? -1 : 0;
}

void dns_distrust(struct dns *d, const char *name)
{
	char key[DNS_NAME_MAX];
	if (read_name(name, key, NULL) == 0)
		dns_cache_expire(&d->cache, key, loop_now_ms(d->loop));
}

struct address_orders *dns_orders(struct dns *d)
{
	return &d->orders;
}

int dns_last(struct dns *d, const char *name, struct dns_answer *ret)
{
	char key[DNS_NAME_MAX];
	return read_name(name, key, NULL) < 0 ? -1 : dns_cache_get(&d->cache, key, loop_now_ms(d->loop), ret);
}

struct dns_query *dns_resolve(struct dns *d, const char *name,
			      void (*fn)(void *arg, const struct dns_answer *answer, const struct err *e),
			      void *arg)
{
	struct dns_query *q = mem_new(sizeof *q);
	*q = (struct dns_query){ .dns = d, .next = d->queries, .fn = fn, .arg = arg };
	if (q->next)
		q->next->prev = q;
	d->queries = q;
	q->deadline = loop_timer_new(d->loop, on_deadline, q);
	q->step = loop_timer_new(d->loop, on_step, q);
	loop_timer_in(q->deadline, d->timeout_ms);
	struct dns_answer a = { .n = 1, .ttl_s = DNS_TTL_MAX_S };
	if (dns_is_address(name, &a.addresses[0])) {
		dns_address_text(&a.addresses[0], a.name, sizeof a.name);
		settle_answer(q, &a);
	} else if (read_name(name, q->name, &q->err) < 0) {
		settle(q);
	} else if (dns_cached(d, name, &a) == 0) {
		settle_answer(q, &a);
	} else {
		ask(q);
	}
	return q;
}
