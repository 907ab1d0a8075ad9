/* SPDX-License-Identifier: MIT */
#include "clock/clock.h"

#include "base/log.h"
#include "base/mem.h"
#include "clock_internal.h"
#include "polling.h"
#include "service/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void report(void *arg)
{
	struct clock *c = arg;
	c->o.changed(c->o.arg);
}

struct clock *clock_new(const struct clock_options *o)
{
	struct clock *c = mem_new(sizeof *c);
	c->o = *o;
	c->mode = -1;
	c->timer = loop_timer_new(o->loop, polling_begin, c);
	c->late = loop_timer_new(o->loop, polling_late, c);
	c->notify = loop_timer_new(o->loop, report, c);
	return c;
}

static void forget_sources(struct clock *c)
{
	polling_stop(c);
	for (size_t i = 0; i < c->n; i++)
		nts_keys_free(c->sources[i].keys);
	explicit_bzero(c->sources, sizeof c->sources);
}

void clock_free(struct clock *c)
{
	if (!c)
		return;
	forget_sources(c);
	loop_timer_free(c->timer);
	loop_timer_free(c->late);
	loop_timer_free(c->notify);
	free(c);
}

const char *clock_server(const struct clock *c)
{
	return c->server;
}

enum clock_authentication clock_authentication(const struct clock *c)
{
	return c->server[0] ? c->authentication : CLOCK_AUTHENTICATION_NONE;
}

enum clock_authentication clock_source_authentication(const struct source *s)
{
	return s->keys      ? CLOCK_AUTHENTICATION_NTS
	       : s->has_key ? CLOCK_AUTHENTICATION_KEY
			    : CLOCK_AUTHENTICATION_NONE;
}

const char *clock_authentication_name(enum clock_authentication a)
{
	static const char *const names[] = { "None", "Key", "NTS" };
	return names[a];
}

const char *clock_trouble(const struct clock *c)
{
	return c->trouble;
}

/* Makes a source of one configured server. */
static int take_server(struct source *to, const struct settings *s, size_t i, struct err *e)
{
	snprintf(to->name, sizeof to->name, "%s", s->ntp.server[i].address);
	if (dns_split_port(to->name, 123, to->host, &to->port, e) < 0)
		return -1;
	to->number = (unsigned)i + 1;
	to->nts_port = s->ntp.server[i].nts ? (int)s->ntp.server[i].nts_port : 0;
	to->has_key = !to->nts_port && s->ntp.server[i].algorithm != SETTINGS_KEY_NONE;
	enum sntp_algorithm algorithm =
		s->ntp.server[i].algorithm == SETTINGS_KEY_SHA1 ? SNTP_KEY_SHA1 : SNTP_KEY_SHA256;
	if (to->has_key &&
	    sntp_key_parse(s->ntp.server[i].key, algorithm, s->ntp.server[i].key_id, &to->key, e) < 0)
		return err_prefix(e, "its key");
	return 0;
}

static int is_authenticated(const struct settings *s, size_t i)
{
	return s->ntp.server[i].nts || s->ntp.server[i].algorithm != SETTINGS_KEY_NONE;
}

static int has_authenticated_server(const struct settings *s)
{
	for (size_t i = 0; i < CLOCK_SERVERS; i++)
		if (s->ntp.server[i].address[0] && is_authenticated(s, i))
			return 1;
	return 0;
}

/* Makes sources of the configured servers. If any server has a key or NTS, the administrator wants
 * authenticated time: servers without are left out, even if those with do not answer or a key cannot be used.
 * c->left_out gets the reason for each server that is not asked. */
static void take_servers(struct clock *c, const struct settings *s)
{
	struct err e;
	int authenticated_only = has_authenticated_server(s);
	for (size_t i = 0; i < CLOCK_SERVERS && s->ntp.mode != SETTINGS_NTP_OFF; i++) {
		struct source *to = &c->sources[c->n];
		if (!s->ntp.server[i].address[0])
			continue;
		*to = (struct source){ .clock = c };
		if (authenticated_only && !is_authenticated(s, i))
			err_set(&e, ERR_CONFIG, 0,
				"it has no key and no NTS, and another server has: only authenticated time "
				"counts then");
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

/* Copies the reasons why servers are not asked, and logs each reason that has not been logged before. */
static void log_left_out(struct clock *c, const struct clock *fresh)
{
	for (size_t i = 0; i < CLOCK_SERVERS; i++)
		if (fresh->left_out[i][0] && strcmp(fresh->left_out[i], c->left_out[i]) != 0)
			log_warning("clock: %s", fresh->left_out[i]);
	memcpy(c->left_out, fresh->left_out, sizeof c->left_out);
}

static int is_same(const struct source *a, const struct source *b)
{
	return strcmp(a->name, b->name) == 0 && a->nts_port == b->nts_port &&
	       (!a->nts_port || a->number == b->number) && memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

/* A server that asked for a pause (kiss-o'-death) keeps its pause when other servers are added or removed. */
static void keep_holds(struct clock *fresh, const struct clock *c)
{
	for (size_t i = 0; i < fresh->n; i++)
		for (size_t k = 0; k < c->n; k++)
			if (is_same(&fresh->sources[i], &c->sources[k])) {
				fresh->sources[i].hold_until_ms = c->sources[k].hold_until_ms;
				fresh->sources[i].rates = c->sources[k].rates;
			}
}

/* Makes an nts_keys for each source that has NTS. The keys themselves are established when they are
 * needed. */
static void make_keys(struct clock *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct source *s = &c->sources[i];
		const struct nts_keys_options o = { .world = { .loop = c->o.loop,
							       .dns = c->o.dns,
							       .date = c->o.date,
							       .anchors = c->o.anchors,
							       .on_verdict = c->o.on_verdict,
							       .arg = c->o.arg },
						    .number = s->number,
						    .host = s->host,
						    .port = s->nts_port,
						    .ntp_port = s->port,
						    .policy = c->policy };
		s->keys = s->nts_port ? nts_keys_new(&o) : NULL;
	}
}

static int has_nts(const struct clock *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].nts_port)
			return 1;
	return 0;
}

/* Returns 1 if the date was given by a server that the policy trusts, too, or that has no NTS. */
static int is_date_trusted(const struct clock *c, const struct verify_policy *policy)
{
	int64_t now;
	if (date_now(c->o.date, loop_now_ms(c->o.loop), &now, NULL) < 0)
		return 0;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->sources[i].name, c->server) == 0)
			return !c->sources[i].keys || nts_keys_trusts(c->sources[i].keys, policy, now);
	return 0;
}

/* Drops the keys, and asks the servers again by another policy. The date stays until they have answered. */
static void change_policy(struct clock *c, const struct verify_policy *policy)
{
	polling_stop(c);
	c->policy = *policy;
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].keys)
			nts_keys_set_policy(c->sources[i].keys, policy);
	clock_poll(c);
}

void clock_configure(struct clock *c, const struct settings *s)
{
	struct clock *fresh = mem_new(sizeof *fresh);
	const struct verify_policy policy = service_policy(s, SERVICE_NTS, 0);
	take_servers(fresh, s);
	int same = c->mode == s->ntp.mode && c->n == fresh->n &&
		   (c->n || has_left_out(c) == has_left_out(fresh));
	log_left_out(c, fresh);
	c->max_distance_us = s->ntp.max_distance_s * INT64_C(1000000);
	c->timeout_ms = (int)s->ntp.wait_s * 1000;
	for (size_t i = 0; same && i < c->n; i++)
		same = is_same(&c->sources[i], &fresh->sources[i]);
	for (size_t i = 0; same && i < c->n; i++)
		c->sources[i].number = fresh->sources[i].number;
	int same_policy = !has_nts(c) || memcmp(&policy, &c->policy, sizeof policy) == 0;
	if (same && !same_policy && is_date_trusted(c, &policy)) {
		change_policy(c, &policy);
	} else if (!same || !same_policy) {
		keep_holds(fresh, c);
		forget_sources(c);
		memcpy(c->sources, fresh->sources, sizeof c->sources);
		c->n = fresh->n;
		for (size_t i = 0; i < c->n; i++)
			c->sources[i].clock = c;
		c->policy = policy;
		make_keys(c);
		c->mode = s->ntp.mode;
		c->failures = 0;
		c->server[0] = c->trouble[0] = '\0';
		episode_forget(&c->episode);
		episode_forget(&c->givers);
		date_forget(c->o.date);
		loop_timer_stop(c->timer);
		loop_timer_in(c->notify, 0);
		clock_poll(c);
	}
	explicit_bzero(fresh, sizeof *fresh);
	free(fresh);
}

/* Returns why no server is asked; NULL if servers or the kernel are asked. */
static const char *why_nobody(const struct clock *c)
{
	if (c->mode == SETTINGS_NTP_OFF)
		return "NetworkServices NTP Mode is Off";
	/* An administrator who has configured servers does not want the kernel's clock instead. */
	if (c->n == 0 && has_left_out(c))
		return "none of the configured NTP servers can be asked";
	if (c->n == 0 && c->mode == SETTINGS_NTP_MANUAL)
		return "NetworkServices NTP Mode is Manual and no server is configured";
	return NULL;
}

void clock_poll(struct clock *c)
{
	const char *why = why_nobody(c);
	if (!why) {
		c->is_due = 1;
		loop_timer_in(c->timer, 0);
		return;
	}
	snprintf(c->trouble, sizeof c->trouble, "%s", why);
	log_about(&(struct log_about){ .kind = LOG_KIND_DATE_UNKNOWN }, LOG_LEVEL_WARNING,
		  "clock: %s: nothing that needs verification can be sent", why);
	loop_timer_in(c->notify, 0);
}

int clock_is_asking(const struct clock *c)
{
	return c->pending > 0 || c->is_due;
}

void clock_retry(struct clock *c)
{
	if ((date_state(c->o.date) != DATE_SYNCHRONISED || c->trouble[0]) && !why_nobody(c))
		clock_poll(c);
}
