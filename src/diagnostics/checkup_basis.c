/* SPDX-License-Identifier: MIT */
/* checkup_basis: diagnoses what all services need: name resolution and the date. */
#include "checkup_internal.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
	struct checkup_names *owner;
	char host[DNS_NAME_MAX];
	struct dns_query *query;
};

struct checkup_names {
	struct connection_report report;
	struct question questions[CHECKUP_NAMES_MAX];
	size_t n, open;
	int64_t began_ms;
	struct loop *loop;
	struct loop_timer *end;
	void (*done)(void *arg);
	void *arg;
};

static void put_servers(struct checkup_names *c, const struct dns *dns)
{
	char server[DNS_SERVER_TEXT_MAX], found[CONNECTION_FOUND_MAX] = "";
	size_t n = 0;
	for (size_t at = 0; dns_server(dns, n, server) == 0 && at + 1 < sizeof found; n++)
		at += (size_t)snprintf(found + at, sizeof found - at, "%s%s", n ? ", " : "", server);
	connection_report_step(
		&c->report,
		&(struct connection_step){ "Servers", n ? CONNECTION_PASS : CONNECTION_FAIL,
					   n ? found : "no DNS server is set, and the system has none",
					   n ? "" : "set xConfiguration Network 1 DNS Server 1 Address", 0 });
}

/* Returns what an administrator should do if a name has no address. */
static const char *hint_of(const struct err *e)
{
	return e->kind == ERR_TIMEOUT
		       ? "look whether the DNS servers run and can be reached: xConfiguration Network 1 DNS"
		       : "compare the name, and the DNS servers in xConfiguration Network 1 DNS";
}

static void resolved(void *arg, const struct dns_answer *a, const struct err *e)
{
	struct question *q = arg;
	struct checkup_names *c = q->owner;
	char check[DNS_NAME_MAX + 8], found[CONNECTION_FOUND_MAX] = "", address[DNS_ADDRESS_TEXT];
	size_t at = 0;
	q->query = NULL;
	snprintf(check, sizeof check, "Name %s", q->host);
	for (size_t i = 0; a && i < a->n && at < sizeof found; i++) {
		dns_address_text(&a->addresses[i], address, sizeof address);
		at += (size_t)snprintf(found + at, sizeof found - at, "%s%s", i ? ", " : "", address);
	}
	connection_report_step(&c->report,
			       &(struct connection_step){ check, a ? CONNECTION_PASS : CONNECTION_FAIL,
							  a ? found : e->text, a ? "" : hint_of(e),
							  loop_now_ms(c->loop) - c->began_ms });
	if (--c->open == 0)
		loop_timer_in(c->end, 0);
}

static void finish(void *arg)
{
	struct checkup_names *c = arg;
	void (*done)(void *) = c->done;
	void *done_arg = c->arg;
	connection_report_finish(&c->report, NULL);
	checkup_names_cancel(c);
	done(done_arg);
}

static void ask(struct checkup_names *c, struct dns *dns, const char *host)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->questions[i].host, host) == 0)
			return;
	if (dns_is_address(host, NULL) || c->n == CHECKUP_NAMES_MAX)
		return;
	struct question *q = &c->questions[c->n++];
	*q = (struct question){ .owner = c };
	snprintf(q->host, sizeof q->host, "%s", host);
	c->open++;
	q->query = dns_resolve(dns, host, resolved, q);
}

struct checkup_names *checkup_names_start(const struct checkup_names_request *r)
{
	struct checkup_names *c = mem_new(sizeof *c);
	*c = (struct checkup_names){ .loop = r->agent->loop,
				     .began_ms = loop_now_ms(r->agent->loop),
				     .done = r->done,
				     .arg = r->arg };
	connection_report_init(&c->report, r->result);
	c->end = loop_timer_new(c->loop, finish, c);
	put_servers(c, r->dns);
	for (size_t i = 0; i < r->n; i++)
		ask(c, r->dns, r->hosts[i]);
	if (!c->open)
		loop_timer_in(c->end, 0);
	return c;
}

void checkup_names_cancel(struct checkup_names *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (c->questions[i].query)
			dns_cancel(c->questions[i].query);
	loop_timer_free(c->end);
	connection_report_done(&c->report);
	free(c);
}

/* --- the date --- */

static const char *time_hint(const struct settings *s)
{
	if (s->ntp.mode == SETTINGS_NTP_OFF)
		return "set xConfiguration NetworkServices NTP Mode: Manual, and a server's address";
	if (!s->ntp.server[0].address[0] && !s->ntp.server[1].address[0] && !s->ntp.server[2].address[0])
		return "set xConfiguration NetworkServices NTP Server 1 Address to a server that answers, or "
		       "let the system synchronise its own clock";
	return "look whether the NTP servers run, have the time themselves, and can be reached (UDP port "
	       "123): xConfiguration NetworkServices NTP";
}

void checkup_time_report(const struct agent_components *a, struct doc *result)
{
	struct connection_report r;
	char found[CONNECTION_FOUND_MAX], day[32];
	const char *trouble = clock_trouble(a->clock);
	int64_t now = agent_now(a->agent);
	connection_report_init(&r, result);
	date_format(now, day, sizeof day);
	if (now && !*trouble)
		snprintf(found, sizeof found, "%s by %s", day, clock_server(a->clock));
	else
		snprintf(found, sizeof found, "%s%s%.900s",
			 now ? "the date that was known before is carried on" : "the date is not known",
			 *trouble ? ": " : "", trouble);
	connection_report_step(&r,
			       &(struct connection_step){
				       "Answer", now && !*trouble ? CONNECTION_PASS : CONNECTION_FAIL, found,
				       now && !*trouble ? "" : time_hint(settings_get(a->settings)), 0 });
	connection_report_finish(&r, NULL);
	connection_report_done(&r);
}
