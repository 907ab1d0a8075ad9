/* SPDX-License-Identifier: MIT */
#include "clock/clock.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/retry.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Without a date, the pause between questions grows from the base to a cap: a few seconds where a
	 * server says that it has no time yet, a little more where none answers (it may be starting, as we
	 * are), RFC 5905's smallest poll interval where servers answer and the date cannot be believed. */
	UNSYNC_BASE_MS = 2000,
	NO_TIME_CAP_MS = 4000,
	SILENT_CAP_MS = 16000,
	UNSYNC_CAP_MS = 64000,
	SYNC_POLL_MS = 1024000,
	KERNEL_POLL_MS = 10000,
	MINUTE_MS = 60 * 1000,
	DENIED_MS = 24 * 60 * MINUTE_MS,
	RATE_MIN = 2,
	RATE_DOUBLINGS = 3, /* 2, 4, 8, then 16 minutes */
	JUMP_S = 60,        /* a date that differs by more from what was expected is told */
};

static void round_begin(void *arg);

static void tell(void *arg)
{
	struct clock *c = arg;
	c->o.changed(c->o.arg);
}

struct clock *clock_new(const struct clock_options *o)
{
	struct clock *c = mem_new(sizeof *c);
	c->o = *o;
	c->mode = -1;
	c->timer = loop_timer_new(o->loop, round_begin, c);
	c->tell = loop_timer_new(o->loop, tell, c);
	return c;
}

static void drop_questions(struct clock *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct source *s = &c->sources[i];
		if (s->lookup)
			dns_cancel(s->lookup);
		if (s->query)
			sntp_cancel(s->query);
		s->lookup = NULL;
		s->query = NULL;
	}
	c->pending = 0;
}

static void forget_sources(struct clock *c)
{
	drop_questions(c);
	explicit_bzero(c->sources, sizeof c->sources);
}

void clock_free(struct clock *c)
{
	if (!c)
		return;
	forget_sources(c);
	loop_timer_free(c->timer);
	loop_timer_free(c->tell);
	free(c);
}

const char *clock_server(const struct clock *c)
{
	return c->server;
}

const char *clock_trouble(const struct clock *c)
{
	return c->trouble;
}

/* How long the pause may get after a round without a date. */
static int64_t pause_cap_ms(const struct clock *c)
{
	int64_t cap = SILENT_CAP_MS;
	for (size_t i = 0; i < c->n; i++) {
		if (c->sources[i].has_no_time)
			return NO_TIME_CAP_MS;
		if (c->sources[i].has_sample)
			cap = UNSYNC_CAP_MS;
	}
	return cap;
}

/* The round is over without a date. */
static void round_failed(struct clock *c, const char *why)
{
	int was_synchronised = date_state(c->o.date) == DATE_SYNCHRONISED;
	snprintf(c->trouble, sizeof c->trouble, "%s", why);
	c->failures++;
	if (episode_failed(&c->episode, 1, 1, loop_now_ms(c->o.loop)))
		log_warning("clock: no time from NTP: %s%s", why,
			    was_synchronised ? "; the date known before goes on"
					     : "; nothing that needs verification is sent until it is known");
	loop_timer_in(c->timer, was_synchronised ? SYNC_POLL_MS / 16
						 : retry_delay_ms(c->failures, UNSYNC_BASE_MS,
								  pause_cap_ms(c), retry_random()));
	loop_timer_in(c->tell, 0);
}

static void round_succeeded(struct clock *c, const char *server, int64_t next_ms)
{
	int64_t now_ms = loop_now_ms(c->o.loop), expected = c->unix_s + (now_ms - c->unix_ms) / 1000,
		now_unix = expected;
	char text[32], before[32];
	date_now(c->o.date, now_ms, &now_unix, NULL);
	date_format(now_unix, text, sizeof text);
	date_format(expected, before, sizeof before);
	if (c->server[0] && (now_unix - expected > JUMP_S || expected - now_unix > JUMP_S))
		log_warning("clock: the date was %s and is %s now, by %s", before, text, server);
	if (episode_ended(&c->episode) || strcmp(c->server, server) != 0)
		log_notice("clock: synchronised by %s, the date is %s", server, text);
	c->unix_s = now_unix;
	c->unix_ms = now_ms;
	snprintf(c->server, sizeof c->server, "%s", server);
	c->trouble[0] = '\0';
	c->failures = 0;
	c->settled = 1;
	loop_timer_in(c->timer, next_ms);
	loop_timer_in(c->tell, 0);
}

/* +-1/16, so that a fleet's polls do not march in step. */
static int64_t next_poll_ms(void)
{
	return SYNC_POLL_MS - SYNC_POLL_MS / 16 + (int64_t)(retry_random() % (SYNC_POLL_MS / 8));
}

static void tell_outvoted(const struct date_sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (samples[i].is_outvoted)
			log_warning("clock: %s tells another time than the majority of the servers and is "
				    "not believed",
				    samples[i].server);
}

/* Every server's own trouble, then what they said together. */
static void explain(const struct clock *c, const struct err *together, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].trouble[0])
			buf_addf(out, "%s%s: %s", out->len ? "; " : "", c->sources[i].name,
				 c->sources[i].trouble);
	if (together)
		buf_addf(out, "%s%s", out->len ? "; " : "", together->text);
}

/* Looks at the answers so far: a majority that agrees ends the round early, else it goes on until all have
 * answered. The last answer is weighed with the others even when the round has ended: it may be a false
 * ticker's. */
static void judge(struct clock *c)
{
	struct date_sample samples[CLOCK_SERVERS];
	struct err e = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].has_sample) {
			samples[n] = c->sources[i].sample;
			samples[n++].server = c->sources[i].name;
		}
	if (c->pending && (c->settled || n * 2 <= c->n))
		return;
	if (n && date_offer(c->o.date, samples, n, &e) == 0) {
		size_t believed = 0;
		while (believed + 1 < n && samples[believed].is_outvoted)
			believed++;
		tell_outvoted(samples, n);
		if (!c->settled)
			round_succeeded(c, samples[believed].server, next_poll_ms());
	} else if (!c->pending && !c->settled) {
		struct buf why;
		buf_init(&why, sizeof c->trouble);
		explain(c, n ? &e : NULL, &why);
		round_failed(c, buf_str(&why));
		buf_done(&why);
	}
}

static void source_done(struct source *s, const char *trouble)
{
	snprintf(s->trouble, sizeof s->trouble, "%s", trouble);
	/* The next address when a pool's name has several, so that one dead host does not hold us up. */
	if (trouble[0])
		s->pick++;
	s->clock->pending--;
	judge(s->clock);
}

/* A server that refuses is left alone for a day, once all addresses of its name have refused. */
static void obey_denial(struct source *s, const char *said)
{
	if (++s->denials < s->n_addresses) {
		log_warning("clock: %s: %s; the next address of its name is asked", s->name, said);
		return;
	}
	s->denials = 0;
	s->hold_until_ms = loop_now_ms(s->clock->o.loop) + DENIED_MS;
	log_warning("clock: %s: %s; it is not asked for a day%s", s->name, said,
		    s->clock->n > 1 ? ""
				    : ": configure another NTP server, or have this one serve the device and "
				      "restart sealpostd");
}

/* Each time that it says so it is left alone for longer. */
static void obey_rate(struct source *s, const char *said)
{
	int minutes = RATE_MIN << s->rates;
	s->rates += s->rates < RATE_DOUBLINGS;
	s->hold_until_ms = loop_now_ms(s->clock->o.loop) + (int64_t)minutes * MINUTE_MS;
	log_warning("clock: %s: %s; it is not asked for %d minutes", s->name, said, minutes);
}

static void answered(void *arg, const struct sntp_answer *a, const struct err *e)
{
	struct source *s = arg;
	s->query = NULL;
	s->has_no_time = !a && e->kind == ERR_DATE;
	if (a && a->kiss == SNTP_KISS_NONE) {
		s->sample = a->sample;
		s->has_sample = 1;
		s->rates = s->denials = 0;
		source_done(s, "");
		return;
	}
	if (a && a->kiss == SNTP_KISS_DENY)
		obey_denial(s, e->text);
	else if (a)
		obey_rate(s, e->text);
	source_done(s, e->text);
}

static void resolved(void *arg, const struct dns_answer *answer, const struct err *e)
{
	struct source *s = arg;
	s->lookup = NULL;
	if (!answer) {
		source_done(s, e->text);
		return;
	}
	struct sntp_request r = { .address = answer->addresses[s->pick % answer->n],
				  .port = s->port,
				  .key = s->has_key ? &s->key : NULL,
				  .max_distance_us = s->clock->max_distance_us };
	s->n_addresses = answer->n;
	s->query = sntp_query(s->clock->o.loop, &r, answered, s);
}

static void ask_kernel(struct clock *c)
{
	struct err e;
	int64_t us;
	if (date_read_kernel(&us, &e) < 0 ||
	    date_offer_kernel(c->o.date, us, loop_now_ms(c->o.loop), &e) < 0) {
		char why[sizeof c->trouble];
		snprintf(why, sizeof why, "no NTP server is configured, and %s", e.text);
		round_failed(c, why);
		loop_timer_in(c->timer, KERNEL_POLL_MS);
	} else {
		round_succeeded(c, "kernel", SYNC_POLL_MS / 16);
	}
}

static void round_begin(void *arg)
{
	struct clock *c = arg;
	int64_t now = loop_now_ms(c->o.loop);
	drop_questions(c);
	c->settled = 0;
	if (date_state(c->o.date) != DATE_SYNCHRONISED)
		c->server[0] = '\0'; /* the floor was reset: the date is news again */
	if (c->n == 0) {
		ask_kernel(c);
		return;
	}
	struct source *asked[CLOCK_SERVERS];
	for (size_t i = 0; i < c->n; i++) {
		struct source *s = &c->sources[i];
		s->has_sample = s->has_no_time = 0;
		if (now < s->hold_until_ms)
			snprintf(s->trouble, sizeof s->trouble, "asked not to be asked (kiss-o'-death)");
		else
			asked[c->pending++] = s;
	}
	if (!c->pending)
		judge(c);
	else
		for (int i = c->pending; i-- > 0;)
			asked[i]->lookup = dns_resolve(c->o.dns, asked[i]->host, resolved, asked[i]);
}

/* One configured server as a source. */
static int take_server(struct source *to, const struct settings *s, size_t i, struct err *e)
{
	snprintf(to->name, sizeof to->name, "%s", s->ntp.server[i].address);
	if (dns_split_port(to->name, 123, to->host, &to->port, e) < 0)
		return -1;
	to->has_key = s->ntp.server[i].algorithm != SETTINGS_KEY_NONE;
	enum sntp_algorithm algorithm =
		s->ntp.server[i].algorithm == SETTINGS_KEY_SHA1 ? SNTP_KEY_SHA1 : SNTP_KEY_SHA256;
	if (to->has_key &&
	    sntp_key_parse(s->ntp.server[i].key, algorithm, s->ntp.server[i].key_id, &to->key, e) < 0)
		return err_prefix(e, "its key");
	return 0;
}

static int has_keyed_server(const struct settings *s)
{
	for (size_t i = 0; i < CLOCK_SERVERS; i++)
		if (s->ntp.server[i].address[0] && s->ntp.server[i].algorithm != SETTINGS_KEY_NONE)
			return 1;
	return 0;
}

/* Whoever gives one server a key wants authenticated time: those without a key do not count beside it,
 * however many they are, and even if it does not answer or its key cannot be used. Each server that is not
 * asked gets its reason. */
static void take_servers(struct clock *c, const struct settings *s)
{
	struct err e;
	int keys_only = has_keyed_server(s);
	for (size_t i = 0; i < CLOCK_SERVERS && s->ntp.mode != SETTINGS_NTP_OFF; i++) {
		struct source *to = &c->sources[c->n];
		if (!s->ntp.server[i].address[0])
			continue;
		*to = (struct source){ .clock = c };
		if (keys_only && s->ntp.server[i].algorithm == SETTINGS_KEY_NONE)
			err_set(&e, ERR_CONFIG, 0,
				"it has no key, and another server has one: only authenticated time counts "
				"then");
		else if (take_server(to, s, i, &e) == 0 && ++c->n)
			continue;
		snprintf(c->left_out[i], sizeof c->left_out[i], "NTP server %s is not asked: %s",
			 s->ntp.server[i].address, e.text);
	}
}

static int has_left_out(const struct clock *c)
{
	return c->left_out[0][0] || c->left_out[1][0] || c->left_out[2][0];
}

/* Takes over why servers are left out, and tells what was not told before. */
static void tell_left_out(struct clock *c, const struct clock *fresh)
{
	for (size_t i = 0; i < CLOCK_SERVERS; i++)
		if (fresh->left_out[i][0] && strcmp(fresh->left_out[i], c->left_out[i]) != 0)
			log_warning("clock: %s", fresh->left_out[i]);
	memcpy(c->left_out, fresh->left_out, sizeof c->left_out);
}

static int is_same(const struct source *a, const struct source *b)
{
	return strcmp(a->name, b->name) == 0 && memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

/* A server that asked not to be asked, and stays, is not asked because another one came or went. */
static void keep_holds(struct clock *fresh, const struct clock *c)
{
	for (size_t i = 0; i < fresh->n; i++)
		for (size_t k = 0; k < c->n; k++)
			if (is_same(&fresh->sources[i], &c->sources[k])) {
				fresh->sources[i].hold_until_ms = c->sources[k].hold_until_ms;
				fresh->sources[i].rates = c->sources[k].rates;
			}
}

void clock_configure(struct clock *c, const struct settings *s)
{
	struct clock *fresh = mem_new(sizeof *fresh);
	take_servers(fresh, s);
	int same = c->mode == s->ntp.mode && c->n == fresh->n &&
		   (c->n || has_left_out(c) == has_left_out(fresh));
	tell_left_out(c, fresh);
	c->max_distance_us = s->ntp.max_distance_s * INT64_C(1000000);
	for (size_t i = 0; same && i < c->n; i++)
		same = is_same(&c->sources[i], &fresh->sources[i]);
	if (!same) {
		keep_holds(fresh, c);
		forget_sources(c);
		memcpy(c->sources, fresh->sources, sizeof c->sources);
		c->n = fresh->n;
		for (size_t i = 0; i < c->n; i++)
			c->sources[i].clock = c;
		c->mode = s->ntp.mode;
		c->failures = 0;
		c->server[0] = c->trouble[0] = '\0';
		episode_ended(&c->episode);
		date_forget(c->o.date);
		loop_timer_stop(c->timer);
		loop_timer_in(c->tell, 0);
		clock_poll(c);
	}
	explicit_bzero(fresh, sizeof *fresh);
	free(fresh);
}

/* Why nobody is to be asked, or NULL. */
static const char *why_nobody(const struct clock *c)
{
	if (c->mode == SETTINGS_NTP_OFF)
		return "NetworkServices NTP Mode is Off";
	if (c->n == 0 &&
	    has_left_out(
		    c)) /* who wants a server, perhaps with a key, does not want the kernel's word instead */
		return "none of the configured NTP servers can be asked";
	if (c->n == 0 && c->mode == SETTINGS_NTP_MANUAL)
		return "NetworkServices NTP Mode is Manual and no server is configured";
	return NULL;
}

void clock_poll(struct clock *c)
{
	const char *why = why_nobody(c);
	if (!why) {
		loop_timer_in(c->timer, 0);
		return;
	}
	snprintf(c->trouble, sizeof c->trouble, "%s", why);
	log_warning("clock: %s: nothing that needs verification can be sent", why);
	loop_timer_in(c->tell, 0);
}
