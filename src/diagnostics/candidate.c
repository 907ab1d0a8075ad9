/* SPDX-License-Identifier: MIT */
/* candidate: asks new time servers first, if the settings change them; then probes every server, both as the
 * settings would name it and, if that is another server, as it is named now. */
#include "candidate_internal.h"

#include "agent/cutoffs.h"
#include "base/log.h"
#include "base/mem.h"
#include "settings/origin.h"
#include "x509/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 20, DATE_LIMIT_MS = 25000 };

static void copy_pairs(struct candidate *c, const struct candidate_request *r)
{
	c->set = mem_array(r->n + 1, sizeof *c->set);
	c->before = mem_array(r->n + 1, sizeof *c->before);
	for (size_t i = 0; i < r->n; i++) {
		c->before[i] = mem_dup(settings_value(c->agent->settings, r->set[i].path));
		c->set[i] = (struct settings_pair){ mem_dup(r->set[i].path), mem_dup(r->set[i].value),
						    r->set[i].origin };
	}
	c->n = r->n;
}

static void free_pairs(struct candidate *c)
{
	for (size_t i = 0; i < c->n; i++) {
		char *value = (char *)(uintptr_t)c->set[i].value;
		mem_wipe(value);
		mem_wipe(c->before[i]);
		free((char *)(uintptr_t)c->set[i].path);
	}
	free(c->before);
	free(c->set);
}

/* --- the answer --- */

/* The attempt took a while: fails if somebody else has changed one of the settings since, or if the manager
 * may no longer set it. */
static int check_again(const struct candidate *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct settings_pair *set = &c->set[i];
		const char *now = settings_value(c->agent->settings, set->path);
		if (strcmp(now, c->before[i]) != 0 && strcmp(now, set->value) != 0)
			return err_set(e, ERR_CONFIG, 0,
				       "%s was changed by somebody else while the settings were tried: none "
				       "of them is set; try them again",
				       set->path);
		if (set->origin == SETTINGS_FROM_MANAGER &&
		    provisioning_may_set(c->agent->provisioning, set->path, set->value, e) < 0)
			return -1;
	}
	return 0;
}

static int make(struct candidate *c, struct err *e)
{
	struct agent *a = c->agent->agent;
	if (check_again(c, e) < 0)
		return -1;
	if (c->confirm.minutes)
		return confirmation_configure(agent_confirmation(a), &c->confirm, c->set, c->n, c->result, e);
	return c->n && c->set[0].origin == SETTINGS_FROM_MANAGER ? agent_push(a, c->set, c->n, e)
								 : agent_configure(a, c->set, c->n, e);
}

static void finish(struct candidate *c)
{
	struct err e = { .kind = ERR_NONE };
	size_t cut_off = candidate_put(c);
	int is_made = !c->only_tries && (!cut_off || c->force);
	if (is_made && make(c, &e) < 0)
		is_made = 0;
	doc_add_value(c->result, "Changed", DOC_LITERAL, is_made ? "True" : "False");
	doc_add_int(c->result, "CutOff", (int64_t)cut_off);
	doc_add_value(c->result, "Outcome", DOC_LITERAL, cut_off ? "Fail" : "Pass");
	if (cut_off && !is_made)
		doc_add_value(c->result, "Reason", DOC_STRING,
			      c->only_tries ? "servers that are accepted now would be cut off"
					    : "servers that are accepted now would be cut off: nothing was "
					      "changed; Force: True makes it all the same");
	void (*done)(void *, const struct err *) = c->done;
	void *arg = c->arg;
	candidate_cancel(c);
	done(arg, &e);
}

/* --- servers --- */

static void answered(void *arg, const struct probe_answer *answer)
{
	struct candidate_probe *p = arg;
	struct candidate *c = p->owner;
	p->err = answer->err;
	if (answer->verdict && !answer->chain) { /* refused before a socket was opened */
		p->refused = 1;
		p->code = answer->verdict->code;
		snprintf(p->hint, sizeof p->hint, "%s", answer->verdict->findings[0].hint);
	} else if (answer->verdict) {
		p->shown = verify_chain_copy(answer->chain);
		p->code = answer->verdict->code;
		if (answer->verdict->n)
			snprintf(p->hint, sizeof p->hint, "%s", answer->verdict->findings[0].hint);
	}
	if (--c->open == 0)
		loop_timer_in(c->timer, 0);
}

/* Starts the probe of a server. If its certificates are not verified now (w->fetches), an untrusted one does
 * not end the probe. */
static void ask(struct candidate *c, struct candidate_probe *p, const struct service_endpoint *server,
		const struct candidate_world *w)
{
	struct probe_request r = { .loop = c->agent->loop,
				   .dns = w->dns,
				   .date = w->date,
				   .anchors = c->agent->anchors,
				   .endpoint = server,
				   .fetches = w->fetches };
	p->owner = c;
	if (probe_start(&r, answered, p, &p->probe, &p->err) == 0)
		c->open++;
}

static struct date *date_of(struct candidate *c)
{
	return c->date && date_state(c->date) == DATE_SYNCHRONISED ? c->date : c->agent->date;
}

static void ask_all(struct candidate *c)
{
	c->is_asking = 1;
	for (size_t i = 0; i < c->n_rows; i++) {
		struct candidate_row *row = &c->rows[i];
		struct candidate_world now = { c->agent->dns, c->agent->date, !row->before.verify };
		struct candidate_world then = { c->dns ? c->dns : c->agent->dns, date_of(c),
						row->is_now ? !row->before.verify : !row->after.verify };
		/* by a list that trusts nobody the server is not even asked: only the present one shows
		 * whether it is trusted now */
		row->is_same =
			row->is_now && row->is_then && !c->dns &&
			strcmp(row->before.url, row->after.url) == 0 &&
			!allowed_is_nobody(&row->after.policy.allowed, c->agent->anchors, row->after.host);
		if (row->is_then)
			ask(c, &row->then, &row->after, &then);
		if (row->is_now && !row->is_same)
			ask(c, &row->now, &row->before, &now);
	}
	if (!c->open)
		loop_timer_in(c->timer, 0);
}

/* Makes the list of rows: the servers of the present settings, joined by service with those of the settings
 * that are tried (`then`). */
static void list(struct candidate *c, const struct settings *then)
{
	const struct store_registration *slots[STORE_SLOTS];
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		slots[slot - 1] = registrations_get(c->agent->delivery, slot);
	struct servers *now = agent_servers(c->agent->agent), *later = servers_list(then, slots);
	for (size_t i = 0; i < now->n; i++) {
		c->rows[i].before = now->at[i];
		c->rows[i].is_now = 1;
	}
	c->n_rows = now->n;
	for (size_t i = 0; i < later->n; i++) {
		size_t k = 0;
		while (k < c->n_rows &&
		       (c->rows[k].is_then || strcmp(c->rows[k].before.name, later->at[i].name) != 0))
			k++;
		if (k == c->n_rows)
			c->n_rows++;
		c->rows[k].after = later->at[i];
		c->rows[k].is_then = 1;
	}
	servers_free(now);
	servers_free(later);
}

/* --- time and names --- */

static void ignore(void *arg)
{
	(void)arg;
}

static void ignore_verdict(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg, (void)v, (void)c;
}

static int begin_names_and_time(struct candidate *c, const struct settings *then, struct err *e)
{
	const struct agent_components *a = c->agent;
	const struct settings *now = settings_get(a->settings);
	struct dns_options o = service_name_servers(then);
	if (memcmp(&now->dns, &then->dns, sizeof now->dns) != 0) {
		c->dns = dns_new(a->loop);
		if (dns_configure(c->dns, &o, e) < 0)
			return -1;
	}
	if (memcmp(&now->ntp, &then->ntp, sizeof now->ntp) == 0)
		return 0;
	log_info("configuration: the time servers of settings that are tried are asked");
	c->date = date_new(date_floor(a->date, loop_now_ms(a->loop)));
	c->clock = clock_new(&(struct clock_options){ .loop = a->loop,
						      .dns = c->dns ? c->dns : a->dns,
						      .date = c->date,
						      .anchors = a->anchors,
						      .on_verdict = ignore_verdict,
						      .changed = ignore });
	clock_configure(c->clock, then);
	return 0;
}

static void tick(void *arg)
{
	struct candidate *c = arg;
	int waits = c->clock && date_state(c->date) != DATE_SYNCHRONISED && clock_is_asking(c->clock) &&
		    loop_now_ms(c->agent->loop) - c->began_ms < DATE_LIMIT_MS;
	if (c->is_asking)
		finish(c);
	else if (waits)
		loop_timer_in(c->timer, TICK_MS);
	else
		ask_all(c);
}

int candidate_start(struct agent *agent, const struct candidate_request *r, struct candidate **ret,
		    struct err *e)
{
	const struct agent_components *a = agent_components(agent);
	struct settings *then = mem_new(sizeof *then);
	struct candidate *c = NULL;
	int result = settings_preview(a->settings, r->set, r->n, then, e);
	if (result == 0) {
		c = mem_new(sizeof *c);
		*c = (struct candidate){ .agent = a,
					 .only_tries = r->only_tries,
					 .force = r->force,
					 .began_ms = loop_now_ms(a->loop),
					 .result = r->result,
					 .done = r->done,
					 .arg = r->arg };
		if (r->confirm)
			c->confirm = *r->confirm;
		copy_pairs(c, r);
		list(c, then);
		c->timer = loop_timer_new(a->loop, tick, c);
		result = begin_names_and_time(c, then, e);
	}
	explicit_bzero(then, sizeof *then);
	free(then);
	if (result < 0) {
		candidate_cancel(c);
		return -1;
	}
	loop_timer_in(c->timer, c->clock ? TICK_MS : 0);
	*ret = c;
	return 0;
}

void candidate_cancel(struct candidate *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_rows; i++) {
		probe_free(c->rows[i].now.probe);
		probe_free(c->rows[i].then.probe);
		verify_chain_free(c->rows[i].now.shown);
		verify_chain_free(c->rows[i].then.shown);
	}
	clock_free(c->clock);
	date_free(c->date);
	dns_free(c->dns);
	loop_timer_free(c->timer);
	free_pairs(c);
	explicit_bzero(c->rows, sizeof c->rows); /* passwords */
	free(c);
}

/* --- levels --- */

size_t candidate_level(const struct agent *a, int level, struct settings_pair set[CANDIDATE_LEVEL_SETTINGS])
{
	static const enum service services[CANDIDATE_LEVEL_SETTINGS] = { SERVICE_ANY, SERVICE_FEEDBACK,
									 SERVICE_PHONEBOOK, SERVICE_MANAGER,
									 SERVICE_LOGGING };
	const char *value = level == 4 ? "On" : "Off";
	size_t n = 0;
	for (size_t i = 0; i < CANDIDATE_LEVEL_SETTINGS; i++) {
		const char *path = service_verify_setting(services[i]);
		struct settings_source sources[SETTINGS_SOURCES_MAX];
		struct err e;
		/* settings after the first one follow it unless they are set */
		if (!settings_sources(agent_settings(a), path, sources, &e) ||
		    (i && sources[0].origin == SETTINGS_FROM_DEFAULT) || strcmp(sources[0].value, value) == 0)
			continue;
		set[n++] = (struct settings_pair){ path, value, SETTINGS_FROM_TERMINAL };
	}
	return n;
}
