/* SPDX-License-Identifier: MIT */
/* candidate_report: writes the result of the probes, when settings were tried, to the answer. */
#include "candidate_internal.h"

#include "base/mem.h"
#include "x509/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state { NONE, TRUSTED, UNVERIFIED, REFUSED, UNREACHABLE };
static const char *const words[] = { "None", "Trusted", "Unverified", "Refused", "Unreachable" };

/* The result for one server: its state, and the code of its verification (-1: not verified). */
struct outcome {
	enum state state;
	long code;
	char hint[320];
};

static int is_accepted(enum state s)
{
	return s == TRUSTED || s == UNVERIFIED;
}

static void set_hint(struct outcome *o, const char *hint)
{
	snprintf(o->hint, sizeof o->hint, "%s", hint && *hint ? hint : codes_hint(o->code));
}

static void set_verified(struct outcome *o, long code, int is_enforced)
{
	o->code = code;
	o->state = code == 0 ? TRUSTED : is_enforced ? REFUSED : UNVERIFIED;
}

/* Reads the result of a probe as a service with the settings of `server` would. */
static void read_probe(const struct candidate_probe *p, const struct service_endpoint *server,
		       struct outcome *ret)
{
	*ret = (struct outcome){ .code = -1 };
	if (server->verify && server->is_address) {
		set_verified(ret, VERIFY_REFUSED_BEFORE_HANDSHAKE, 1);
		set_hint(
			ret,
			"the server is entered by its address: enter it by the host name in its certificate");
	} else if (p->refused || p->shown) {
		set_verified(ret, p->code, server->verify);
		set_hint(ret, p->code ? p->hint : "");
	} else {
		ret->state = UNREACHABLE;
		set_hint(ret, p->err.text);
	}
}

/* The result for a row whose server stays the same, with the present settings: the certificates that the
 * probe received are verified with the present policy. */
static void read_same(const struct candidate *c, const struct candidate_row *row, struct outcome *ret)
{
	struct candidate_probe as_now = row->then;
	const struct agent_components *a = c->agent;
	const struct verify_request r =
		service_verify_request(&row->before, a->anchors, a->date, loop_now_ms(a->loop));
	struct verdict *v = mem_new(sizeof *v);
	if (row->then.shown) {
		verify_chain_judge(&r, row->then.shown, v);
		as_now.code = v->code;
	}
	free(v);
	read_probe(&as_now, &row->before, ret);
}

static void put_row(struct doc *to, const char *service, const char *host, const struct outcome *before,
		    const struct outcome *after)
{
	char code[96];
	doc_add_value(to, "After", DOC_LITERAL, words[after->state]);
	doc_add_value(to, "Before", DOC_LITERAL, words[before->state]);
	if (after->code >= 0) {
		snprintf(code, sizeof code, "%ld=%s", after->code, codes_symbol(after->code));
		doc_add_value(to, "Code", DOC_STRING, code);
	}
	doc_add_text(to, "Hint", after->hint);
	doc_add_value(to, "Host", DOC_STRING, host);
	doc_add_value(to, "Service", DOC_STRING, service);
}

static struct doc *item(struct doc *result, uint32_t number)
{
	struct doc *d = doc_add(result, "Server", number);
	d->max_occurrence = DOC_UNBOUNDED;
	return d;
}

static void host_of(const struct service_endpoint *server, char *ret, size_t size)
{
	if (!server->host[0])
		snprintf(ret, size, "%s", server->url);
	else if (service_is_https(server->service) && server->port == 443)
		snprintf(ret, size, "%s", server->host);
	else
		snprintf(ret, size, strchr(server->host, ':') ? "[%s]:%d" : "%s:%d", server->host,
			 server->port);
}

/* Adds the item of the time servers. Returns 1 if the present time servers have given a date and those of the
 * tried settings did not. */
static int put_time(const struct candidate *c, uint32_t number)
{
	struct outcome before = { .code = -1 }, after = { .code = -1 };
	int is_known = date_state(c->date) == DATE_SYNCHRONISED;
	before.state = date_state(c->agent->date) == DATE_SYNCHRONISED ? TRUSTED : UNREACHABLE;
	after.state = is_known ? TRUSTED : UNREACHABLE;
	const char *why = clock_trouble(c->clock);
	snprintf(after.hint, sizeof after.hint, "%s",
		 is_known ? ""
		 : *why   ? why
			  : "no time server gave a date");
	put_row(item(c->result, number), "NTP", is_known ? clock_server(c->clock) : "", &before, &after);
	return before.state == TRUSTED && after.state != TRUSTED;
}

size_t candidate_put(const struct candidate *c)
{
	size_t cut_off = 0;
	for (size_t i = 0; i < c->n_rows; i++) {
		const struct candidate_row *row = &c->rows[i];
		struct outcome before = { .code = -1 }, after = { .code = -1 };
		char host[DNS_NAME_MAX + 16];
		if (row->is_then)
			read_probe(&row->then, &row->after, &after);
		if (row->is_same)
			read_same(c, row, &before);
		else if (row->is_now)
			read_probe(&row->now, &row->before, &before);
		/* a server that the settings no longer name was removed on purpose and does not count as cut
		 * off */
		cut_off += row->is_then && is_accepted(before.state) && !is_accepted(after.state);
		host_of(row->is_then ? &row->after : &row->before, host, sizeof host);
		put_row(item(c->result, (uint32_t)i + 1), row->is_then ? row->after.name : row->before.name,
			host, &before, &after);
	}
	if (c->clock)
		cut_off += (size_t)put_time(c, (uint32_t)c->n_rows + 1);
	return cut_off;
}
