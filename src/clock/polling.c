/* SPDX-License-Identifier: MIT */
#include "polling.h"

#include "base/log.h"
#include "base/random.h"
#include "base/retry.h"
#include "net/address_order.h"

#include <stdio.h>
#include <string.h>

enum {
	/* Without a date, the pause between rounds grows from the base to a cap: a few seconds if a server
	 * says that it has no time yet; more if none answers (a server may be starting, as this device is);
	 * 64 s, the smallest interval that RFC 5905 (7.3) suggests by default, if servers answer and their
	 * date is refused. */
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
	JUMP_S = 60,        /* a date that differs from the expected one by more than this is logged */
	JUMPS_LOGGED = 10,  /* number of such dates that are logged one by one */
};

void polling_stop(struct clock *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct source *s = &c->sources[i];
		if (s->lookup)
			dns_cancel(s->lookup);
		if (s->query)
			sntp_cancel(s->query);
		if (s->keys)
			nts_keys_stop(s->keys);
		s->lookup = NULL;
		s->query = NULL;
	}
	c->pending = c->is_due = c->is_late = 0;
	loop_timer_stop(c->late);
}

/* Returns the longest pause after a round without a date. */
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

/* Sets the timer for the next round, unless it is due already because somebody asked for it during this
 * round. */
static void plan_next_round(struct clock *c, int64_t in_ms)
{
	if (!c->is_due)
		loop_timer_in(c->timer, in_ms);
}

/* Ends a round that gave no date. */
static void round_failed(struct clock *c, const char *why)
{
	int was_synchronised = date_state(c->o.date) == DATE_SYNCHRONISED;
	snprintf(c->trouble, sizeof c->trouble, "%s", why);
	c->failures++;
	if (episode_failed(&c->episode, 1, 1, loop_now_ms(c->o.loop)))
		log_about(&(struct log_about){ .kind = was_synchronised ? LOG_KIND_NONE
									: LOG_KIND_DATE_UNKNOWN },
			  LOG_LEVEL_WARNING, "clock: no time from NTP: %s%s", why,
			  was_synchronised ? "; the date that was known before is carried on"
					   : "; nothing that needs verification is sent until it is known");
	plan_next_round(c, was_synchronised ? SYNC_POLL_MS / 16
					    : retry_delay_ms(c->failures, UNSYNC_BASE_MS, pause_cap_ms(c),
							     random_bits()));
	loop_timer_in(c->notify, 0);
}

static void round_succeeded(struct clock *c, const char *server, enum clock_authentication how,
			    int64_t next_ms)
{
	int64_t now_ms = loop_now_ms(c->o.loop), expected = c->unix_s + (now_ms - c->given_ms) / 1000,
		now_unix = expected;
	char text[32], before[32];
	date_now(c->o.date, now_ms, &now_unix, NULL);
	date_format(now_unix, text, sizeof text);
	date_format(expected, before, sizeof before);
	int has_jumped = c->server[0] && (now_unix - expected > JUMP_S || expected - now_unix > JUMP_S);
	if (!has_jumped)
		episode_ended(&c->jumps, now_ms);
	else if (episode_failed(&c->jumps, 1, JUMPS_LOGGED, now_ms))
		log_warning("clock: the date was %s and is %s now, by %s", before, text, server);
	int is_news = !c->server[0] || (strcmp(c->server, server) != 0 &&
					episode_seen(&c->givers, episode_key(server), 0, now_ms));
	if (episode_ended(&c->episode, now_ms) || is_news)
		log_about(&(struct log_about){ .kind = LOG_KIND_DATE_KNOWN }, LOG_LEVEL_NOTICE,
			  "clock: synchronised by %s, the date is %s", server, text);
	c->unix_s = now_unix;
	c->given_ms = now_ms;
	snprintf(c->server, sizeof c->server, "%s", server);
	c->authentication = how;
	c->trouble[0] = '\0';
	c->failures = 0;
	c->has_date = 1;
	plan_next_round(c, next_ms);
	loop_timer_in(c->notify, 0);
}

/* Returns the interval until the next poll, varied by a sixteenth, so that the devices of a fleet do not all
 * ask at the same moment. */
static int64_t next_poll_ms(void)
{
	return SYNC_POLL_MS - SYNC_POLL_MS / 16 + (int64_t)(random_bits() % (SYNC_POLL_MS / 8));
}

/* Counts that the server refused, or was outvoted. Returns 1 if that is to be logged. */
static int is_refusal_logged(struct source *s, const char *what)
{
	return episode_failed(&s->refusals, episode_key(what), 1, loop_now_ms(s->clock->o.loop));
}

static void log_outvoted(struct source *s, const struct date_sample *sample)
{
	if (sample->is_outvoted && is_refusal_logged(s, "outvoted"))
		log_warning("clock: %s tells another time than the majority of the servers: its time is not "
			    "used",
			    s->name);
	else if (!sample->is_outvoted)
		episode_ended(&s->refusals, loop_now_ms(s->clock->o.loop));
}

/* Writes why the round gave no date: what was wrong with each server, and why the answers together were
 * refused. */
static void explain(const struct clock *c, const struct err *together, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].trouble[0])
			buf_addf(out, "%s%s: %s", out->len ? "; " : "", c->sources[i].name,
				 c->sources[i].trouble);
	if (together)
		buf_addf(out, "%s%s", out->len ? "; " : "", together->text);
}

/* Compares the answers so far. If a majority agrees, the round has its date; otherwise the next answers
 * are waited for, until it is late. When the last answer comes, all are compared once more, even if the
 * round has its date already, so that a server with a wrong time is found. */
static void compare_answers(struct clock *c)
{
	struct date_sample samples[CLOCK_SERVERS];
	struct source *sources[CLOCK_SERVERS];
	struct err e = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].has_sample) {
			sources[n] = &c->sources[i];
			samples[n] = c->sources[i].sample;
			samples[n++].server = c->sources[i].name;
		}
	if (c->pending && (c->has_date || (n * 2 <= c->n && !c->is_late)))
		return;
	if (n && date_offer(c->o.date, samples, n, &e) == 0) {
		size_t chosen = 0;
		while (chosen + 1 < n && samples[chosen].is_outvoted)
			chosen++;
		for (size_t i = 0; i < n; i++)
			log_outvoted(sources[i], &samples[i]);
		if (!c->has_date)
			round_succeeded(c, samples[chosen].server,
					clock_source_authentication(sources[chosen]), next_poll_ms());
	} else if (!c->pending && !c->has_date) {
		struct buf why;
		buf_init(&why, sizeof c->trouble);
		explain(c, n ? &e : NULL, &why);
		round_failed(c, buf_str(&why));
		buf_done(&why);
	}
}

void polling_late(void *arg)
{
	struct clock *c = arg;
	if (!c->pending)
		return; /* the round is over */
	c->is_late = 1;
	compare_answers(c);
}

static void source_done(struct source *s, const char *trouble)
{
	snprintf(s->trouble, sizeof s->trouble, "%s", trouble);
	s->clock->pending--;
	compare_answers(s->clock);
}

/* A server that refuses (kiss-o'-death DENY or RSTR) is not asked for a day, once all addresses of its name
 * have refused. */
static void obey_denial(struct source *s, const char *said)
{
	if (++s->denials < s->n_addresses) {
		if (is_refusal_logged(s, "address"))
			log_warning("clock: %s: %s; the next address of its name is asked", s->name, said);
		return;
	}
	s->denials = 0;
	s->hold_until_ms = loop_now_ms(s->clock->o.loop) + DENIED_MS;
	if (!is_refusal_logged(s, "denied"))
		return;
	log_warning("clock: %s: %s; it is not asked for a day%s", s->name, said,
		    s->clock->n > 1 ? ""
				    : ": configure another NTP server, or have this one serve the device and "
				      "restart sealpostd");
}

/* A server that is asked too often (kiss-o'-death RATE) is not asked for a while, which grows each time. */
static void obey_rate(struct source *s, const char *said)
{
	int minutes = RATE_MIN << s->rates;
	s->rates += s->rates < RATE_DOUBLINGS;
	s->hold_until_ms = loop_now_ms(s->clock->o.loop) + (int64_t)minutes * MINUTE_MS;
	if (is_refusal_logged(s, "rate"))
		log_warning("clock: %s: %s; it is not asked for %d minutes", s->name, said, minutes);
}

/* A server for keys may have named another host for the time. */
static const char *asked_host(const struct source *s)
{
	const char *named = s->keys ? nts_keys_ntp_host(s->keys) : "";
	return named[0] ? named : s->host;
}

static int asked_port(const struct source *s)
{
	return s->keys ? nts_keys_ntp_port(s->keys) : s->port;
}

/* The next round asks another address of the name, if it has several, so that one host that is down does not
 * keep the date unknown. DNS is asked again, since its answer may have been wrong. */
static void leave_address(struct source *s)
{
	struct dns *dns = s->clock->o.dns;
	const char *host = asked_host(s);
	address_order_failed(dns_orders(dns), host, asked_port(s), &s->asked);
	if (s->keys && host == s->host) /* the next keys come from another address, too */
		address_order_failed(dns_orders(dns), s->host, s->nts_port, &s->asked);
	dns_distrust(dns, host);
}

/* Checks the answer of a server with NTS. Returns 0; -1 if it does not count, with the reason in e. */
static int check_answer(struct source *s, const struct sntp_answer *a, struct err *e)
{
	if (a->kiss == SNTP_KISS_NTS_NAK) {
		nts_keys_drop(s->keys);
		return -1;
	}
	if (a->kiss != SNTP_KISS_NONE || nts_keys_check_date(s->keys, a->sample.unix_us / 1000000, e) == 0)
		return 0;
	if (is_refusal_logged(s, "chain"))
		log_warning("clock: %s: %s", s->name, e->text);
	return -1;
}

static void answered(void *arg, const struct sntp_answer *a, const struct err *e)
{
	struct source *s = arg;
	struct err why = *e;
	s->query = NULL;
	s->has_no_time = !a && e->kind == ERR_DATE;
	if (a && s->keys && check_answer(s, a, &why) < 0) {
		source_done(s, why.text);
		return;
	}
	if (a && a->kiss == SNTP_KISS_NONE) {
		s->sample = a->sample;
		s->has_sample = 1;
		s->rates = s->denials = 0;
		address_order_worked(dns_orders(s->clock->o.dns), asked_host(s), asked_port(s), &s->asked);
		source_done(s, "");
		return;
	}
	leave_address(s);
	if (a && a->kiss == SNTP_KISS_DENY)
		obey_denial(s, e->text);
	else if (a)
		obey_rate(s, e->text);
	source_done(s, e->text);
}

static void query(struct source *s)
{
	struct sntp_request r = { .address = s->asked,
				  .port = asked_port(s),
				  .key = s->has_key ? &s->key : NULL,
				  .nts = s->keys ? nts_keys_association(s->keys) : NULL,
				  .timeout_ms = s->clock->timeout_ms,
				  .max_distance_us = s->clock->max_distance_us };
	s->query = sntp_query(s->clock->o.loop, &r, answered, s);
}

static void resolved(void *arg, const struct dns_answer *answer, const struct err *e)
{
	struct source *s = arg;
	s->lookup = NULL;
	if (!answer) {
		/* the text begins with the name, and so does what explain() makes of it; with NTS the
		 * host may have another name than the server */
		size_t len = strlen(asked_host(s));
		int is_twice = !s->keys && strncmp(e->text, asked_host(s), len) == 0 && e->text[len] == ':';
		source_done(s, e->text + (is_twice ? len + strlen(": ") : 0));
		return;
	}
	struct dns_answer ordered = *answer;
	address_order_apply(dns_orders(s->clock->o.dns), asked_host(s), asked_port(s), &ordered);
	s->asked = ordered.addresses[0];
	s->n_addresses = answer->n;
	query(s);
}

/* Asks the server. If it has NTS, the keys must be there. */
static void ask(struct source *s)
{
	if (!s->keys || nts_keys_ntp_host(s->keys)[0]) {
		s->lookup = dns_resolve(s->clock->o.dns, asked_host(s), resolved, s);
		return;
	}
	s->asked = *nts_keys_address(s->keys);
	s->n_addresses = 1;
	query(s);
}

static void established(void *arg, const struct err *e)
{
	struct source *s = arg;
	if (e->kind == ERR_NONE)
		ask(s);
	else
		source_done(s, e->text);
}

static void begin_source(struct source *s)
{
	if (s->keys && !nts_keys_are_there(s->keys))
		nts_keys_establish(s->keys, established, s);
	else
		ask(s);
}

/* Returns 1 if the server may be asked in this round; otherwise 0, and s->trouble says why not. */
static int may_ask(struct source *s)
{
	struct err e;
	if (loop_now_ms(s->clock->o.loop) < s->hold_until_ms)
		snprintf(s->trouble, sizeof s->trouble, "it has refused to be asked for now (kiss-o'-death)");
	else if (s->keys && !nts_keys_are_there(s->keys) && nts_keys_may_establish(s->keys, &e) < 0)
		snprintf(s->trouble, sizeof s->trouble, "%s", e.text);
	else
		return 1;
	return 0;
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
		loop_timer_in(c->timer, KERNEL_POLL_MS); /* instead of the pause that round_failed has set */
	} else {
		round_succeeded(c, "kernel", CLOCK_AUTHENTICATION_NONE, SYNC_POLL_MS / 16);
	}
}

void polling_begin(void *arg)
{
	struct clock *c = arg;
	polling_stop(c);
	c->has_date = 0;
	if (date_state(c->o.date) != DATE_SYNCHRONISED)
		c->server[0] = '\0'; /* the floor was reset, so the next date is logged again */
	if (c->n == 0) {
		ask_kernel(c);
		return;
	}
	struct source *asked[CLOCK_SERVERS];
	for (size_t i = 0; i < c->n; i++) {
		struct source *s = &c->sources[i];
		s->has_sample = s->has_no_time = 0;
		if (may_ask(s))
			asked[c->pending++] = s;
	}
	if (!c->pending) {
		compare_answers(c);
		return;
	}
	loop_timer_in(c->late, c->timeout_ms);
	for (int i = c->pending; i-- > 0;)
		begin_source(asked[i]);
}
